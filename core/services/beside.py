"""A candidate and the version beside it on rows whose labels have come by now; kept as an event, for the rollout.

The rows of a canary are others for each version, so two means are compared, with the standard error of their
difference. By the error of the probabilities (Brier) or of the numbers, which every row has; whoever is good at
ranking alone is not judged here, but by the gate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import clock as clocks
from core.registry import deployments
from core.registry.database import Fence
from core.services.labelling import Joined, joined
from core.vocabulary import DeploymentState, EventKind, Role, Strategy
from core.workspace import Workspace

FEWEST = 30  # labelled rows of each, before they are compared
MATTERS = 0.05  # of the error of the version that serves


@dataclass
class Errors:
    """The errors of one version, row by row, as sums."""

    rows: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, errors: np.ndarray) -> None:
        self.rows += len(errors)
        self.total += float(errors.sum())
        self.squares += float((errors**2).sum())

    @property
    def mean(self) -> float:
        return self.total / self.rows

    @property
    def variance(self) -> float:
        """Of the mean."""
        return max(0.0, self.squares / self.rows - self.mean**2) / max(1, self.rows - 1)


def measure(workspace: Workspace, fence: Fence, model: str, tell: Callable[[str], None]) -> None:
    """Compare every candidate of a model that is under way with what serves; nothing where there is none."""
    with workspace.registry.read() as connection:
        rows = [
            (row, deployments.change(connection, row)) for row in deployments.all(connection, model=model)
            if row["state"] == DeploymentState.ROLLING
        ]
    for row, change in rows:
        found = _measured(workspace, row, change)
        if found is None:
            continue
        said = (
            f"{found['metric']} of {model} v{row['candidate']} on {found['rows']:,} labelled rows:"
            f" {found['candidate_value']:.4g} against {found['stable_value']:.4g}"
        )
        with workspace.registry.write(workspace.actor, fence) as tx:
            tx.emit(EventKind.CANDIDATE_MEASURED, f"model {model}", environment=row["environment"], **found)
        tell(said)


def _measured(workspace: Workspace, row: deployments.Row, change: dict[str, Any]) -> dict[str, Any] | None:
    beside = Role.SHADOW if row["strategy"] == Strategy.SHADOW else Role.CANARY
    began = clocks.parse(change["began"]) if "began" in change else row["step_since"]
    errors = {row["version"]: Errors(), row["candidate"]: Errors()}
    roles = {row["version"]: Role.STABLE, row["candidate"]: beside}
    metric = ""
    for version, role in roles.items():
        for one in joined(
            workspace, row["model"], since=began, versions={version}, environments={row["environment"]},
            roles={role}, columns={"value", "probability"},
        ):
            metric, found = _errors(one)
            errors[version].add(found)
    stable, candidate = errors[row["version"]], errors[row["candidate"]]
    if min(stable.rows, candidate.rows) < FEWEST:
        return None
    return {
        "metric": metric, "version": row["version"], "candidate": row["candidate"], "stable_value": stable.mean,
        "candidate_value": candidate.mean, "error": math.sqrt(stable.variance + candidate.variance),
        "rows": candidate.rows, "rows_stable": stable.rows, "matters": MATTERS * stable.mean,
    }


def _errors(one: Joined) -> tuple[str, np.ndarray]:
    """The name of the error, and one a row: squared, of the probabilities; or how far off a number is."""
    shares = one.piece.probabilities
    if shares is None:
        off = np.abs(one.piece.values - one.truth)
        return "mean absolute error", off[np.isfinite(off)]
    truth = np.zeros_like(shares)
    known = one.truth >= 0
    truth[np.flatnonzero(known), one.truth[known]] = 1.0
    return "Brier score", ((shares - truth) ** 2).sum(axis=1)
