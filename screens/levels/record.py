"""The record of a decision that made no run, as lines: cause, rule, evidence, what would have had to be different."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.text import Text

from core.views import record as views
from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.plain import plain

LABEL = 16
TONES = {"would change it": "good", "evidence": "strong"}


class RecordPage(Page):
    name = "decision"

    def __init__(self, event: int) -> None:
        self.event = event

    @property
    def crumb(self) -> str:
        return f"event {self.event}"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return record_lines(workspace, self.event, now)

    def raw(self, workspace: Workspace) -> Any:
        return views.record(workspace, self.event)

    def command(self) -> str:
        return f"footplate why {views.PREFIX}{self.event}"


def record_lines(workspace: Workspace, event: int, now: datetime) -> list[Text]:
    found = views.record(workspace, event)
    lines = [Text.assemble((plain(found.subject), "title"), "  ", f.status(found.outcome)),
             f.field("when", f.when(found.at, now), LABEL)]
    before = ""
    for one in found.lines:
        label = "" if one.label == before else one.label
        lines.append(f.field(label, f.text(one.text, TONES.get(one.label, "")), LABEL))
        before = one.label
    return lines
