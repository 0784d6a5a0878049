"""`doctor`: each kind of damage is found and named, and a healthy workspace is called healthy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import BadInput
from core.services import upkeep
from core.vocabulary import VersionState
from core.workspace import Workspace
from tests.fakes import rows


@pytest.fixture
def house(workspace: Workspace) -> Workspace:
    """A bit of everything."""
    recipe = rows.recipe(workspace)
    version = rows.version(workspace, data=b"good")
    profile = workspace.store.put_bytes(b"profile")
    rows.version(workspace, data=b"bad", state=VersionState.QUARANTINED, profile=profile)
    rows.version(workspace, data=None, state=VersionState.QUARANTINED)
    rows.version(workspace, data=b"old", state=VersionState.SUPERSEDED)
    run = rows.run(workspace, recipe, used=(version,))
    rows.model_version(workspace, run, promote=True)
    return workspace


def raw(workspace: Workspace, statement: str) -> None:
    with closing(sqlite3.connect(workspace.registry.path)) as connection:
        connection.execute(statement)
        connection.commit()


def found(workspace: Workspace) -> list[tuple[str, str]]:
    return [(one.check, one.message) for one in upkeep.doctor(workspace).problems]


def test_all_is_well(house: Workspace) -> None:
    report = upkeep.doctor(house)
    assert report.healthy, report.problems
    assert report.notes == []
    assert report.checked == {"events": 2, "store": 4, "quarantine": 1, "predictions": 0}
    assert report.to_json()["healthy"] is True


def change(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"!")


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"good", "churn@1 (file.csv)"), (b"old", "churn@4 (file.csv)"), (b"profile", "the profile of churn@2")],
)
def test_a_changed_byte_is_found_and_named(house: Workspace, data: bytes, what: str) -> None:
    change(house.store.path(rows.sha(data)))
    [(check, message)] = found(house)
    assert check == "store"
    assert what in message
    assert "was changed" in message


def test_a_missing_model_is_found(house: Workspace) -> None:
    house.store.remove(rows.sha(b"model of run 1"))
    [(check, message)] = found(house)
    assert (check, message.partition(" is ")[0]) == ("store", "model.zip of run 1")


def test_a_changed_quarantined_file_is_found_unless_it_was_discarded(house: Workspace) -> None:
    change(house.quarantine.path(rows.sha(b"bad")))
    assert [check for check, _ in found(house)] == ["quarantine"]
    raw(house, "UPDATE datasetversion SET discarded = 1 WHERE version = 2")
    assert found(house) == []


def test_a_changed_event_is_found(house: Workspace) -> None:
    raw(house, "UPDATE event SET payload = '{}' WHERE id = 2")
    [(check, message)] = found(house)
    assert check == "events"
    assert message.startswith("event 2 (AliasMoved) was changed")


def test_a_row_that_refers_to_nothing_is_found(house: Workspace) -> None:
    raw(house, "INSERT INTO runtag (run_id, tag) VALUES (99, 'x')")
    [(check, message)] = found(house)
    assert (check, message) == ("registry", "1 rows of runtag refer to nothing")


def test_an_alias_of_a_version_that_is_not_there(house: Workspace) -> None:
    raw(house, "UPDATE alias SET version = 7")
    [(check, message)] = found(house)
    assert (check, message) == ("aliases", "champion of churn is v7, which is not there")


def test_what_a_killed_process_left_is_a_problem_and_what_is_at_work_is_not(house: Workspace) -> None:
    (house.store.tmp / "1-1-abc").touch()
    (house.recipes / ".churn.toml.1-1-abc.tmp").touch()
    (house.root / ".footplate.toml.1-1-abc.tmp").touch()
    mine = house.store.stage_bytes(b"at work")
    assert [check for check, _ in found(house)] == ["half-written"] * 3
    house.store.publish([mine])


def test_objects_that_belong_to_nothing_are_only_noted(house: Workspace) -> None:
    house.store.put_bytes(b"nobody's")
    report = upkeep.doctor(house)
    assert report.healthy
    assert report.notes == ["1 objects in the store belong to nothing (of a killed process; harmless)"]


def test_a_broken_recipe_is_noted(house: Workspace) -> None:
    raw(house, """UPDATE recipe SET valid = 0, problems = '[{"message": "no such key"}]'""")
    assert upkeep.doctor(house).notes == ["recipe churn: no such key"]


def test_a_full_disk_is_a_problem(house: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "LOW_DISK", 1 << 62)
    assert [check for check, _ in found(house)] == ["disk"]


def test_a_long_log_is_noted(house: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "WAL_LARGE", -1)
    assert "the write-ahead log has" in upkeep.doctor(house).notes[0]


def test_a_model_is_exported_whole(house: Workspace, tmp_path: Path) -> None:
    said = upkeep.export_model(house, "churn", tmp_path / "out.zip")
    assert (tmp_path / "out.zip").read_bytes() == b"model of run 1"
    assert said.startswith("churn v1 -> ")
    with pytest.raises(BadInput, match="cannot write"):
        upkeep.export_model(house, "churn@1", tmp_path / "no folder" / "out.zip")
    with pytest.raises(BadInput, match="regular file"):
        upkeep.export_model(house, "churn@champion", Path(os.devnull))


def test_the_prediction_log_is_looked_at(house: Workspace) -> None:
    from core.serving import sealing
    from core.serving.log import PredictionLog
    from tests.unit.serving.test_log import manifest, record

    with PredictionLog(house.predictions) as log:
        log.write(record(0), manifest())
        log.write(record(1, version=8), manifest())
    [first, _] = sorted(house.predictions.rglob("*.jsonl"))
    first.write_bytes(first.read_bytes() + b'{"at": "2026')
    sealing.seal(house.predictions / "churn")
    report = upkeep.doctor(house)
    assert report.healthy and report.checked["predictions"] == 2
    assert "1 lines of the prediction log were cut off, by a crash or a full disk" in report.notes
    [path, _] = sorted(house.predictions.rglob("*.npz"))
    path.write_bytes(path.read_bytes()[:50])
    assert [check for check, _ in found(house)] == ["predictions"]
