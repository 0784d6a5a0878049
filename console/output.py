"""What a verb says: tables and lines for people, JSON for programs, errors for both.

Nothing is imported for JSON; rich only when a person is shown a table. Text from data, files and users is
made visible for people; in JSON a lone surrogate is escaped, and NaN is null.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TextIO

from core.errors import FootplateError
from core.text import visible

if TYPE_CHECKING:
    from rich.text import Text

SHORTEST: Final = 14  # cells to which a text may be cut before a column is left out
WIDE: Final = 4000  # columns off a terminal: nothing is cut there
PAGE: Final = 100  # columns of what is laid out for a page, off a terminal
OBEYED: Final = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # a terminal would, and JSON lets through
TONES: Final = {  # of screens.format, as a terminal's own colours
    "good": "32", "bad": "31", "warn": "33", "busy": "36", "quiet": "2", "strong": "1", "title": "1",
}


@dataclass(frozen=True)
class Column:
    """A column of a table for people: its title and a row's cell, as text (made safe here) or as rich Text."""

    title: str
    cell: Callable[[Any], Text | str | None]
    right: bool = False


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


def write_text(text: str) -> None:
    """A file's text: as it is for programs, made visible on a terminal, which would obey what stands in it."""
    stream = _json_stream(sys.stdout)
    stream.write("\n".join(map(visible, text.split("\n"))) if stream.isatty() else text)


def _dumps(value: Any, indent: int | None = None) -> str:
    made = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return made if made.isascii() else OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", made)


def _json_stream(stream: TextIO) -> TextIO:
    """UTF-8 whatever the locale says; a lone surrogate becomes `\\udcff`, which is JSON for itself."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


# -- people


def say(text: str = "") -> None:
    """Lines for a person; what the terminal's encoding lacks is shown as `?`."""
    _people()
    sys.stdout.write("\n".join(visible(line) for line in text.split("\n")) + "\n")
    sys.stdout.flush()


def _people() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def write_table(rows: Iterable[Any], columns: Sequence[Column], *, empty: str) -> None:
    """Rows as a table, sized to the terminal; `empty` where there are none."""
    rows = list(rows)
    if not rows:
        say(empty)
        return
    from rich.text import Text

    texts = [[_text(column.cell(row)) for column in columns] for row in rows]
    widths = _widths(columns, texts)
    titles = [Text(column.title, "title") for column in columns]
    painted = colour()
    for line in (titles, *texts):
        cells = zip(line, widths, columns, strict=False)
        _write("  ".join(_cell(text, width, column.right, painted) for text, width, column in cells).rstrip())


def _widths(columns: Sequence[Column], texts: Sequence[Sequence[Text]]) -> list[int]:
    """How wide each column is. Where the terminal is narrow long texts are cut, then the last columns are left out."""
    from rich.cells import cell_len

    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
    natural = [
        max(cell_len(column.title), *(line[place].cell_len for line in texts)) for place, column in enumerate(columns)
    ]
    for shown in range(len(columns), 0, -1):
        widths = natural[:shown]
        while sum(widths) + 2 * (shown - 1) > room:
            place = max(
                (place for place in range(shown) if not columns[place].right and widths[place] > SHORTEST),
                key=lambda place: widths[place], default=None,
            )
            if place is None:
                break
            widths[place] -= 1
        else:
            return widths
    return [min(room, natural[0])]


def _cell(text: Text, width: int, right: bool, painted: bool) -> str:
    """A cell, cut and padded to its width, in the colour of its tone."""
    from rich.cells import cell_len

    from screens.plain import clipped

    shown = clipped(text.plain, width)
    padding = " " * (width - cell_len(shown))
    shown = _paint(shown, str(text.style), painted)
    return padding + shown if right else shown + padding


def _paint(shown: str, tone: str, painted: bool) -> str:
    code = TONES.get(tone) if painted else None
    return f"\x1b[{code}m{shown}\x1b[0m" if code else shown


def _text(value: Text | str | None) -> Text:
    from screens.format import text

    return text(value) if value is None or isinstance(value, str) else value


def write_facts(facts: Mapping[str, Text | str | None]) -> None:
    """Names and values, a line each; what is None or empty is left out."""
    known = {name: _text(value) for name, value in facts.items() if value not in (None, "")}
    width = max((len(name) for name in known), default=0)
    painted = colour()
    for name, value in known.items():
        _write(f"{_paint(name.ljust(width), 'quiet', painted)}  {_paint(value.plain, str(value.style), painted)}")


def write_lines(lines: Iterable[Text]) -> None:
    """Lines as the console shows them, in a terminal's own colours."""
    painted = colour()
    for line in lines:
        shown, end = line.plain.rstrip(), len(line.plain.rstrip())
        parts, at = [], 0
        for span in sorted((span for span in line.spans if span.start < end), key=lambda span: span.start):
            if span.start >= at:
                stop = min(span.end, end)
                parts += [_paint(shown[at:span.start], str(line.style), painted)]
                parts += [_paint(shown[span.start:stop], str(span.style), painted)]
                at = stop
        _write("".join([*parts, _paint(shown[at:], str(line.style), painted)]))


def room() -> int:
    """Cells across: of the terminal, or what fits well anywhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PAGE


def _write(line: str) -> None:
    _people()
    sys.stdout.write(line + "\n")


def colour() -> bool:
    """Whether standard output may be coloured: a terminal, and nobody said no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def ago(moment: datetime | None) -> Text:
    """How long since, counted from now."""
    from screens.format import ago

    return ago(moment, datetime.now(UTC))


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
