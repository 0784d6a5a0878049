"""What can be done with runs."""

from __future__ import annotations

from core.services import notes, work
from core.views.run_rows import Run
from core.vocabulary import RunState
from screens.acts.action import Action, unless

LIVE = (RunState.RUNNING, RunState.QUEUED)


def undeletable(row: Run) -> str:
    if row.model_version is not None:
        return f"it made {row.recipe} v{row.model_version}"
    return f"it is {row.state}" if row.state in LIVE else ""


ACTIONS = (
    Action(
        "stop", "stopped", "S", "stop: what they have done so far is thrown away",
        "what they have done so far is thrown away; nothing is promoted",
        lambda workspace, row, text: work.stop_run(workspace, row.id),
        unless(lambda row: row.state in LIVE and row.job is not None, lambda row: f"it is {row.state}"),
        "footplate runs stop", "state=running|queued", key="stop",
    ),
    Action(
        "tag", "tagged", "#", "tag: others see it, and can filter by it", "others see the tag, and can filter by it",
        lambda workspace, row, text: notes.tag(workspace, row.id, text.removeprefix("#")), lambda row: "",
        "footplate runs tag", key="tag", undo="footplate undo", asks="TAG",
    ),
    Action(
        "delete", "deleted", "D", "delete: no listing shows them any more",
        "no listing shows them any more; events, and what was learned from them, stay",
        lambda workspace, row, text: notes.delete(workspace, row.id), undeletable,
        "footplate runs delete", 'model_version="" state!=running|queued', key="delete", final=True,
    ),
)
SINGLES = ("train", "compare", "baseline", "note")
