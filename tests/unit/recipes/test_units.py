"""Sizes and durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipes.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GiB", 4 << 30), ("4 gib", 4 << 30), ("500MB", 500_000_000), ("1.5k", 1536), ("7", 7), (7, 7), ("2T", 2 << 40)],
)
def test_sizes(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "4 giga", "-1GiB", "0", 0, -5, True, "1e3MB", "١GiB", 1.5, None, "9" * 400]
)
def test_no_sizes(text: object) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1h", 3600), ("1h 30m", 5400), ("30d", 2_592_000), ("2w", 1_209_600), ("0s", 0),
     (90, 90), (1.5, 1.5), ("0.5H", 1800)],
)  # fmt: skip
def test_durations(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 minutes", "-5m", "5m!", "m5", -1, float("nan"), float("inf"), True, None]
)
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)  # type: ignore[arg-type]


@given(st.integers(1, 2**60))
def test_a_size_is_written_exactly(size: int) -> None:
    assert parse_size(format_size(size)) == size


@given(st.integers(0, 10**9) | st.sampled_from([0.5, 1.25, 90.5]))
def test_a_duration_is_written_exactly(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


def test_the_shortest_writing() -> None:
    assert (format_size(4 << 30), format_size(1536), format_size(7)) == ("4GiB", "1536B", "7B")
    assert (format_duration(300.0), format_duration(86400), format_duration(90), format_duration(0)) == (
        "5m", "1d", "90s", "0s"
    )
