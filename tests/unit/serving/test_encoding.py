"""Rows are encoded to the very numbers that the frames of training are."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recipes.transformers import TableEncoder
from core.serving.checking import Table
from core.serving.encoding import RowEncoder, learned
from core.vocabulary import Kind
from tests.fakes import fitted

MICROSECONDS = st.integers(-(2**62) // 4, 2**62 // 4)  # years -34,600 to 38,500
FINITE = st.floats(allow_nan=True, allow_infinity=False)
WORDS = st.sampled_from(["a", "b", "g", "s1", "s89", "new", "true", "\x1b", "é"])
TEXT = st.one_of(st.none(), WORDS, st.text(max_size=3))
CELLS = {
    Kind.NUMBER: FINITE, Kind.BOOLEAN: st.sampled_from([0.0, 1.0, float("nan")]), Kind.CATEGORY: TEXT,
    Kind.DATE: st.one_of(st.none(), MICROSECONDS), Kind.EMPTY: TEXT,
}
ROWS = st.lists(st.tuples(*(CELLS[column.kind] for column in fitted.SCHEMA.columns)).map(list), min_size=1, max_size=5)


@cache
def encoder(levels: int, classes: int) -> TableEncoder:
    frame = fitted.rows(classes=max(classes, 2))
    codes = pd.factorize(frame["y"])[0]
    made = TableEncoder(
        narrow=("city",), numbers=("amount", "paid", "blank"), moments=("since",), dates=("seen",), wide=("street",),
        levels=levels, classes=classes,
    )
    return made.fit(frame, codes.astype(float) if not classes else codes)


@pytest.mark.parametrize(("levels", "classes"), [(255, 2), (3, 2), (255, 4), (255, 0)])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_the_matrix_is_that_of_the_frame_to_the_last_bit(levels: int, classes: int, rows: list[list[Any]]) -> None:
    one = encoder(levels, classes)
    table = Table(fitted.SCHEMA, rows)
    expected = one.transform(table.frame())
    found = RowEncoder(fitted.SCHEMA.names, learned(one)).matrix(rows)
    assert found.shape == expected.shape
    assert np.array_equal(found, expected, equal_nan=True)


@settings(max_examples=50, deadline=None)
@given(rows=ROWS)
def test_a_table_is_the_frame_that_it_makes(rows: list[list[Any]]) -> None:
    frame = Table(fitted.SCHEMA, rows).frame()
    again = Table.of(frame, fitted.SCHEMA).frame()
    pd.testing.assert_frame_equal(frame, again)


def test_the_typed_frames_of_training_are_tables() -> None:
    frame = fitted.rows(50)
    pd.testing.assert_frame_equal(Table.of(frame, fitted.SCHEMA).frame(), frame)
