"""Waiting until everything that has arrived is judged and learned from."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.registry import jobs
from core.services import folders, recipes
from core.services.folders import Settler
from core.services.watching import everything
from core.workspace import Workspace

LOOK_SECONDS = 0.5
POLL_SECONDS = 0.1


def wait(
    workspace: Workspace, timeout: float, *, daemon_runs: Callable[[], bool],
    tell: Callable[[str], None] = lambda text: None,
) -> bool:
    """True once every present file is judged and no job waits or runs; what a paused recipe asked for does not count.

    False when `timeout` seconds are over, or at once where no daemon runs and work is left.
    """
    deadline = time.monotonic() + timeout
    settlers: dict[str, Settler] = {}
    changes = workspace.registry.change_counter()
    try:
        while True:
            seen, last_look = changes.value(), time.monotonic()
            left = work_left(workspace, settlers)
            if not left:
                return True
            tell(left)
            if not daemon_runs() and not left.endswith("settling"):
                return False
            while changes.value() == seen and time.monotonic() - last_look < LOOK_SECONDS:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(POLL_SECONDS)
            if time.monotonic() >= deadline:
                return False
    finally:
        changes.close()


def work_left(workspace: Workspace, settlers: dict[str, Settler]) -> str:
    """What is still to do, in words; empty where nothing is. Looks at the recipes and the folders itself."""
    recipes.sync(workspace)
    unsettled = 0
    watches = everything(workspace, recipes.active(workspace))
    for name, one in watches.items():
        settler = settlers.setdefault(name, Settler(workspace.settings.daemon.settle_seconds, workspace.clock))
        unsettled += folders.look(workspace, one, settler).unsettled
    with workspace.registry.read() as connection:
        parked = jobs.parked(connection)
        live = [job for job in jobs.live(connection) if job["id"] not in parked]
        inboxes = [one.inbox for one in watches.values()]
        pending = any(one.has_pending(connection) and one.can_work(connection) for one in inboxes)
    if live:
        return ", ".join(f"{job['kind']} {job['state']}" for job in live[:3])
    if pending:
        return "files pending"
    return f"{unsettled} files settling" if unsettled else ""
