"""What a user's function makes of a frame."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.code import apply_custom, conform, typed
from core.vocabulary import Kind

NAN = float("nan")
Frame = pd.DataFrame


def frame() -> Frame:
    return Frame({"a": [1.0, NAN, 3.0], "c": pd.Series(["x", "y", None], dtype="str")}).set_axis([7, 3, 9])


def test_columns_are_added_and_the_index_is_kept() -> None:
    def add(given: Frame) -> Frame:
        assert given.index.tolist() == [0, 1, 2]
        given["b"] = given["a"] * 2
        given.loc[0, "a"] = 100.0
        return given

    mine = frame()
    made = apply_custom(add, mine)
    assert made.index.tolist() == [7, 3, 9]
    assert made["b"].tolist()[0] == 2.0
    pd.testing.assert_frame_equal(mine, frame())


def test_a_merge_that_keeps_the_rows_is_fine() -> None:
    lookup = Frame({"c": ["x", "y"], "rate": [0.5, 0.7]})
    made = apply_custom(lambda given: given.merge(lookup, on="c", how="left"), frame())
    np.testing.assert_array_equal(made["rate"], [0.5, 0.7, NAN])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda given: given.dropna(), "returned 1 rows for 3"),
        (lambda given: None, "returned NoneType, not a DataFrame"),
        (lambda given: given["a"], "returned Series"),
        (lambda given: given.sort_values("a", ascending=False), "in another order"),
        (lambda given: given.set_index("c"), "under another index"),
        (lambda given: pd.concat([given, given], axis=1), "two columns 'a'"),
        (lambda given: given.assign(x=given["nope"]), "KeyError: 'nope'"),
        (lambda given: exit(1), "SystemExit"),
    ],
)
def test_what_is_refused(function: Callable[[Frame], Any], said: str) -> None:
    with pytest.raises(BadRecipe) as caught:
        apply_custom(function, frame())
    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.key == "features.custom"


CASES: list[tuple[Any, Kind, list[Any]]] = [
    (pd.Series([True, False]), Kind.BOOLEAN, [1.0, 0.0]),
    (pd.Series([True, None], dtype="boolean"), Kind.BOOLEAN, [1.0, NAN]),
    (pd.Series([True, None], dtype=object), Kind.BOOLEAN, [1.0, NAN]),
    (pd.Series([1, 2]), Kind.NUMBER, [1.0, 2.0]),
    (pd.Series([1, None], dtype="Int64"), Kind.NUMBER, [1.0, NAN]),
    (pd.Series([1, 2.5], dtype=object), Kind.NUMBER, [1.0, 2.5]),
    (pd.Series([1.5, np.inf], dtype="float32"), Kind.NUMBER, [1.5, NAN]),
    (pd.Series(pd.to_timedelta(["1h", None])), Kind.NUMBER, [3600.0, NAN]),
    (pd.Series([NAN, NAN]), Kind.NUMBER, [NAN, NAN]),
    (pd.Series(["a", None], dtype=object), Kind.CATEGORY, ["a", None]),
    (pd.Series(["a", None], dtype="category"), Kind.CATEGORY, ["a", None]),
    (pd.Series([3, 4], dtype="category"), Kind.NUMBER, [3.0, 4.0]),
    (pd.Series([1, "a"], dtype=object), Kind.CATEGORY, ["1", "a"]),
    (pd.Series([Decimal("1.5"), None], dtype=object), Kind.CATEGORY, ["1.5", None]),
    (pd.Series([None, None], dtype=object), Kind.EMPTY, [None, None]),
    (pd.Series([(1, 2), None], dtype=object), Kind.CATEGORY, ["(1, 2)", None]),
]


@pytest.mark.parametrize(("series", "kind", "values"), CASES)
def test_any_dtype_is_brought_into_the_typed_form(series: pd.Series, kind: Kind, values: list[Any]) -> None:
    made, schema = typed(Frame({"x": series}))
    assert schema.kind("x") == kind
    assert str(made["x"].dtype) == ("str" if kind in (Kind.CATEGORY, Kind.EMPTY) else "float64")
    assert [None if pd.isna(value) else value for value in made["x"]] == [
        None if pd.isna(value) else value for value in values
    ]


def test_dates_become_naive_utc() -> None:
    local = pd.Series(pd.to_datetime(["2024-06-01 12:00", None])).dt.tz_localize("Europe/Berlin")
    naive = pd.Series(pd.to_datetime(["2024-06-01", None])).astype("datetime64[s]")
    made, schema = typed(Frame({"d": local, "n": naive}))
    assert (schema.kind("d"), schema.kind("n")) == (Kind.DATE, Kind.DATE)
    assert str(made["d"].dtype) == str(made["n"].dtype) == "datetime64[us]"
    assert made["d"].iloc[0] == pd.Timestamp("2024-06-01 10:00")
    assert made["d"].isna().tolist() == [False, True]


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(BadRecipe, match="complex"):
        typed(Frame({"x": [1 + 2j]}))


def test_new_rows_take_the_columns_that_the_model_knows() -> None:
    schema = Schema.of({"n": Kind.NUMBER, "b": Kind.BOOLEAN, "d": Kind.DATE, "c": Kind.CATEGORY})
    day = pd.Series(pd.to_datetime(["2024-01-01"])).astype("datetime64[us]")
    given, _ = typed(Frame({"c": [1], "extra": [1], "d": day, "b": [True], "n": [3]}))
    made = conform(given, schema)
    assert made.columns.tolist() == ["n", "b", "d", "c"]
    assert made["c"].tolist() == ["1"]
    nothing, _ = typed(Frame({name: pd.Series([None], dtype=object) for name in "nbdc"}))
    made = conform(nothing, schema)
    assert [str(made[name].dtype) for name in "nbdc"] == ["float64", "float64", "datetime64[us]", "str"]
    assert made.isna().all(axis=None)


@pytest.mark.parametrize(("name", "value"), [("n", "text"), ("d", 3.0), ("d", "text")])
def test_another_kind_than_when_it_was_fitted(name: str, value: Any) -> None:
    schema = Schema.of({"n": Kind.NUMBER, "d": Kind.DATE})
    day = pd.Series(pd.to_datetime(["2024-01-01"])).astype("datetime64[us]")
    given, _ = typed(Frame({"n": [1.0], "d": day}).assign(**{name: [value]}))
    with pytest.raises(BadRecipe, match=f"column '{name}' of the code holds"):
        conform(given, schema)
    with pytest.raises(BadRecipe, match="made no column 'n' this time"):
        conform(given.drop(columns="n"), schema)
