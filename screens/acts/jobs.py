"""What can be done with jobs of the queue."""

from __future__ import annotations

from core.services import work
from core.views.activity import Job
from core.vocabulary import JobState
from screens.acts.action import Action, unless

WAITS = (JobState.QUEUED, JobState.DEFERRED, JobState.RUNNING)
BROKEN = (JobState.FAILED, JobState.CANCELLED)


def state(row: Job) -> str:
    return f"it is {row.state}" if row.state in (*WAITS, JobState.CANCELLED) else f"it has {row.state}"


ACTIONS = (
    Action(
        "cancel", "stopped or taken out of the queue", "S", "stop, or take out of the queue",
        "what they have done so far is thrown away; nothing is promoted",
        lambda workspace, row, text: work.cancel(workspace, row.id), unless(lambda row: row.state in WAITS, state),
        "footplate jobs cancel", "state=queued|deferred|running", key="cancel", undo="footplate jobs retry",
    ),
    Action(
        "retry", "tried again", "r", "try again, as new jobs", "new jobs ask for the same",
        lambda workspace, row, text: work.retry(workspace, row.id), unless(lambda row: row.state in BROKEN, state),
        "footplate jobs retry", "state=failed|cancelled", key="retry", undo="footplate jobs cancel",
    ),
    Action(
        "acknowledge", "acknowledged", "a", "acknowledge: they need nobody any more",
        "they no longer need you; they can still be tried again",
        lambda workspace, row, text: work.acknowledge(workspace, row.id),
        unless(lambda row: row.state == JobState.FAILED, state),
        "footplate jobs acknowledge", "state=failed", key="acknowledge", undo="footplate undo",
    ),
)
