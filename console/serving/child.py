"""A worker of a supervisor, in a process of its own: it beats into one pipe, and another one tells of its end.

    python -P -m console.serving.child ROOT OPTIONS FOLDER LISTENING BEAT LIFE
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from console.serving.handover import Orphan
from console.serving.logs import write_log
from console.serving.options import Options
from console.serving.sockets import inherited
from console.serving.worker import Worker
from core.actor import DAEMON
from core.errors import FootplateError
from core.workspace import Workspace

_log = logging.getLogger("footplate.serve")


class Child(Worker):
    """`life`: a pipe that its supervisor holds the other end of, as long as it lives."""

    life: int = -1

    async def began(self) -> None:
        self.loop.add_reader(self.life, self._orphaned)

    def _orphaned(self) -> None:
        self.loop.remove_reader(self.life)
        if not self.leaving.is_set():
            _log.warning("the supervisor is gone: answering on until the next one comes")
            self.orphan = Orphan(self.folder, self.listening, self.leaving)


def main(words: list[str]) -> int:
    root, options, folder, *numbers = words
    listening, beat, life = map(int, numbers)
    write_log()
    os.set_blocking(beat, False)

    def beating() -> None:
        with suppress(OSError):  # full, or nobody listens
            os.write(beat, b".")

    try:
        child = Child(
            Workspace.open(Path(root), actor=DAEMON), Options.read(options), inherited(listening), Path(folder), beating
        )
        child.life = life
        child.run()
    except FootplateError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
