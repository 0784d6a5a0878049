"""Labels that arrive after answers: joined by id; late, twice, contradicting, unknown, misspelled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadData, Conflict, NotFound
from core.services import label_files, labelling
from core.services.delivering import log_of
from core.services.spelling import Speller
from core.serving import labels
from core.serving.checking import BadRows
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.fakes.mailroom import FOLDERS, Mailroom
from tests.unit.services.test_scoring import WITH_ID, logged


@pytest.fixture
def room(workspace: Workspace) -> Mailroom:
    """Ten rows c0 ... c9 were answered: yes for the even ones."""
    lab = Lab(workspace, WITH_ID + FOLDERS)
    lab.add("a.csv", [[f"a{place}", *row] for place, row in enumerate(learnable(100, 1))], ("who", "x", "y"))
    lab.work()
    made = Mailroom(lab)
    made.drop("scoring/new.csv", ("who", "x"), [[f"c{number}", -3.0 if number % 2 else 3.0] for number in range(10)])
    made.work()
    return made


def truth(workspace: Workspace, **choice: Any) -> dict[str, str | None]:
    """Key -> truth of every labelled answer."""
    return {
        str(key): one.piece.classes[code] if code >= 0 else None
        for one in labelling.joined(workspace, "churn", **choice)
        for key, code in zip(one.piece.keys.texts(), one.truth, strict=True)
    }


def drop(room: Mailroom, name: str, rows: Sequence[Sequence[object]], header: Sequence[str] = ("who", "y")) -> Path:
    return room.drop(f"truth/{name}", header, rows)


def counts(told: Any) -> tuple[int, ...]:
    return tuple(told[name] for name in ("rows", "fresh", "repeated", "contradicting", "unknown"))


# -- files


def test_a_file_is_joined_by_the_id_of_the_rows(room: Mailroom) -> None:
    drop(room, "may.csv", [["c0", "yes"], ["c1", "yes"], ["c2", ""], ["", "no"], ["zz", "no"]])
    [line] = room.work()
    assert line == "3 labels of churn from may.csv: 1 of ids that no answer has yet, 1 without a label, 1 without an id"
    assert truth(room.workspace) == {"c0": "yes", "c1": "yes"}
    [told] = room.events("LabelsTaken")
    assert counts(told) == (3, 3, 0, 0, 1) and (told["without_label"], told["without_id"]) == (1, 1)
    moments = [one.piece.at[0] for one in labelling.joined(room.workspace, "churn")]
    assert told["since"] == told["until"] and datetime.fromisoformat(str(told["since"])) == datetime(
        1970, 1, 1, tzinfo=UTC
    ) + timedelta(microseconds=int(moments[0]))


def test_late_twice_and_contradicting(room: Mailroom) -> None:
    drop(room, "1.csv", [["c0", "yes"], ["c1", "no"], ["new", "no"]])
    room.work()
    drop(room, "2.csv", [["c0", "yes"], ["c1", "yes"], ["c1", "no"], ["c1", "yes"], ["c3", "no"]])
    room.work()
    assert [counts(one) for one in room.events("LabelsTaken")] == [(3, 3, 0, 0, 1), (5, 1, 1, 3, 0)]
    assert room.events("LabelsTaken")[1]["ids"] == ["c1", "c1", "c1"]
    assert truth(room.workspace) == {"c0": "yes", "c1": "yes", "c3": "no"}
    room.drop("scoring/late.csv", ("who", "x"), [["new", 1.0]])  # its label was there before its answer
    room.work()
    assert truth(room.workspace)["new"] == "no"


def test_the_same_bytes_are_taken_once(room: Mailroom) -> None:
    drop(room, "1.csv", [["c0", "yes"]])
    drop(room, "2.csv", [["c0", "no"]])
    room.work()
    drop(room, "3.csv", [["c0", "yes"]])
    assert room.work() == ["3.csv: taken already"]
    assert truth(room.workspace) == {"c0": "no"}
    assert label_files.take_file(room.workspace, "churn", room.root / "truth" / "1.csv")["same"]
    assert len(room.events("LabelsTaken")) == 2


@pytest.mark.parametrize(("header", "rows", "message", "line"), [
    (("who", "y"), [["c0", "yes"], ["c1", "Yes!"]], "line 3, column y: found 'Yes!', expected one of no, yes", 3),
    (("id", "label"), [["c0", "maybe"]], "line 2, column label: found 'maybe'", 2),
    (("who", "truth"), [["c0", "yes"]], "has no column y or label with the labels", None),
    (("key", "y"), [["c0", "yes"]], "has no column who or id with the ids", None),
    (("who", "y"), [["c0", "yes"], ["c1", "no", "more"]], "line 3", 3),
])
def test_a_file_with_an_error_is_refused_whole(
    room: Mailroom, header: Sequence[str], rows: Sequence[Sequence[object]], message: str, line: int | None
) -> None:
    path = drop(room, "bad.csv", rows, header)
    with pytest.raises(BadData) as caught:
        label_files.take_file(room.workspace, "churn", path)
    assert message in caught.value.message and caught.value.line == line
    room.work()
    assert room.states()["truth/bad.csv"] == "refused" and truth(room.workspace) == {}
    [told] = room.events("FileRefused")
    assert message in str(told["error"]) and told["purpose"] == "label"
    assert not list(labelling.labels_of(room.workspace, "churn").glob("*.npz"))


def test_a_file_by_hand(room: Mailroom) -> None:
    path = room.drop("elsewhere.csv", ("label", "id"), [["no", "c4"], ["yes", "c5"]])
    said = label_files.take_file(room.workspace, "churn", path)
    assert (said["taken"], said["unknown"]) == (2, 0)
    assert labelling.sentence(said) == "2 labels of churn from elsewhere.csv"
    assert truth(room.workspace) == {"c4": "no", "c5": "yes"}
    with pytest.raises(NotFound, match="no model"):
        label_files.take_file(room.workspace, "other", path)
    with pytest.raises(NotFound, match="is no file"):
        label_files.take_file(room.workspace, "churn", room.root / "gone.csv")


def test_a_model_without_a_version_takes_none(workspace: Workspace) -> None:
    room = Mailroom(Lab(workspace, RECIPE + FOLDERS))
    with workspace.registry.write("me") as tx:
        tx.connection.exec_driver_sql(
            "INSERT INTO model (name, task, primary_metric, held) VALUES ('churn', 'classification', 'roc_auc', 0)"
        )
    with pytest.raises(Conflict, match="no version yet"):
        label_files.take_file(workspace, "churn", drop(room, "a.csv", [["c", "yes"]]))


# -- rows of clients


def test_rows_are_safe_at_once_and_counted_by_a_job(room: Mailroom) -> None:
    ids = [id for _, id in zip(range(2), _ids(room.workspace), strict=False)]
    said = labelling.take_rows(
        room.workspace, "churn",
        [{"id": ids[0], "label": "no"}, {"id": "c1", "label": "yes"}, {"id": "c2", "label": None}], "api",
    )
    assert said == {"model": "churn", "taken": 2, "without_label": 1}
    assert truth(room.workspace) == {"c0": "no", "c1": "yes"}  # before anybody counted them
    labelling.take_rows(room.workspace, "churn", [{"id": "c1", "label": "yes"}], "api")
    with room.workspace.registry.write("daemon") as tx:
        waiting = tx.connection.exec_driver_sql("UPDATE job SET state = 'queued' WHERE state = 'deferred'").rowcount
    assert waiting == 1  # one job for all
    assert room.work() == ["3 labels of churn from clients: 1 said before"]
    [told] = room.events("LabelsTaken")
    assert counts(told) == (3, 2, 1, 0, 0)
    assert truth(room.workspace) == {"c0": "no", "c1": "yes"}
    assert labelling.count_rows(room.workspace, "churn") is None
    assert not list(labelling.labels_of(room.workspace, "churn").glob("*.jsonl"))


def _ids(workspace: Workspace) -> list[str]:
    from core.serving import history

    return [str(id) for piece in history.read(log_of(workspace, "churn")) for id in piece.ids.texts()]


def test_what_is_wrong_with_rows_is_named_and_none_is_kept(room: Mailroom) -> None:
    rows = [
        {"id": "c0", "label": "yes"}, {"id": "c1", "label": "oui"}, {"label": "no"}, "c3", {"id": None, "label": "no"},
        {"id": "c4", "label": ["no"]},
    ]
    with pytest.raises(BadRows) as caught:
        labelling.take_rows(room.workspace, "churn", rows, "api")
    assert [(one["row"], one["column"]) for one in caught.value.errors] == [
        (1, "label"), (2, "id"), (3, "id"), (4, "id"), (5, "label")
    ]
    assert caught.value.errors[0]["expected"] == "one of no, yes" and truth(room.workspace) == {}


def test_a_line_that_was_cut_off_is_gone_with_the_next(room: Mailroom) -> None:
    labelling.take_rows(room.workspace, "churn", [{"id": "c0", "label": "yes"}], "api")
    path = labelling.labels_of(room.workspace, "churn") / "open.jsonl"
    for cut in range(1, 30, 7):
        path.write_bytes(path.read_bytes() + b'{"id":"c1","label":"no","at":"2026-'[:cut])
        labelling.take_rows(room.workspace, "churn", [{"id": f"c{cut % 10}", "label": "no"}], "api")
    assert all(json.loads(line) for line in path.read_text().splitlines())
    labelling.count_rows(room.workspace, "churn")
    assert counts(room.events("LabelsTaken")[0])[0] == 6 and truth(room.workspace)["c0"] == "yes"


@pytest.mark.parametrize("place", ["labels.counted", "labels.sealed"])
def test_counting_that_was_cut_off_is_told_once(room: Mailroom, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(BaseException):
        pass

    def cut(name: str) -> None:
        if name == place:
            raise Cut

    labelling.take_rows(room.workspace, "churn", [{"id": "c0", "label": "yes"}], "api")
    with monkeypatch.context() as patch:
        for module in ("core.serving.labels", "core.services.labelling"):
            patch.setattr(f"{module}.failpoint", cut)
        with pytest.raises(Cut):
            labelling.count_rows(room.workspace, "churn")
    assert truth(room.workspace) == {"c0": "yes"}
    assert labelling.count_rows(room.workspace, "churn") is None
    assert len(room.events("LabelsTaken")) == 1 and truth(room.workspace) == {"c0": "yes"}


@pytest.mark.parametrize("place", ["log.published", "labels.kept"])
def test_a_file_that_was_cut_off_is_taken_once(room: Mailroom, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(BaseException):
        pass

    def cut(name: str) -> None:
        if name == place:
            raise Cut

    path = drop(room, "may.csv", [["c0", "yes"], ["c1", "no"]])
    with monkeypatch.context() as patch:
        for module in ("core.serving.sealed", "core.services.label_files"):
            patch.setattr(f"{module}.failpoint", cut)
        with pytest.raises(Cut):
            label_files.take_file(room.workspace, "churn", path)
    said = label_files.take_file(room.workspace, "churn", path)
    assert counts(said) == (2, 2, 0, 0, 0)
    assert len(room.events("LabelsTaken")) == 1 and truth(room.workspace) == {"c0": "yes", "c1": "no"}


def test_what_is_asked_for(room: Mailroom) -> None:
    drop(room, "may.csv", [[f"c{number}", "yes"] for number in range(6)])
    room.work()
    later = datetime.now(UTC) + timedelta(days=365)
    assert len(truth(room.workspace)) == 6 and len(logged(room.workspace)) == 10
    assert truth(room.workspace, versions={2}) == {} and truth(room.workspace, environments={"staging"}) == {}
    assert truth(room.workspace, since=later) == {} and truth(room.workspace, labelled_since=later) == {}
    assert len(truth(room.workspace, columns=["key", "value"])) == 6


# -- numbers, and how classes are spelled


def test_numbers(workspace: Workspace) -> None:
    lab = Lab(workspace, RECIPE + "rmse = { threshold = 1000 }\n" + FOLDERS)
    lab.add("a.csv", [[one, one * 10 + 0.25] for one in range(120)])
    lab.work()
    room = Mailroom(lab)
    room.drop("scoring/a.csv", ("x",), [[3.0], [4.0]])
    room.work()
    ids = _ids(workspace)
    labelling.take_rows(workspace, "churn", [{"id": ids[0], "label": 31}, {"id": ids[1], "label": "4.5e1"}], "api")
    [one] = labelling.joined(workspace, "churn")
    assert one.truth.tolist() == [31.0, 45.0] and one.piece.values.dtype == np.float64
    with pytest.raises(BadRows, match="expected a number"):
        labelling.take_rows(workspace, "churn", [{"id": "a", "label": "high"}], "api")


@pytest.mark.parametrize(("classes", "value", "kept"), [
    (("0", "1"), 1, "1"), (("0", "1"), 1.0, "1"), (("0", "1"), True, "1"), (("0", "1"), "false", "0"),
    (("False", "True"), True, "True"), (("False", "True"), 0, "False"), (("False", "True"), "TRUE", "True"),
    (("1", "2", "10"), 10.0, "10"), (("no", "yes"), " yes ", "yes"), (("no", "yes"), None, None),
    (("no", "yes"), "", None), ((), "1e3", "1000.0"), ((), -0.0, "0.0"), ((), None, None), ((), float("nan"), None),
])
def test_how_a_label_is_spelled(classes: tuple[str, ...], value: object, kept: str | None) -> None:
    assert Speller(classes).of(value) == kept


@pytest.mark.parametrize(("classes", "value"), [
    (("no", "yes"), "Yes"), (("no", "yes"), 1), (("0", "1"), 2), (("0", "1"), "yes"), ((), "x"), ((), True),
    (("a",), {"a": 1}), (("a",), []),
])
def test_what_is_no_label(classes: tuple[str, ...], value: object) -> None:
    with pytest.raises(ValueError, match=r"a number|one of"):
        Speller(classes).of(value)


LATEST = st.lists(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["no", "yes"])), max_size=6), max_size=4)


@given(LATEST)
def test_the_newest_counts_however_they_came(rounds: list[list[tuple[int, str]]]) -> None:
    """Against a plain dictionary: what is fresh, repeated and contradicting, and what is true in the end."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        folder, known = Path(name) / "labels", dict[int, str]()
        folder.mkdir()
        for number, rows in enumerate(rounds):
            at = datetime(2026, 11, 30, tzinfo=UTC) + timedelta(seconds=number)
            lines = [{"id": f"c{id}", "label": label, "at": at.isoformat(), "source": "t"} for id, label in rows]
            fresh = repeated = odd = 0
            for id, label in rows:
                fresh, repeated = fresh + (id not in known), repeated + (known.get(id) == label)
                odd += known.get(id, label) != label
                known[id] = label
            labels.append(folder, lines) if lines else None
            new = labels.set_apart(folder)
            counted = labels.count(folder, [labels.of_lines(path) for path in new])
            assert (counted.rows, counted.fresh, counted.repeated, counted.contradicting) == (
                len(rows), fresh, repeated, odd
            )
            assert counted.unknown == len({id for id, _ in rows})
            for path in new:
                labels.seal(path)
        found = labels.truths(folder)
        assert len(found) == len(known) and sorted(found.labels.texts()) == sorted(known.values())
