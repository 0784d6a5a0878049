"""Every order of the leaderboard is an index's order: the first rows of a million cost what those of a hundred do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from core.registry import monitors as registry_monitors
from core.registry import runs as registry_runs
from core.views import activity, monitors, overview, runs
from core.vocabulary import MonitorKind, Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past


@pytest.fixture(scope="module")
def leaderboard(settled: Past) -> Workspace:
    settled.recipe()
    data = [settled.version()]
    for number in range(6):
        settled.run(data, verdict=Verdict.FAILED, value=0.7 + number % 2 / 10)
    return settled.workspace


def plans(workspace: Workspace, read: Callable[[], Any], naming: str = "") -> list[str]:
    """What SQLite says it will do for each statement with a word in it that `read` makes."""
    asked: list[tuple[str, Any]] = []

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")) and naming in statement:
            asked.append((statement, parameters))

    engine = workspace.registry.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        read()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    with workspace.registry.read() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        return [
            row[3] for statement, parameters in asked
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        ]


ORDERS = ("id", "recipe", "state", "roc_auc", "verdict", "outcome", "started_at", "cause", "seconds", "params.max_iter")


@pytest.mark.parametrize("where", ["", "seed=0", "seconds>0.1"])
@pytest.mark.parametrize("order", [sign + order for order in ORDERS for sign in ("", "-", "!", "!-")])
def test_sorting_runs_sorts_nothing(leaderboard: Workspace, order: str, where: str) -> None:
    """Neither the first page nor the next one, from either end."""
    first = runs.list(leaderboard, where=where, order=order, limit=2)
    for after in (None, first.next):
        plan = plans(
            leaderboard, lambda after=after: runs.list(leaderboard, where=where, order=order, limit=2, after=after),  # type: ignore[misc]
            "sort_tie",
        )
        assert plan and not [step for step in plan if "TEMP B-TREE" in step], plan


def test_what_the_console_reads_at_every_news_scans_no_large_table(leaderboard: Workspace) -> None:
    large = ("run", "runmetric", "runparam", "rundata", "artifact", "job", "event", "monitorreport", "alert", "traffic")
    disk = overview.disk_use(leaderboard)
    steps = plans(leaderboard, lambda: overview.brief(leaderboard))
    steps += plans(leaderboard, lambda: overview.overview(leaderboard, disk))
    steps += plans(leaderboard, lambda: activity.decisions(leaderboard, limit=5))
    scanned = [step for step in steps if step.startswith("SCAN") and step.split()[1] in large and "INDEX" not in step]
    assert set(scanned) <= {"SCAN event"}, "the decisions are the last of the events, read from the end"


def test_monitors_and_alerts_are_found_by_their_indexes(leaderboard: Workspace) -> None:
    with leaderboard.registry.write("ann@example") as tx:
        registry_monitors.ensure(tx, "churn", MonitorKind.DRIFT)
    steps = plans(leaderboard, lambda: monitors.list(leaderboard), "monitorreport")
    steps += plans(leaderboard, lambda: monitors.series(leaderboard, "churn/drift", 10))
    steps += plans(leaderboard, lambda: overview.brief(leaderboard), "alert")
    found = [step for step in steps if step.split()[1] in ("monitorreport", "alert")]
    assert found and all(step.startswith("SEARCH") or "alert_open" in step for step in found), found


def test_triggers_of_one_recipe_pass_over_the_runs_of_others(leaderboard: Workspace) -> None:
    with leaderboard.registry.read() as connection:
        now = leaderboard.clock.now()
        steps = plans(leaderboard, lambda: registry_runs.since(connection, "flights", now))
        assert steps == ["SEARCH run USING INDEX run_started (started_at>?)"]
        steps = plans(leaderboard, lambda: registry_runs.last_started(connection, "flights"))
        assert "SEARCH run USING INDEX run_recipe (recipe=?)" in steps and not [s for s in steps if "B-TREE" in s]


def test_what_is_quarantined_is_found_by_its_index(leaderboard: Workspace) -> None:
    steps = plans(leaderboard, lambda: overview.brief(leaderboard), "later")
    assert steps and "SCAN datasetversion" not in steps
    assert "MATERIALIZE later" in steps, "once, not once a version"
