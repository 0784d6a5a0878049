"""What is sent brings a terminal from one picture to the next, cell by cell, and is little where little changed."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.wire import Wire

WIDTH, HEIGHT = 12, 9
STYLES = [Style.parse(text) for text in ("white on #101010", "bold red on #101010", "#00ff00 on #203040", "reverse")]
TRUE = ColorSystem.TRUECOLOR


def strip(text: str, style: Style = STYLES[0]) -> Strip:
    return Strip([Segment(text, style)]).adjust_cell_length(WIDTH, style)


@st.composite
def pictures(draw: st.DrawFn) -> list[Strip]:
    """Lines of a few looks, many of them alike, so that some pictures are others that moved."""
    words = st.sampled_from(["", "a", "ab cd", "中文", "x中y", "éa", "-" * WIDTH])
    runs = st.lists(st.tuples(words, st.sampled_from(STYLES)), max_size=3)
    lines = draw(st.lists(runs, min_size=HEIGHT, max_size=HEIGHT))
    return [
        Strip([Segment(text, style) for text, style in line]).adjust_cell_length(WIDTH, STYLES[0]) for line in lines
    ]


@given(st.lists(pictures(), min_size=1, max_size=4), st.integers(-4, 4))
def test_the_terminal_shows_what_is_wanted(wanted: list[list[Strip]], by: int) -> None:
    first = wanted[0]
    wanted.insert(1, first[by:] + first[:by])  # the same lines, moved
    wire, screen = Wire(), pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    for picture in wanted:
        stream.feed(wire.update(dict(enumerate(picture)), (WIDTH, HEIGHT), TRUE))
        assert cells(screen) == cells(drawn(picture))


def drawn(picture: list[Strip]) -> pyte.Screen:
    """The same on a terminal that has shown nothing yet."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    pyte.Stream(screen).feed(Wire().update(dict(enumerate(picture)), (WIDTH, HEIGHT), TRUE))
    return screen


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    return [
        [(cell.data, cell.fg, cell.bg, cell.bold, cell.reverse) for cell in (screen.buffer[y][x] for x in range(WIDTH))]
        for y in range(HEIGHT)
    ]


def test_what_is_there_is_not_sent_again() -> None:
    wire, picture = Wire(), {y: strip(f"line {y}") for y in range(HEIGHT)}
    assert wire.update(picture, (WIDTH, HEIGHT), TRUE)
    assert wire.update(picture, (WIDTH, HEIGHT), TRUE) == ""
    wire.forget()
    assert "line 8" in wire.update(picture, (WIDTH, HEIGHT), TRUE)
    assert "line 8" in wire.update(picture, (WIDTH, HEIGHT + 1), TRUE)


def test_of_a_run_only_the_letters_that_changed() -> None:
    wire = Wire()
    wire.update({2: strip("row 12 of 90")}, (WIDTH, HEIGHT), TRUE)
    sent = wire.update({2: strip("row 13 of 90")}, (WIDTH, HEIGHT), TRUE)
    assert sent.startswith("\x1b[3;6H") and sent.endswith("m3\x1b[0m")


def test_lines_that_moved_are_scrolled() -> None:
    wire = Wire()
    wire.update({y: strip(f"line {y}") for y in range(HEIGHT)}, (WIDTH, HEIGHT), TRUE)
    sent = wire.update({y: strip(f"line {y + 1}") for y in range(1, HEIGHT)}, (WIDTH, HEIGHT), TRUE)
    assert sent.startswith(f"\x1b[2;{HEIGHT}r") and sent.count("line") == 1


def test_no_byte_of_a_text_is_obeyed() -> None:
    sent = Wire().update({0: strip("a\x1b[2Jb\x9bc")}, (WIDTH, HEIGHT), TRUE)
    assert "\x1b[2J" not in sent and "\x9b" not in sent and "␛[2J" in sent
