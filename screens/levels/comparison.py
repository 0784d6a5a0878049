"""Up to eight runs side by side: what differs first, then the metrics, the pictures in one, and what they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from core.views import comparison as views
from core.views.comparison import Comparison, Line
from core.views.curves import COLUMNS, curves
from core.workspace import Workspace
from screens import format as f
from screens import run_words as words
from screens.evaluation.pictured import pictured
from screens.level import Page
from screens.levels.run_lines import shown
from screens.plain import clipped, plain
from screens.widgets.forest import scale, whisker
from screens.widgets.plot import glyph, tone
from screens.widgets.spread import padded

NAME, CELL, WIDEST = 18, 13, 24  # cells of a name, and of a value: at least, and at most
HASHES = ("recipe_hash",)
SIZES = {"peak_memory": f.size, "seconds": f.duration, "cpu_seconds": f.duration}
TITLES = {
    "run": "Data, recipe and machine: what differs", "code": "Code: what differs",
    "packages": "Packages: what differs",
}


class ComparisonPage(Page):
    """`width` is the room that it has."""

    name = "comparison"

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.width = 80

    @property
    def crumb(self) -> str:
        return "runs " + " = ".join(map(str, self.ids))

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return compared(views.compare(workspace, self.ids), now, self.width)

    def raw(self, workspace: Workspace) -> object:
        return views.compare(workspace, self.ids)

    @property
    def file(self) -> str:  # type: ignore[override]
        return f"runs-{'-'.join(map(str, self.ids))}"

    def numbers(self, workspace: Workspace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        return COLUMNS, curves(workspace, self.ids)

    def numbers_command(self) -> str:
        return "footplate runs curves " + " ".join(map(str, self.ids))

    def command(self) -> str:
        return "footplate runs compare " + " ".join(map(str, self.ids))


def compared(
    found: Comparison, now: datetime, width: int = 80, *, draw: bool = True, all: bool = False,
    hint: str = "y shows them",
) -> list[Text]:
    """Who they are, then parameters, metrics, pictures and records. What is equal is counted, or shown with `all`;
    with `draw` there are curves, else tables alone."""
    lines = _who(found, now)
    if found.same_rows is False:
        lines += [Text(), Text("! not judged on the same rows: part of a difference may be the rows'", "warn")]
    elif found.same_rows:
        lines += [Text(), Text("judged on the same rows", "quiet")]
    lines += _section(found, "params", "Parameters that differ", width)
    lines += metrics(found, width)
    if width:
        lines += pictured([shown(one, at) for at, one in enumerate(found.full)], width, draw=draw)
    for section, title in TITLES.items():
        lines += _section(found, section, title, width)
    equal = [line for line in found.lines if not line.differs and line.section != "metrics"]
    if not all:
        return [*lines, Text(), Text(f"  {f.counted(len(equal), 'line')} equal ({hint})", "quiet")]
    same_everywhere = [f.field(plain(one.name), _cell(one.name, one.values[0])) for one in equal]
    return [*lines, Text(), f.heading("Equal"), *same_everywhere]


def _who(found: Comparison, now: datetime) -> list[Text]:
    """The legend: each run's mark, and what it is."""
    wide = max(cell_len(plain(run.recipe)) for run in found.runs)
    lines = []
    for at, run in enumerate(found.runs):
        lines.append(Text.assemble(
            (f"─{glyph(at)}─", tone(at)), " ", (f"run {run.id:<5}", "title"),
            padded(Text(plain(run.recipe)), wide), "  ", padded(f.status(run.state), 11), " ",
            (f"{f.significant(run.value):>8}", "strong"), " ",
            (f"{plain(run.primary or '')}  ", "quiet"), padded(words.became(run), 14), " ",
            (words.BASELINE, "title") if run.is_baseline else "", (f" {f.ago(run.started_at, now).plain}", "quiet"),
        ))
    return lines


# -- values side by side


def _section(found: Comparison, section: str, title: str, width: int) -> list[Text]:
    differing = [line for line in found.section(section) if line.differs]
    if not differing:
        return []
    return [Text(), f.heading(title), *_table(found, differing, width)]


def _table(found: Comparison, lines: Sequence[Line], width: int) -> list[Text]:
    """A column a run for what fits so; below, a line a value for what is long."""
    cells = [[_cell(line.name, value) for value in line.values] for line in lines]
    widest = min(WIDEST, (width - NAME - 2) // len(found.runs))
    longest = [max(map(cell_len, row)) + 2 for row in cells]
    beside = [at for at, long in enumerate(longest) if long <= widest]
    wide = max([CELL, *(longest[at] for at in beside)])
    if wide > widest:
        beside = []
    rows = [_heads(found, wide)] if beside else []
    for at in beside:
        shown = [padded(Text(cell), wide) for cell in cells[at]]
        rows.append(Text.assemble("  ", padded(Text(clipped(plain(lines[at].name), NAME - 1), "quiet"), NAME), *shown))
    for at, line in enumerate(lines):
        if at not in beside:
            rows.append(Text(f"  {plain(line.name)}", "strong"))
            rows += [Text.assemble("    ", _mark(found, place), f" {cell}") for place, cell in enumerate(cells[at])]
    return rows


def _heads(found: Comparison, wide: int) -> Text:
    heads = [
        padded(Text.assemble((f"{glyph(at)} ", tone(at)), (f"run {run.id}", "title")), wide)
        for at, run in enumerate(found.runs)
    ]
    return Text.assemble(" " * (NAME + 2), *heads)


def _mark(found: Comparison, at: int) -> Text:
    return Text.assemble((f"{glyph(at)} ", tone(at)), (f"run {found.runs[at].id:<5}", "quiet"))


def _cell(name: str, value: Any) -> str:
    if value is None:
        return f.NOTHING
    if name in SIZES:
        return SIZES[name](value)
    if name in HASHES:
        return f.short(value)
    if isinstance(value, float):
        return f.significant(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else plain(value)


# -- metrics


def metrics(found: Comparison, width: int) -> list[Text]:
    """Each metric with its interval, a line a run on a common scale, the best one said so."""
    known = found.section("metrics")
    if not known:
        return []
    line = max(10, min(40, width - 54))
    rows = [Text(), f.heading("Metrics, with 95 % intervals")]
    for metric in known:
        low, high = scale((one.value, one.lower, one.upper) for one in metric.intervals if one is not None)
        rows.append(Text.assemble(
            "  ", (plain(metric.name), "strong"), (f"  {words.direction(metric.name)}", "quiet"),
        ))
        for at, one in enumerate(metric.intervals):
            bounds = (one.value, one.lower, one.upper) if one is not None else (None, None, None)
            best = at in metric.best
            rows.append(Text.assemble(
                "    ", _mark(found, at), f"{f.significant(bounds[0]):>9}  ",
                padded(f.interval(bounds[1], bounds[2]) if one is not None else Text(), 19),
                whisker(bounds, low, high, line, "good" if best else "quiet") if width else "",
                ("  best", "good") if best else "", (_close(metric, at), "quiet"),
            ))
    return rows


def _close(metric: Line, at: int) -> str:
    """That the best one is not surely better than this one."""
    one = metric.intervals[at]
    if at in metric.best or one is None or not metric.best:
        return ""
    top = metric.intervals[metric.best[0]]
    if top is None or None in (one.lower, one.upper, top.lower, top.upper):
        return ""
    overlap = one.lower <= top.upper and top.lower <= one.upper  # type: ignore[operator]
    return "  overlaps" if overlap else ""
