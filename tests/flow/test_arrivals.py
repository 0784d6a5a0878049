"""docs/arrivals.md, line by line, against a real daemon: what becomes of a file that arrives."""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.services import recipes
from tests.flow.house import CHURN, RECIPE, House, churn, deliver

DOCUMENT = Path(__file__).parents[2] / "docs" / "arrivals.md"
ONLY_INGEST = RECIPE.replace("[triggers]", "[triggers]\nnew_data = false")
Case = Callable[[House], None]
CASES: dict[str, Case] = {}


def case(line: str) -> Callable[[Case], Case]:
    """Names the line of the document that a test holds."""

    def named(function: Case) -> Case:
        CASES[line] = function
        return function

    return named


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("arrivals") / "house") as made:
        made.recipe(ONLY_INGEST)
        recipes.sync(made.workspace)
        made.drop("0_first.csv", churn(1, seed=99), CHURN)
        made.start(preexec=_without_root_powers)
        made.settle()
        yield made


def _without_root_powers() -> None:
    """Root reads everything; a daemon under test must not (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    if os.geteuid() == 0:
        library = ctypes.CDLL(None)
        for capability in (1, 2):
            library.prctl(24, capability, 0, 0, 0)


def test_every_line_of_the_document_is_a_case() -> None:
    lines = [line.split("|")[1].strip() for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert lines[1:] == list(CASES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "line" in metafunc.fixturenames:
        metafunc.parametrize("line", list(CASES))


def test_arrival(house: House, line: str) -> None:
    CASES[line](house)
    later = f"after_{abs(hash(line))}.csv"  # the loop goes on
    house.drop(later, churn(1, 20, seed=abs(hash(line)) % 100_000 + 1000), CHURN)
    house.settle()
    assert _states(house, later) == ["accepted"]


def _versions(house: House, like: str) -> list[dict[str, Any]]:
    found = [one for one in house.json("data", "versions", "churn", "--limit", "0") if like in one["files"][0]["name"]]
    return sorted(found, key=lambda one: int(one["version"]))


def _states(house: House, like: str) -> list[str]:
    return [one["state"] for one in _versions(house, like)]


def _only(house: House, like: str) -> dict[str, Any]:
    found = _versions(house, like)
    assert len(found) == 1, found
    return found[0]


def _digest(path: Path) -> tuple[str, int]:
    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns


def _quarantined(house: House, like: str, check: str) -> dict[str, Any]:
    version = _only(house, like)
    assert version["state"] == "quarantined"
    assert check in [reason["check"] for reason in version["reasons"]], version["reasons"]
    return version


def _text(rows: list[list[object]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


HEADER = ",".join(CHURN) + "\n"


@case("written slowly, in pieces")
def slowly(house: House) -> None:
    rows = churn(2, 40, seed=1)
    path = house.inbox / "slow.csv"
    with path.open("w") as stream:
        stream.write(HEADER)
        for row in rows:
            stream.write(_text([row]))
            stream.flush()
            threading.Event().wait(0.03)  # shorter than the settling time: that is what is tested
    house.settle()
    assert _only(house, "slow.csv")["rows"] == 40


@case("appended to with `>>`")
def appended(house: House) -> None:
    path = house.drop("log.csv", churn(2, 100, seed=2), CHURN)
    house.settle()
    with path.open("a") as stream:
        stream.write(_text(churn(3, 20, seed=2)))
    house.settle()
    assert _states(house, "log.csv") == ["superseded", "accepted"]
    assert _versions(house, "log.csv")[1]["rows"] == 120


@case("renamed in")
def renamed(house: House) -> None:
    path = deliver(house.root / "outside.csv", CHURN, churn(2, 30, seed=3)).rename(house.inbox / "renamed.csv")
    before = _digest(path)
    house.settle()
    assert _only(house, "renamed.csv")["state"] == "accepted"
    assert _digest(path) == before


@case("hard-linked in")
def hard_linked(house: House) -> None:
    source = deliver(house.root / "source.csv", CHURN, churn(2, 30, seed=4))
    (house.inbox / "linked.csv").hardlink_to(source)
    house.settle()
    version = _only(house, "linked.csv")
    assert version["state"] == "accepted"
    assert house.workspace.store.path(version["hash"]).stat().st_ino != source.stat().st_ino


@case("in a folder that is moved in")
def folder_moved_in(house: House) -> None:
    outside = house.root / "batch"
    outside.mkdir()
    for number in (1, 2):
        deliver(outside / f"moved_{number}.csv", CHURN, churn(2, 30, seed=4 + number))
    outside.rename(house.inbox / "batch")
    house.settle()
    assert _states(house, "batch/moved_") == ["accepted", "accepted"]


@case("there twice, the same bytes under two names")
def same_bytes(house: House) -> None:
    for name in ("twin_a.csv", "twin_b.csv"):
        house.drop(name, churn(2, 30, seed=8), CHURN)
    house.settle()
    assert len(_versions(house, "twin_")) == 1


@case("rewritten in place")
def rewritten(house: House) -> None:
    path = house.drop("draft.csv", churn(2, 30, seed=9), CHURN)
    house.settle()
    path.write_text(HEADER + _text(churn(3, 31, seed=9)))
    house.settle()
    assert [one["rows"] for one in _versions(house, "draft.csv")] == [30, 31]
    assert _states(house, "draft.csv") == ["accepted", "accepted"]


@case("replaced daily under one name")
def replaced_daily(house: House) -> None:
    for day in (1, 2):
        house.drop("daily.csv", churn(day, 30, seed=10), CHURN)
        house.settle()
    assert _states(house, "daily.csv") == ["accepted", "accepted"]
    house.recipe(ONLY_INGEST + '[data]\nsame_name = "replace"\n')
    house.drop("daily.csv", churn(3, 30, seed=10), CHURN)
    house.settle()
    assert _states(house, "daily.csv") == ["superseded", "superseded", "accepted"]
    house.recipe(ONLY_INGEST)
    house.settle()


@case("a daily full dump (snapshot)")
def snapshot(house: House) -> None:
    rows: list[list[object]] = []
    for day in (1, 2, 3):
        rows += churn(day, 50, seed=11)
        house.drop(f"dump_{day}.csv", rows, CHURN)
        house.settle()
    assert _states(house, "dump_") == ["superseded", "superseded", "accepted"]


@case("named with spaces, newlines, escape characters or bytes that are no UTF-8")
def hostile_names(house: House) -> None:
    names = [b"with space.csv", b"new\nline.csv", b"esc\x1b[31m.csv", b"not\xffutf8.csv"]
    for place, name in enumerate(names):
        path = deliver(house.root / "plain.csv", CHURN, churn(2, 30, seed=20 + place))
        path.rename(os.fsdecode(os.fsencode(house.inbox) + b"/" + name))
    house.settle()
    for shown in ("with space.csv", "new␊line.csv", "esc␛[31m.csv", "not�utf8.csv"):
        assert _only(house, shown)["state"] == "accepted"


@case("a link to a file inside the folder")
def link_inside(house: House) -> None:
    target = house.drop("target.csv", churn(2, 30, seed=30), CHURN)
    (house.inbox / "link_in.csv").symlink_to(target)
    house.settle()
    assert len(_versions(house, "target.csv")) + len(_versions(house, "link_in.csv")) == 1


@case("a link that leads out of the folder")
def link_outside(house: House) -> None:
    outside = deliver(house.root / "secret.csv", CHURN, churn(2, 30, seed=31))
    (house.inbox / "link_out.csv").symlink_to(outside)
    house.settle()
    assert _quarantined(house, "link_out.csv", "link_out")["rows"] is None


@case("a FIFO")
def fifo(house: House) -> None:
    os.mkfifo(house.inbox / "pipe.csv")
    house.settle()
    assert _versions(house, "pipe.csv") == []
    assert (house.inbox / "pipe.csv").is_fifo()


@case("not readable for the daemon")
def unreadable(house: House) -> None:
    path = deliver(house.root / "closed.csv", CHURN, churn(2, 30, seed=32))
    path.chmod(0)
    path.rename(house.inbox / "closed.csv")
    house.settle()
    assert _quarantined(house, "closed.csv", "unreadable")["rows"] is None


@case("binary junk")
def junk(house: House) -> None:
    (house.inbox / "junk.csv").write_bytes(bytes(range(256)) * 40)
    house.settle()
    _quarantined(house, "junk.csv", "unreadable")


@case("empty")
def empty(house: House) -> None:
    (house.inbox / "empty.csv").touch()
    house.settle()
    _quarantined(house, "empty.csv", "empty")


@case("a header without rows")
def header_only(house: House) -> None:
    (house.inbox / "header.csv").write_text(HEADER)
    house.settle()
    _quarantined(house, "header.csv", "empty")


@case("ragged")
def ragged(house: House) -> None:
    (house.inbox / "ragged.csv").write_text(HEADER + _text(churn(2, 10, seed=33)) + "1,2,3\n" * 3)
    house.settle()
    version = _quarantined(house, "ragged.csv", "bad_rows")
    assert "line 12" in version["reasons"][0]["message"]


@case("one whose target turned to text")
def target_text(house: House) -> None:
    rows = [[*row[:-1], "yes" if row[-1] else "no"] for row in churn(2, 30, seed=34)]
    house.drop("words.csv", rows, CHURN)
    house.settle()
    version = _quarantined(house, "words.csv", "retyped_column")
    assert version["reasons"][0]["column"] == "churned"


@case("without any label")
def unlabelled(house: House) -> None:
    house.drop("nolabels.csv", [[*row[:-1], ""] for row in churn(2, 30, seed=35)], CHURN)
    house.settle()
    version = _only(house, "nolabels.csv")
    assert (version["state"], version["labelled"], version["rows"]) == ("accepted", 0, 30)


@case("of one class only")
def one_class(house: House) -> None:
    with House(house.root / "one_class") as other:
        other.recipe(RECIPE)
        recipes.sync(other.workspace)
        other.drop("one.csv", [[*row[:-1], 1] for row in churn(1, 600, seed=36)], CHURN)
        other.start()
        other.settle()
        assert _states(other, "one.csv") == ["accepted"]
        (run,) = other.json("runs", "list")
        assert (run["state"], run["gate"]["verdict"]) == ("finished", "insufficient_data")
        assert other.json("models", "show", "churn")["champion"] is None


@case("50 rows, every day")
def fifty_rows_a_day(house: House) -> None:
    with House(house.root / "fifty") as other:
        other.recipe(RECIPE)
        recipes.sync(other.workspace)
        other.start()
        verdicts = []
        for day in range(1, 13):
            other.drop(f"day_{day:02d}.csv", churn(day, 50, seed=37), CHURN)
            other.settle()
            verdicts.append(other.json("runs", "list", "--limit", "1")[0]["gate"]["verdict"])
        assert verdicts[:7] == ["insufficient_data"] * 7
        assert verdicts[7] == "passed"
        assert verdicts[8:] == ["insufficient_data"] * 4
        assert other.json("models", "show", "churn")["champion"] == 1
