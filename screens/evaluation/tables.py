"""Confusion matrices and feature importance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from core.views.weights import Weight, weights
from screens import format as f
from screens.evaluation.shown import Shown, having, name, prose
from screens.plain import clipped
from screens.widgets.blocks import GAP, Block
from screens.widgets.pictures import bar
from screens.widgets.plot import glyph, tone
from screens.widgets.spread import padded

SHADES = " ░▒▓█"
CLASS = 12  # cells of a class's name
COLUMN = 22  # cells of a column's name
BESIDE = 11  # cells of a run's weight beside others
SHOWN = 20  # columns
UNSURE = "may be 0"


def confusion(runs: Sequence[Shown], width: int) -> list[Block]:
    """Rows are what was true, columns what was said; side by side where there is room."""
    runs = having(runs, "confusion")
    each = width if len(runs) < 2 else max(40, min(width, (width - GAP) // 2))
    return [
        Block(f"Confusion{f', {run.label}' if len(runs) > 1 else ''}", _matrix(run.picture("confusion"), each))
        for run in runs
    ]


def _matrix(found: Mapping[str, Any], width: int) -> list[Text]:
    """Counts with each row's shares where they fit, else shares alone; a shade for the share."""
    classes, rows = [name(one) for one in found["classes"]], found["rows"]
    count = max((len(f"{cell:,}") for row in rows for cell in row), default=1)
    left = min(CLASS, max([4, *map(cell_len, classes)])) + 1
    full, short = count + 7, 6
    room = width - left - 3
    wide = full if len(classes) * (full + 1) <= room else short
    wide = max(wide, min(CLASS, max(map(cell_len, classes))) if len(classes) * (CLASS + 1) <= room else wide)
    head = Text(" " * (left + 2)).append(
        " ".join(f"{clipped(one, wide):>{wide}}" for one in classes), "quiet"
    )
    lines = [Text(f"{'true ↓':<{left + 2}}{'said →':>{wide}}", "quiet"), head]
    for at, (label, row) in enumerate(zip(classes, rows, strict=True)):
        total = sum(row)
        line = Text(f"{clipped(label, left - 1):<{left}}", "quiet").append("  ")
        for place, cell in enumerate(row):
            part = cell / total if total else None
            shade = SHADES[min(4, int((part or 0) * 5))]
            said = f"{cell:,} {_share(part)}" if wide >= full else _share(part)
            tone = "good" if place == at else "bad" if part and part >= 0.2 else ""
            line.append(f"{said:>{wide - 1}}", tone).append(f"{shade} ", tone)
        lines.append(line)
    return lines


def _share(part: float | None) -> str:
    return f"{'–':>4}" if part is None else f"{round(100 * part):>3}%"


def importance(run: Shown, width: int) -> list[Block]:
    """What the model leans on, with intervals; a column whose interval holds zero is said so."""
    found = run.picture("importance")
    if not found:
        return []
    columns = weights(found)
    most = max((abs(one.value) for one in columns), default=0.0) or 1.0
    wide = max(8, min(40, width - COLUMN - 41))
    lines = []
    for one in columns[:SHOWN]:
        shown = bar(max(0.0, one.value) / most, wide, "busy" if one.clear else "quiet")
        said = "" if one.clear or not one.value else UNSURE
        lines.append(Text.assemble(
            padded(Text(clipped(name(one.column), COLUMN)), COLUMN), " ", shown, f" {_weight(one):>8}  ",
            (f"{_interval(one):<19}", "quiet"), (said, "quiet"),
        ))
    rest = len(columns) - len(lines) + found["left_out"]
    repeats = max(one["repeats"] for one in found["columns"])
    lines += prose(
        f"by how much {name(found['metric'])} is worse where the column is shuffled, with 95 % intervals;"
        f" {f.counted(repeats, 'repeat')} of {found['rows']:,} of {found['of']:,} rows"
        f"{f'; {rest} more columns' if rest else ''}", width,
    )
    if any(not one.clear and one.value for one in columns[:SHOWN]):
        lines += prose(f"{UNSURE}: the interval holds 0, so it may be luck", width)
    return [Block("What the model leans on", lines)]


def _weight(one: Weight) -> str:
    return f.signed(one.value) if one.value else "0"


def _interval(one: Weight) -> str:
    if one.lower is None or one.upper is None or not one.value:
        return ""
    return f"{f.signed(one.lower)} to {f.signed(one.upper)}"


def importances(runs: Sequence[Shown], width: int) -> list[Block]:
    """Side by side, a line a column of the data: what weighs most in any of them comes first."""
    runs = having(runs, "importance")
    if len(runs) < 2:
        return [block for run in runs for block in importance(run, width)]
    found = [{one.column: one for one in weights(run.picture("importance"))} for run in runs]
    ordered = sorted(
        dict.fromkeys(column for some in found for column in some),
        key=lambda column: -max(some[column].value for some in found if column in some),
    )
    fit = max(1, (width - COLUMN) // BESIDE)
    lines: list[Text] = []
    for start in range(0, len(runs), fit):  # those that there is no room for beside the others stand below them
        some_runs = runs[start:start + fit]
        heads = [Text(f"{f'{glyph(run.place)} {run.label} ':>{BESIDE}}", tone(run.place)) for run in some_runs]
        lines += [*([Text()] if start else []), Text.assemble(" " * COLUMN, *heads)]
        for column in ordered[:SHOWN]:
            line = padded(Text(clipped(name(column), COLUMN - 1)), COLUMN)
            for some in found[start:start + fit]:
                line.append(f"{_in_table(some.get(column)):>{BESIDE}}")
            lines.append(line)
    metrics = ", ".join(dict.fromkeys(name(run.picture("importance")["metric"]) for run in runs))
    said = f"by how much {metrics} is worse where the column is shuffled; in ( ): its 95 % interval holds 0"
    return [Block("What the models lean on", [*lines, *prose(said, width)])]


def _in_table(one: Weight | None) -> str:
    if one is None or not one.value:
        return f.NOTHING if one is None else "0 "
    return f"{_weight(one)} " if one.clear else f"({_weight(one)})"
