"""The colours: four themes, and what each tone of `screens.format` looks like in them.

All are true-colour; `colour-blind` tells good from bad by blue and orange, which nearly everybody can tell apart.
Every tone keeps at least 4.5:1 against its background (a test measures it), and none of them carries a meaning
alone: the glyph and the word do. `mono` is for NO_COLOR. Terminals of 256 and of 16 colours get what is nearest,
where that can be read, and colours of their own where it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rich.style import Style
from textual.app import App
from textual.theme import Theme

from core.errors import UsageError


@dataclass(frozen=True)
class Shades:
    """One theme: ground colours, and the colour of each tone."""

    dark: bool
    ground: str
    raised: str  # header, crumbs, hints, boxes
    cursor: str  # behind the row under the cursor
    ink: str
    quiet: str
    good: str
    bad: str
    warn: str
    busy: str
    title: str
    on_cursor: str = ""  # the one colour of all tones on the row under the cursor; empty: each its own


SHADES = {
    "footplate-dark": Shades(
        True, ground="#15181c", raised="#20252b", cursor="#29394b", ink="#e3e6e8", quiet="#a3adb8", good="#7fd08a",
        bad="#ff8f87", warn="#f0c35e", busy="#7cb8f2", title="#f3b98a",
    ),
    "footplate-light": Shades(
        False, ground="#fbfaf7", raised="#ebe8e1", cursor="#cfe0f1", ink="#1e2226", quiet="#555d66", good="#1d6b2c",
        bad="#a8211a", warn="#7a5200", busy="#0f5597", title="#8a4516",
    ),
    "footplate-colour-blind": Shades(
        True, ground="#14171c", raised="#1f242c", cursor="#2f3a4d", ink="#e6e8eb", quiet="#a6afba", good="#6cb6f5",
        bad="#ff9d45", warn="#f5e667", busy="#c9ccff", title="#f2d3a8",
    ),
    "footplate-mono": Shades(
        True, ground="#000000", raised="#1c1c1c", cursor="#404040", ink="#f2f2f2", quiet="#bababa", good="#f2f2f2",
        bad="#ffffff", warn="#ffffff", busy="#d8d8d8", title="#ffffff",
    ),
}
FEWER: dict[int, dict[str, dict[str, Any]]] = {  # what the nearest of so many colours would make hard to read
    256: {
        "footplate-dark": {"cursor": "color(237)"},
        "footplate-light": {"warn": "color(58)", "title": "color(58)"},
        "footplate-colour-blind": {"cursor": "color(237)"},
    },
    16: {
        "footplate-dark": {
            "cursor": "color(4)", "on_cursor": "color(15)", "good": "color(10)", "busy": "color(14)",
            "title": "color(15)",
        },
        "footplate-light": {"cursor": "color(4)", "on_cursor": "color(15)", "busy": "color(4)"},
        "footplate-colour-blind": {"cursor": "color(4)", "on_cursor": "color(15)", "bad": "color(13)"},
        "footplate-mono": {"cursor": "color(7)", "on_cursor": "color(0)"},
    },
}
MANY = 1 << 24
PREFIX = "footplate-"
DEFAULT = "footplate-dark"
MONO = "footplate-mono"
TONES = ("good", "bad", "warn", "busy", "quiet", "title")
Palette = dict[str, Style]


def register(app: App[Any]) -> None:
    """Make the themes known to the app."""
    for name, shades in SHADES.items():
        app.register_theme(
            Theme(
                name=name, dark=shades.dark, background=shades.ground, surface=shades.raised, panel=shades.raised,
                foreground=shades.ink, primary=shades.busy, secondary=shades.title, accent=shades.busy,
                success=shades.good, error=shades.bad, warning=shades.warn,
                variables={"border": shades.quiet, "scrollbar": shades.quiet, "scrollbar-background": shades.raised},
            )
        )


def names() -> tuple[str, ...]:
    """As people write them."""
    return tuple(name.removeprefix(PREFIX) for name in SHADES)


def named(text: str) -> str:
    """The theme of that name; UsageError with the nearest one where there is none."""
    name = text.strip().lower().removeprefix(PREFIX)
    if name.replace("-", "") in ("colourblind", "colorblind"):
        name = "colour-blind"
    if name not in names():
        from core.query.fields import nearest  # what it needs is not there at the first paint

        near = nearest(name, names())
        there = f"there are: {', '.join(names())}"
        raise UsageError(f"no theme {name!r}" if name else "which theme?", f"did you mean {near!r}?" if near else there)
    return PREFIX + name


def chosen(setting: str, *, no_color: bool) -> str:
    """The theme to use, by the name in the settings; NO_COLOR means mono."""
    try:
        return MONO if no_color else named(setting or DEFAULT)
    except UsageError:
        return DEFAULT


def palette(name: str, colours: int = MANY) -> Palette:
    """Tone -> Style, for a terminal of so many colours. Besides the tones: `` (ink on ground), `raised`, `cursor`,
    `strong`, `head`, `match`; `cursor bad` is that tone on that ground, where it differs."""
    name = name if name in SHADES else DEFAULT
    shades = replace(SHADES[name], **FEWER.get(colours, {}).get(name, {}))
    mono = name == MONO
    styles = {tone: Style(color=getattr(shades, tone)) for tone in TONES}
    styles["title"] += Style(bold=True)
    if mono:
        styles["bad"] += Style(bold=True)
        styles["warn"] += Style(bold=True)
    styles |= {
        "": Style(color=shades.ink, bgcolor=shades.ground),
        "strong": Style(bold=True),
        "raised": Style(color=shades.ink, bgcolor=shades.raised),
        "cursor": Style(color=shades.ink, bgcolor=shades.cursor, bold=mono),
        "head": Style(color=shades.quiet, bgcolor=shades.ground, bold=True),
        "match": Style(color=shades.ground, bgcolor=shades.warn),
        "key": Style(color=shades.busy, bold=True),
    }
    if shades.on_cursor:
        flat = Style(color=shades.on_cursor)
        styles["cursor"] += flat
        styles |= {f"cursor {tone}": styles[tone] + flat for tone in (*TONES, "key")}
    return styles


def look(colours: Palette, tone: str, ground: str) -> Style:
    """How a tone is written on a ground."""
    if not tone:
        return colours[ground]
    return colours[ground] + (colours.get(f"{ground} {tone}") or colours.get(tone) or Style.null())
