"""What a saved recipe has to pass before its run: check, the project's own tests, a fit on a sample. Each is logged.

A stage that was passed is not done again when the job is; what failed is tried anew with the next job.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from core.data import readers
from core.data.dialect import Dialect
from core.data.schema import Schema
from core.errors import BadRecipe, FootplateError
from core.failpoints import failpoint
from core.recipes.recipe import Recipe, missing_columns
from core.registry import datasets, pipelines
from core.registry.database import Fence
from core.services import pipeline
from core.services.contest import incumbent, plan_of, task_of
from core.services.pipeline import BEFORE_RUN, CHECK, ENDED, SMOKE_FIT, TESTS
from core.services.recipes import InForce
from core.services.training_data import Reading, boolean_words, verified
from core.training import command, trainer
from core.vocabulary import Kind, StageState, Task
from core.workspace import Workspace

LAST_LINES = 3  # of a failed test that the message holds
Tell = Callable[[str], None]
Row = Mapping[str, Any]


class TrialFailed(FootplateError):
    """A stage before the run did not pass."""


def before_run(workspace: Workspace, fence: Fence, one: InForce, versions: Sequence[Row], tell: Tell) -> None:
    """Do what the pipeline of this very recipe still has before its run. Raises TrialFailed; without one, nothing."""
    id = _pipeline(workspace, fence, one)
    if id is None:
        return
    deeds: dict[str, Callable[[], str]] = {
        CHECK: lambda: _check(workspace, one.recipe),
        TESTS: lambda: run_tests(one.recipe.ci.test, workspace.root, one.recipe.ci.timeout, tell),
        SMOKE_FIT: lambda: _smoke_fit(workspace, one, versions, tell),
    }
    with workspace.registry.read() as connection:
        row = pipelines.get(connection, id)
    assert row is not None
    for stage in BEFORE_RUN:
        if pipeline.state_of(row, stage) in (StageState.PASSED, StageState.SKIPPED, None):
            continue
        if stage == SMOKE_FIT and sum(int(row["labelled"] or 0) for row in versions) <= one.recipe.ci.smoke_rows:
            with workspace.registry.write(workspace.actor, fence) as tx:
                pipeline.end(tx, id, stage, StageState.SKIPPED, "there are no more rows than a sample would have")
            continue
        tell(f"{stage} of {one.recipe.name} ({one.hash[:8]})")
        with workspace.registry.write(workspace.actor, fence) as tx:
            pipeline.begin(tx, id, stage, job=fence.job)
        failpoint("trial.begun")
        try:
            said = deeds[stage]()
        except FootplateError as error:
            with workspace.registry.write(workspace.actor, fence) as tx:
                pipeline.end(tx, id, stage, StageState.FAILED, error.message, job=fence.job)
            hint = f"`footplate pipelines logs {id}` has all of it"
            raise TrialFailed(f"{stage} failed: {error.message}", hint) from error
        with workspace.registry.write(workspace.actor, fence) as tx:
            pipeline.end(tx, id, stage, StageState.PASSED, said, job=fence.job)
        tell(f"{stage} passed: {said}")
        failpoint("trial.passed")


def _pipeline(workspace: Workspace, fence: Fence, one: InForce) -> int | None:
    """The one to go on with; a new one where the last of this recipe failed before its run."""
    name = one.recipe.name
    with workspace.registry.read() as connection:
        row = pipelines.newest(connection, name, one.hash)
    if row is None:
        return None
    if row["state"] not in ENDED:
        return int(row["id"])
    if not any(pipeline.state_of(row, stage) == StageState.FAILED for stage in BEFORE_RUN):
        return None
    with workspace.registry.write(workspace.actor, fence) as tx:
        return pipeline.opened(tx, one.recipe, one.hash, row["commit"], wrong=None)


def _check(workspace: Workspace, recipe: Recipe) -> str:
    """Names and types against the data that is there."""
    with workspace.registry.read() as connection:
        row = datasets.get(connection, recipe.dataset)
    if row is not None and row["schema"]:
        for key, message, hint in missing_columns(recipe, Schema.from_json(row["schema"]).names):
            raise BadRecipe(f"recipe {recipe.name}: {key}: {message}", hint, key=key)
    return "schema, names and types"


# -- the project's own tests


def run_tests(line: str, folder: Path, seconds: float, tell: Tell) -> str:
    """Run a command in a process group of its own; its output goes on to `tell`. TrialFailed where it fails."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise TrialFailed(f"[ci] test cannot be read: {error}", "quote it as in a shell") from None
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    if not words or (shutil.which(words[0], path=path) is None and not (folder / words[0]).exists()):
        raise TrialFailed(f"[ci] test: {line!r} is no command that is there", "install it, or give its path")
    process = subprocess.Popen(
        words, cwd=folder, env=os.environ | {"PATH": path, "FOOTPLATE_WORKSPACE": str(folder)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        process_group=0,
    )
    lines: list[str] = []
    reader = threading.Thread(target=_read, args=(process, lines, tell), daemon=True)
    reader.start()
    try:
        code: int | None = process.wait(seconds)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        with suppress(ProcessLookupError, PermissionError):  # what it left behind, too
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join(5)
    last = " / ".join(lines[-LAST_LINES:])
    if code is None:
        raise TrialFailed(f"{line!r} took longer than {seconds:g} s: {last[:300]}", "raise [ci] timeout")
    if code != 0:
        raise TrialFailed(f"{line!r} ended with {code}: {last[:300]}", "mend it, and save or retry")
    return lines[-1][:200] if lines else f"{line} ended with 0"


def _read(process: subprocess.Popen[str], lines: list[str], tell: Tell) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        for line in stream:
            tell(line.rstrip("\n"))
            if line.strip():
                lines.append(line.strip())
                del lines[:-LAST_LINES]


# -- a fit on a sample


def _smoke_fit(workspace: Workspace, one: InForce, versions: Sequence[Row], tell: Tell) -> str:
    """Fit on a few rows of the newest data and predict them: what cannot work fails here, and not in an hour."""
    recipe = one.recipe
    frame, reading = _sample(workspace, recipe, versions, recipe.ci.smoke_rows)
    target = frame[recipe.data.target]
    task = task_of(workspace, recipe, incumbent(workspace, recipe.name))
    plan = plan_of(one, target, reading, task, tell)
    if plan.coding.task == Task.CLASSIFICATION and len(plan.coding.classes) < 2:
        return f"the first {len(frame):,} rows hold one class alone: nothing was fitted"
    truth = plan.coding.encode(target)
    if recipe.model.command:
        half = len(frame) // 2
        command.fit(plan, frame.iloc[half:], truth[half:], frame.iloc[:half], truth[:half])
        return f"fitted on {len(frame) - half:,} rows"
    said = trainer.fit(plan, frame, truth).predict(frame)
    if len(said.values) != len(frame):
        raise BadRecipe(f"recipe {recipe.name}: it does not predict every row", "look at [features]", key="features")
    return f"fitted on {len(frame):,} rows"


def _sample(
    workspace: Workspace, recipe: Recipe, versions: Sequence[Row], wanted: int
) -> tuple[pd.DataFrame, Reading]:
    """The first labelled rows of the newest versions that the run would learn from, and how they are written."""
    with workspace.registry.read() as connection:
        reference = datasets.get(connection, recipe.dataset)
    if reference is None or not reference["schema"] or not versions:
        raise FootplateError(f"{recipe.dataset} has no labelled rows to learn from", "let data with labels arrive")
    schema = Schema.from_json(reference["schema"])
    boolean = schema.kind(recipe.data.target) is Kind.BOOLEAN
    frames: list[pd.DataFrame] = []
    words: tuple[str, str] | None = None
    for row in sorted(versions, key=lambda one: int(one["version"]), reverse=True):
        left = wanted - sum(map(len, frames))
        if left <= 0:
            break
        path, dialect = verified(workspace, row), Dialect.from_json(row["dialect"])
        if boolean and words is None:
            words = boolean_words(readers.first_text(path, dialect, 10_000)[recipe.data.target])
        for frame in readers.chunks(path, dialect, schema, rows=max(left, 100)):
            frames.append(frame[frame[recipe.data.target].notna()])
            break
    return pd.concat(frames, ignore_index=True).head(wanted), Reading([], schema, 1.0, words)
