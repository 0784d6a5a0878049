"""Values -> rich Text, pure: no clock, no terminal, no registry.

Spans carry the names of tones (`good`, `bad`, `warn`, `busy`, `quiet`, `strong`, `title`), never colours: the
widget that paints gives each tone the colours of the theme. A status is always a glyph and a word.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from rich.text import Text

from screens.plain import plain

STATES: Final[dict[str, tuple[str, str]]] = {  # word -> (glyph, tone)
    "accepted": ("✓", "good"),
    "on": ("✓", "good"),
    "off": ("–", "quiet"),
    "no run": ("–", "quiet"),
    "quarantined": ("✗", "bad"),
    "discarded": ("✗", "quiet"),
    "retired": ("–", "quiet"),
    "superseded": ("–", "quiet"),
    "queued": ("·", "busy"),
    "deferred": ("◷", "quiet"),
    "running": ("▶", "busy"),
    "finished": ("✓", "good"),
    "failed": ("✗", "bad"),
    "cancelled": ("–", "quiet"),
    "passed": ("✓", "good"),
    "insufficient_data": ("…", "warn"),
    "needs_approval": ("?", "warn"),
    "held": ("‖", "warn"),
    "paused": ("‖", "warn"),
    "champion": ("★", "good"),
    "challenger": ("◆", "warn"),
    "valid": ("✓", "good"),
    "broken": ("✗", "bad"),
    "removed": ("–", "quiet"),
    "well": ("✓", "good"),
    "ok": ("✓", "good"),
    "warning": ("!", "warn"),
    "alert": ("✗", "bad"),
    "open": ("✗", "bad"),
    "acknowledged": ("!", "warn"),
    "resolved": ("✓", "good"),
    "sent": ("✓", "good"),
    "waiting": ("…", "quiet"),
    "pending": ("○", "busy"),
    "promoted": ("★", "good"),
    "skipped": ("–", "quiet"),
    "serving": ("●", "good"),
    "rolling": ("◐", "busy"),
    "stopped": ("–", "quiet"),
    "deployed": ("●", "good"),
    "scored": ("✓", "good"),
    "labelled": ("✓", "good"),
    "rolled back": ("↩", "warn"),
    "registered": ("◆", "warn"),
    "refused": ("✗", "warn"),
    "resumed": ("▶", "good"),
    "none": ("·", "quiet"),
}
WORDS: Final = {"insufficient_data": "too little data", "needs_approval": "needs approval"}
NOTHING: Final = "–"


def text(value: object, tone: str = "") -> Text:
    """Anything as one safe line; None is a dash."""
    return Text(NOTHING, "quiet") if value is None or value == "" else Text(plain(value), tone)


def status(word: str | None) -> Text:
    """Glyph and word of a state; a word that is not known still shows."""
    if not word:
        return Text(NOTHING, "quiet")
    glyph, tone = STATES.get(word, ("·", ""))
    return Text(f"{glyph} {plain(WORDS.get(word, word))}", tone)


def count(number: int | None) -> Text:
    return Text(NOTHING, "quiet") if number is None else Text(f"{number:,}")


def counted(number: int, noun: str) -> str:
    """`1 job`, `2,500 jobs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def significant(number: float | None, digits: int = 4) -> str:
    """A metric with `digits` significant digits: 0.8123, 0.0003000, 51.85, 12,204."""
    if number is None or not math.isfinite(number):
        return NOTHING
    if number == 0:
        return "0"
    if 10**digits <= abs(number) < 1e9:
        return f"{number:,.0f}"
    return f"{number:#.{digits}g}".removesuffix(".")


def value(number: float | None) -> str:
    """A value of somebody's data: five digits, and none that it does not have (a year stays 1963)."""
    return NOTHING if number is None or not math.isfinite(number) else f"{number:.5g}"


def metric(number: float | None) -> Text:
    shown = significant(number)
    return Text(shown, "quiet" if shown == NOTHING else "")


def signed(number: float | None) -> str:
    """A difference: -.004, +.016 as people write them, with the sign always there."""
    if number is None or not math.isfinite(number):
        return NOTHING
    shown = significant(abs(number), 2 if abs(number) < 1 else 3)
    return ("-" if number < 0 else "+") + shown


def interval(lower: float | None, upper: float | None) -> Text:
    if lower is None or upper is None:
        return Text(NOTHING, "quiet")
    return Text(f"{significant(lower)} to {significant(upper)}", "quiet")


def share(part: float | None) -> str:
    if part is None:
        return NOTHING
    if part == 0:
        return "0 %"
    if part < 0.001:
        return "<0.1 %"
    return f"{part * 100:.1f} %" if part < 0.1 else f"{part * 100:.0f} %"


def size(bytes_: float | None) -> str:
    if bytes_ is None:
        return NOTHING
    for unit in ("B", "kB", "MB", "GB"):
        if bytes_ < 1000:
            return f"{bytes_:.0f} {unit}" if unit == "B" or bytes_ >= 100 else f"{bytes_:.1f} {unit}"
        bytes_ /= 1000
    return f"{bytes_:,.1f} TB"


def duration(seconds: float | None) -> str:
    """How long: 0.84 s, 12 s, 3 min 20 s, 2 h 05 min, 3 d 4 h."""
    if seconds is None:
        return NOTHING
    if seconds < 10:
        return f"{max(0.0, seconds):.2g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def latency(seconds: float | None) -> str:
    """`3.2 ms`, `120 ms`, `1.4 s`."""
    if seconds is None:
        return NOTHING
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.{1 if seconds < 0.01 else 0}f} ms"


def ago(moment: datetime | None, now: datetime) -> Text:
    """How long since, coarse enough that a console at rest repaints once a minute: now, 5 min, 3 h, 2 d."""
    return Text(NOTHING, "quiet") if moment is None else Text(_coarse((now - moment).total_seconds()))


def _coarse(seconds: float) -> str:
    ahead, seconds = ("in ", -seconds) if seconds < -30 else ("", seconds)
    if seconds < 60:
        return ahead + "1 min" if ahead else "now"
    for unit, length, limit in (("min", 60, 60), ("h", 3600, 48), ("d", 86400, 60), ("w", 604800, 105)):
        if seconds < length * limit:
            return f"{ahead}{int(seconds // length)} {unit}"
    return f"{ahead}{seconds / 31557600:.1f} y"


def moment(when: datetime | None) -> str:
    """Absolute, UTC, to the second; for describe views."""
    return NOTHING if when is None else when.strftime("%Y-%m-%d %H:%M:%S UTC")


def short(name: str | None, length: int = 12) -> str:
    """The first characters of a hash."""
    return NOTHING if not name else plain(name)[:length]


def joined(parts: Iterable[Text], between: str = "  ") -> Text:
    return Text(between).join(list(parts))


def version(number: int | None) -> Text:
    return text(None if number is None else f"v{number}")


def heading(name: str) -> Text:
    return Text(name, "title")


def field(name: str, value: Text | str | None, width: int = 14) -> Text:
    """`name   value`, one line of a describe view."""
    shown = value if isinstance(value, Text) else text(value)
    return Text.assemble((f"  {name:<{width}} ", "quiet"), shown)


def when(moment_: datetime | None, now: datetime) -> Text:
    """Absolute and relative: for describe views."""
    if moment_ is None:
        return Text(NOTHING, "quiet")
    since = ago(moment_, now).plain
    said = since if since == "now" or since.startswith("in ") else f"{since} ago"
    return Text.assemble(moment(moment_), (f"  ({said})", "quiet"))


def quoted(word: str) -> str:
    """A word as a shell wants it, for commands that are shown and copied."""
    return shlex.quote(word)
