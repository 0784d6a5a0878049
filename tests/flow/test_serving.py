"""A real server over a real workspace: what is deployed answers, is counted and is in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.workspace import Workspace
from tests.fakes import serving
from tests.fakes.serving import ROW, Served


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose model `shop` serves in production; its clock is the real one."""
    workspace, _ = Workspace.init(tmp_path / "shop", actor="tester")
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)))
    yield workspace
    workspace.close()


def logged(workspace: Workspace) -> list[dict[str, object]]:
    """Every answer in the log that is not sealed yet."""
    found = []
    for path in sorted((workspace.hidden / "predictions").rglob("*.jsonl")):
        found += [json.loads(line) for line in path.read_text("utf-8").splitlines()[1:]]
    return found


def test_what_is_deployed_answers_and_is_counted_and_logged(shop: Workspace) -> None:
    with Served(shop.root) as server:
        said = server.predict(ROW, {**ROW, "amount": -2}, model="shop")
        assert said["version"] == 1 and len(said["predictions"]) == len(set(said["ids"])) == 2
    (record,) = logged(shop)
    assert record["ids"] == said["ids"] and record["predictions"] == said["predictions"]
    with shop.registry.read() as connection:
        rows = connection.exec_driver_sql("SELECT model, version, role, requests, errors, rows FROM traffic").fetchall()
        servers = connection.exec_driver_sql("SELECT name FROM server").fetchall()
    assert [tuple(row) for row in rows] == [("shop", 1, "stable", 1, 0, 2)]
    assert servers == []
