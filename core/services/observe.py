"""What the monitors of a model read of an arrival, before anything learns from it: the champion meets rows that it has
not seen.

A train job reads at its start, in the same process; an observe job reads where no train job follows. What was read,
the alerts that it raises and what is done about them are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import Busy, LostLease
from core.failpoints import failpoint
from core.recipes.recipe import Recipe
from core.registry import alerts, jobs
from core.registry.database import Fence, Transaction
from core.services import observing, readings
from core.services import recipes as recipe_service
from core.services.readings import Taken
from core.vocabulary import MonitorKind
from core.workspace import Workspace

Row = Mapping[Any, Any]
Tell = Callable[[str], None]


def before_training(workspace: Workspace, fence: Fence, job: Mapping[str, Any], tell: Tell) -> None:
    """Read what has arrived since, at the start of a train job. What goes wrong here never stops the run."""
    payload = job["payload"]
    if payload.get("reproduces"):
        return
    try:
        recipe = recipe_service.in_force(workspace, payload["recipe"]).recipe
        taken = arrivals(workspace, recipe, tell)
        if taken or _something_is_off(workspace, recipe):
            with workspace.registry.write(workspace.actor, fence) as tx:
                learns = not payload.get("data") and not payload.get("settings")
                _keep(tx, workspace, recipe, taken, fence if learns else None)
    except (LostLease, Busy):
        raise
    except Exception as error:  # somebody's estimator, or somebody's features
        tell(f"the monitors could not read: {type(error).__name__}: {error}")


def run(workspace: Workspace, fence: Fence, job: Mapping[str, Any], tell: Tell) -> None:
    """Do an observe job and end it."""
    recipe = recipe_service.in_force(workspace, job["payload"]["recipe"]).recipe
    window = job["payload"].get("window")
    taken = arrivals(workspace, recipe, tell) if window is None else served(workspace, recipe, window, tell)
    failpoint("observe.read")
    with workspace.registry.write(workspace.actor, fence) as tx:
        _keep(tx, workspace, recipe, taken, None)
        if window is None and observing.unread(tx.connection, recipe):
            jobs.enqueue(tx, observing.arrivals_request(recipe))  # it came meanwhile, and found this job running
        jobs.finish(tx, fence, readings=len(taken))
    failpoint("observe.committed")


def arrivals(workspace: Workspace, recipe: Recipe, tell: Tell) -> list[Taken]:
    """What today's champion makes of each arrival that it has not met."""
    with workspace.registry.read() as connection:
        rows = observing.unread(connection, recipe)
    if not rows:
        return []
    from core.services import reading
    from core.services.contest import incumbent

    if (against := incumbent(workspace, recipe.name)) is None:
        return []
    reader = reading.Reader.of(workspace, recipe, against)
    found: list[Taken] = []
    for row in rows:
        made = reader.arrival(row, found)
        found += made
        tell(f"read {row['dataset']}@{row['version']}: {', '.join(f'{one.kind} {one.verdict}' for one in made)}")
    return found


def served(workspace: Workspace, recipe: Recipe, window: Mapping[str, Any], tell: Tell) -> list[Taken]:
    """What was asked and answered in a window of served requests, and the truth that came in it."""
    from core.services import answered

    found = answered.read(workspace, recipe, window)
    tell(f"read {window['environment']}: {', '.join(f'{one.kind} {one.verdict}' for one in found) or 'nothing'}")
    return found


def _keep(
    tx: Transaction, workspace: Workspace, recipe: Recipe, taken: Sequence[Taken], under_way: Fence | None
) -> None:
    for one in taken:
        readings.keep(tx, recipe, one, tell=workspace.settings.notify, under_way=under_way)
    readings.end_what_is_off(tx, recipe, workspace.settings.notify)


def _something_is_off(workspace: Workspace, recipe: Recipe) -> bool:
    """Whether an alert holds whose monitor reads no more."""
    with workspace.registry.read() as connection:
        return any(
            not readings.settings_of(connection, recipe, MonitorKind(one["kind"])).enabled
            for one in alerts.live(connection, recipe.name)
        )


