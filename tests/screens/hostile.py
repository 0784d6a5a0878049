"""Strings that nobody should be able to hurt a terminal with, and what is asked of a screen that shows them."""

from __future__ import annotations

import re
import unicodedata

import pyte
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem

from screens.widgets.columns import GAP
from screens.wire import Wire
from tests.screens.driver import Driver

OURS = re.compile(  # what the console may send: cursor, looks, scrolling, synchronised updates, the pointer; text
    r"\x1b\[\d+;\d+H|\x1b\[[\d;]*m|\x1b\[\d+;\d+r|\x1b\[r|\x1bM|\r?\n|\x1b\[\?2026[hl]|\x1b\]22;default\x07"
    r"|[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\u061c\ufeff\ud800-\udfff]+"
)
FRAGMENTS = (
    "[bold red]x[/bold red]", "[/nope]", "[@click=app.quit]q[/]", "\\[", "\x1b[2J", "\x1b]52;c;AAAA\x07", "\x9b31m",
    "\x1b[?1049l", "\x07", "\x00", "\x7f", "\x85", "\u202egnp.exe", "\u2066", "\u200f", "\u061c", "👨‍👩‍👧‍👦", "🇩🇪",
    "👍🏽", "☃\ufe0f", "1\ufe0f\u20e3", "e" + "\u0301" * 9, "ก็", "\u0301", "中文", "ｱ", "가", "ᄀ", "ᄀ\u1161",
    "\u3000", "\u200b", "\u2060\ufeff", "\xad", "\xa0", "a\nb", "\r", "\t", "\u2028", "\ufff9x", "\U000e0041",
    "\ue000", "\uffff",
    "'; DROP TABLE run; --", '"$(reboot)"', "`id`", "../..", "%s%n", "{0}", "-rf", "--json", "=cmd|", "\\", "/",
)
CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]), st.characters(categories=["Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"]),
    st.characters(min_codepoint=0x1F000, max_codepoint=0x1FAFF),
    st.characters(min_codepoint=0x1100, max_codepoint=0x11FF),
)
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(CHARACTERS, max_size=6)), min_size=1, max_size=6).map(
    "".join
)


def checked(data: bytes) -> int:
    """How many bytes; fails where one of them is an order that the console does not give."""
    text, at = data.decode(), 0
    while at < len(text):
        found = OURS.match(text, at)
        assert found is not None, f"not ours: {text[at : at + 20]!r}"
        at = found.end()
    return len(data)


def whole(driver: Driver) -> None:
    """What is on the screen is what a terminal shows of it: no order but ours, each character in its own cells, and
    between two columns of a table nothing but the gap."""
    width, height = driver.app.size
    strips = driver.app.screen._compositor.render_strips()
    written = Wire().update(dict(enumerate(strips)), (width, height), ColorSystem.TRUECOLOR)
    checked(written.encode())
    screen = pyte.Screen(width, height)
    pyte.Stream(screen).feed("".join(one for one in written if not unknown(one)))
    for y, strip in enumerate(strips):
        text = "".join(segment.text for segment in strip)
        wanted = cells(text)
        assert len(wanted) == width, repr(text)
        shown = [screen.buffer[y][x].data for x in range(width)]
        assert [unicodedata.normalize("NFC", one) for one in shown] == wanted, repr(text)
    table = driver.screen.table
    if driver.modal or driver.screen.listing is None or not table.display or not table.rows:
        return
    top, left = table.region.y, table.region.x + 1
    edges = []
    for _, cell in table.shown_columns()[:-1]:
        left += cell
        edges += [*range(left, left + len(GAP))]
        left += len(GAP)
    for y in range(top, min(height, top + 1 + len(table.rows))):
        for x in edges:
            assert screen.buffer[y][x].data == " ", (x, "".join(cell.data for cell in screen.buffer[y].values()))


def unknown(character: str) -> bool:
    """A mark without a class: pyte leaves out the rest of a line that has one; terminals put it on its base."""
    return unicodedata.category(character) in ("Mn", "Me") and not unicodedata.combining(character)


def cells(text: str) -> list[str]:
    """The cells that a line should take: a wide character has one that is empty after it, a mark has none."""
    found: list[str] = []
    for character in text:
        wide = cell_len(character)
        if wide == 0:
            found[-1] = unicodedata.normalize("NFC", found[-1] + ("" if unknown(character) else character))
        else:
            found += [character, *[""] * (wide - 1)]
    return found
