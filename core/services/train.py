"""The train job: one run of one recipe, from its rows to the decision, committed at once.

    (a saved recipe: check -> tests -> smoke fit, core.services.trial)
    choose versions -> split -> fit -> score challenger and opponent on the same rows -> gate
        -> (passed) fit once more on all rows -> register -> champion

Everything between the first and the last transaction can be lost and is then done again under the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.errors import Stale
from core.failpoints import failpoint
from core.recipes.recipe import override, recipe_hash
from core.registry import datasets, jobs, runs
from core.registry.database import Fence
from core.services import observe, pipeline
from core.services import recipes as recipe_service
from core.services.contest import hold_contest, incumbent, terms_of
from core.services.deciding import Finding, commit
from core.services.recipes import InForce
from core.services.training_data import Chosen, choose
from core.services.trial import before_run
from core.training.contest import fit_all
from core.training.environment import Meter, describe
from core.training.steps import Points
from core.vocabulary import Cause, EventKind, RunState, Verdict
from core.workspace import Workspace

OF_DATA = (Cause.NEW_DATA, Cause.DRIFT, Cause.PERFORMANCE, Cause.QUALITY, Cause.FRESHNESS)  # in vain without new rows
JUDGE_AGAIN = 5  # times that the champion may move under a run before it gives up


def run(workspace: Workspace, fence: Fence, job: Mapping[str, Any], progress: Callable[[str], None]) -> None:
    """Do a train job and end it. Raises FootplateError for what a person has to mend."""
    for attempt in range(JUDGE_AGAIN):
        try:
            _once(workspace, fence, job, progress)
        except Stale:
            if attempt == JUDGE_AGAIN - 1:
                raise
            progress("the champion moved meanwhile: judged once more")
        else:
            return


def _once(workspace: Workspace, fence: Fence, job: Mapping[str, Any], progress: Callable[[str], None]) -> None:
    meter = Meter()
    payload = job["payload"]
    one = _recipe_of(workspace, payload)
    with workspace.registry.read() as connection:
        newest = datasets.newest_id(connection, one.recipe.dataset)
    observe.before_training(workspace, fence, job, progress)
    chosen = choose(workspace, one.recipe, payload.get("data"), newest)  # nothing that came while they were reading
    if _nothing_new(workspace, fence, job, one, newest):
        progress("an earlier run has learned from all of it already")
        return
    before_run(workspace, fence, one, chosen.used, progress)
    run_id = _start(workspace, fence, job, one, chosen)
    failpoint("train.started")
    labelled = sum(row["labelled"] for row in chosen.used)
    progress(f"run {run_id}: {labelled:,} labelled rows of {len(chosen.used)} versions")
    against = incumbent(workspace, one.recipe.name)

    def measured(points: Points) -> None:
        with workspace.registry.write(workspace.actor, fence) as tx:
            runs.put_points(tx, run_id, points)

    terms = terms_of(workspace, one.recipe, against)
    contest, loaded = hold_contest(workspace, one, chosen.used, against, progress, measured, terms)
    failpoint("train.judged")
    released = contest.judgement.verdict in (Verdict.PASSED, Verdict.NEEDS_APPROVAL)
    model = fit_all(contest) if released else None
    failpoint("train.refitted")
    commit(workspace, fence, job, Finding(run_id, contest, loaded, against, model), record_of(meter))
    failpoint("train.finished")
    progress(contest.headline)


def record_of(meter: Meter) -> dict[str, Any]:
    """What it cost, and on what it ran."""
    return {
        "seconds": meter.seconds(), "cpu_seconds": meter.cpu_seconds(), "peak_memory": meter.peak_memory(),
        "environment": describe(),
    }


def _nothing_new(
    workspace: Workspace, fence: Fence, job: Mapping[str, Any], one: InForce, newest: int
) -> bool:
    """End a job whose data an earlier run took up: it was retried and more had arrived by then, or a monitor asked
    for it after the run that the same data had started."""
    if job["cause"] not in OF_DATA or "again" in job["payload"]:
        return False
    with workspace.registry.write(workspace.actor, fence) as tx:
        begun = runs.of_job(tx.connection, fence.job)
        left = runs.unlearned(tx.connection, one.recipe.name, one.recipe.dataset, begun["id"] if begun else None)
        if any(id <= newest for id in left):
            return False
        if begun is not None:
            runs.clear_data(tx, begun["id"])
            why = "nothing was left to learn from"
            runs.change(tx, begun["id"], state=RunState.CANCELLED, ended_at=tx.now, error=why)
            tx.emit(EventKind.RUN_CANCELLED, f"run {begun['id']}", recipe=one.recipe.name)
        jobs.finish(tx, fence, nothing_new=True)
    return True


def _recipe_of(workspace: Workspace, payload: Mapping[str, Any]) -> InForce:
    """The recipe in force, under the settings of `train --set`."""
    one = recipe_service.in_force(workspace, payload["recipe"])
    settings = payload.get("settings")
    if not settings:
        return one
    recipe = override(one.recipe, settings)
    return replace(one, recipe=recipe, hash=recipe_hash(recipe, one.code))


def _start(
    workspace: Workspace, fence: Fence, job: Mapping[str, Any], one: InForce, chosen: Chosen
) -> int:
    """The run row: made by the first attempt, taken up again by the next."""
    payload = job["payload"]
    for file in one.code:
        workspace.store.put_bytes(file.data)
    with workspace.registry.write(workspace.actor, fence) as tx:
        datasets.ensure(tx, one.recipe.dataset, one.recipe.name)
        version = recipe_service.remember_version(tx, one, payload.get("settings") or None)
        begun = runs.of_job(tx.connection, fence.job)
        values = {
            "recipe_version_id": version, "state": RunState.RUNNING, "started_at": tx.now,
            "seed": one.recipe.model.seed, "log": f"logs/jobs/{fence.job}.log", "error": None, "ended_at": None,
        }
        if begun is None:
            cause = Cause.REPRODUCE if payload.get("reproduces") else Cause(job["cause"])
            id = runs.add(
                tx,
                {"recipe": one.recipe.name, "job_id": fence.job, "cause": cause, "params": {},
                 "actor": job["actor"], **values},
            )
        else:
            id = int(begun["id"])
            runs.change(tx, id, **values)
            runs.clear_data(tx, id)
            runs.clear_points(tx, id)
        runs.add_data(tx, id, [row["id"] for row in chosen.used], [row["id"] for row in chosen.left_out])
        tx.emit(
            EventKind.RUN_STARTED, f"run {id}", recipe=one.recipe.name, recipe_hash=one.hash, cause=job["cause"],
            data=[f"{row['dataset']}@{row['version']}" for row in chosen.used], again=begun is not None,
        )
        pipeline.running(tx, one.recipe.name, one.hash, id, fence.job)
    return id
