"""A run again, from its stored data, code and seed: the same numbers, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.errors import Conflict, NotFound
from core.registry import datasets, runs
from core.registry import recipes as recipe_rows
from core.services import recipes as recipe_service
from core.services.contest import hold_contest, incumbent
from core.training.environment import describe, differences
from core.training.rivals import Terms
from core.training.threads import limited
from core.vocabulary import Cause, EventKind, RunState
from core.workspace import Workspace

TOLERANCE = 1e-12  # of a metric; equal code on equal data gives equal bits on one machine


@dataclass(frozen=True)
class Reproduction:
    """`metrics`: name -> (then, now); `changes`: Python and packages that are not the same, in words."""

    run: int
    equal: bool
    metrics: dict[str, tuple[float | None, float | None]]
    changes: list[str]
    again: int

    @property
    def line(self) -> str:
        if self.equal:
            return f"run {self.run} is reproduced: {len(self.metrics)} metrics are equal (recorded as run {self.again})"
        apart = [
            f"{name} {_shown(then)} -> {_shown(now)}"
            for name, (then, now) in self.metrics.items() if not _same(then, now)
        ]
        why = f"; changed since: {', '.join(self.changes)}" if self.changes else "; Python and packages are the same"
        return f"run {self.run} is not reproduced: {', '.join(apart)}{why}"

    def to_json(self) -> dict[str, Any]:
        return {
            "run": self.run, "equal": self.equal, "recorded_as": self.again, "changes": self.changes,
            "metrics": {name: {"then": then, "now": now} for name, (then, now) in self.metrics.items()},
        }


def reproduce(workspace: Workspace, run: int, tell: Callable[[str], None] = lambda text: None) -> Reproduction:
    """Do a finished run's contest again and compare the metrics. Raises Corrupted where a stored byte changed."""
    with workspace.registry.read() as connection:
        row = runs.get(connection, run)
        if row is None:
            raise NotFound(f"there is no run {run}", "`footplate runs list` shows them")
        if row["state"] != RunState.FINISHED:
            said = f"run {run} {row['state']}: only a finished run can be reproduced"
            raise Conflict(said, f"`footplate runs show {run}`")
        before = runs.metrics(connection, run)
        first = row
        while (done_again := (first["basis"] or {}).get("reproduces")) and (found := runs.get(connection, done_again)):
            first = found  # the run whose champion it was judged against
        versions = datasets.by_id(connection, runs.data(connection, run))
        recipe_version = runs.recipe_version(connection, row["recipe_version_id"])
    one = recipe_service.of_version(workspace, recipe_version)
    champion = (first["basis"] or {}).get("champion")
    against = incumbent(workspace, row["recipe"], champion) if champion is not None else None
    with limited(one.recipe.resources.cpus):
        terms = Terms.from_json((first["basis"] or {}).get("terms"))
        contest, _ = hold_contest(workspace, one, versions, against, tell, terms=terms)
    now = {name: found.value for name, found in contest.metrics.items() if found.value is not None}
    metrics = {name: (before.get(name), now.get(name)) for name in sorted(before.keys() | now.keys())}
    equal = all(_same(then, today) for then, today in metrics.values())
    environment = describe()
    with workspace.registry.write(workspace.actor) as tx:
        assert recipe_rows.get(tx.connection, row["recipe"]) is not None
        again = runs.add(tx, {
            "recipe": row["recipe"], "recipe_version_id": row["recipe_version_id"], "state": RunState.FINISHED,
            "cause": Cause.REPRODUCE, "params": contest.params, "seed": row["seed"], "primary_metric": contest.primary,
            "rows_train": contest.rows_train, "rows_holdout": contest.rows_holdout, "environment": environment,
            "actor": tx.actor, "started_at": tx.now, "ended_at": tx.now,
            "basis": {"reproduces": run, "equal": equal},
        })
        runs.add_data(tx, again, [version["id"] for version in versions])
        runs.add_metrics(tx, again, {
            name: (found.value, found.lower, found.upper)
            for name, found in contest.metrics.items() if found.value is not None
        })
        tx.emit(
            EventKind.RUN_FINISHED, f"run {again}", recipe=row["recipe"], reproduces=run, equal=equal,
            metrics=dict(now),
        )
    return Reproduction(run, equal, metrics, differences(row["environment"] or {}, environment), again)


def _same(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is now
    return abs(then - now) <= TOLERANCE * max(1.0, abs(then))


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"
