"""One reading: its columns, a column's distribution before and now, and what kinds without columns found."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from rich.text import Text

from core.query.language import parse, parse_order
from core.query.memory import picked
from core.views import flat
from core.views import monitors as views
from core.views.monitored import Report
from core.vocabulary import MonitorKind, Reading
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Page, Query, Slice, number
from screens.levels import measures
from screens.plain import clipped, plain
from screens.widgets.pictures import bar
from screens.widgets.spread import padded

BAR, NAME = 18, 20  # cells of one bar, and of the name of a bin
STATISTICS = {
    "anderson_darling": "Anderson-Darling", "chi_squared": "chi squared", "missing": "share missing",
    "absent": "not there", "none": "not tested",
}
CONCEPT = (
    "an estimate sees what moved in the columns; where the rule behind the labels changes and the columns stay, it"
    " sees nothing: only labels tell that"
)
BIG = 1e9  # p values below one in so many are said as such


class ReadingColumns(Listing):
    """A line a column, the worst first. `source` is what was read."""

    name, table = "column", flat.DRIFTS
    lasting = "a reading stays as it was read"
    columns = (
        Column("column", lambda row, now: f.text(row["column"], "strong"), 24, narrowest=10, order="column",
               letter="n"),
        Column("verdict", lambda row, now: f.status(row["verdict"]), order="verdict", letter="s"),
        number("effect", lambda row, now: f.metric(row.get("value")), "v", "value"),
        number("bar", lambda row, now: f.metric(row.get("threshold")), "b", "threshold"),
        number("p", lambda row, now: Text(chance(row.get("p_value"))), "p", "p_value"),
        number("weight", lambda row, now: weight(row), "w", "importance"),
        Column("test", lambda row, now: Text(statistic(row), "quiet"), order="statistic", letter="t",
               field="statistic"),
        Column("note", lambda row, now: f.text(row.get("note") or None, "quiet"), 60, narrowest=10),
    )

    def __init__(self, monitor: str, id: int, source: str) -> None:
        self.monitor, self.id, self.source = monitor, id, source
        self.reading: Report | None = None

    @property
    def crumb(self) -> str:
        return self.source

    def read(self, workspace: Workspace, query: Query) -> Slice:
        self.reading = views.report(workspace, self.id)
        rows = picked(
            self.reading.columns, parse(query.where), parse_order(query.order), _value, _words, workspace.clock.now()
        )
        return Slice(rows, None, len(rows))

    def identity(self, row: Mapping[str, Any]) -> Hashable:
        return str(row["column"])

    def open(self, row: Mapping[str, Any]) -> Level:
        return ColumnPage(self.monitor, self.id, self.source, str(row["column"]))

    def describe(self, workspace: Workspace, row: Mapping[str, Any]) -> list[Text]:
        return column_lines(row)

    def row_id(self, row: Mapping[str, Any]) -> str:
        return str(row["column"])

    def row_command(self, row: Mapping[str, Any]) -> str:
        return self.command()

    def command(self) -> str:
        return reading_command(self.monitor, self.id)

    def listed(self) -> str:
        return ""

    def nothing(self, workspace: Workspace) -> list[Text]:
        return read_report(workspace, self.monitor, self.id, workspace.clock.now())


class ColumnPage(Page):
    """One column of a reading: what it was learned from against what was read."""

    name = "column reading"

    def __init__(self, monitor: str, id: int, source: str, column: str) -> None:
        self.monitor, self.id, self.source, self.column = monitor, id, source, column

    @property
    def crumb(self) -> str:
        return self.column

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return column_lines(self._row(workspace))

    def _row(self, workspace: Workspace) -> Mapping[str, Any]:
        full = views.report(workspace, self.id)
        return next((one for one in full.columns if one["column"] == self.column), {"column": self.column})

    def raw(self, workspace: Workspace) -> object:
        return self._row(workspace)

    def command(self) -> str:
        return reading_command(self.monitor, self.id)


class ReadingPage(Page):
    """A reading of a kind that has no columns."""

    name = "reading page"

    def __init__(self, monitor: str, id: int, source: str) -> None:
        self.monitor, self.id, self.source = monitor, id, source

    @property
    def crumb(self) -> str:
        return self.source

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return read_report(workspace, self.monitor, self.id, now)

    def raw(self, workspace: Workspace) -> object:
        return views.report(workspace, self.id)

    def command(self) -> str:
        return reading_command(self.monitor, self.id)


def reading_command(monitor: str, id: int) -> str:
    return f"footplate monitors show {f.quoted(monitor)} --reading {id}"


def read_report(workspace: Workspace, monitor: str, id: int, now: datetime) -> list[Text]:
    return described(views.report(workspace, id), views.show(workspace, monitor).unit, now)


def described(one: Report, unit: str, now: datetime) -> list[Text]:
    """All of a reading: the figures, what lies behind them, and its columns in short."""
    found = one.evidence
    lines = [
        Text.assemble((f"{plain(one.monitor)} read {plain(one.source)}", "title"), "  ", f.status(one.verdict)),
        f.field("says", f.text(one.summary)),
        f.field("at", f.when(one.at, now)),
        f.field("rows", f.count(one.rows)),
        f.field("model version", f.version(one.version)),
        f.field("value", measures.explained(one.value, unit)),
    ]
    if one.lower is not None:
        lines.append(f.field("95 % interval", f.interval(one.lower, one.upper)))
    lines.append(f.field("threshold", measures.cell(one.threshold, unit)))
    if found.get("usual") is not None:
        lines.append(f.field("usual", f.metric(found["usual"])))
    if found.get("false_alarms_a_month") is not None:
        said = f"at most {f.significant(found['false_alarms_a_month'], 2)} a month, where nothing drifts"
        lines.append(f.field("false alarms", said))
    lines += before_lines(found.get("before") or {})
    if one.kind == MonitorKind.ESTIMATE:
        lines += [Text(), Text(f"  ! {CONCEPT}", "warn")]
    lines += _metrics(found.get("metrics") or {})
    lines += _warnings(found.get("warnings") or ())
    if one.columns:
        lines += [Text(), f.heading("Columns")]
        lines += [
            Text.assemble("  ", f.status(row["verdict"]), f"  {plain(row['column'])}  ",
                          (f"{f.significant(row.get('value'))} against {f.significant(row.get('threshold'))}", "quiet"))
            for row in one.columns
        ]
    return lines


def before_lines(before: Mapping[str, Any]) -> list[Text]:
    """Whether the champion before does better on the same rows."""
    if not before:
        return []
    word, tone = ("better", "warn") if before.get("better") else ("no better", "quiet")
    if before.get("headline"):
        said = f"v{before['version']} does {word}: {plain(before['headline'])}"
    else:
        said = f"v{before['version']} does {word}"
    return [f.field("last good", Text(said, tone))]


def _metrics(found: Mapping[str, float | None]) -> list[Text]:
    if not found:
        return []
    width = max(14, *(len(name) for name in found))
    return [Text(), f.heading("Metrics on these rows"), *(
        f.field(plain(name), f.metric(value), width) for name, value in found.items()
    )]


def _warnings(found: Sequence[Mapping[str, Any]]) -> list[Text]:
    if not found:
        return []
    return [Text(), f.heading("Warnings"), *(
        Text.assemble(("  ! ", "warn"), plain(one.get("message"))) for one in found
    )]


# -- one column


def column_lines(row: Mapping[str, Any]) -> list[Text]:
    """The figures, and both distributions on the same bins."""
    lines = [
        Text.assemble((plain(row["column"]), "title"), "  ", f.status(row.get("verdict"))),
        f.field("effect", Text.assemble(f.metric(row.get("value")), ("  standard deviations, or Cohen's w", "quiet"))),
        f.field("threshold", Text.assemble(f.metric(row.get("threshold")), ("  at these sizes", "quiet"))),
        f.field("p", f"{chance(row.get('p_value'))}  before the correction over columns"),
        f.field("test", statistic(row)),
        f.field("weight", Text.assemble(weight(row), ("  of the column that the model uses most", "quiet"))),
    ]
    if row.get("rows_before"):
        worth = f"{row['rows_before']:,.0f} learned from, {row['rows_after']:,.0f} read"
        lines.append(f.field("worth", f"{worth}: rows that hang together count less"))
    if row.get("note"):
        lines.append(f.field("note", f.text(row["note"])))
    return [*lines, *distributions(row.get("shares") or {})]


def distributions(shares: Mapping[str, Any], wide: int = BAR) -> list[Text]:
    """A line a bin: its share of what was learned from, and of what was read."""
    before, after = shares.get("before") or (), shares.get("after") or ()
    if not before or not after:
        return [Text(), Text("  its distribution was not kept: only those of the columns furthest off are", "quiet")]
    names = bins(shares)
    most = max(*before, *after) or 1.0
    room = wide + 8
    head = f"  {'':<{NAME}} {'learned from':<{room}} {'read':<{room}}"
    lines = [Text(), f.heading("Distribution"), Text(head, "quiet")]
    for name, one, other in zip(names, before, after, strict=False):
        lines.append(Text.assemble(
            "  ", padded(Text(clipped(plain(name), NAME)), NAME), " ",
            bar(one / most, wide, "quiet"), f"{f.share(one):>7} ", " ",
            bar(other / most, wide, "busy"), f"{f.share(other):>7} ", (_apart(one, other), "quiet"),
        ))
    return lines


def _apart(before: float, after: float) -> str:
    apart = (after - before) * 100
    return "" if abs(apart) < 0.5 else f"{apart:+.0f}"


def bins(shares: Mapping[str, Any]) -> list[str]:
    """The names of the bins: ranges of numbers, or levels."""
    if "levels" in shares:
        return ["(others)" if one is None else str(one) for one in shares["levels"]]
    edges = [f.value(one) for one in shares.get("edges") or ()]
    if not edges:
        return []
    inner = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *inner, f"above {edges[-1]}"]


def chance(p: float | None) -> str:
    """`0.034`, `<1e-09`."""
    if p is None:
        return f.NOTHING
    return f"<{1 / BIG:.0e}" if p < 1 / BIG else f"{p:.2g}"


def statistic(row: Mapping[str, Any]) -> str:
    word = str(row.get("statistic") or "")
    return STATISTICS.get(word, plain(word))


def weight(row: Mapping[str, Any]) -> Text:
    found = row.get("importance")
    return f.text(None) if found is None else Text(f"{found:.2f}")


_WORST = (Reading.ALERT, Reading.WARNING, Reading.OK, Reading.INSUFFICIENT_DATA)


def _value(name: str) -> flat.Value:
    flat.DRIFTS.value(name)  # says what is wrong with a name
    return flat.DRIFTS.known[name]


def _words(row: Mapping[str, Any]) -> str:
    return f"{row['column']} {row['verdict']} {row.get('note') or ''}"
