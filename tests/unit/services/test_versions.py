"""What people do with versions: retire, restore, discard, release; each once, each an event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import BadData, Conflict, NotFound, Stale, UsageError
from core.registry import datasets, jobs
from core.services import folders, ingest, recipes, releasing, versions, waiting
from core.services.folders import Settler
from core.services.watching import watched
from core.vocabulary import VersionState
from core.workspace import Workspace

GOOD = "age,plan,y\n" + "".join(f"{20 + n % 40},{'ab'[n % 2]},{n % 2}\n" for n in range(60))


@pytest.fixture
def house(workspace: Workspace) -> Workspace:
    """A recipe with a file, and one good version."""
    (workspace.root / "footplate.toml").write_text("[daemon]\nsettle_seconds = 0\n")
    (workspace.recipes / "churn.toml").write_text('watch = "inbox"\ntarget = "y"\n')
    (workspace.root / "inbox").mkdir()
    recipes.sync(workspace)
    arrive(workspace, "good.csv", GOOD)
    return workspace


def arrive(workspace: Workspace, name: str, text: str) -> None:
    """A file arrives and is judged, as the daemon would do it."""
    (workspace.root / "inbox" / name).write_text(text)
    for place in watched(workspace, recipes.active(workspace)).values():
        folders.look(workspace, place, Settler(0.0, workspace.clock))
    with workspace.registry.write("daemon") as tx:
        [job] = [one for one in jobs.claimable(tx.connection) if one["kind"] == "ingest"]
        fence = jobs.claim(tx, job["id"], timedelta(minutes=2))
    assert fence is not None
    ingest.run(workspace, fence, "churn", lambda text: None)


def row(workspace: Workspace, number: int) -> Any:
    with workspace.registry.read() as connection:
        found = datasets.version(connection, "churn", number)
    assert found is not None
    return found


def events(workspace: Workspace, subject: str) -> list[tuple[str, str]]:
    with workspace.registry.read() as connection:
        found = connection.exec_driver_sql("SELECT kind, actor FROM event WHERE subject = ? ORDER BY id", (subject,))
        return [(kind, actor) for kind, actor in found]


def train_jobs(workspace: Workspace) -> int:
    with workspace.registry.read() as connection:
        return sum(job["kind"] == "train" for job in jobs.live(connection))


@pytest.mark.parametrize(
    ("text", "found"),
    [("churn@7", ("churn", 7)), ("churn@v7", ("churn", 7)), ("a.b-c@10", ("a.b-c", 10)), ("a@b@3", ("a@b", 3))],
)
def test_names_of_versions(text: str, found: tuple[str, int]) -> None:
    assert versions.parse_version(text) == found


@pytest.mark.parametrize("text", ["churn", "churn@", "@3", "churn@x", "churn@-1", "churn@1.5", "", "churn@vv1"])
def test_what_names_no_version(text: str) -> None:
    with pytest.raises(UsageError, match="names no version"):
        versions.parse_version(text)


def test_retire_and_restore(house: Workspace) -> None:
    said = versions.retire(house, "churn@1")
    assert said.endswith("(back: `footplate data restore churn@1`)")
    assert row(house, 1)["state"] == VersionState.RETIRED
    with pytest.raises(Conflict, match="is retired: only an accepted version") as caught:
        versions.retire(house, "churn@1")
    assert caught.value.exit_code == 5
    versions.restore(house, "churn@v1")
    assert row(house, 1)["state"] == VersionState.ACCEPTED
    with pytest.raises(Conflict, match="only a retired version"):
        versions.restore(house, "churn@1")
    assert events(house, "churn@1")[-2:] == [("DatasetVersionRetired", "tester"), ("DatasetVersionRestored", "tester")]


def test_what_comes_back_is_learned_from(house: Workspace) -> None:
    versions.retire(house, "churn@1")
    with house.registry.write("me") as tx:
        for job in jobs.live(tx.connection):
            jobs.cancel(tx, job["id"])
    versions.restore(house, "churn@1")
    assert train_jobs(house) == 1


@pytest.mark.parametrize("verb", [versions.retire, versions.restore, versions.discard, versions.release])
def test_there_is_no_such_version(house: Workspace, verb: Any) -> None:
    with pytest.raises(NotFound, match="no churn@9"):
        verb(house, "churn@9")


def test_a_quarantined_file_is_discarded_once(house: Workspace) -> None:
    arrive(house, "junk.csv", "\x00\x01\x02")
    found = row(house, 2)
    assert (found["state"], house.quarantine.has(found["hash"])) == (VersionState.QUARANTINED, True)
    said = versions.discard(house, "churn@2")
    assert "(undo: `footplate data add` its file)" in said
    assert "was not touched" in said
    assert (house.root / "inbox" / "junk.csv").exists()
    assert not house.quarantine.has(found["hash"])
    assert versions.discard(house, "churn@2") == "churn@2 is discarded already"
    with pytest.raises(Conflict, match="has no bytes any more"):
        versions.release(house, "churn@2")
    with pytest.raises(Conflict, match="is accepted: only a quarantined"):
        versions.discard(house, "churn@1")


def test_a_quarantined_file_is_released_as_far_as_it_can_be_read(house: Workspace) -> None:
    arrive(house, "text.csv", GOOD.replace("20,a,0", "twenty,a,0").replace("21,b,1", "many,b,1"))
    assert row(house, 2)["state"] == VersionState.QUARANTINED, row(house, 2)["warnings"]
    said = versions.release(house, "churn@2")
    found = row(house, 2)
    assert (found["state"], found["reasons"]) == (VersionState.ACCEPTED, [])
    assert found["rows"] + found["bad_rows"] == 60
    assert "rows set aside" in said
    assert found["warnings"]
    assert house.store.has(found["hash"])
    assert not house.quarantine.has(found["hash"])
    kinds = [kind for kind, _ in events(house, "churn@2")]
    assert kinds[-2:] == ["DatasetVersionReleased", "DatasetVersionAccepted"]
    with pytest.raises(Conflict, match="is accepted: only a quarantined"):
        versions.release(house, "churn@2")


def test_what_cannot_be_read_at_all_is_not_released(house: Workspace) -> None:
    arrive(house, "junk.csv", "\x00\x01\x02")
    before = house.registry.change_counter()
    seen = before.value()
    with pytest.raises(BadData, match=r"churn@2 cannot be released"):
        versions.release(house, "churn@2")
    assert before.value() == seen
    assert row(house, 2)["state"] == VersionState.QUARANTINED
    before.close()


def test_two_people_decide_at_once(house: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One releases, which takes a while to read; the other discards meanwhile: the later one is told."""
    arrive(house, "text.csv", GOOD.replace("20,a,0", "twenty,a,0").replace("21,b,1", "many,b,1"))
    real = releasing.examine_leniently

    def slow(*arguments: Any) -> Any:
        found = real(*arguments)
        versions.discard(house, "churn@2")
        return found

    monkeypatch.setattr(releasing, "examine_leniently", slow)
    with pytest.raises((Stale, BadData)):
        versions.release(house, "churn@2")
    found = row(house, 2)
    assert (found["state"], found["discarded"]) == (VersionState.QUARANTINED, True)
    assert ("DatasetVersionReleased", "tester") not in events(house, "churn@2")


def test_two_people_release_at_once(house: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(house, "text.csv", GOOD.replace("20,a,0", "twenty,a,0").replace("21,b,1", "many,b,1"))
    real = releasing.examine_leniently

    def slow(*arguments: Any) -> Any:
        found = real(*arguments)
        monkeypatch.setattr(releasing, "examine_leniently", real)
        versions.release(house, "churn@2")
        return found

    monkeypatch.setattr(releasing, "examine_leniently", slow)
    with pytest.raises((Stale, BadData)):
        versions.release(house, "churn@2")
    assert events(house, "churn@2").count(("DatasetVersionReleased", "tester")) == 1
    assert house.store.has(row(house, 2)["hash"])


def test_work_left_tells_what_is_to_be_done(house: Workspace) -> None:
    assert waiting.work_left(house, {}) == "train queued"
    (house.root / "inbox" / "more.csv").write_text(GOOD + "33,a,1\n")
    assert waiting.work_left(house, {}) == "train queued, ingest queued"
