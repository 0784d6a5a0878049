"""The last transaction of a run: what was found, what was decided, and what follows, all at once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from core.failpoints import failpoint
from core.registry import models, runs
from core.registry.database import Fence, Transaction
from core.registry.jobs import finish
from core.services import pipeline, references
from core.services.contest import Incumbent
from core.services.git import state_of
from core.services.learning import ask_for_learning
from core.services.release import move_champion
from core.services.training_data import Loaded
from core.serving import compiled
from core.training import packaging
from core.training.contest import Contest
from core.training.model import Model
from core.vocabulary import AliasName, EventKind, RunState, Verdict
from core.workspace import Workspace

MODEL_FILE = "model.zip"
COMPILED_FILE = compiled.FILE
GATE_EVENTS = {
    Verdict.PASSED: EventKind.GATE_PASSED, Verdict.NEEDS_APPROVAL: EventKind.GATE_PASSED,
    Verdict.FAILED: EventKind.GATE_FAILED, Verdict.INSUFFICIENT_DATA: EventKind.GATE_WAITED,
}


@dataclass(frozen=True)
class Finding:
    """All that a run brings to its last transaction; `model` is None where nothing is released."""

    run: int
    contest: Contest
    loaded: Loaded
    against: Incumbent | None
    model: Model | None

    @property
    def measured(self) -> bool:
        """Whether the released model is the one that was judged."""
        return self.model is self.contest.model


@dataclass(frozen=True)
class Outcome:
    """What became of the challenger: promoted | registered | waiting | refused | none."""

    kind: str
    text: str
    version: int | None = None


def commit(
    workspace: Workspace, fence: Fence, job: Mapping[str, Any], found: Finding, record: Mapping[str, Any]
) -> None:
    """Store the files of a run, then write all that it found in one transaction. Stale where the champion moved."""
    contest, recipe = found.contest, found.contest.plan.recipe
    files, serving = _files(found)
    hashes = {name: workspace.store.put_bytes(data) for name, data in files.items()}
    failpoint("release.packaged")
    environment = dict(record["environment"]) | {
        "git": state_of(workspace.root), "seconds": {name: round(value, 4) for name, value in contest.seconds.items()},
    } | ({"serving": serving} if serving else {})
    with workspace.registry.write(workspace.actor, fence) as tx:
        for name, data in files.items():
            runs.add_artifact(tx, found.run, name, hashes[name], len(data))
        _measured(tx, found)
        models.ensure(tx, recipe.name, contest.plan.coding.task, contest.primary)
        if found.against is None:
            models.change(tx, recipe.name, task=contest.plan.coding.task, primary_metric=contest.primary)
        outcome = _release(tx, job, found, hashes.get(MODEL_FILE), len(files.get(MODEL_FILE, b"")))
        pipeline.decided(
            tx, recipe.name, found.run, contest.judgement.verdict, f"{contest.headline}: {outcome.text}", outcome.kind
        )
        refitted = int(contest.learned.sum()) if found.model is not None and not found.measured else None
        runs.change(
            tx, found.run, state=RunState.FINISHED, ended_at=tx.now, params=contest.params,
            primary_metric=contest.primary, rows_train=contest.rows_train, rows_holdout=contest.rows_holdout,
            rows_refit=refitted, basis=basis_of(found), gate=gate_of(contest), environment=environment,
            seconds=record["seconds"], cpu_seconds=record["cpu_seconds"], peak_memory=record["peak_memory"],
            decision={
                "outcome": outcome.kind, "text": outcome.text, "model_version": outcome.version,
                "measured": found.model is not None and found.measured, "refit_rows": refitted, "notes": contest.notes,
            },
        )
        ask_for_learning(tx, workspace, recipe)
        finish(tx, fence, run=found.run, outcome=outcome.kind)
    failpoint("release.committed")


def _files(found: Finding) -> tuple[dict[str, bytes], str]:
    """The run's files by name; and of a released model in words, in which form it will answer."""
    files: dict[str, bytes] = {}
    said = ""
    if found.contest.curves:
        files["curves.json"] = json.dumps(found.contest.curves, separators=(",", ":"), allow_nan=False).encode()
    if found.model is not None:
        contest, began = found.contest, monotonic()
        files[MODEL_FILE] = packaging.pack(found.model)
        holdout = contest.rows.frame.iloc[contest.split.holdout_rows[: compiled.COMPARED]]
        made = compiled.compile(found.model, hashlib.sha256(files[MODEL_FILE]).hexdigest(), holdout)
        if made.data is not None:
            files[COMPILED_FILE] = made.data
        said = made.said
        contest.seconds["pack"] = monotonic() - began
        if (reference := references.of(found.contest, found.model)) is not None:
            files[references.REFERENCE_FILE] = reference
    return files, said


def _measured(tx: Transaction, found: Finding) -> None:
    run_id, contest = found.run, found.contest
    runs.add_metrics(tx, run_id, {
        name: (one.value, one.lower, one.upper) for name, one in contest.metrics.items() if one.value is not None
    })
    runs.add_params(tx, run_id, contest.params)
    runs.clear_points(tx, run_id)  # those that were seen meanwhile
    runs.put_points(tx, run_id, contest.points)
    rows = contest.rows
    runs.mark_fresh(tx, run_id, {int(id) for id in rows.version[rows.judgeable]})
    subject, verdict = f"run {run_id}", contest.judgement.verdict
    tx.emit(
        EventKind.RUN_FINISHED, subject, recipe=contest.plan.recipe.name, rows_train=contest.rows_train,
        rows_holdout=contest.rows_holdout, metrics={name: _plain(one.value) for name, one in contest.metrics.items()},
    )
    tx.emit(
        GATE_EVENTS[verdict], subject, recipe=contest.plan.recipe.name, verdict=verdict, headline=contest.headline,
        reasons=[reason["message"] for reason in contest.judgement.reasons if not reason["passed"]],
    )


def _release(
    tx: Transaction, job: Mapping[str, Any], found: Finding, artifact: str | None, size: int
) -> Outcome:
    """Register the version and give it the alias that the gate, a hold and the asker allow."""
    contest, run_id = found.contest, found.run
    verdict, name = contest.judgement.verdict, contest.plan.recipe.name
    if artifact is None:
        if verdict == Verdict.INSUFFICIENT_DATA:
            return Outcome("waiting", "waiting for more unseen rows; they accumulate")
        return Outcome("refused", "the champion stays" if found.against else "no champion: the dummy does as well")
    champion = models.alias(tx.connection, name)
    judged_against = found.against.version if found.against else None
    held = bool((models.get(tx.connection, name) or {}).get("held"))
    version = models.add_version(tx, name, {
        "run_id": run_id, "artifact": artifact, "bytes": size, "measured": found.measured,
        "rows": contest.rows_train if found.measured else int(contest.learned.sum()),
    })
    tx.emit(EventKind.MODEL_VERSION_REGISTERED, f"model {name}", version=version, run=run_id, artifact=artifact)
    why = _why_not_promoted(job, verdict, held)
    if why is None:
        move_champion(
            tx, name, version, seen=judged_against, check_seen=True, why="gate passed", run=run_id,
        )
        before = "" if champion is None else f", before it was v{champion}"
        return Outcome("promoted", f"v{version} is the champion{before}", version)
    models.set_alias(tx, name, AliasName.CHALLENGER, version)
    tx.emit(EventKind.ALIAS_MOVED, f"model {name}", alias=AliasName.CHALLENGER, version=version, why=why)
    if verdict == Verdict.NEEDS_APPROVAL:
        tx.emit(EventKind.APPROVAL_REQUESTED, f"model {name}", version=version, run=run_id)
        return Outcome("waiting", f"v{version} waits for a person: {why}", version)
    return Outcome("registered", f"v{version} passed and is not promoted: {why}", version)


def _why_not_promoted(job: Mapping[str, Any], verdict: Verdict, held: bool) -> str | None:
    if verdict == Verdict.NEEDS_APPROVAL:
        return "it needs approval"
    if held:
        return "the model is held"
    payload = job["payload"]
    if payload.get("settings") and not payload.get("promote"):
        return "`train --set` promotes only with --promote"
    return None


def gate_of(contest: Contest) -> dict[str, Any]:
    return {"verdict": contest.judgement.verdict, "reasons": contest.judgement.reasons}


def basis_of(found: Finding) -> dict[str, Any]:
    """On which rows it was decided, against what, and by which number."""
    contest, parts = found.contest, found.contest.split
    return {
        "kind": parts.basis, "how": parts.how, "against": contest.against, "primary": contest.primary,
        "champion": found.against.version if found.against else None,
        "champion_run": found.against.run["id"] if found.against else None,
        "rows_judgeable": int(contest.rows.judgeable.sum()), "rows_train": contest.rows_train,
        "rows_holdout": contest.rows_holdout, "rows_all": len(contest.rows), "sampled": found.loaded.sampled,
        "headline": contest.headline, "notes": contest.notes, "terms": contest.terms.to_json(),
        "start": contest.start.to_json() if contest.start else None,
    }


def _plain(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
