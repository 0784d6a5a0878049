"""Named places where a test may kill the process: at every commit boundary.

FOOTPLATE_FAILPOINT="NAME@MARKER" kills with SIGKILL the first process that comes by NAME; the file MARKER
is made then, so that the next one passes. NAMES are those on the way from a file to a champion. Without the
variable it costs one dictionary look-up.
"""

from __future__ import annotations

import os
import signal

NAMES = (
    "ingest.staged", "ingest.published", "ingest.judged", "ingest.version_committed", "ingest.finished",
    "train.started", "train.fitted", "train.evaluated", "train.judged", "train.refitted",
    "release.packaged", "release.committed", "train.finished",
    "smoke.begun", "smoke.asked", "smoke.committed",
    "trial.begun", "trial.passed",
)
OBSERVING = ("observe.read", "observe.committed")  # of what arrived
SEALING = ("log.written", "log.published", "log.removed")  # of the prediction log
SCORING = ("log.written", "log.published", "score.logged", "score.answered", "score.committed")  # of a file
LABELLING = ("log.written", "log.published", "labels.kept", "labels.committed")  # of a file
COUNTING = ("labels.counted", "log.written", "log.published", "labels.sealed")  # of what clients sent


def failpoint(name: str) -> None:
    wanted = os.environ.get("FOOTPLATE_FAILPOINT")
    if not wanted:
        return
    chosen, _, marker = wanted.partition("@")
    if chosen != name:
        return
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
