"""What a verb says: tables and lines for people, JSON for programs, errors for both.

Nothing is imported for JSON; rich only when a person is shown a table. Text from data, files and users is
made visible for people; in JSON a lone surrogate is escaped, and NaN is null.
"""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from core.errors import FootplateError
from core.text import visible

WIDE: Final = 4000  # columns off a terminal: nothing is cut there
GLYPHS: Final = {
    "accepted": ("✓", "green"), "quarantined": ("✗", "red"),
    "retired": ("–", "dim"), "superseded": ("–", "dim"),
    "queued": ("·", ""), "deferred": ("◷", ""), "running": ("▶", "cyan"), "finished": ("✓", "green"),
    "failed": ("✗", "red"), "cancelled": ("–", "dim"),
    "passed": ("✓", "green"), "insufficient_data": ("…", "yellow"), "needs_approval": ("?", "yellow"),
    "valid": ("✓", "green"), "broken": ("✗", "red"), "paused": ("‖", "yellow"), "held": ("‖", "yellow"),
    "ok": ("✓", "green"), "warning": ("!", "yellow"), "alert": ("✗", "red"), "champion": ("★", "green"),
}


@dataclass(frozen=True)
class Column:
    """A column of a table for people: its title and how a row's value becomes text."""

    title: str
    text: Callable[[Any], str]
    right: bool = False
    style: Callable[[Any], str] = lambda row: ""
    flexible: bool = False  # gives way first where the terminal is narrow


# -- programs


def plain(value: Any) -> Any:
    """`value` as JSON knows it: times ISO 8601 in UTC, NaN and infinity null, objects by their `to_json`."""
    if value is None or isinstance(value, str | int):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if hasattr(value, "to_json"):
        return plain(value.to_json())
    return visible(os.fsdecode(value))


def write_json(value: Any) -> None:
    """One object, indented; a list with one element a line."""
    made = plain(value)
    if isinstance(made, list):
        lines = (_dumps(one) for one in made)
        text = "[\n" + ",\n".join(lines) + "\n]" if made else "[]"
    else:
        text = _dumps(made, indent=2)
    _json_stream(sys.stdout).write(text + "\n")


def write_json_line(value: Any) -> None:
    """One element of a stream that does not end (JSON Lines)."""
    stream = _json_stream(sys.stdout)
    stream.write(_dumps(plain(value)) + "\n")
    stream.flush()


def _dumps(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _json_stream(stream: TextIO) -> TextIO:
    """UTF-8 whatever the locale says; a lone surrogate becomes `\\udcff`, which is JSON for itself."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


# -- people


def say(text: str = "") -> None:
    """Lines for a person; what the terminal's encoding lacks is shown as `?`."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write("\n".join(visible(line) for line in text.split("\n")) + "\n")
    sys.stdout.flush()


def write_table(rows: Iterable[Any], columns: Sequence[Column], *, empty: str) -> None:
    """Rows as a table, sized to the terminal; `empty` where there are none."""
    rows = list(rows)
    if not rows:
        say(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(
            column.title, justify="right" if column.right else "left", no_wrap=True, overflow="ellipsis",
            ratio=None, min_width=4 if column.flexible else min(len(column.title), 4),
        )
    for row in rows:
        table.add_row(*(Text(visible(column.text(row)), style=column.style(row)) for column in columns))
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=shutil.get_terminal_size().columns if terminal else WIDE, force_terminal=colour(),
        color_system="standard" if colour() else None, markup=False, highlight=False, emoji=False,
        legacy_windows=False, soft_wrap=False,
    )
    console.print(table)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.stdout.write("".join(line.rstrip() + "\n" for line in buffer.getvalue().splitlines()))


def write_facts(facts: Mapping[str, Any]) -> None:
    """Names and values, a line each; what is None or empty is left out."""
    known = {name: value for name, value in facts.items() if value not in (None, "", [], {})}
    width = max((len(name) for name in known), default=0)
    for name, value in known.items():
        say(f"{name:<{width}}  {value}")


def colour() -> bool:
    """Whether standard output may be coloured: a terminal, and nobody said no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def state(word: str | None) -> str:
    """A state as glyph and word."""
    if not word:
        return ""
    glyph, _ = GLYPHS.get(word, ("", ""))
    return f"{glyph} {word.replace('_', ' ')}".strip()


def state_column(title: str, word: Callable[[Any], str | None]) -> Column:
    """A column of states: glyph, word and colour."""
    return Column(title, lambda row: state(word(row)), style=lambda row: state_style(word(row)))


def state_style(word: str | None) -> str:
    return GLYPHS.get(word or "", ("", ""))[1]


def count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def metric(value: float | None) -> str:
    """Four significant digits.

    >>> metric(0.0003), metric(0.81), metric(123456.7)
    ('0.0003000', '0.8100', '123,457')
    """
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 10_000 else format(value, "#.4g").rstrip(".")


def size(value: float | None) -> str:
    """Bytes, in the unit that fits."""
    if value is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.1f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def ago(moment: datetime | str | None, now: datetime | None = None) -> str:
    """How long ago (or ahead) a moment is, in one unit."""
    if moment is None or moment == "":
        return ""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    span = abs(seconds)
    for limit, step, unit in ((60, 1, "s"), (3600, 60, "min"), (172_800, 3600, "h")):
        if span < limit:
            text = f"{int(span // step)} {unit}"
            break
    else:
        text = f"{int(span // 86_400)} d"
    return f"{text} ago" if seconds >= 0 else f"in {text}"


# -- errors


def write_error(error: FootplateError, *, as_json: bool) -> None:
    """`error:` and `hint:` on standard error, or the same as one JSON object there."""
    stream = sys.stderr
    if as_json:
        what = {"type": error.kind, "message": error.message, "hint": error.hint}
        _json_stream(stream).write(_dumps({"error": what}) + "\n")
        return
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    stream.write(f"error: {visible(error.message)}\n")
    if error.hint:
        stream.write(f"hint: {visible(error.hint)}\n")
    stream.flush()
