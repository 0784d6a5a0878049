"""Screen 7: who did what, from the hash-chained log; and the daemon's log."""

from __future__ import annotations

from collections.abc import Sequence

from screens.asking import ConsoleScreen
from screens.keys import AUDIT
from screens.level import Level
from screens.levels.events import Events

DAEMON_LOG = "daemon.log"


class AuditScreen(ConsoleScreen):
    NAME = AUDIT

    def roots(self) -> Sequence[Level]:
        return [Events()]

    def action_log(self) -> None:
        self.open_log(self.desk.workspace.logs / DAEMON_LOG)
