"""What a client sends is read or named: row, column, found and expected; never anything else."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.schema import Schema
from core.serving.checking import COMPARED, KEPT, BadRows, Checker, nearest
from core.vocabulary import Kind

SCHEMA = Schema.of({"age": Kind.NUMBER, "paid": Kind.BOOLEAN, "city": Kind.CATEGORY, "since": Kind.DATE})
GOOD: dict[str, Any] = {"age": 31, "paid": True, "city": "Bonn", "since": "1970-01-02"}
DAY = 86_400_000_000

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.integers(10**4000, 10**4400),
    st.sampled_from(["\x1b[31m", "\ud800", "1e999", "2024-13-45", "\u202e", "9999-99-99T99:99"]),
)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.one_of(st.sampled_from([*SCHEMA.names, " age", "Age", "AGE\ufeff"]), st.text(max_size=6))


def errors(*rows: Any) -> list[dict[str, Any]]:
    with pytest.raises(BadRows) as said:
        Checker(SCHEMA).read(rows)
    return said.value.errors


def test_rows_are_read_as_files_are() -> None:
    text = {"age": "31", "paid": "TRUE", "city": 7, "since": "1970-01-02T02:00+02:00", "more": object()}
    none = dict.fromkeys(SCHEMA.names)
    table = Checker(SCHEMA).read([GOOD, text, none, GOOD | {"age": math.inf, "city": "n/a", "paid": 0}])
    assert table.rows[0] == [31.0, 1.0, "Bonn", DAY]
    assert table.rows[1] == [31.0, 1.0, "7", DAY]
    assert [repr(cell) for cell in table.rows[2]] == ["nan", "nan", "None", "None"]
    assert repr(table.rows[3]) == f"[nan, 0.0, None, {DAY}]"


def test_what_is_wrong_is_named_by_row_column_found_and_expected() -> None:
    assert errors(GOOD, GOOD | {"age": "ol\x1bd", "paid": 2}) == [
        {"row": 1, "column": "age", "found": "'ol␛d'", "expected": "a number"},
        {"row": 1, "column": "paid", "found": "2", "expected": "true or false"},
    ]
    assert errors(GOOD | {"age": True})[0]["found"] == "true"
    assert errors(GOOD | {"since": "31.05.2024"})[0]["expected"] == "an ISO date, like 2024-05-31 or 2024-05-31T08:15"
    assert errors(GOOD | {"age": [1] * 10_000})[0]["found"] == "a list"
    assert len(errors(GOOD | {"age": "x" * 10_000})[0]["found"]) < 50


def test_a_missing_column_names_the_nearest() -> None:
    row = {name: value for name, value in GOOD.items() if name != "city"} | {"citty": "Bonn"}
    assert errors(row) == [
        {"row": 0, "column": "city", "found": "no such column; did you mean citty?", "expected": "a text or null"}
    ]
    row = {name: value for name, value in GOOD.items() if name != "age"} | {"AGE": 3}
    assert "did you mean AGE?" in errors(row)[0]["found"]


def test_of_many_and_long_names_few_are_compared() -> None:
    """Else a row of a hundred thousand names would keep a server busy for minutes."""
    assert nearest("city", ["citty"]) == "citty"
    assert nearest("city", [*"x" * COMPARED, "citty"]) is None
    assert nearest("city" * 99, ["city" * 98]) is None
    assert errors({f"{'column' * 50}{place}": None for place in range(100_000)})[0]["found"] == "no such column"


def test_names_are_read_as_those_of_files() -> None:
    row = {f" {name} ": value for name, value in GOOD.items()}
    assert Checker(SCHEMA).read([row]).rows == Checker(SCHEMA).read([GOOD]).rows


def test_a_row_that_is_none_is_said() -> None:
    assert errors(GOOD, "age") == [
        {"row": 1, "column": None, "found": "'age'", "expected": "an object, a value a column"}
    ]
    assert [one["found"] for one in errors([1], None, 3, "x")] == ["a list", "null", "3", "'x'"]


def test_a_thousand_errors_are_told_in_short() -> None:
    with pytest.raises(BadRows, match=rf"row 0, column age: 'x'; expected a number \(and {KEPT - 1} more\)") as said:
        Checker(SCHEMA).read([GOOD | {"age": "x"}] * 1000)
    assert len(said.value.errors) == KEPT
    assert said.value.hint == "the model reads: age, paid, city, since"


@settings(max_examples=400, deadline=None)
@given(rows=st.lists(st.one_of(st.dictionaries(NAMES, ANY_JSON, max_size=6), ANY_JSON), max_size=4))
def test_whatever_is_sent_is_read_or_refused(rows: list[Any]) -> None:
    try:
        table = Checker(SCHEMA).read(rows)
    except BadRows as error:
        said = json.dumps(error.errors)
        assert said.isascii() and "\\u001b" not in said and "\\ud800" not in said
        assert all(0 <= one["row"] < len(rows) for one in error.errors)
        str(error).encode()
    else:
        assert len(table) == len(rows)
        table.frame()
