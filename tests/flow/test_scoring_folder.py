"""A folder of files to score, with a real daemon: what serves answers, whatever is dropped, killed or broken."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.services.delivering import log_of
from core.serving import history
from tests.flow.house import CHURN, RECIPE, House, churn, deliver, make, until

SCORED = RECIPE + '\n[score]\nwatch = "scoring"\n'
INPUTS = ("customer", "month", "age", "plan", "calls")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with make(tmp_path / "house") as made:
        (made.root / "scoring").mkdir()
        made.recipe(SCORED)
        yield made


def score(house: House, name: str, month: int, rows: int = 50) -> list[list[object]]:
    made = [row[:-1] for row in churn(month, rows)]
    (house.root / "scoring" / name).parent.mkdir(parents=True, exist_ok=True)
    deliver(house.root / "scoring" / name, INPUTS, made)
    return made


def answers(house: House, name: str) -> list[dict[str, str]]:
    with (house.root / "scored" / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def logged(house: House) -> list[str | None]:
    return [key for piece in history.read(log_of(house.workspace, "churn")) for key in piece.keys.texts()]


def test_files_are_answered_by_what_serves_when_they_come(house: House) -> None:
    early = score(house, "early.csv", 7)  # before there is a model
    house.start()
    house.settle()
    assert not (house.root / "scored").exists()
    house.drop("month_01.csv", churn(1), CHURN)
    house.settle()
    assert [row["customer"] for row in answers(house, "early.csv")] == [row[0] for row in early]
    house.drop("month_02.csv", churn(2), CHURN)
    house.settle()
    score(house, "deep/late.csv", 8)
    bad = score(house, "bad.csv", 9, 3)
    deliver(house.root / "scoring" / "bad.csv", INPUTS, [[*bad[0][:2], "old", *bad[0][3:]]])
    with (house.root / "scoring" / "slow.csv").open("w") as stream:  # half-written for a while
        stream.write(",".join(INPUTS) + "\n")
        stream.flush()
        house.settle()
        stream.write(",".join(map(str, churn(10, 1)[0][:-1])) + "\n")
    house.settle()
    champion = house.json("models", "show", "churn")["champion"]
    late = answers(house, "deep/late.csv")
    assert {row["version"] for row in late} == {str(champion)} and len(late) == 50
    assert set(late[0]) == {"customer", "prediction", "probability_0", "probability_1", "version"}
    assert len(answers(house, "slow.csv")) == 1 and not (house.root / "scored" / "bad.csv").exists()
    source = house.root / "scoring" / "deep" / "late.csv"
    house.run("predict", f"churn@{champion}", str(source), "-o", str(house.root / "p.csv"))
    with (house.root / "p.csv").open(newline="") as stream:
        assert [row["probability_1"] for row in csv.DictReader(stream)] == [row["probability_1"] for row in late]
    told = house.json("status", code=1)["needs"]
    assert [need["kind"] for need in told] == ["file"] and "column age" in told[0]["text"]
    assert len(logged(house)) == 101 and len(set(logged(house))) == 101
    house.run("audit", "verify")
    house.run("doctor")


def test_a_killed_daemon_scores_each_file_once(house: House) -> None:
    """SIGKILL for daemon and workers while files are scored, again and again."""
    house.start()
    house.drop("month_01.csv", churn(1), CHURN)
    house.settle()
    for number in range(12):
        score(house, f"{number:02d}.csv", 20 + number, 30)
        if number % 3 == 2:
            until(lambda: bool(house.workers()) or not waiting(house), 30)
            house.kill()
            house.start()
    house.settle()
    names = [f"{number:02d}.csv" for number in range(12)]
    assert sorted(path.name for path in (house.root / "scored").iterdir()) == names
    assert len(logged(house)) == len(set(logged(house))) == 12 * 30
    scored = house.sql("SELECT payload ->> 'file', count(*) FROM event WHERE kind = 'FileScored' GROUP BY 1")
    assert scored == [(name, 1) for name in names]
    assert not [path for path in (house.root / "scored").iterdir() if path.name.startswith(".")]


def waiting(house: House) -> bool:
    return house.sql("SELECT count(*) FROM delivery WHERE state = 'pending'") != [(0,)]
