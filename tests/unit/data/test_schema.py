"""Schemas and how they are compared."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data.schema import Schema, compare, compatible, infer_schema
from core.vocabulary import Kind

SCHEMA = Schema.of({"a": Kind.NUMBER, "b": Kind.CATEGORY, "e": Kind.EMPTY})


def test_it_survives_json():
    assert Schema.from_json(SCHEMA.to_json()) == SCHEMA
    assert SCHEMA.to_json()[0] == {"name": "a", "kind": "number"}


def test_names_kinds_and_membership():
    assert SCHEMA.names == ("a", "b", "e")
    assert ("a" in SCHEMA, "x" in SCHEMA, None in SCHEMA) == (True, False, False)
    with pytest.raises(KeyError):
        SCHEMA.kind("x")


def test_inference_keeps_the_order_of_columns():
    frame = pd.DataFrame({"z": pd.Series(["1"], dtype="str"), "a": pd.Series(["x"], dtype="str")})
    assert infer_schema(frame) == Schema.of({"z": Kind.NUMBER, "a": Kind.CATEGORY})


@pytest.mark.parametrize(
    ("expected", "found", "fits"),
    [
        (Kind.NUMBER, Kind.NUMBER, True), (Kind.NUMBER, Kind.EMPTY, True), (Kind.NUMBER, Kind.CATEGORY, False),
        (Kind.CATEGORY, Kind.NUMBER, True), (Kind.EMPTY, Kind.DATE, True), (Kind.DATE, Kind.NUMBER, False),
    ],
)  # fmt: skip
def test_any_text_can_be_a_category_and_nothing_can_be_anything(expected, found, fits):
    assert compatible(expected, found) is fits


def test_a_comparison_names_what_is_near():
    found = compare(SCHEMA, Schema.of({"A": Kind.NUMBER, "b": Kind.NUMBER, "e": Kind.DATE, "zzz": Kind.DATE}))
    assert [(one.check, one.column) for one in found] == [
        ("missing_column", "a"), ("new_column", "A"), ("new_column", "zzz")
    ]  # fmt: skip
    assert "the file has a new column A" in found[0].message
    (retyped,) = compare(SCHEMA, Schema.of({"a": Kind.DATE, "b": Kind.CATEGORY, "e": Kind.EMPTY}))
    assert (retyped.check, retyped.message) == ("retyped_column", "column a held numbers: now it holds dates")


def test_columns_without_a_kind_are_filled_in():
    found = Schema.of({"a": Kind.CATEGORY, "e": Kind.DATE, "new": Kind.NUMBER})
    assert SCHEMA.filled(found) == Schema.of({"a": Kind.NUMBER, "b": Kind.CATEGORY, "e": Kind.DATE})
