"""From typed columns to a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from core.recipes.transformers import DATE_PARTS, TableEncoder

NAN = float("nan")


def column(*values: Any, dtype: str = "float64") -> pd.Series:
    return pd.Series(list(values), dtype=dtype)  # type: ignore[arg-type]


def text(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def test_the_columns_of_the_matrix() -> None:
    frame = pd.DataFrame({
        "n": column(1.5, NAN, 3), "b": column(0, 1, NAN),
        "m": column("1970-01-02 12:00", None, "1969-12-31", dtype="datetime64[us]"),
        "d": column("2024-02-29 23:59:59", "1969-12-28", None, dtype="datetime64[us]"), "c": text("y", "x", "y"),
    })  # fmt: skip
    encoder = TableEncoder(numbers=("n", "b"), moments=("m",), dates=("d",), narrow=("c",))
    made = encoder.fit_transform(frame)
    assert encoder.get_feature_names_out().tolist() == [
        "c", "n", "b", "m", *(f"d.{part}" for part in DATE_PARTS)
    ]  # fmt: skip
    expected = [
        [0, 1.5, 0, 1.5, 2024, 2, 29, 3, 23], [1, NAN, 1, NAN, 1969, 12, 28, 6, 0], [0, 3, NAN, -1, *[NAN] * 5]
    ]
    assert made.dtype == np.float64
    np.testing.assert_array_equal(made, expected)
    np.testing.assert_array_equal(encoder.transform(frame), expected)


@given(st.lists(st.none() | st.datetimes(), min_size=1, max_size=20))
@settings(max_examples=50)
def test_date_parts_are_those_of_the_calendar(dates: list[Any]) -> None:
    frame = pd.DataFrame({"d": column(*dates, dtype="datetime64[us]")})
    made = TableEncoder(dates=("d",)).fit(frame).transform(frame)
    for row, date in zip(made, dates, strict=True):
        if date is None:
            assert np.isnan(row).all() or (row == 0).all()  # 0: no date at all
        else:
            assert row.tolist() == [date.year, date.month, date.day, date.weekday(), date.hour]


def test_levels_that_are_new_or_too_many() -> None:
    frame = pd.DataFrame({"c": text("a", "a", "a", "b", "b", "c", None)})
    few = TableEncoder(narrow=("c",), levels=2).fit(frame)
    new = pd.DataFrame({"c": text("a", "b", "c", "new", None)})
    np.testing.assert_array_equal(few.transform(new)[:, 0], [0, 1, 1, 1, NAN])
    enough = TableEncoder(narrow=("c",), levels=3).fit(frame)
    np.testing.assert_array_equal(enough.transform(new)[:, 0], [0, 1, 2, NAN, NAN])


def test_a_column_without_any_value() -> None:
    frame = pd.DataFrame({"n": column(NAN, NAN), "d": column(None, None, dtype="datetime64[us]"), "c": text(None, None),
                          "w": text(None, None)})  # fmt: skip
    encoder = TableEncoder(numbers=("n",), moments=("d",), narrow=("c",), wide=("w",), classes=2)
    assert not np.isnan(encoder.fit_transform(frame, np.array([0, 1]))).any()
    full = pd.DataFrame({"n": column(5.0), "d": column("2024-01-01", dtype="datetime64[us]"), "c": text("x"),
                         "w": text("x")})  # fmt: skip
    assert encoder.transform(full)[0].tolist() == [0, 0, 0, 0.5, 0]


@pytest.mark.parametrize(("classes", "width"), [(0, 1), (2, 1), (3, 3), (6, 6)])
def test_wide_categories(classes: int, width: int) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"w": text(*(f"w{code}" for code in generator.integers(0, 30, 300)))})
    truth = generator.normal(size=300) if not classes else generator.integers(0, classes, 300)
    encoder = TableEncoder(wide=("w",), classes=classes)
    made = encoder.fit_transform(frame, truth)
    assert made.shape == (300, width + 1) == encoder.transform(frame).shape
    assert len(encoder.get_feature_names_out()) == width + 1
    if classes > 2:
        assert made[:, :-1].sum(axis=1) == pytest.approx(np.ones(300))
    unseen = encoder.transform(pd.DataFrame({"w": text("never", None)}))
    overall = truth.mean() if classes <= 2 else np.bincount(truth, minlength=classes) / 300
    assert unseen[0] == pytest.approx(unseen[1])
    assert unseen[0, :-1] == pytest.approx(overall)
    assert unseen[0, -1] == 0


def test_what_occurs_once_is_like_what_is_new() -> None:
    frame = pd.DataFrame({"w": text(*(f"row {number}" for number in range(50)), "twice", "twice")})
    truth = np.tile([0, 1], 26)
    encoder = TableEncoder(wide=("w",), classes=2).fit(frame, truth)
    assert encoder.levels_["w"] == '["twice"]'
    assert len(np.unique(encoder.transform(frame.iloc[:50]), axis=0)) == 1
    seen = encoder.fit_transform(frame, truth)[:50, 1]
    assert (seen == 0).all()


def test_a_class_that_is_absent_from_the_fit() -> None:
    frame = pd.DataFrame({"w": text("a", "a", "b", "b")})
    made = TableEncoder(wide=("w",), classes=4).fit_transform(frame, np.array([0, 0, 2, 2]))
    assert np.isfinite(made).all()
    assert (made[:, [1, 3]] == 0).all()


def test_equal_seeds_give_equal_matrices() -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"w": text(*(f"w{code}" for code in generator.integers(0, 30, 300)))})
    truth = generator.integers(0, 2, 300)
    first, second, other = (
        TableEncoder(wide=("w",), classes=2, seed=seed).fit_transform(frame, truth) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_it_is_an_estimator_like_any_other() -> None:
    encoder = TableEncoder(numbers=("a",), wide=("w",), classes=3, seed=5)
    assert clone(encoder).get_params() == encoder.get_params()


def test_one_row_and_no_row() -> None:
    frame = pd.DataFrame({"n": column(1.0, 2.0), "c": text("a", "b"), "w": text("x", "x")})
    encoder = TableEncoder(numbers=("n",), narrow=("c",), wide=("w",), classes=2).fit(frame, np.array([0, 1]))
    assert encoder.transform(frame.iloc[[1]]).shape == (1, 4)
    assert encoder.transform(frame.iloc[:0]).shape == (0, 4)


def test_hostile_levels() -> None:
    words = ["", " ", "\0", "a\0", "\n", "\x1b[31m", "nan", "None", "ü", "😀", '"', "\\"]
    frame = pd.DataFrame({"c": text(*words)})
    made = TableEncoder(narrow=("c",)).fit_transform(frame)[:, 0]
    assert sorted(made.tolist()) == list(range(len(words)))
