"""Levels of a category: codes, and the target at each without leaking."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recipes.levels import Texts, coded, common, counts, cross_fitted, folds_of, means, pack

WORDS = st.lists(st.none() | st.text(max_size=3), max_size=40)


def texts(values: list[str | None]) -> Texts:
    return Texts.of(pd.Series(values, dtype="str"))


@given(WORDS)
def test_the_commonest_come_first(values: list[str | None]) -> None:
    present = [value for value in values if value is not None]
    expected = sorted(set(present), key=lambda value: (-present.count(value), value))
    assert common(texts(values), 100) == expected
    assert common(texts(values), 2) == expected[:2]
    assert common(texts(values), 100, at_least=2) == [value for value in expected if present.count(value) >= 2]


@given(WORDS, st.lists(st.text(max_size=3), unique=True, max_size=10))
def test_codes(values: list[str | None], levels: list[str]) -> None:
    found = texts(values)
    assert coded(found, pack(levels)).tolist() == [levels.index(one) if one in levels else -1 for one in values]
    assert found.missing.tolist() == [value is None for value in values]


@given(
    st.lists(st.tuples(st.integers(-1, 3), st.floats(-5, 5), st.floats(0, 1)), min_size=1, max_size=60),
    st.floats(0.5, 20), st.integers(0, 5),
)  # fmt: skip
@settings(max_examples=50)
def test_cross_fitting_is_the_mean_of_the_other_folds(
    rows: list[tuple[int, float, float]], smooth: float, seed: int
) -> None:
    codes = np.array([row[0] for row in rows])
    targets = np.array([row[1:] for row in rows])
    folds = folds_of(len(rows), seed)
    made = cross_fitted(codes, 4, targets, smooth, folds)
    for place in range(len(rows)):
        others = folds != folds[place]
        if not others.any():
            continue
        expected = means(codes[others], 4, targets[others], smooth)[codes[place]]
        assert made[place] == pytest.approx(expected, abs=1e-9)


def test_a_row_does_not_see_its_own_label() -> None:
    codes = np.array([0, 0, 1, 1, -1, 2])
    folds = folds_of(6, 0)
    truth = np.array([[0.0], [1.0], [0.0], [1.0], [0.0], [1.0]])
    for place in range(6):
        other = truth.copy()
        other[place] = 1 - other[place]
        before, after = (cross_fitted(codes, 3, one, 5.0, folds) for one in (truth, other))
        assert before[place] == after[place]


def test_pure_noise_is_not_learned_by_heart() -> None:
    generator = np.random.default_rng(0)
    codes, truth = generator.integers(0, 500, 2000), generator.random((2000, 1)) < 0.5
    fair = cross_fitted(codes, 500, truth.astype(float), 10.0, folds_of(2000, 0))[:, 0]
    leaking = means(codes, 500, truth.astype(float), 10.0)[codes, 0]
    assert abs(np.corrcoef(fair, truth[:, 0])[0, 1]) < 0.1
    assert np.corrcoef(leaking, truth[:, 0])[0, 1] > 0.3


@given(st.integers(1, 200), st.integers(0, 10))
def test_folds_are_even_and_depend_on_the_seed_alone(rows: int, seed: int) -> None:
    folds = folds_of(rows, seed)
    sizes = np.bincount(folds)
    assert len(sizes) == min(5, rows)
    assert sizes.max() - sizes.min() <= 1
    assert np.array_equal(folds, folds_of(rows, seed))


def test_means_are_drawn_to_the_whole_where_rows_are_few() -> None:
    made = means(np.array([0, 0, 0, 0, 1, -1]), 3, np.array([[1.0]] * 4 + [[0.0]] * 2), 2.0)
    overall = 4 / 6
    assert made[:, 0] == pytest.approx([(4 + 2 * overall) / 6, (0 + 2 * overall) / 3, overall, overall])
    assert counts(np.array([0, 0, 2, -1]), 3).tolist() == [2, 0, 1, 0]
