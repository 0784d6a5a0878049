"""Curves out of characters: where a value is drawn, what the axes say, and that no number breaks them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from screens.widgets.blocks import Block, flow
from screens.widgets.canvas import Canvas
from screens.widgets.plot import GLYPHS, Axis, Series, legend, plot, tick

SHARE = Axis("share", 0, 1)


def told(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    shown = told(plot([Series("", (0, 1), (0, 1))], 40, 12, SHARE, SHARE))
    rows = shown[1:-2]
    starts = [len(row) - len(row[6:].lstrip(" ")) for row in rows]
    assert starts == sorted(starts, reverse=True) and starts[0] > 30 and starts[-1] == 6
    assert [row[:4].strip() for row in rows if row[:4].strip()] == ["1", "0.5", "0"]
    assert shown[-1].split() == ["0", "share", "1"] and all(len(row) <= 40 for row in shown)


def test_several_curves_carry_marks_that_the_legend_names() -> None:
    series = [Series("", (0, 1), (0.1 * at, 0.1 * at)) for at in range(8)]
    shown = "\n".join(told(plot(series, 60, 30, SHARE, SHARE)))
    assert all(shown.count(glyph) >= 2 for glyph in GLYPHS)
    assert told(legend(["one", "two"])) == ["─●─ one", "─○─ two"] and told(legend(["one"], 3)) == ["─□─ one"]


def test_a_mark_is_never_put_over_another_one() -> None:
    canvas = Canvas(2, 1)
    assert canvas.glyph((0, 0), "●", "") and not canvas.glyph((1, 3), "○", "") and not canvas.glyph((9, 0), "●", "")
    assert told(canvas.lines()) == ["● "]


@pytest.mark.parametrize(("value", "shown"), [
    (0, "0"), (0.25, "0.25"), (5000, "5,000"), (12_500, "12,500"), (-8559.2, "-8,559"), (3e-05, "3e-05"), (2.5, "2.5"),
])
def test_ticks_say_no_more_than_they_must(value: float, shown: str) -> None:
    assert tick(value) == shown


NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=12)


@settings(max_examples=150, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(0, 90), st.integers(0, 30), st.booleans())
def test_no_numbers_and_no_size_break_it(x: list[float], y: list[float], width: int, height: int, joined: bool) -> None:
    lines = plot([Series("", x, y, joined)], width, height, Axis("x"), Axis("y"))
    assert len(lines) in (0, height)
    assert all(cell_len(line.plain) <= max(width, 24) for line in lines)
    points = [*zip(x, y, strict=False)]
    assert not lines or any(math.isfinite(a) and math.isfinite(b) for a, b in points)


def test_pieces_stand_beside_each_other_where_they_fit() -> None:
    blocks = [Block(title, [Text(title * 10), Text("second")]) for title in ("a", "b", "c")]
    shown = told(flow(blocks, 24))
    assert shown == [
        "", "a            b", "aaaaaaaaaa   bbbbbbbbbb", "second       second", "", "c", "cccccccccc", "second",
    ]
    assert flow([Block("empty", [])], 80) == []
