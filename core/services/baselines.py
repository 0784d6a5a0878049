"""The baseline of a recipe: the run that its other runs are held against, for everybody who looks."""

from __future__ import annotations

from core.errors import Conflict, NotFound
from core.registry import baselines, runs
from core.registry.database import Transaction
from core.vocabulary import EventKind
from core.workspace import Workspace


def pin(workspace: Workspace, run: int) -> str:
    """Make a run its recipe's baseline; twice is harmless. Conflict where it has no metrics to be held against."""
    with workspace.registry.write(workspace.actor) as tx:
        row = runs.get(tx.connection, run)
        if row is None or row["deleted"]:
            raise NotFound(f"there is no run {run}", "`footplate runs list` shows them")
        if not runs.metrics(tx.connection, run):
            raise Conflict(f"run {run} has no metrics: nothing could be held against it", "pin one that was measured")
        recipe = row["recipe"]
        before = baselines.of_recipe(tx.connection, recipe)
        if before == run:
            return f"run {run} is the baseline of {recipe} already (off: `footplate runs unpin {run}`)"
        baselines.pin(tx, recipe, run)
        tx.emit(EventKind.BASELINE_PINNED, f"run {run}", recipe=recipe, before=before)
    undo = f"unpin {run}" if before is None else f"pin {before}"
    return f"run {run} is the baseline of {recipe} (undo: `footplate runs {undo}`)"


def unpin(workspace: Workspace, run: int) -> str:
    """Its recipe has no baseline from now on. Conflict where the run is none."""
    with workspace.registry.write(workspace.actor) as tx:
        row = runs.get(tx.connection, run)
        if row is None:
            raise NotFound(f"there is no run {run}", "`footplate runs list` shows them")
        if not release(tx, run, row["recipe"]):
            raise Conflict(f"run {run} is no baseline", f"`footplate runs pin {run}` makes it one")
    return f"run {run} is no longer the baseline of {row['recipe']} (undo: `footplate runs pin {run}`)"


def release(tx: Transaction, run: int, recipe: str) -> bool:
    """Unpin a run inside somebody's transaction; whether it was pinned."""
    pinned = baselines.unpin(tx, run)
    if pinned:
        tx.emit(EventKind.BASELINE_UNPINNED, f"run {run}", recipe=recipe)
    return pinned
