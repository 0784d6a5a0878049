"""What was decided, by the daemon or by people, a line each."""

from __future__ import annotations

from collections.abc import Hashable

from rich.text import Text

from core.views import activity as views
from core.views import flat
from core.views.record import PREFIX
from core.views.telling import Told
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels.record import RecordPage, record_lines
from screens.levels.run import RunPage, read_run
from screens.starting import first_steps


class Decisions(Listing):
    table = flat.DECISIONS
    name, order, serial = "decision", "-id", "id"
    columns = (
        number("when", lambda row, now: f.ago(row.at, now), "a", "at"),
        Column("outcome", lambda row, now: f.status(row.outcome), 16),
        Column("what", lambda row, now: f.text(row.text), 140, narrowest=20, field="text"),
    )

    @property
    def crumb(self) -> str:
        return "decisions"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.decisions(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count_events(workspace, where, decided=True)

    def identity(self, row: Told) -> Hashable:
        return row.event

    def open(self, row: Told) -> Level:
        return RunPage(row.run) if row.run is not None else RecordPage(row.event)

    def describe(self, workspace: Workspace, row: Told) -> list[Text]:
        now = workspace.clock.now()
        if row.run is not None:
            return read_run(workspace, row.run, now)
        return record_lines(workspace, row.event, now)

    def row_id(self, row: Told) -> str:
        return row.subject

    def row_command(self, row: Told) -> str:
        return f"footplate why {row.run}" if row.run is not None else f"footplate why {PREFIX}{row.event}"

    def command(self) -> str:
        return "footplate events --decisions"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "nothing was decided yet")
