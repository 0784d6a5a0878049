"""The way of a saved recipe, stage by stage; the first failure ends it. It is noted in the transactions of others.

    check -> tests -> smoke fit -> run -> gate -> staging -> smoke requests in staging -> production

A save opens it; the train job that takes up that very recipe goes on with it (`core.services.trial`), then the last
transaction of its run, then what moves its model version from one environment to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core import clock as clocks
from core.recipes.recipe import Recipe
from core.registry import models, pipelines
from core.registry.database import Transaction
from core.vocabulary import DeploymentState, EventKind, StageState, Verdict

CHECK: Final = "check"
TESTS: Final = "tests"
SMOKE_FIT: Final = "smoke fit"
RUN: Final = "run"
GATE: Final = "gate"
BEFORE_RUN: Final = (CHECK, TESTS, SMOKE_FIT)
ENDED: Final = (StageState.PASSED, StageState.FAILED, StageState.SKIPPED)


def smoke(environment: str) -> str:
    """The name of the stage in which smoke requests are asked there."""
    return f"smoke requests in {environment}"


def stages_of(recipe: Recipe) -> list[dict[str, Any]]:
    """Every stage of a recipe, in order; what it does not ask for is skipped."""
    skipped = {}
    if not recipe.ci.test:
        skipped[TESTS] = "[ci] test names no command"
    if not recipe.ci.smoke_rows:
        skipped[SMOKE_FIT] = "[ci] smoke_rows is 0"
    names = [*BEFORE_RUN, RUN, GATE]
    for environment in recipe.release.path[:-1]:
        names += [environment, smoke(environment)]
    names.append(recipe.release.path[-1])
    return [
        _stage(name, StageState.SKIPPED if name in skipped else StageState.WAITING, skipped.get(name, ""))
        for name in names
    ]


def _stage(name: str, state: StageState, message: str = "") -> dict[str, Any]:
    return {"name": name, "state": state, "at": None, "ended_at": None, "message": message, "job": None}


# -- a save


def opened(
    tx: Transaction, recipe: Recipe, hash: str, commit: str | None, *, waits: str = "", wrong: str | None = ""
) -> int:
    """A recipe was saved: those of earlier saves that have not begun never will.

    `waits`: what the check waits for; `wrong`: what it found (None: it has not looked).
    """
    known = pipelines.newest(tx.connection, recipe.name, hash)
    if known is not None and known["state"] == StageState.WAITING and state_of(known, CHECK) == StageState.WAITING:
        id = int(known["id"])  # it waited to be committed
        pipelines.change(tx, id, commit=commit)
        _checked(tx, id, waits, wrong)
        return id
    for row in pipelines.under_way(tx.connection, recipe.name):
        if row["run_id"] is None and row["state"] == StageState.WAITING:
            skip(tx, row["id"], "saved again before it began")
    id = pipelines.add(tx, recipe.name, hash, stages_of(recipe), commit=commit)
    tx.emit(EventKind.PIPELINE_STARTED, f"pipeline {id}", recipe=recipe.name, hash=hash, commit=commit)
    _checked(tx, id, waits, wrong)
    return id


def _checked(tx: Transaction, id: int, waits: str, wrong: str | None) -> None:
    if waits:
        note(tx, id, CHECK, waits)
    elif wrong:
        end(tx, id, CHECK, StageState.FAILED, wrong)
    elif wrong is not None:
        end(tx, id, CHECK, StageState.PASSED, "schema, names and types")


def rejected(tx: Transaction, name: str, message: str) -> None:
    """A saved recipe that cannot be used: its pipeline ends at once."""
    id = pipelines.add(tx, name, "", [_stage(CHECK, StageState.WAITING)])
    tx.emit(EventKind.PIPELINE_STARTED, f"pipeline {id}", recipe=name, hash="", commit=None)
    end(tx, id, CHECK, StageState.FAILED, message)


def asked_for(tx: Transaction, id: int, job: int | None) -> None:
    """Its run is asked for, or has to wait for data."""
    if job is not None:
        pipelines.change(tx, id, job_id=job)
    else:
        _wait(tx, id, "it waits for data with labels")


def not_asked(tx: Transaction, recipe: str, hash: str, why: str, *, waits: bool) -> None:
    """The save leads to no run: for now, or at all."""
    row = pipelines.newest(tx.connection, recipe, hash)
    if row is None or row["state"] in ENDED:
        return
    if waits:
        _wait(tx, row["id"], why)
    else:
        skip(tx, row["id"], why)


def _wait(tx: Transaction, id: int, why: str) -> None:
    row = pipelines.get(tx.connection, id)
    stage = next((one["name"] for one in (row or {"stages": []})["stages"] if one["state"] == StageState.WAITING), None)
    if stage is not None:
        note(tx, id, stage, why)


def skip(tx: Transaction, id: int, why: str) -> None:
    """It goes no further, and nothing is wrong."""
    row = pipelines.get(tx.connection, id)
    if row is None or row["state"] in ENDED:
        return
    stages = [
        {**one, "state": StageState.SKIPPED, "message": why} if one["state"] in (StageState.WAITING, StageState.RUNNING)
        else one for one in row["stages"]
    ]
    pipelines.change(tx, id, stages=stages, state=StageState.SKIPPED, ended_at=tx.now)


# -- one stage


def begin(tx: Transaction, id: int, stage: str, *, job: int | None = None, message: str = "") -> None:
    _set(tx, id, stage, StageState.RUNNING, message, job)


def note(tx: Transaction, id: int, stage: str, message: str) -> None:
    """What a stage waits for."""
    _set(tx, id, stage, StageState.WAITING, message, None)


def end(
    tx: Transaction, id: int, stage: str, state: StageState, message: str = "", *, job: int | None = None
) -> None:
    """A stage passed, failed or was skipped. A failure ends the pipeline, and so does the last one that passed."""
    row = pipelines.get(tx.connection, id)
    if row is None or row["state"] in ENDED:
        return
    _set(tx, id, stage, state, message, job)
    row = pipelines.get(tx.connection, id)
    assert row is not None
    if state == StageState.FAILED:
        stages = [
            {**one, "state": StageState.SKIPPED} if one["state"] == StageState.WAITING else one
            for one in row["stages"]
        ]
        pipelines.change(tx, id, stages=stages, state=StageState.FAILED, ended_at=tx.now)
        tx.emit(EventKind.PIPELINE_FAILED, f"pipeline {id}", recipe=row["recipe"], stage=stage, why=message)
    elif all(one["state"] in (StageState.PASSED, StageState.SKIPPED) for one in row["stages"]):
        pipelines.change(tx, id, state=StageState.PASSED, ended_at=tx.now)
        tx.emit(EventKind.PIPELINE_PASSED, f"pipeline {id}", recipe=row["recipe"], run=row["run_id"])


def _set(tx: Transaction, id: int, stage: str, state: StageState, message: str, job: int | None) -> None:
    row = pipelines.get(tx.connection, id)
    if row is None or row["state"] in ENDED:
        return
    now, stages = clocks.iso(tx.now), []
    for one in row["stages"]:
        if one["name"] == stage:
            one = {**one, "state": state, "message": message, "job": job if job is not None else one["job"]}
            if state != StageState.WAITING:
                one["at"] = one["at"] or now
            one["ended_at"] = now if state in ENDED else None
        stages.append(one)
    under_way = any(one["state"] == StageState.RUNNING for one in stages)
    pipelines.change(tx, id, stages=stages, state=StageState.RUNNING if under_way else StageState.WAITING)


def state_of(row: pipelines.Row, stage: str) -> str | None:
    return next((one["state"] for one in row["stages"] if one["name"] == stage), None)


# -- what others tell


def running(tx: Transaction, recipe: str, hash: str, run: int, job: int) -> None:
    """The full run has begun."""
    row = pipelines.newest(tx.connection, recipe, hash)
    if row is None or row["state"] in ENDED:
        return
    pipelines.change(tx, row["id"], run_id=run, job_id=job)
    begin(tx, row["id"], RUN, job=job)


def decided(tx: Transaction, recipe: str, run: int, verdict: str, text: str, outcome: str) -> None:
    """The gate has spoken."""
    row = pipelines.of_run(tx.connection, recipe, run)
    if row is None or row["state"] in ENDED:
        return
    id = row["id"]
    end(tx, id, RUN, StageState.PASSED, f"run {run}")
    if outcome == "promoted":
        return  # noted where the champion moved
    if verdict in (Verdict.NEEDS_APPROVAL, Verdict.INSUFFICIENT_DATA):
        note(tx, id, GATE, text)
    elif outcome == "registered":
        end(tx, id, GATE, StageState.PASSED, text)
    else:
        end(tx, id, GATE, StageState.FAILED, text)


def promoted(tx: Transaction, model: str, version: int, why: str) -> None:
    """Its model version is the champion: the gate, or a person, let it pass."""
    id = _of_version(tx, model, version)
    if id is not None:
        end(tx, id, GATE, StageState.PASSED, f"v{version} is the champion: {why}")


def came_in(tx: Transaction, model: str, environment: str, after: Mapping[str, Any], why: str) -> None:
    """A deployment has changed: what that means for whoever serves, or comes in, there."""
    if after["candidate"] is not None:
        id = _of_version(tx, model, after["candidate"])
        if id is not None and after["state"] == DeploymentState.WAITING:
            note(tx, id, environment, why)
        elif id is not None:
            begin(tx, id, environment, message=why)
    elif after["version"] is not None:
        id = _of_version(tx, model, after["version"])
        if id is not None:
            end(tx, id, environment, StageState.PASSED, f"v{after['version']} serves: {why}")


def asking(tx: Transaction, model: str, version: int, environment: str, job: int) -> None:
    """Smoke requests are under way."""
    id = _of_version(tx, model, version)
    if id is not None:
        begin(tx, id, smoke(environment), job=job)


def asked(tx: Transaction, model: str, version: int, environment: str, said: str, failed: str, job: int) -> None:
    """Smoke requests were answered."""
    id = _of_version(tx, model, version)
    if id is not None:
        state = StageState.FAILED if failed else StageState.PASSED
        end(tx, id, smoke(environment), state, failed or said, job=job)


def went_back(tx: Transaction, model: str, version: int, environment: str, because: str) -> None:
    """Its model version was rolled back by itself."""
    id = _of_version(tx, model, version)
    if id is not None:
        end(tx, id, environment, StageState.FAILED, because)


def left(tx: Transaction, model: str, version: int, environment: str, why: str) -> None:
    """Another version took its place before it was done there."""
    row = models.version(tx.connection, model, version)
    found = pipelines.of_run(tx.connection, model, row["run_id"]) if row is not None else None
    under_way = (StageState.WAITING, StageState.RUNNING)
    if found is not None and {state_of(found, environment), state_of(found, smoke(environment))} & {*under_way}:
        skip(tx, found["id"], why)


def job_over(tx: Transaction, job: int, error: str, *, cancelled: bool = False) -> None:
    """The job that worked on it has failed for good, or was cancelled."""
    row = pipelines.of_job(tx.connection, job)
    if row is None:
        return
    if cancelled:
        skip(tx, row["id"], "its job was cancelled")
        return
    stage = next((one["name"] for one in row["stages"] if one["state"] == StageState.RUNNING), None)
    if stage is not None:
        end(tx, row["id"], stage, StageState.FAILED, error, job=job)


def _of_version(tx: Transaction, model: str, version: int) -> int | None:
    """The pipeline that a model version came by, while it has not ended."""
    row = models.version(tx.connection, model, version)
    found = pipelines.of_run(tx.connection, model, row["run_id"]) if row is not None else None
    return None if found is None or found["state"] in ENDED else int(found["id"])
