"""Screen 5: monitors."""

from __future__ import annotations

from collections.abc import Sequence

from screens.asking import ConsoleScreen
from screens.keys import MONITORS
from screens.level import Level
from screens.levels.monitors import NoMonitors


class MonitorsScreen(ConsoleScreen):
    NAME = MONITORS

    def roots(self) -> Sequence[Level]:
        return [NoMonitors()]
