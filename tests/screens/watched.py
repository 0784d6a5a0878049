"""Monitors of a workspace with a past: readings as the services write them, drift as it was really measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring import drift
from core.monitoring.reference import Reference
from core.monitoring.service import BUCKETS, bucket
from core.registry import alerts, deployments, monitors
from core.services import alerting, deploy
from core.vocabulary import EventKind, Kind, MonitorKind, Reading, Role, Strategy
from tests.screens.world import World

KINDS = {"temp": Kind.NUMBER, "dewp": Kind.NUMBER, "carrier": Kind.CATEGORY}
WEIGHTS = {"temp": 0.4, "dewp": 0.1, "carrier": 0.002}
MONTHS = 6


def frame(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame({
        "temp": random.normal(55 + 18 * shift, 18, rows), "dewp": random.normal(40, 15, rows),
        "carrier": pd.Series(random.choice(["UA", "B6", "EV"], rows, p=[0.5, 0.3, 0.2]), dtype="str"),
    })


def read(
    world: World, kind: MonitorKind, source: str, verdict: Reading, summary: str, *, minutes: float,
    model: str = "flights", evidence: Mapping[str, Any] | None = None, columns: Sequence[Mapping[str, Any]] = (),
    alert: bool = True, **values: Any,
) -> int:
    """One reading; one that is an alert raises it. Returns its id."""
    with world.write() as tx:
        monitor = monitors.ensure(tx, model, kind)
        id = monitors.add_report(tx, monitor, {
            "source": source, "version": 2, "rows": 2500, "verdict": verdict, "summary": summary,
            "columns": [*columns], "evidence": dict(evidence or {}), **values,
        })
        assert id is not None
        at = world.ago(minutes)
        tx.execute(monitors.REPORT.update().where(monitors.REPORT.c.id == id).values(at=at))
        tx.emit(EventKind.MONITOR_REPORTED, f"monitor {monitor['name']}", source=source, verdict=verdict)
        live = alerts.open_for(tx.connection, model, kind)
        if verdict == Reading.ALERT and alert and live is None:
            found = evidence or {}
            made = alerts.add(tx, monitor, id, {
                "what": summary, "source": source, "model_version": 2, "rows": 2500, "value": values.get("value"),
                "threshold": values.get("threshold"), "since": {"dataset": "flights", "version": 5},
                "columns": [one["column"] for one in columns if one["verdict"] == Reading.ALERT],
                "commands": alerting.commands(model, monitor["name"]), "does": "job 9 trains it again",
                **{key: found[key] for key in ("before", "metric") if key in found},
            })
            alerts.change(tx, made, opened_at=at)
            tx.emit(EventKind.ALERT_RAISED, f"alert {made}", monitor=monitor["name"], model=model, what=summary)
        elif verdict == Reading.ALERT and live is not None:
            alerts.change(tx, live["id"], readings=live["readings"] + 1, last_report_id=id)
        return id


def drifts(world: World, first: int = 1, last: int = MONTHS, shifted: int = 2) -> None:
    """A reading a month; the last `shifted` months are warmer by half a standard deviation."""
    reference = Reference.of(frame(4000, 0), KINDS, weights=WEIGHTS)
    for month in range(first, last + 1):
        report = drift.check(reference, frame(2500, month, 0.5 if month > last - shifted else 0.0))
        read(
            world, MonitorKind.DRIFT, f"flights@{month}", report.verdict, report.summary, value=report.value,
            threshold=report.threshold, minutes=(last - month) * 60 + 9,
            columns=[one.to_json() for one in report.columns],
            evidence={"level": report.level, "effect": report.effect, "false_alarms_a_month": report.false_alarms},
        )


def watched(world: World) -> None:
    """All that a monitor may say: an alert on drift and one on performance, a warning, too few rows, all well."""
    drifts(world)
    for month, value in enumerate((0.71, 0.70, 0.72, 0.69, 0.61), 2):
        verdict = Reading.ALERT if value < 0.65 else Reading.OK
        before = {"version": 1, "better": True, "value": 0.68, "headline": "ROC AUC .680 against .610 on 2,500 rows"}
        read(
            world, MonitorKind.PERFORMANCE, f"flights@{month}", verdict,
            f"ROC AUC {value:.3f} where .70 is usual", value=value, threshold=0.655, lower=value - 0.02,
            upper=value + 0.02, minutes=(MONTHS - month) * 60 + 9,
            evidence={
                "metric": "roc_auc", "usual": 0.705, "metrics": {"roc_auc": value, "accuracy": 0.8},
                **({"before": before} if verdict == Reading.ALERT else {}),
            },
        )
    odd = [{"check": "new_category", "column": "carrier", "message": "carrier has a new value"}]
    read(world, MonitorKind.QUALITY, "flights@6", Reading.WARNING, "carrier has a new value", value=1.0, minutes=9,
         evidence={"warnings": odd})
    read(world, MonitorKind.ESTIMATE, "flights@6", Reading.INSUFFICIENT_DATA, "40 rows are too few to tell", minutes=9,
         rows=40)
    read(world, MonitorKind.PREDICTION, "flights@6", Reading.OK, "the answers are as they were", value=0.05,
         threshold=0.5, minutes=9)


def silence(world: World, name: str, hours: float) -> None:
    with world.write() as tx:
        monitors.change(
            tx, name, silenced_until=world.clock.moment + timedelta(hours=hours), silenced_by="bob@example"
        )


def gone_back(world: World) -> None:
    """A canary of flights v4 that was rolled back by itself."""
    deploy.deploy(world.workspace, "flights", 4, "production", Strategy.CANARY)
    with world.write() as tx:
        deploy.serve(tx, "flights", "production", 6, why="it erred", back=True)
        row = deployments.get(tx.connection, "flights", "production")
        assert row is not None
        tx.emit(
            EventKind.DEPLOYMENT_ROLLED_BACK, "model flights", environment="production", version=6, left=4,
            why="2.0 % errors against 0.1 %", what="the canary", by_itself=True, revision=row["revision"],
        )


def serving(world: World) -> None:
    """A canary under way, with requests of the last minutes on both sides."""
    deploy.deploy(world.workspace, "flights", 4, "production", Strategy.CANARY)
    with world.write() as tx:
        deployments.put_server(tx, "here:1", "production", "127.0.0.1:8000", world.ago(30), {"flights": 2})
        for minute in range(6):
            for version, role, requests in ((6, Role.STABLE, 950 - 10 * minute), (4, Role.CANARY, 50 + 10 * minute)):
                deployments.add_traffic(tx, {
                    "model": "flights", "environment": "production", "version": version, "role": role,
                    "minute": world.ago(minute),
                }, {
                    "requests": requests, "errors": version == 4, "rows": requests, "seconds": requests * 0.004,
                    "latency": _buckets(requests), "compared": 0, "agreed": 0,
                })


def _buckets(requests: int) -> list[int]:
    """Most requests in 4 ms, five of them in 20."""
    found = [0] * BUCKETS
    found[bucket(0.004)], found[bucket(0.02)] = requests - 5, 5
    return found
