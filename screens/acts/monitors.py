"""What can be done with monitors: silence them, switch them off."""

from __future__ import annotations

from core.views.monitored import Monitor
from core.workspace import Workspace
from screens.acts.action import Action, unless


def silence(workspace: Workspace, row: Monitor, text: str) -> str:
    from core.services import monitoring  # what is seen first needs none of it

    return monitoring.silence(workspace, row.name, "8h")


def switch_off(workspace: Workspace, row: Monitor, text: str) -> str:
    from core.services import monitoring

    return monitoring.threshold(workspace, row.name, {}, enabled=False)


def switch_on(workspace: Workspace, row: Monitor, text: str) -> str:
    from core.services import monitoring

    return monitoring.threshold(workspace, row.name, {}, enabled=True)


ACTIONS = (
    Action(
        "silence", "silenced", "s", "silence for eight hours: nobody is told of them",
        "nobody is told of their alerts for eight hours; readings and triggers go on",
        silence, lambda row: "", "footplate monitors silence", key="silence", undo="footplate undo", one_by_one=True,
    ),
    Action(
        "off", "switched off", "o", "switch off: they read nothing any more",
        "they read nothing and raise nothing until they are switched on again",
        switch_off, unless(lambda row: row.enabled, lambda row: "it is off already"),
        "footplate monitors threshold --off", "enabled=yes", undo="footplate undo", one_by_one=True,
    ),
    Action(
        "on", "switched on", "n", "switch on: they read what arrives", "they read what arrives from now on",
        switch_on, unless(lambda row: not row.enabled, lambda row: "it is on"),
        "footplate monitors threshold --on", "enabled=no", undo="footplate undo", one_by_one=True,
    ),
)
SINGLES = ("acknowledge", "threshold", "retrain", "roll_back")
