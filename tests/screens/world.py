"""A workspace with a past: real rows in a real registry, written as the services write them, no daemon needed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.registry import datasets, jobs, models, recipes, runs
from core.registry.database import Transaction
from core.services.release import move_champion
from core.services.work import train_request
from core.vocabulary import AliasName, Cause, EventKind, RunState, Verdict, VersionState
from core.workspace import Workspace

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ACTOR = "ann@example"
HEADLINE = ".710 against .700 on 1,287 (-.004 to +.016)"
RECIPE = 'watch  = "inbox"\ntarget = "late"\n'


class HeldClock(SystemClock):
    """The wall clock stands at `moment` until it is moved; durations go on as ever."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class World:
    """`flights` unless another name is given; times count backwards from the held clock."""

    def __init__(self, root: Path, moment: datetime = NOON) -> None:
        self.clock = HeldClock(moment)
        root.mkdir(parents=True, exist_ok=True)
        (root / "footplate.toml").write_text('time_zone = "UTC"\n', "utf-8")
        self.workspace, _ = Workspace.init(root, actor=ACTOR, clock=self.clock)
        self._runs = 0

    def close(self) -> None:
        self.workspace.close()

    def ago(self, minutes: float) -> datetime:
        return self.clock.moment - timedelta(minutes=minutes)

    def write(self) -> Any:
        return self.workspace.registry.write(ACTOR)

    # -- nouns

    def recipe(self, name: str = "flights", *, text: str = RECIPE, paused: bool = False, problem: str = "") -> None:
        problems = [{"key": "", "message": problem, "hint": "mend it"}] if problem else []
        file = self.workspace.recipes / f"{name}.toml"
        with self.write() as tx:
            recipes.put(
                tx, name, path=str(file), hash="5b3c50620a", text=text, dataset=name, valid=not problem,
                problems=problems, paused=paused, stamp="",
            )
            recipes.add_version(tx, recipe=name, hash="5b3c50620a", text=text, code=[], git=None)
            datasets.ensure(tx, name, name)
            tx.emit(EventKind.RECIPE_ADDED, f"recipe {name}", hash="5b3c50620a", watch="inbox")

    def version(
        self, dataset: str = "flights", *, state: VersionState = VersionState.ACCEPTED, rows: int | None = 2500,
        file: str = "", reasons: Sequence[Mapping[str, Any]] = (), warnings: Sequence[Mapping[str, Any]] = (),
        minutes: float = 5, profile: Mapping[str, Any] | None = None, actor: str = "daemon",
    ) -> int:
        """One arrival; returns its id."""
        stored = None
        if profile is not None:
            stored = self.workspace.store.put_bytes(zlib.compress(json.dumps(profile).encode()))
        with self.workspace.registry.write(actor) as tx:
            id, number = datasets.add(tx, {
                "dataset": dataset, "hash": f"{dataset}-{file}-{minutes}-{rows}-{len(reasons)}-{state}", "state": state,
                "files": [{"name": file, "bytes": 215_751, "hash": "695b90c8"}], "file_name": file or "month.csv",
                "rows": rows, "columns": 20, "labelled": rows, "bad_rows": 0, "reasons": [*reasons],
                "warnings": [*warnings], "profile": stored, "cause": Cause.NEW_DATA, "discarded": False,
                "time_min": "2026-03-01", "time_max": "2026-03-31",
            })
            datasets.change(tx, id, added_at=self.ago(minutes))
            subject = f"{dataset}@{number}"
            tx.emit(EventKind.VERSION_ADDED, subject, file=file, bytes=215_751, hash="695b90c8")
            kind = {VersionState.QUARANTINED: EventKind.VERSION_QUARANTINED}.get(state, EventKind.VERSION_ACCEPTED)
            tx.emit(kind, subject, rows=rows, labelled=rows, file=file, reasons=[*reasons])
        return id

    def run(
        self, name: str = "flights", *, score: float | None = 0.71, state: RunState = RunState.FINISHED,
        verdict: Verdict | None = Verdict.PASSED, minutes: float = 4, data: Sequence[int] = (),
        error: str | None = None, reasons: Sequence[Mapping[str, Any]] | None = None, headline: str = HEADLINE,
        params: Mapping[str, Any] | None = None, metric: str = "roc_auc", release: bool = True,
        cause: Cause = Cause.NEW_DATA, actor: str = "daemon",
    ) -> int:
        """A run, and the model version that it made where its gate let it through; returns the run's id."""
        if reasons is None:
            good = verdict != Verdict.FAILED
            gain = _reason(metric, score, 0.69, f"the gain is {'enough' if good else 'too small'}", good)
            reasons = [_reason("rows", 1287, 200, "1,287 rows may judge and 200 are needed", True), gain]
        promoted = verdict == Verdict.PASSED and release
        outcome = "promoted" if promoted else "waiting" if verdict == Verdict.NEEDS_APPROVAL else "refused"
        with self.workspace.registry.write(actor) as tx:
            row = recipes.get(tx.connection, name)
            assert row is not None
            version = recipes.version(tx.connection, name, row["hash"])
            assert version is not None
            ended = state == RunState.FINISHED
            id = runs.add(tx, {
                "recipe": name, "recipe_version_id": version["id"], "state": state, "cause": cause,
                "params": dict(params or {"max_iter": 100, "learning_rate": 0.1}), "seed": 0, "primary_metric": metric,
                "rows_train": 28_713, "rows_holdout": 1287 if ended else None, "error": error, "actor": actor,
                "started_at": self.ago(minutes), "ended_at": self.ago(minutes - 0.1) if ended or error else None,
                "seconds": 3.6 if ended else None, "cpu_seconds": 3.2, "peak_memory": 312_000_000,
                "basis": {"kind": "unseen", "against": "champion", "champion": 1, "champion_run": 1,
                          "headline": headline, "how": "the newest half", "notes": []} if ended else None,
                "gate": {"verdict": verdict, "reasons": [*reasons]} if ended and verdict else None,
                "decision": {"outcome": outcome, "text": f"the {metric} decided", "notes": []} if ended else None,
                "environment": {"python": "3.11.7", "packages": {"numpy": "2"}}, "log": f"logs/jobs/{minutes}.log",
            })
            runs.add_data(tx, id, data)
            runs.add_params(tx, id, params or {"max_iter": 100, "learning_rate": 0.1})
            if score is not None:
                runs.add_metrics(tx, id, {metric: (score, score - 0.02, score + 0.02), "brier": (0.18, None, None)})
            tx.emit(EventKind.RUN_STARTED, f"run {id}", recipe=name, cause=cause)
            if ended:
                tx.emit(EventKind.RUN_FINISHED, f"run {id}", recipe=name, metrics={metric: score})
                kind = EventKind.GATE_PASSED if verdict != Verdict.FAILED else EventKind.GATE_FAILED
                tx.emit(kind, f"run {id}", recipe=name, verdict=verdict, headline=headline, reasons=[])
                if verdict in (Verdict.PASSED, Verdict.NEEDS_APPROVAL):
                    self._release(tx, name, id, metric, promoted, minutes)
        return id

    def _release(self, tx: Transaction, name: str, run: int, metric: str, promoted: bool, minutes: float) -> None:
        models.ensure(tx, name, "classification", metric)
        number = models.add_version(tx, name, {
            "run_id": run, "artifact": "e0934b4e762e", "bytes": 1_203_144, "measured": False, "rows": 30_000,
        })
        tx.emit(EventKind.MODEL_VERSION_REGISTERED, f"model {name}", version=number, run=run)
        if promoted:
            seen = models.alias(tx.connection, name)
            move_champion(tx, name, number, seen=seen, check_seen=True, why="gate passed", run=run)
        else:
            models.set_alias(tx, name, AliasName.CHALLENGER, number)

    def job(self, name: str = "flights", *, cause: Cause = Cause.MANUAL, error: str = "", key: str = "") -> int:
        """A train job that waits; with `error` one that failed."""
        with self.write() as tx:
            id, _ = jobs.enqueue(tx, train_request(
                name, cause, cpus=1, memory=1 << 30, timeout=60, key=key or f"train:{name}:{self.clock.moment}:{error}",
            ))
            if error:
                fence = jobs.claim(tx, id, timedelta(minutes=1))
                assert fence is not None
                jobs.fail(tx, fence, error)
        return id


def _reason(metric: str, value: float | None, threshold: float, message: str, passed: bool) -> dict[str, Any]:
    return {
        "metric": metric, "value": value, "champion_value": 0.7, "interval": None, "threshold": threshold,
        "passed": passed, "message": message,
    }


def profile(*names: str) -> dict[str, Any]:
    """A stored profile with a number, a category and the target."""
    number = {
        "kind": "number", "rows": 2500, "missing": 92, "distinct": 70, "distinct_exact": True, "min": 19.04,
        "max": 98.96, "mean": 55.1, "std": 17.9, "quantiles": {"0": 19.04, "0.5": 55.4, "1": 98.96},
        "histogram": {"edges": [19.04, 45.0, 72.0, 98.96], "counts": [700, 1000, 708]}, "relation": 0.15,
    }
    category = {
        "kind": "category", "rows": 2500, "missing": 0, "distinct": 15, "distinct_exact": True, "top_exact": True,
        "top": [{"value": "UA", "count": 452}, {"value": "B6", "count": 430}], "relation": 0.13,
    }
    target = {**number, "missing": 0, "distinct": 2, "min": 0.0, "max": 1.0, "relation": None}
    columns = dict.fromkeys(names, number) or {"temp": number}
    return {"rows": 2500, "target": "late", "columns": {**columns, "carrier": category, "late": target}}


def flights(world: World, months: int = 6) -> None:
    """Some months of a working model: one file quarantined, one challenger refused, one job waiting."""
    world.recipe()
    ids = []
    for month in range(1, months + 1):
        late = (months - month) * 60 + 10
        ids.append(world.version(file=f"flights_2026-{month:02d}.csv", minutes=late, profile=profile("temp", "dewp")))
        world.run(score=0.65 + 0.01 * month, minutes=late - 1, data=ids)
    reason = {"check": "missing_column", "column": "dewp", "message": "column dewp is missing", "line": 1}
    world.version(state=VersionState.QUARANTINED, file="flights_2026-09.csv", reasons=[reason], minutes=8)
    world.run(score=0.61, verdict=Verdict.FAILED, minutes=3, data=ids, cause=Cause.RECIPE_CHANGE)
    world.job()
