"""The daemon and its workers are killed at random, again and again; nothing is lost and nothing is done twice."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.flow.house import CHURN, House, churn, make

KILLS = 50
FILES = 12


@pytest.mark.timeout(900)
def test_fifty_kills_while_twelve_files_arrive(tmp_path: Path) -> None:
    chance = random.Random(20131)
    with make(tmp_path / "house") as house:
        arriving = threading.Thread(target=_arrive, args=(house, chance.random()))
        arriving.start()
        for _ in range(KILLS):
            house.start()
            _pause(chance.uniform(0.05, 1.6))
            house.kill()
        arriving.join()
        house.start()
        house.settle(240)
        _check(house)
        groups = _groups(house)
        metrics = _champion_metrics(house)
    with make(tmp_path / "calm") as calm:
        calm.start()
        for group in groups:
            for name in group:
                month = int(name[6:8])
                calm.drop(name, churn(month), CHURN)
            calm.settle()
        assert _groups(calm) == groups
        assert _champion_metrics(calm) == metrics


def _arrive(house: House, seed: float) -> None:
    chance = random.Random(seed)
    for month in range(1, FILES + 1):
        house.drop(f"month_{month:02d}.csv", churn(month), CHURN)
        _pause(chance.uniform(1.0, 4.0))


def _pause(seconds: float) -> None:
    """Real time has to pass between the kills: that is what is tested."""
    threading.Event().wait(seconds)


def _check(house: House) -> None:
    files = house.sql("SELECT file_name, count(*) FROM datasetversion GROUP BY file_name")
    assert sorted(files) == [(f"month_{month:02d}.csv", 1) for month in range(1, FILES + 1)]
    assert house.sql("SELECT DISTINCT state FROM datasetversion") == [("accepted",)]
    unlearned = house.sql(
        "SELECT v.version FROM datasetversion v WHERE NOT EXISTS (SELECT 1 FROM rundata d JOIN run r ON r.id = d.run_id"
        " WHERE d.version_id = v.id AND r.state = 'finished')"
    )
    assert unlearned == []
    newest = house.sql(
        "SELECT max(d.version_id) FROM rundata d JOIN run r ON r.id = d.run_id"
        " WHERE r.cause = 'new_data' AND r.state = 'finished' GROUP BY r.id"
    )
    assert len(newest) == len(set(newest))
    assert house.sql("SELECT count(*) FROM alias WHERE alias = 'champion'") == [(1,)]
    assert house.sql("SELECT count(*) FROM job WHERE state NOT IN ('finished', 'cancelled')") == [(0,)]
    half = [path for path in house.workspace.hidden.rglob("*") if path.parent.name == "tmp" or path.suffix == ".tmp"]
    assert half == []
    house.run("doctor")
    house.run("audit", "verify")


def _groups(house: House) -> list[list[str]]:
    """The files that each run was the first to learn from, in order."""
    rows = house.sql(
        "SELECT min(r.id), v.file_name FROM rundata d JOIN run r ON r.id = d.run_id"
        " JOIN datasetversion v ON v.id = d.version_id WHERE r.state = 'finished' GROUP BY v.id ORDER BY 1, v.file_name"
    )
    groups: dict[int, list[str]] = {}
    for run, name in rows:
        groups.setdefault(run, []).append(name)
    return [groups[run] for run in sorted(groups)]


def _champion_metrics(house: House) -> list[tuple[str, float]]:
    return [
        (str(name), float(value)) for name, value in house.sql(
            "SELECT m.name, m.value FROM alias a JOIN modelversion v ON v.model = a.model AND v.version = a.version"
            " JOIN runmetric m ON m.run_id = v.run_id WHERE a.alias = 'champion' ORDER BY m.name"
        )
    ]


