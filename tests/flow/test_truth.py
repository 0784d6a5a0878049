"""Nothing is rewritten unnoticed: events, stored data, and runs that can be done again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.house import CHURN, House, churn, make


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with make(tmp_path_factory.mktemp("truth") / "house") as made:
        made.start()
        for month in (1, 2, 3):
            made.drop(f"month_{month:02d}.csv", churn(month, 450), CHURN)
            made.settle()
        yield made


def test_the_last_runs_are_reproduced(house: House) -> None:
    for run in house.json("runs", "list", "--limit", "3"):
        said = house.json("reproduce", str(run["id"]))
        assert said["equal"] is True
        assert {name: both["now"] for name, both in said["metrics"].items()} == run["metrics"]


def test_one_changed_byte_of_an_event_is_named(house: House, tmp_path: Path) -> None:
    house.run("audit", "verify")
    with house.workspace.registry.read() as connection:
        id, payload = connection.exec_driver_sql(
            "SELECT id, payload FROM event WHERE kind = 'GatePassed' LIMIT 1"
        ).fetchone()  # type: ignore[misc]
    changed = payload.replace("passed", "passee", 1)
    _overwrite(house, "UPDATE event SET payload = ? WHERE id = ?", changed, id)
    try:
        assert f"event {id}" in house.run("audit", "verify", code=1)
        assert f"event {id}" in house.run("doctor", code=1)
    finally:
        _overwrite(house, "UPDATE event SET payload = ? WHERE id = ?", payload, id)
    house.run("audit", "verify")


def test_a_changed_byte_of_a_stored_file_is_named(house: House) -> None:
    version = house.json("data", "show", "churn@1")
    path = house.workspace.store.path(version["hash"])
    data = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    run = house.json("runs", "list", "--where", "cause=new_data", "--limit", "1")[0]
    try:
        said = house.run("reproduce", str(run["id"]), code=4)
        assert "month_01.csv" in said
        assert "month_01.csv" in house.run("doctor", code=1)
    finally:
        path.write_bytes(data)
    house.run("reproduce", str(run["id"]))


def _overwrite(house: House, statement: str, *values: object) -> None:
    with sqlite3.connect(house.workspace.registry.path, timeout=30) as connection:
        connection.execute(statement, values)
    connection.close()
