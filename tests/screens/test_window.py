"""The window of rows: what is held is a stretch of the whole, at any length, from any side."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.vocabulary import RunState
from screens.level import PAGE, Query, Slice
from screens.levels.jobs import Jobs
from screens.levels.runs import Runs
from screens.window import MOST, Read, Window, from_end
from tests.screens.world import World


def reader(rows: list[int], sign: int = -1) -> Read:
    """Rows descending (or ascending), by a key as the views have it: what comes after the last value."""

    def read(query: Query) -> Slice:
        left = [row for row in rows if query.after is None or (row - query.after) * sign > 0]
        page = left[: query.limit]
        return Slice(page, page[-1] if len(left) > len(page) else None)

    return read


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3 * MOST), st.lists(st.sampled_from(["up", "down", "again"]), max_size=30), st.booleans())
def test_whatever_is_done_the_rows_are_a_stretch_without_gaps(total: int, steps: list[str], tail: bool) -> None:
    rows = list(range(total, 0, -1))
    read = reader(rows[::-1], 1) if tail else reader(rows)
    window = Window(tail=tail).again(read, Query())
    for step in steps:
        window = getattr(window, step)(read, Query())
        held = list(window.rows)
        start = total - window.passed - len(held) if tail else window.passed
        assert held == rows[start : start + len(held)]
        assert len(held) <= MOST + PAGE
        assert window.above == (start > 0) and window.below == (start + len(held) < total)
        assert window.total in (None, total)


def test_to_the_end_and_back_to_the_beginning() -> None:
    rows = list(range(5_001, 0, -1))
    read = reader(rows)
    window = Window().again(read, Query()).last(read, Query(), lambda: False)
    assert window.rows[-1] == 1 and window.total == 5_001 and not window.more
    assert len(window.rows) <= MOST
    while window.above:
        window = window.up(read, Query())
    assert window.rows[0] == 5_001 and window.passed == 0


def test_positions_are_told_as_far_as_they_are_known() -> None:
    rows = list(range(1_000, 0, -1))
    window = Window().again(reader(rows), Query())
    assert window.position(3) == "4 of 200+"
    assert window.last(reader(rows), Query(), lambda: False).position(3) == "4 of 1,000"
    tail = Window(tail=True).again(reader(rows[::-1], 1), Query())
    assert tail.position(199) == "the last" and tail.position(190) == "9 before the end"
    while tail.above:
        tail = tail.up(reader(rows[::-1], 1), Query())
    assert tail.position(0) == "1 of 1,000"


def test_patience_can_be_lost_on_the_way_to_the_end() -> None:
    window = Window().again(reader(list(range(5_000, 0, -1))), Query())
    asked = iter([False, False, True])
    window = window.last(reader(list(range(5_000, 0, -1))), Query(), lambda: next(asked))
    assert len(window.rows) == 3 * PAGE and window.more


def test_rows_that_arrive_are_in_the_same_stretch_read_again() -> None:
    rows = list(range(500, 0, -1))
    window = Window().again(reader(rows), Query()).forward(reader(rows), Query())
    rows[:0] = [502, 501]
    window = window.again(reader(rows), Query())
    assert window.rows[:3] == (502, 501, 500) and list(window.rows) == rows[: len(window.rows)]


@pytest.mark.parametrize("order", ["", "-id", "id", "-score", "score", "recipe", "-started_at", "outcome", "brier"])
def test_from_its_end_a_listing_has_the_same_rows_in_any_order(world: World, order: str) -> None:
    world.run(score=None, state=RunState.FAILED, verdict=None)
    for listing in (Runs(), Jobs()) if order.endswith("id") or not order else (Runs(),):
        rows = listing.read(world.workspace, Query("", order)).rows
        assert rows and rows[::-1] == listing.read(world.workspace, Query("", from_end(order, listing.order))).rows
