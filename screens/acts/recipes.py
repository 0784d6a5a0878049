"""What can be done with recipes: the folders that are watched, and the schedules."""

from __future__ import annotations

from core.services import recipes
from core.views.recipes import Recipe
from core.workspace import Workspace
from screens.acts.action import Action, unless


def train(workspace: Workspace, row: Recipe, text: str) -> str:
    from core.services import asking

    return f"job {asking.request(workspace, row.name)} will train {row.name}"


ACTIONS = (
    Action(
        "pause", "paused", "H", "pause: none of their files is taken, nothing is trained",
        "none of their files is taken and nothing is trained, until they are resumed",
        lambda workspace, row, text: recipes.pause(workspace, row.name),
        unless(lambda row: not row.paused, lambda row: "it is paused already"),
        "footplate pause", "paused=no", key="suspend", undo="footplate undo",
    ),
    Action(
        "resume", "resumed", "R", "resume: their files are taken and learned from",
        "their files are taken and learned from again",
        lambda workspace, row, text: recipes.resume(workspace, row.name),
        unless(lambda row: row.paused, lambda row: "it is not paused"),
        "footplate resume", "paused=yes", key="suspend", undo="footplate undo",
    ),
    Action(
        "train", "asked for", "t", "train now",
        "the gate compares each with its champion; it is promoted where it passes",
        train, unless(lambda row: bool(row.hash), lambda row: "it cannot be read"), "footplate train", key="trigger",
        undo="footplate jobs cancel", one_by_one=True,
    ),
)
