"""What stands where monitors will be: nothing is monitored in this version, and the page says so."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from core.workspace import Workspace
from screens.level import Page


class NoMonitors(Page):
    name = "monitors"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return [
            Text(),
            Text("  nothing is monitored in this version", "title"),
            Text(),
            Text("  What guards a model today is its gate: every challenger is scored on rows that the"),
            Text("  champion has not seen, and every arriving file is checked before it is learned from."),
            Text(),
            Text.assemble("  ", ("4", "key"), "  models: what the gate said of each version"),
            Text.assemble("  ", ("2", "key"), "  data: what the checks said of each file"),
        ]

    def raw(self, workspace: Workspace) -> list[str]:
        return []

    def command(self) -> str:
        return ""
