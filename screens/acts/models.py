"""What can be done with models: on the overview, and on their own screen."""

from __future__ import annotations

from core.workspace import Workspace
from screens.acts.action import Action, Row, unless


def hold(workspace: Workspace, row: Row, text: str) -> str:
    from core.services import release  # nothing that is seen first needs it

    return release.hold(workspace, row.name)


def resume(workspace: Workspace, row: Row, text: str) -> str:
    from core.services import release

    return release.resume(workspace, row.name)


def unregistered(row: Row) -> bool:
    """On the overview a line may stand for a recipe that has no model yet."""
    return row.task is None


ACTIONS = (
    Action(
        "hold", "held", "H", "hold: nothing is promoted until they are resumed",
        "nothing is promoted until they are resumed; data, training and monitors go on",
        hold,
        unless(
            lambda row: not row.held and not unregistered(row),
            lambda row: "it has no model yet" if unregistered(row) else "it is held already",
        ),
        "footplate models hold", "held=no", key="hold", undo="footplate undo",
    ),
    Action(
        "resume", "resumed", "R", "resume: let them promote again", "the next challenger that passes is promoted",
        resume,
        unless(lambda row: row.held, lambda row: "it is not held"),
        "footplate models resume", "held=yes", key="hold", undo="footplate undo",
    ),
)
SINGLES = ("promote", "roll_back", "approve", "evaluate")
VERSION_SINGLES = ("promote", "evaluate")
