"""Scoring folders: each file answered once by what serves, logged, written beside; a bad one stops nobody."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from core.errors import FootplateError
from core.services import batch, deploy, predict, scoring
from core.services.delivering import log_of
from core.serving import history
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.fakes.mailroom import FOLDERS, Mailroom

WITH_ID = RECIPE.replace('target = "y"', 'target = "y"\nid = "who"')


@pytest.fixture
def room(workspace: Workspace) -> Mailroom:
    lab = Lab(workspace, WITH_ID + FOLDERS)
    lab.add("a.csv", [[f"a{place}", *row] for place, row in enumerate(learnable(100, 1))], ("who", "x", "y"))
    [run] = lab.work()
    assert run["gate"]["verdict"] == "passed"
    return Mailroom(lab)


def answers(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def logged(workspace: Workspace) -> list[tuple[str | None, str, int, str, float]]:
    """(key, answer, version, role, first input) of every answer in the log."""
    return [
        (key, piece.classes[code], piece.version, role, float(x))
        for piece in history.read(log_of(workspace, "churn"))
        for key, code, role, x in zip(
            piece.keys.texts(), piece.values, piece.block.coded("role").texts(), piece.frame()["x"], strict=True
        )
    ]


def test_a_file_is_answered_beside_it_and_logged(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ROWS", 7)  # pieces
    rows = [[f"c{number:03}", -3.0 if number % 2 else 3.0] for number in range(20)]
    room.drop("scoring/new.csv", ("who", "x"), rows)
    assert room.work() == [f"new.csv: 20 rows scored by v1 -> {room.root / 'scored' / 'new.csv'}"]
    said = answers(room.root / "scored" / "new.csv")
    assert list(said[0]) == ["who", "prediction", "probability_no", "probability_yes", "version"]
    assert [(row["who"], row["prediction"], row["version"]) for row in said] == [
        (key, "no" if x < 0 else "yes", "1") for key, x in rows
    ]
    assert logged(room.workspace) == [(key, "no" if x < 0 else "yes", 1, "stable", x) for key, x in rows]
    [told] = room.events("FileScored")
    assert (told["file"], told["rows"], told["version"], told["logged"]) == ("new.csv", 20, 1, True)
    predict.predict_file(room.workspace, "churn@1", room.root / "scoring" / "new.csv", room.root / "same.csv")
    same = answers(room.root / "same.csv")
    assert [row["probability_yes"] for row in same] == [row["probability_yes"] for row in said]
    assert not list(room.workspace.store.tmp.iterdir())


def test_json_lines_are_answered_in_json_lines(room: Mailroom) -> None:
    path = room.root / "scoring" / "deep" / "new.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"who": 5, "x": 3}\n{"x": -3}\n')
    room.work()
    said = [json.loads(line) for line in (room.root / "scored/deep/new.jsonl").read_text().splitlines()]
    assert [(one["who"], one["prediction"], one["version"]) for one in said] == [("5", "yes", 1), (None, "no", 1)]
    assert set(said[0]["probabilities"]) == {"no", "yes"}


def test_each_file_once(room: Mailroom) -> None:
    room.drop("scoring/new.csv", ("who", "x"), [["a", 3.0]])
    room.work()
    assert room.work() == []
    os.utime(room.root / "scoring/new.csv", (2, 2))
    assert room.work() == ["new.csv: scored already"]
    room.drop("scoring/other.csv", ("who", "x"), [["a", 3.0]])  # the same bytes: answered, and logged no second time
    assert len(room.work()) == 1 and answers(room.root / "scored" / "other.csv")[0]["prediction"] == "yes"
    assert [one[0] for one in logged(room.workspace)] == ["a"]
    room.drop("scoring/new.csv", ("who", "x"), [["a", -3.0]])  # another content of the same name
    room.work()
    assert answers(room.root / "scored" / "new.csv")[0]["prediction"] == "no"
    assert sorted(one[1] for one in logged(room.workspace)) == ["no", "yes"]
    assert [one["logged"] for one in room.events("FileScored")] == [True, False, True]


def test_a_bad_file_is_told_and_the_others_go_on(room: Mailroom) -> None:
    room.drop("scoring/1.csv", ("who", "x"), [["a", 1.0]])
    room.drop("scoring/2.csv", ("who", "x"), [["a", 1.0], ["b", "what"]])
    room.drop("scoring/3.csv", ("who", "z"), [["a", 1.0]])
    (room.root / "scoring/4.csv").write_bytes(b"")
    (room.root / "scoring/5.csv").symlink_to("/etc/passwd")
    room.drop("scoring/6.csv", ("who", "x"), [["z", 1.0]])
    assert len(room.work()) == 5  # of the link only the registry is told
    assert sorted(path.name for path in (room.root / "scored").iterdir()) == ["1.csv", "6.csv"]
    assert {name: state for name, state in room.states().items() if state == "refused"} == {
        f"scoring/{number}.csv": "refused" for number in (2, 3, 4, 5)
    }
    told = {str(one["file"]): one for one in room.events("FileRefused")}
    assert (told["2.csv"]["line"], told["2.csv"]["column"]) == (3, "x")
    assert "has no column x" in str(told["3.csv"]["error"]) and "leads out" in str(told["5.csv"]["error"])
    assert sorted(str(one[0]) for one in logged(room.workspace)) == ["a", "z"]
    room.drop("scoring/2.csv", ("who", "x"), [["a", 1.0], ["b", 2.0]])
    room.work()
    assert room.states()["scoring/2.csv"] == "taken" and len(logged(room.workspace)) == 4


def test_files_wait_until_something_serves(workspace: Workspace) -> None:
    room = Mailroom(Lab(workspace, RECIPE + FOLDERS))
    room.drop("scoring/early.csv", ("x",), [[3.0]])
    assert room.work() == [] and room.states() == {"scoring/early.csv": "pending"}
    room.lab.add("a.csv", learnable(100, 1))
    room.lab.work()
    assert room.work() == [f"early.csv: 1 rows scored by v1 -> {room.root / 'scored' / 'early.csv'}"]
    assert next(iter(answers(room.root / "scored" / "early.csv")[0])) == "prediction"  # no id, no column of it


def test_what_serves_is_what_answers(room: Mailroom) -> None:
    room.lab.recipe((WITH_ID + FOLDERS).replace("max_iter = 5", "max_iter = 6"))
    room.lab.add("b.csv", [[f"b{place}", *row] for place, row in enumerate(learnable(200, 2))], ("who", "x", "y"))
    room.lab.work()
    deploy.deploy(room.workspace, "churn", 1)
    room.drop("scoring/new.csv", ("who", "x"), [["a", 3.0]])
    room.work()
    assert answers(room.root / "scored/new.csv")[0]["version"] == "1"


@pytest.mark.parametrize(("section", "message"), [
    ('watch = "scoring"\nout = "scoring"', "into the folder that is scored"),
    ('watch = "scoring"\nout = "inbox/answers"', "would arrive as data of churn"),
])
def test_answers_that_would_be_taken_for_rows(room: Mailroom, section: str, message: str) -> None:
    room.lab.recipe(WITH_ID + f"\n[score]\n{section}\n")
    room.drop("scoring/new.csv", ("who", "x"), [["a", 3.0]])
    with pytest.raises(FootplateError, match=message):
        room.work()
    assert room.states() == {"scoring/new.csv": "pending"}


def test_inputs_are_kept_out_of_the_log_where_a_setting_says_so(room: Mailroom) -> None:
    (room.root / "footplate.toml").write_text("[serving]\nlog_inputs = false\n")
    room.workspace.__dict__.pop("settings", None)
    room.drop("scoring/new.csv", ("who", "x"), [["a", 3.0]])
    room.work()
    [piece] = history.read(log_of(room.workspace, "churn"))
    assert not piece.given.any() and piece.frame()["x"].isna().all() and piece.keys.texts() == ["a"]


@pytest.mark.parametrize("place", ["show", "publish", "end"])
def test_an_attempt_that_was_cut_off_leaves_nothing_twice(
    room: Mailroom, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same steps again: one set of answers in the log, one file."""
    class Cut(BaseException):
        pass

    names = {"show": "log.published", "publish": "score.logged", "end": "score.answered"}

    def cut(name: str) -> None:
        if name == names[place]:
            raise Cut

    room.drop("scoring/new.csv", ("who", "x"), [["a", 3.0], ["b", -3.0]])
    with monkeypatch.context() as patch:
        for module in ("core.serving.sealed", "core.services.scoring"):
            patch.setattr(f"{module}.failpoint", cut)
        with pytest.raises(Cut):
            room.work()
    with room.workspace.registry.write("daemon") as tx:
        tx.connection.exec_driver_sql("UPDATE job SET state = 'queued' WHERE kind = 'score'")
    room.work()
    assert [one[0] for one in logged(room.workspace)] == ["a", "b"]
    assert [path.name for path in (room.root / "scored").iterdir()] == ["new.csv"]
    assert not [path for path in log_of(room.workspace, "churn").iterdir() if path.name.startswith(".")]
    assert len(room.events("FileScored")) == 1


@pytest.mark.parametrize(("name", "answer"), [
    ("a.csv", "a.csv"), ("a.CSV", "a.CSV"), ("deep/a.jsonl", "deep/a.jsonl"), ("a.parquet", "a.parquet.csv"),
    ("a.csv.gz", "a.csv.gz.csv"), ("a", "a.csv"), ("a.b", "a.b.csv"),
])
def test_where_answers_go(tmp_path: Path, name: str, answer: str) -> None:
    assert scoring.out_of(tmp_path / "in", tmp_path / "out", tmp_path / "in" / name) == tmp_path / "out" / answer


def test_what_ended_an_attempt_comes_last(room: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that kills its worker (out of memory, a fault of a library) keeps nobody else waiting."""
    class Killed(BaseException):
        pass

    def kill(fitted: object, source: batch.Source, id: str = "") -> object:
        if source.name == "1.csv":
            raise Killed
        return pieces(fitted, source, id)  # type: ignore[arg-type]

    pieces = batch.pieces
    monkeypatch.setattr(batch, "pieces", kill)
    for number in (1, 2, 3):
        room.drop(f"scoring/{number}.csv", ("who", "x"), [[f"c{number}", 1.0]])
    for _ in range(2):
        with pytest.raises(Killed):
            room.work()
        with room.workspace.registry.write("daemon") as tx:
            tx.connection.exec_driver_sql("UPDATE job SET state = 'queued' WHERE kind = 'score'")
    assert room.states() == {"scoring/1.csv": "pending", "scoring/2.csv": "taken", "scoring/3.csv": "taken"}
