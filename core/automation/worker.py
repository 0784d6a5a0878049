"""One job in one process: `python -m core.automation.worker WORKSPACE JOB EPOCH PARENT`.

What a person can mend (a bad recipe, a missing column) fails the job at once; anything else is left to the
dispatcher, which tries again. Standard output and error are the job's log.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from core.actor import DAEMON
from core.automation.process import die_with
from core.errors import Busy, FootplateError, LostLease
from core.registry import jobs
from core.registry.database import Fence
from core.services.failing import give_up
from core.vocabulary import JobKind
from core.workspace import Workspace

LOST = 75  # EX_TEMPFAIL: the job is somebody else's now


def main(arguments: list[str]) -> int:
    root, job, epoch, parent = arguments
    if not die_with(int(parent)):
        return LOST
    signal.signal(signal.SIGTERM, _leave)
    os.nice(10)
    workspace = Workspace.open(Path(root), actor=DAEMON)
    fence = Fence(int(job), int(epoch))
    try:
        work(workspace, fence)
    except LostLease:
        return LOST
    except Busy:
        traceback.print_exc()
        return 1
    except FootplateError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        text = f"{error.message} ({error.hint})" if error.hint else error.message
        with workspace.registry.write(workspace.actor, fence) as tx:
            give_up(tx, fence, text)
    except Exception as error:
        traceback.print_exc()
        _remember(workspace, fence, f"{type(error).__name__}: {error}")
        return 1
    return 0


def work(workspace: Workspace, fence: Fence) -> None:
    """Do the job; it ends itself in its last transaction."""
    with workspace.registry.read() as connection:
        row = jobs.running(connection, fence)
    if row is None:
        raise LostLease(f"job {fence.job} was given to another worker")

    def progress(text: str) -> None:
        print(text, flush=True)
        with workspace.registry.write(workspace.actor, fence) as tx:
            jobs.note(tx, fence, progress=text)

    if row["kind"] == JobKind.INGEST:
        with _no_collections():
            from core.services import ingest

        ingest.run(workspace, fence, row["payload"]["dataset"], progress)
    elif row["kind"] == JobKind.TRAIN:
        with _no_collections():
            from core.services import train
            from core.training.trust import import_skops

            import_skops()
        train.run(workspace, fence, row, progress)
    elif row["kind"] == JobKind.RELEASE:
        with _no_collections():
            from core.services import smoke
            from core.training.trust import import_skops

            import_skops()
        smoke.run(workspace, fence, row, progress)
    elif row["kind"] in (JobKind.EVALUATE, JobKind.REPLAY):
        with _no_collections():
            from core.services import evaluate, replaying
            from core.training.trust import import_skops

            import_skops()
        {JobKind.EVALUATE: evaluate.run, JobKind.REPLAY: replaying.run}[row["kind"]](workspace, fence, row, progress)
    elif row["kind"] == JobKind.OBSERVE:
        with _no_collections():
            from core.services import observe
            from core.training.trust import import_skops

            import_skops()
        observe.run(workspace, fence, row, progress)
    elif row["kind"] == JobKind.SCORE:
        with _no_collections():
            from core.services import scoring
            from core.training.trust import import_skops

            import_skops()
        scoring.run(workspace, fence, row, progress)
    elif row["kind"] == JobKind.LABEL:
        with _no_collections():
            from core.services import label_files
        label_files.run(workspace, fence, row, progress)
    else:
        raise FootplateError(f"this version knows no job of kind {row['kind']!r}", "upgrade Footplate")


@contextmanager
def _no_collections() -> Iterator[None]:
    """Importing makes many objects and no garbage: looking for it, then and at every later time, is in vain."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _remember(workspace: Workspace, fence: Fence, error: str) -> None:
    """Leave the reason where the dispatcher's retry will show it."""
    from core.services.failing import attempt_failed

    attempt_failed(workspace, fence, error)


def _leave(signum: int, frame: FrameType | None) -> None:
    os._exit(128 + signum)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to clean up, and tearing down scikit-learn takes a moment
