"""The figure that tells what a column knows of the target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.data.relation import association, classes


def tells(left: object, right: object) -> float | None:
    return association(classes(pd.Series(left)), classes(pd.Series(right)))


RANDOM = np.random.default_rng(0)
TARGET = RANDOM.integers(0, 2, 3000).astype(float)


def test_it_is_one_for_a_copy_and_nothing_for_noise():
    assert tells(TARGET, TARGET) == pytest.approx(1.0)
    assert tells(RANDOM.normal(size=3000), TARGET) < 0.1
    assert tells(np.where(TARGET > 0, "yes", "no"), TARGET) == pytest.approx(1.0)


def test_small_files_of_noise_read_about_nothing():
    figures = [tells(RANDOM.normal(size=60), RANDOM.integers(0, 2, 60).astype(float)) for _ in range(50)]
    assert np.mean(figures) < 0.15


def test_it_sees_what_is_not_linear_and_what_is_missing():
    numbers = RANDOM.normal(size=3000)
    assert tells(numbers, (np.abs(numbers) > 1).astype(float)) > 0.9
    gaps = np.where(TARGET > 0, np.nan, RANDOM.normal(size=3000))
    assert tells(gaps, TARGET) == pytest.approx(1.0, abs=0.02)


def test_a_rare_class_is_a_class():
    rare = (np.arange(3000) % 100 == 0).astype(float)
    assert tells(rare, rare) == pytest.approx(1.0)
    assert tells(np.where(rare > 0, 7.0, 1.0), rare) == pytest.approx(1.0)


def test_what_does_not_vary_says_nothing():
    assert tells(np.ones(50), TARGET[:50]) is None
    assert tells(np.full(50, np.nan), TARGET[:50]) is None
    assert tells(TARGET[:2], TARGET[:2]) is None


def test_dates_and_many_categories():
    days = pd.date_range("2024-01-01", periods=3000, freq="h").to_series()
    assert tells(days.to_numpy(), (np.arange(3000) >= 1500).astype(float)) > 0.9
    names = pd.Series([f"n{number}" for number in range(3000)], dtype="str")
    assert tells(names, TARGET) < 0.1
