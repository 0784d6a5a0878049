"""What chance explains: tails, exact tests, rows that hang together, against oracles and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.monitoring import cells, dependence, distance, moves
from core.monitoring.calibration import benjamini_hochberg, critical, false_alarms, tail

Array = np.ndarray[Any, Any]


@pytest.mark.parametrize("freedom", [1, 2, 5, 30, 200])
@pytest.mark.parametrize("chance", [0.5, 0.05, 1e-3, 1e-6, 1e-12])
def test_the_tail_of_equal_weights_is_that_of_chi_squared(freedom: int, chance: float) -> None:
    value = float(stats.chi2.isf(chance, freedom))
    assert tail(value, (1.0,) * freedom) == pytest.approx(chance, rel=0.12)
    assert critical(chance, (1.0,) * freedom) == pytest.approx(value, rel=0.02)


@pytest.mark.parametrize(("value", "chance"), [(1.933, 0.10), (2.492, 0.05), (3.857, 0.01)])
def test_the_tail_of_anderson_darling_is_that_of_its_tables(value: float, chance: float) -> None:
    """Case 0 of D'Agostino and Stephens (1986)."""
    weights = distance.ordered_weights(np.full(400, 1 / 400))
    assert tail(value, weights) == pytest.approx(chance, rel=0.08)
    assert weights[:3] == pytest.approx((1 / 2, 1 / 6, 1 / 12), rel=0.03)


@given(st.integers(0, 30), st.integers(30, 60), st.integers(0, 300), st.integers(300, 5000))
@settings(max_examples=60, deadline=None)
def test_two_rare_cells_are_compared_as_fisher_does(after: int, rows: int, before: int, many: int) -> None:
    both = after + before
    law = stats.hypergeom(rows + many, both, rows)
    expected = min(1.0, 2 * min(law.sf(after - 1), law.cdf(after)))
    assert moves.fisher(after, rows, before, many) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.lists(st.integers(0, 400), min_size=2, max_size=12), st.lists(st.integers(0, 60), min_size=12, max_size=12),
       st.booleans(), st.floats(1, 20))
@settings(max_examples=150, deadline=None)
def test_a_move_is_called_exactly_where_its_effect_reaches_what_is_needed(
    before: list[int], after: list[int], ordered: bool, together: float
) -> None:
    first, second = np.array(before), np.array(after[: len(before)])
    if first.sum() < 30 or second.sum() < 30:
        return
    sizes = first.sum() / together, second.sum() / together
    move = moves.ordered(first, second, sizes, ()) if ordered else moves.unordered(first, second, sizes)
    assert 0 <= move.chance <= 1 and move.value >= 0
    for bar in (0.05, 1e-3):
        if move.statistic != moves.FISHER and move.value > 0:
            assert (move.chance <= bar) == (move.value >= move.needed(bar) - 1e-9)
        if move.chance <= bar / 10:
            assert move.value > 0


def test_twice_the_same_has_not_moved() -> None:
    counts = np.array([50, 30, 15, 5])
    for move in (moves.ordered(counts, counts, (100, 100), ()), moves.unordered(counts, counts, (100, 100))):
        assert (move.value, move.chance) == (0.0, pytest.approx(1.0))


def test_many_columns_share_one_level() -> None:
    assert benjamini_hochberg([0.001, 0.5, 0.6, 0.9], 0.02) == pytest.approx(0.005)
    assert benjamini_hochberg([0.001, 0.009, 0.6, 0.9], 0.02) == pytest.approx(0.01)
    assert benjamini_hochberg([0.5, 0.6], 0.02) == pytest.approx(0.01)
    assert false_alarms(0.02, 24) == pytest.approx(14.6, abs=0.01)


def autoregressive(rows: int, rho: float, seed: int) -> Array:
    noise = np.random.default_rng(seed).normal(size=rows) * np.sqrt(1 - rho**2)
    made = np.empty(rows)
    made[0] = noise[0] / np.sqrt(1 - rho**2)
    for row in range(1, rows):
        made[row] = rho * made[row - 1] + noise[row]
    return made


@pytest.mark.parametrize("rho", [0.3, 0.5, 0.9])
def test_rows_that_hang_together_count_less(rho: float) -> None:
    true = (1 + rho) / (1 - rho)
    found = [dependence.inflation(autoregressive(5000, rho, seed)) for seed in range(15)]
    assert 0.95 * true < np.median(found) < 1.6 * true
    assert min(found) > 0.8 * true


def test_independent_rows_count_as_they_are() -> None:
    random = np.random.default_rng(0)
    found = [dependence.inflation(random.standard_cauchy(500).clip(-9, 9)) for _ in range(100)]
    assert np.median(found) == 1.0 and np.mean(found) < 1.1


def test_whole_arrivals_that_wander_are_seen() -> None:
    random = np.random.default_rng(0)
    blocks = np.repeat(np.arange(12), 200)
    still, wandering = random.normal(size=2400), random.normal(size=2400) + np.repeat(random.normal(0, 0.5, 12), 200)
    placed = [cells.place_numbers(one, cells.edges(np.sort(one))) for one in (still, wandering)]
    assert dependence.between(placed[0], blocks, textual=False) < 0.01
    assert dependence.between(placed[1], blocks, textual=False) == pytest.approx(0.2, abs=0.12)


@given(st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=False), st.sampled_from([0.0, 1.0])), max_size=300),
       st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_every_value_falls_into_one_cell(values: list[float], reference: list[float]) -> None:
    borders = cells.edges(np.sort(np.array(reference)))
    given_ = np.array(values, dtype=float)
    counts, missing = cells.count_numbers(given_, borders)
    there = given_[~np.isnan(given_)]
    assert missing == len(given_) - len(there)
    placed = cells.place_numbers(there, borders)
    assert counts.tolist() == np.bincount(placed, minlength=len(borders) + 1).tolist()


def test_levels_that_were_chosen_for_being_frequent_are_no_more_frequent_than_they_are() -> None:
    """Of a thousand equal levels the two hundred that came most often are not what comes most often next."""
    random = np.random.default_rng(1)
    series = pd.Series(np.char.add("v", random.integers(0, 1000, 8000).astype(str)), dtype="str")
    codes, names = cells.texts(series)
    chosen, counting = cells.levels(codes, names)
    known = {level: place for place, level in enumerate(chosen)}
    share = (cells.place_texts(codes[counting], names, known) < len(chosen)).mean()
    assert len(chosen) == cells.LEVELS
    assert share == pytest.approx(len(chosen) / 1000, abs=0.03)
