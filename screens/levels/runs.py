"""The leaderboard of runs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.text import Text

from core.query.language import FROM_END, Op, Term, joined
from core.views import flat
from core.views import runs as views
from core.views.run_fields import LOWER_IS_BETTER
from core.views.run_rows import Run
from core.views.spans import spans
from core.workspace import Workspace
from screens import format as f
from screens import run_words as words
from screens.acts import runs as acts
from screens.format import quoted
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels.run import RunPage, read_run
from screens.plain import plain
from screens.starting import first_steps

SCORE = "score"  # sorts by the metric that decides, which the runs name themselves


class Runs(Listing):
    """`metric` is what the rows show and are sorted by as their score; empty: each the one that decided."""

    table = flat.RUNS
    name, order, serial = "run", "-id", "id"
    actions, singles = acts.ACTIONS, acts.SINGLES

    def __init__(self, where: str = "", metric: str = "") -> None:
        self._scope = where
        self.metric = metric
        self._deciding = ""
        self.width = 0  # of the preview, where it has room for pictures

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        metric = self.metric
        return (
            number("run", lambda row, now: Text(f"{row.id}", "strong"), "n", "id"),
            Column("recipe", lambda row, now: f.text(row.recipe), 24, narrowest=8, order="recipe", letter="r"),
            Column("state", lambda row, now: f.status(row.state), 12, order="state", letter="s"),
            number(metric or "score", lambda row, now: f.metric(score(row, metric)), "m", SCORE),
            Column("± baseline", lambda row, now: words.against_baseline(row, metric), right=True, field="baseline"),
            Column("became", lambda row, now: words.became(row), 30, narrowest=14, order="outcome", letter="b"),
            number("started", lambda row, now: f.ago(row.started_at, now), "a", "started_at"),
            Column("tags", lambda row, now: words.tagged(row.tagged, now), 28, narrowest=8),
            Column("note", lambda row, now: words.noted(row.note, now), 40, narrowest=12),
            Column("gate", lambda row, now: f.status(row.verdict), 18, order="verdict", letter="g"),
            Column("cause", lambda row, now: f.text(row.cause.replace("_", " "), "quiet"), order="cause", letter="c"),
            number("took", lambda row, now: words.took(row, now), "t", "seconds"),
            Column("against", lambda row, now: f.text(row.headline, "quiet"), 52, narrowest=12, field="headline"),
            Column("data", lambda row, now: f.text(spans(row.data), "quiet"), 24, narrowest=8),
        )

    @property
    def crumb(self) -> str:
        return "runs"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        order, end = query.order.removeprefix(FROM_END), FROM_END * query.order.startswith(FROM_END)
        if order.removeprefix("-") == SCORE:
            order = self._by_score(workspace, order.startswith("-"))
        order = f"{end}{order or self.order}" if end else order
        where = joined(query.where, self._scope)
        return Slice.of(views.list(workspace, where=where, order=order, limit=query.limit, after=query.after))

    def _by_score(self, workspace: Workspace, best_first: bool) -> str:
        """The order by the metric that is shown, else that of the newest run that has one; `-score` is best first,
        whatever that means."""
        metric = self.metric or self._deciding
        if not metric:
            newest = views.list(workspace, limit=20)
            metric = self._deciding = next((row.primary for row in newest if row.primary), "") or ""
        return self._by_metric(metric, best_first) if metric else ""

    @staticmethod
    def _by_metric(metric: str, best_first: bool) -> str:
        return f"-{metric}" if best_first != (metric in LOWER_IS_BETTER) else metric

    def column(self, name: str) -> Column | None:
        """Also any metric, and any parameter as params.NAME."""
        found = super().column(name)
        if found is not None or (name in flat.RUNS.known and name not in EXTRA):
            return found
        if name in EXTRA:
            return EXTRA[name]
        if name.startswith(flat.PARAMS):
            return parameter(name.removeprefix(flat.PARAMS))
        return measured(name.removeprefix(flat.METRICS))

    def more_columns(self, workspace: Workspace) -> Sequence[Column]:
        shown = {column.name for column in self.columns}
        found = [*EXTRA.values(), *map(measured, views.metrics(workspace)), *map(parameter, views.params(workspace))]
        return [column for column in found if column.name not in shown]

    def exported(self, column: Column) -> str:
        return self.metric if column.name == SCORE and self.metric else column.name

    def listed(self) -> str:
        return "footplate runs list"

    def ordered(self, workspace: Workspace, order: str) -> str:
        return self._by_score(workspace, order.startswith("-")) if order.removeprefix("-") == SCORE else order

    def full(self, where: str) -> str:
        return joined(where, self._scope)

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count(workspace, joined(where, self._scope))

    def identity(self, row: Run) -> Hashable:
        return row.id

    def open(self, row: Run) -> Level:
        return RunPage(row.id)

    def describe(self, workspace: Workspace, row: Run) -> list[Text]:
        return read_run(workspace, row.id, workspace.clock.now(), self.width)

    def raw(self, workspace: Workspace, row: Run) -> object:
        return views.show(workspace, row.id)

    def log(self, workspace: Workspace, row: Run) -> Path | None:
        return views.show(workspace, row.id).log

    def row_id(self, row: Run) -> str:
        return str(row.id)

    def row_command(self, row: Run) -> str:
        return f"footplate runs show {row.id}"

    def command(self) -> str:
        if not self.metric:
            return "footplate runs list"
        return f"footplate runs list --order {quoted(self._by_metric(self.metric, True))}"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "no runs yet")


def measured(name: str) -> Column:
    """A metric as a column."""
    column = number(plain(name), lambda row, now: f.metric(row.metrics.get(name)), "", name, field=name)
    return replace(column, sorts=True)


def parameter(name: str) -> Column:
    """A parameter as a column."""
    order = str(Term(f"{flat.PARAMS}{name}", Op.EQ, "")).removesuffix('=""')
    return Column(
        plain(name), lambda row, now: f.text(row.params.get(name)), 24, narrowest=6, right=True, order=order,
        field=f"{flat.PARAMS}{name}", sorts=True,
    )


EXTRA = {
    column.name: replace(column, sorts=bool(column.order)) for column in (
        Column("actor", lambda row, now: f.text(row.actor, "quiet"), 28, narrowest=8, order="actor"),
        Column("error", lambda row, now: f.text(row.error, "bad"), 60, narrowest=10, order="error"),
        number("seed", lambda row, now: Text(str(row.seed), "quiet"), ""),
        number("rows learned", lambda row, now: f.count(row.rows_train), "", "rows_train"),
        number("rows judged", lambda row, now: f.count(row.rows_holdout), "", "rows_holdout"),
        number("ended", lambda row, now: f.ago(row.ended_at, now), "", "ended_at"),
        number("version", lambda row, now: f.text(row.model_version), "", "model_version"),
        Column("decides", lambda row, now: f.text(row.primary, "quiet"), 18, field="primary"),
        Column("recipe hash", lambda row, now: f.text(f.short(row.recipe_hash), "quiet"), 12, order="recipe_hash"),
    )
}


def score(row: Run, metric: str) -> float | None:
    return row.metrics.get(metric) if metric else row.value
