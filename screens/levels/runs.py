"""The leaderboard of runs."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.query.language import joined
from core.views import runs as views
from core.views.run_fields import LOWER_IS_BETTER
from core.views.runs import Run
from core.views.spans import spans
from core.vocabulary import RunState
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels.run import RunPage, read_run
from screens.plain import plain

SCORE = "score"  # sorts by the metric that decides, which the runs name themselves


class Runs(Listing):
    name, order, serial = "run", "-id", "id"
    columns = (
        number("run", lambda row, now: Text(f"{row.id}", "strong"), "n", "id"),
        Column("recipe", lambda row, now: f.text(row.recipe), 24, narrowest=8, order="recipe", letter="r"),
        Column("state", lambda row, now: f.status(row.state), 12, order="state", letter="s"),
        number("score", lambda row, now: f.metric(row.value), "m", SCORE),
        Column("gate", lambda row, now: f.status(row.verdict), 18, order="verdict", letter="g"),
        Column("became", lambda row, now: became(row), 30, narrowest=12, order="outcome", letter="b"),
        number("started", lambda row, now: f.ago(row.started_at, now), "a", "started_at"),
        Column("cause", lambda row, now: f.text(row.cause.replace("_", " "), "quiet"), order="cause", letter="c"),
        number("took", lambda row, now: took(row, now), "t", "seconds"),
        Column("against", lambda row, now: f.text(row.headline, "quiet"), 52, narrowest=12),
        Column("data", lambda row, now: f.text(spans(row.data), "quiet"), 24, narrowest=8),
        Column("tags", lambda row, now: f.text(" ".join(f"#{tag}" for tag in row.tags) or None, "title"), 24),
    )

    def __init__(self, where: str = "") -> None:
        self._scope = where
        self.metric = ""

    @property
    def crumb(self) -> str:
        return "runs"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        order = query.order
        if order.removeprefix("-") == SCORE:
            order = self._by_score(workspace, order.startswith("-"))
        where = joined(query.where, self._scope)
        return Slice.of(views.list(workspace, where=where, order=order, limit=query.limit, after=query.after))

    def _by_score(self, workspace: Workspace, best_first: bool) -> str:
        """The order by the metric of the newest run that has one; `-score` is best first, whatever that means."""
        if not self.metric:
            newest = views.list(workspace, limit=20)
            self.metric = next((row.primary for row in newest if row.primary), "") or ""
        if not self.metric:
            return ""
        return f"-{self.metric}" if best_first != (self.metric in LOWER_IS_BETTER) else self.metric

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count(workspace, joined(where, self._scope))

    def identity(self, row: Run) -> Hashable:
        return row.id

    def open(self, row: Run) -> Level:
        return RunPage(row.id)

    def describe(self, workspace: Workspace, row: Run) -> list[Text]:
        return read_run(workspace, row.id, workspace.clock.now())

    def raw(self, workspace: Workspace, row: Run) -> object:
        return views.show(workspace, row.id)

    def log(self, workspace: Workspace, row: Run) -> Path | None:
        return views.show(workspace, row.id).log

    def row_id(self, row: Run) -> str:
        return str(row.id)

    def row_command(self, row: Run) -> str:
        return f"footplate runs show {row.id}"

    def command(self) -> str:
        return "footplate runs list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return f.first_steps("no runs yet")


def became(row: Run) -> Text:
    """What became of the challenger, in a word or two."""
    if row.state == RunState.FAILED:
        return f.text(row.error, "bad")
    if row.outcome is None:
        return Text()
    version = f" v{row.model_version}" if row.model_version else ""
    tone = {"promoted": "good", "refused": "quiet"}.get(row.outcome, "warn")
    return Text(plain(row.outcome) + version, tone)


def took(row: Run, now: datetime) -> Text:
    if row.state == RunState.RUNNING:
        return Text.assemble(f.ago(row.started_at, now), (" so far", "quiet"))
    return f.text(f.duration(row.seconds) if row.seconds is not None else None)
