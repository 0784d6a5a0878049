"""What can be done with versions of a dataset."""

from __future__ import annotations

from core.services import versions
from core.views.datasets import Version
from core.vocabulary import VersionState
from screens.acts.action import Action, unless


def state(row: Version) -> str:
    return "it was discarded" if row.discarded else f"it is {row.state}"


def quarantined(row: Version) -> bool:
    return row.state == VersionState.QUARANTINED and not row.discarded


ACTIONS = (
    Action(
        "release", "released", "r", "release: accept them after all, as far as they can be read",
        "they become accepted versions, and the next run learns from them",
        lambda workspace, row, text: versions.release_apart(workspace, row.name), unless(quarantined, state),
        "footplate data quarantine release", "state=quarantined discarded=no", key="dispose", undo="footplate undo",
    ),
    Action(
        "discard", "discarded", "D", "discard: throw the stored bytes away for good",
        "the bytes in quarantine are deleted; their records and the files in the folder stay",
        lambda workspace, row, text: versions.discard(workspace, row.name), unless(quarantined, state),
        "footplate data quarantine discard", "state=quarantined discarded=no", key="delete", final=True,
    ),
    Action(
        "retire", "retired", "t", "retire: no later run learns from them",
        "no later run learns from them; models that have learned from them stay",
        lambda workspace, row, text: versions.retire(workspace, row.name),
        unless(lambda row: row.state == VersionState.ACCEPTED, state),
        "footplate data retire", "state=accepted", key="dispose", undo="footplate undo",
    ),
    Action(
        "restore", "restored", "s", "restore: later runs learn from them again",
        "they are accepted again, and the next run learns from them",
        lambda workspace, row, text: versions.restore(workspace, row.name),
        unless(lambda row: row.state == VersionState.RETIRED, state),
        "footplate data restore", "state=retired", key="dispose", undo="footplate undo",
    ),
)
