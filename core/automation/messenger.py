"""A thread of the daemon that sends what waits in the outbox: a slow mail server must not stop the rest."""

from __future__ import annotations

import threading

from core.automation.diary import say
from core.services import notify
from core.workspace import Workspace

SECONDS = 2.0  # between two looks into the outbox


class Messenger:
    """Sends until `stop()`; what was not sent yet waits in the registry."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="messenger")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; a message that is under way gets a moment."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._stopping.wait(SECONDS):
            try:
                for line in notify.send_due(self._workspace):
                    say(self._workspace.clock, line)
            except Exception as error:  # a locked registry, a full disk: it passes
                say(self._workspace.clock, f"messages wait: {type(error).__name__}: {error}")
