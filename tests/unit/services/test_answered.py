"""Windows of served requests: what was asked and answered is read, and the truth that came meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import iso
from core.registry import deployments, jobs, monitors
from core.services import labelling, observe, pulse
from core.services.contest import incumbent
from core.serving.log import PredictionLog
from core.training import packaging
from core.vocabulary import JobKind, MonitorKind, Reading
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.watched import RECIPE, Watched, month

WITH_ID = RECIPE.replace('time = "day"', 'time = "day"\nid = "who"')
HEADER = ("who", "day", "x", "z", "y")


@pytest.fixture
def lab(workspace: Workspace) -> Watched:
    made = Watched(workspace, WITH_ID)
    made.add("01.csv", [[f"a{place}", *row] for place, row in enumerate(month(1))], HEADER)
    made.work()
    return made


def serve(lab: Watched, number: int, *, moved: float = 0.0, turned: bool = False) -> None:
    """A window of 400 answered rows, 400 requests a quarter of an hour ago; then the daemon looks."""
    now = lab.workspace.clock.now()
    quarter = now - timedelta(seconds=now.timestamp() % 900) - timedelta(minutes=15 * number)
    against = incumbent(lab.workspace, "churn")
    assert against is not None
    model = packaging.load(lab.workspace.store.path(against.artifact), against.artifact)
    import pandas as pd

    rows = month(10 + number, 400, moved=moved, turned=turned)
    frame = pd.DataFrame([[row[1], row[2]] for row in rows], columns=["x", "z"])
    said = model.predict(frame)
    assert said.probabilities is not None
    with PredictionLog(lab.workspace.predictions) as log:
        for place, row in enumerate(rows):
            log.write({
                "at": iso(quarter + timedelta(seconds=place)), "model": "churn", "version": against.version,
                "environment": "production", "role": "stable", "revision": 1, "ids": [f"{number}:{place}"],
                "keys": [f"n{number}:{place}"], "rows": [[row[1], row[2]]],
                "predictions": [model.manifest.classes[said.values[place]]],
                "probabilities": [said.probabilities[place].tolist()], "ms": 1.0,
            }, model.manifest)
    labelling.take_rows(lab.workspace, "churn", [
        {"id": f"n{number}:{place}", "label": row[3]} for place, row in enumerate(rows)
    ] if number == 1 else [], "test")
    key = {"model": "churn", "environment": "production", "version": against.version, "role": "stable"}
    with lab.workspace.registry.write("server") as tx:
        deployments.add_traffic(tx, key | {"minute": quarter}, {
            "requests": 400, "errors": 0, "rows": 400, "seconds": 1.0, "compared": 0, "agreed": 0, "latency": [400],
        })
        tx.connection.exec_driver_sql("DELETE FROM job WHERE kind = 'label'")
    window = {"environment": "production", "since": iso(quarter), "until": iso(quarter + timedelta(minutes=15))}
    from core.services import observing
    from core.services import recipes as recipe_service

    recipe = recipe_service.in_force(lab.workspace, "churn").recipe
    with lab.workspace.registry.write("daemon") as tx:
        jobs.enqueue(tx, observing.window_request(recipe, "production", window["since"], window["until"]))
    assert lab.observe() == 1


def test_a_window_is_read_as_an_arrival_is(lab: Watched) -> None:
    serve(lab, 2)
    for kind in (MonitorKind.DRIFT, MonitorKind.PREDICTION, MonitorKind.ESTIMATE):
        [(source, verdict)] = lab.read(kind)
        assert source.startswith("production 20") and verdict == Reading.OK, kind
    assert lab.read(MonitorKind.PERFORMANCE) == []
    with lab.workspace.registry.read() as connection:
        last = monitors.last(connection, "churn/drift")
    assert last is not None and last["rows"] == 400 and last["version"] == 1


def test_a_shift_in_what_is_asked_is_drift_that_only_tells(lab: Watched) -> None:
    serve(lab, 2, moved=1.5)
    assert lab.read(MonitorKind.DRIFT)[0][1] == Reading.ALERT
    assert "retraining cannot help" in lab.alert(MonitorKind.DRIFT)["evidence"]["does"]


def test_truth_that_came_for_answers_is_a_reading_of_performance(lab: Watched) -> None:
    serve(lab, 1, turned=True)
    [(source, verdict)] = lab.read(MonitorKind.PERFORMANCE)
    assert source.startswith("production") and verdict == Reading.ALERT
    assert "since" not in lab.alert(MonitorKind.PERFORMANCE)["evidence"]
    assert lab.read(MonitorKind.ESTIMATE) == []


def test_the_daemon_asks_for_a_window_that_was_served(lab: Watched) -> None:
    now = lab.workspace.clock.now()
    quarter = now - timedelta(minutes=1) - timedelta(seconds=(now - timedelta(minutes=1)).timestamp() % 900)
    key = {"model": "churn", "environment": "production", "version": 1, "role": "stable"}
    with lab.workspace.registry.write("server") as tx:
        deployments.add_traffic(tx, key | {"minute": quarter - timedelta(minutes=5)}, {
            "requests": 900, "errors": 0, "rows": 900, "seconds": 1.0, "compared": 0, "agreed": 0, "latency": [900],
        })
    for _ in range(2):
        pulse.beat(lab.workspace)
    with lab.workspace.registry.read() as connection:
        [job] = [one for one in jobs.live(connection) if one["kind"] == JobKind.OBSERVE]
    assert job["payload"]["window"]["until"] == iso(quarter)
    fence, row = lab.claimed(job["id"])
    observe.run(lab.workspace, fence, row, lambda text: None)
    assert lab.read(MonitorKind.DRIFT) == [], "nothing is in the log of that time"


def test_truth_is_read_also_where_nothing_is_asked_any_more(lab: Watched, clock: FakeClock) -> None:
    serve(lab, 2)
    clock.go_on(30 * 3600)
    truth = [{"id": f"n2:{place}", "label": row[3]} for place, row in enumerate(month(12, 400, turned=True))]
    labelling.take_rows(lab.workspace, "churn", truth, "test")
    labelling.count_rows(lab.workspace, "churn")
    clock.go_on(1800)
    pulse.beat(lab.workspace)
    assert lab.observe() == 1
    [(source, verdict)] = lab.read(MonitorKind.PERFORMANCE)
    assert source.startswith("production") and verdict == Reading.ALERT
