"""What can be done with alerts."""

from __future__ import annotations

from core.views.alerts import Alert
from core.vocabulary import AlertState
from core.workspace import Workspace
from screens.acts.action import Action, unless


def acknowledge(workspace: Workspace, row: Alert, text: str) -> str:
    from core.services import alerting

    return alerting.acknowledge(workspace, row.id)


ACTIONS = (
    Action(
        "acknowledge", "acknowledged", "a", "acknowledge: they need nobody any more",
        "they need nobody any more, and hold until their monitors are well again",
        acknowledge,
        unless(lambda row: row.state == AlertState.OPEN, lambda row: f"it is {row.state}"),
        "footplate alerts ack", "state=open", key="acknowledge", undo="footplate undo",
    ),
)
SINGLES = ("retrain", "roll_back")
