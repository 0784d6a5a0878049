"""A past for the views to show, written through the registry as services/ingest and services/deciding write it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.registry import datasets, jobs, models, recipes, runs, sources
from core.registry.database import Fence
from core.registry.jobs import Request
from core.registry.sources import Signature
from core.services.release import move_champion
from core.vocabulary import AliasName, Cause, EventKind, JobKind, RunState, Verdict, VersionState
from core.workspace import Workspace

DAEMON = "daemon"
TEXT = 'watch = "inbox/churn"\ntarget = "churned"\n'
KINDS = {
    Verdict.PASSED: EventKind.GATE_PASSED, Verdict.NEEDS_APPROVAL: EventKind.GATE_PASSED,
    Verdict.FAILED: EventKind.GATE_FAILED, Verdict.INSUFFICIENT_DATA: EventKind.GATE_WAITED,
}


class Past:
    """Everything is about `churn` unless told otherwise."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def write(self, actor: str = DAEMON) -> Any:
        return self.workspace.registry.write(actor)

    def recipe(self, name: str = "churn", *, text: str = TEXT, problem: str = "", hash: str = "a1b2c3d4e5f6") -> None:
        problems = [{"key": "data.watch", "message": problem, "hint": "mend it"}] if problem else []
        with self.write() as tx:
            recipes.put(
                tx, name, path=f"recipes/{name}.toml", hash=hash, text=text, dataset=name, valid=not problem,
                problems=problems,
            )
            datasets.ensure(tx, name, name)
            recipes.add_version(tx, recipe=name, hash=hash, text=text, code=[], git=None)

    def version(
        self, dataset: str = "churn", *, reason: str = "", column: str | None = "age", line: int | None = None,
        rows: int | None = 1204, labelled: int | None = None, file: str = "", profile: Mapping[str, Any] | None = None,
    ) -> int:
        """One arrival, quarantined where there is a reason; returns its id."""
        reasons: list[dict[str, Any]] = []
        if reason:
            reasons = [{"check": "missing_column", "column": column, "message": reason}]
            if line is not None:
                reasons[0]["line"] = line
        labelled = rows if labelled is None else labelled
        with self.write() as tx:
            hash = self.workspace.store.put_bytes(zlib.compress(json.dumps(profile).encode())) if profile else None
            id, number = datasets.add(tx, {
                "dataset": dataset, "hash": f"{dataset}{self._count(tx):060d}", "file_name": file or "month.csv",
                "state": VersionState.QUARANTINED if reason else VersionState.ACCEPTED, "discarded": False,
                "files": [{"name": file or "month.csv", "bytes": 2048, "hash": "f" * 64}],
                "rows": None if reason else rows, "columns": None if reason else 12,
                "labelled": None if reason else labelled, "bad_rows": 0, "reasons": reasons, "warnings": [],
                "profile": hash, "time_min": "2026-01-01", "time_max": "2026-01-31", "cause": Cause.NEW_DATA,
            })
            subject = f"{dataset}@{number}"
            tx.emit(EventKind.VERSION_ADDED, subject, file=file or "month.csv")
            if reason:
                tx.emit(EventKind.VERSION_QUARANTINED, subject, file=file, reasons=reasons)
            else:
                tx.emit(EventKind.VERSION_ACCEPTED, subject, rows=rows, labelled=labelled, bad_rows=0, warnings=[])
        return id

    def _count(self, tx: Any) -> int:
        return int(tx.connection.exec_driver_sql("SELECT count(*) FROM datasetversion").scalar())

    def job(
        self, name: str = "churn", *, kind: JobKind = JobKind.TRAIN, cause: Cause = Cause.NEW_DATA,
        payload: Mapping[str, Any] | None = None, lane: str = "",
    ) -> int:
        """A waiting job."""
        about = {"recipe": name} if kind == JobKind.TRAIN else {"dataset": name}
        with self.write() as tx:
            id, _ = jobs.enqueue(tx, Request(
                kind=kind, key=f"{kind}:{name}:{cause}", lane=lane or f"{kind}:{name}", cause=cause,
                payload={**about, **(payload or {})}, memory=1 << 30, timeout=60.0,
            ))
        return id

    def start(self, job: int) -> Fence:
        with self.write() as tx:
            fence = jobs.claim(tx, job, timedelta(minutes=1))
        assert fence is not None
        return fence

    def source(self, path: bytes, dataset: str = "churn") -> None:
        """A file that was seen in the dataset's folder."""
        with self.write() as tx:
            sources.add_pending(tx, dataset, [(path, Signature(1, 1, 1, 1))])

    def failed_job(self, error: str = "out of memory", **options: Any) -> int:
        id = self.job(**options)
        fence = self.start(id)
        with self.write() as tx:
            jobs.fail(tx, fence, error)
        return id

    def begin(
        self, data: Sequence[int], name: str = "churn", *, cause: Cause = Cause.NEW_DATA, actor: str = DAEMON,
        params: Mapping[str, Any] | None = None, left_out: Sequence[int] = (),
    ) -> tuple[int, Fence]:
        """A run that runs, with its job; returns its id and its right to write."""
        job = self.job(name, cause=cause)
        fence = self.start(job)
        with self.write() as tx:
            row = recipes.get(tx.connection, name)
            assert row is not None
            version = recipes.version(tx.connection, name, row["hash"])
            assert version is not None
            id = runs.add(tx, {
                "recipe": name, "recipe_version_id": version["id"], "job_id": job, "state": RunState.RUNNING,
                "cause": cause, "params": dict(params or {}), "seed": 0, "actor": actor, "started_at": tx.now,
                "log": f"logs/jobs/{job}.log",
            })
            runs.add_data(tx, id, data, left_out)
            runs.add_params(tx, id, params or {})
            tx.emit(EventKind.RUN_STARTED, f"run {id}", recipe=name, cause=cause)
        return id, fence

    def run(
        self, data: Sequence[int], name: str = "churn", *, verdict: Verdict = Verdict.PASSED, value: float = 0.812,
        champion_value: float | None = 0.806, threshold: float = 0.79, metrics: Mapping[str, float] | None = None,
        cause: Cause = Cause.NEW_DATA, actor: str = DAEMON, params: Mapping[str, Any] | None = None,
        held: bool = False, refit: bool = True, deleted: bool = False,
    ) -> int:
        """A finished run with its decision, and the version that its gate let through; returns its id."""
        id, fence = self.begin(data, name, cause=cause, actor=actor, params=params)
        waits = verdict == Verdict.INSUFFICIENT_DATA
        with self.write() as tx:
            seen = models.alias(tx.connection, name)
            headline = "142 rows may judge and 200 are needed" if waits else (
                f"{value:.3f} against {champion_value or 0.5:.3f} on 602 (-.004 to +.016)".replace("0.", ".")
            )
            if not waits:
                runs.add_metrics(tx, id, {
                    "roc_auc": (value, value - 0.02, value + 0.02),
                    **{one: (number, None, None) for one, number in (metrics or {}).items()},
                })
            models.ensure(tx, name, "classification", "roc_auc")
            runs.mark_fresh(tx, id, data[-1:])
            tx.emit(EventKind.RUN_FINISHED, f"run {id}", recipe=name)
            tx.emit(KINDS[verdict], f"run {id}", recipe=name, verdict=verdict, headline=headline, reasons=[])
            outcome, text, number = self._release(tx, id, name, verdict, seen, held)
            runs.change(
                tx, id, state=RunState.FINISHED, ended_at=tx.now, primary_metric="roc_auc", rows_train=4816,
                rows_holdout=142 if waits else 602, rows_refit=5418 if number and refit else None, deleted=deleted,
                seconds=3.25, cpu_seconds=3.0, peak_memory=1 << 28, environment={"python": "3.11.7"},
                basis={
                    "kind": "unseen" if seen else "first", "against": "champion" if seen else "dummy",
                    "how": "the newest 602 of 1,204 rows that the champion has not seen, by time", "champion": seen,
                    "champion_run": 1 if seen else None, "rows_judgeable": 1204, "rows_train": 4816,
                    "rows_holdout": 602, "rows_all": 5418, "sampled": 1.0, "headline": headline, "primary": "roc_auc",
                    "notes": [],
                },
                gate={"verdict": verdict, "reasons": reasons(verdict, value, champion_value, threshold)},
                decision={
                    "outcome": outcome, "text": text, "model_version": number, "measured": bool(number) and not refit,
                    "refit_rows": 5418 if number and refit else None, "notes": [],
                },
            )
            jobs.finish(tx, fence, run=id)
        return id

    def _release(
        self, tx: Any, run: int, name: str, verdict: Verdict, seen: int | None, held: bool
    ) -> tuple[str, str, int | None]:
        if verdict == Verdict.INSUFFICIENT_DATA:
            return "waiting", "waiting for more unseen rows; they accumulate", None
        if verdict == Verdict.FAILED:
            return "refused", "the champion stays", None
        number = models.add_version(tx, name, {
            "run_id": run, "artifact": "e" * 64, "bytes": 917_000, "measured": False, "rows": 5418,
        })
        tx.emit(EventKind.MODEL_VERSION_REGISTERED, f"model {name}", version=number, run=run, artifact="e" * 64)
        if verdict == Verdict.PASSED and not held:
            move_champion(tx, name, number, seen=seen, check_seen=True, why="gate passed", run=run)
            return "promoted", f"v{number} is the champion", number
        models.set_alias(tx, name, AliasName.CHALLENGER, number)
        tx.emit(EventKind.ALIAS_MOVED, f"model {name}", alias=AliasName.CHALLENGER, version=number, why="waits")
        if held:
            return "registered", f"v{number} passed and is not promoted: the model is held", number
        tx.emit(EventKind.APPROVAL_REQUESTED, f"model {name}", version=number, run=run)
        return "waiting", f"v{number} waits for a person: it needs approval", number


def reasons(verdict: Verdict, value: float, champion_value: float | None, threshold: float) -> list[dict[str, Any]]:
    """As the gate writes them: one about the rows, one about the difference, one about people."""
    rows = 142 if verdict == Verdict.INSUFFICIENT_DATA else 602
    enough = f"{rows} rows that the champion has not seen may judge and 200 are needed"
    made = [reason("rows", rows, 200, rows >= 200, enough)]
    if verdict == Verdict.INSUFFICIENT_DATA:
        return made
    better = value >= threshold
    theirs = champion_value or 0.5
    made.append(reason(
        "roc_auc", value, threshold, better, f"ROC AUC is {value} against {theirs}", theirs, [-0.004, 0.016]
    ))
    if verdict == Verdict.NEEDS_APPROVAL:
        made.append(reason("approval", None, None, False, "the recipe asks for a person's approval"))
    return made


def reason(
    metric: str, value: float | None, threshold: float | None, passed: bool, message: str,
    champion_value: float | None = None, interval: list[float] | None = None,
) -> dict[str, Any]:
    return {
        "metric": metric, "value": value, "champion_value": champion_value, "interval": interval,
        "threshold": threshold, "passed": passed, "message": message,
    }
