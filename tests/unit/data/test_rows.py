"""The identity of rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dialect import Dialect
from core.data.readers import chunks, read
from core.data.rows import row_hashes, value_hashes
from core.data.schema import Schema
from core.vocabulary import Kind

SCHEMA = Schema.of({"n": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE, "b": Kind.BOOLEAN, "e": Kind.EMPTY})
ROW = st.fixed_dictionaries(
    {
        "n": st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False), st.just(-0.0)),
        "c": st.one_of(st.just(np.nan), st.text(alphabet="aé\n\"'\x1b", max_size=5)),
        "d": st.one_of(st.just(pd.NaT), st.datetimes().map(pd.Timestamp)),
        "b": st.sampled_from([0.0, 1.0, np.nan]),
    }
)
quick = settings(deadline=None, max_examples=60)


def frame_of(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": pd.Series([row["n"] for row in rows], dtype="float64"),
            "c": pd.Series([row["c"] for row in rows], dtype="str"),
            "d": pd.Series([row["d"] for row in rows]).astype("datetime64[us]"),
            "b": pd.Series([row["b"] for row in rows], dtype="float64"),
            "e": pd.Series([np.nan] * len(rows), dtype="str"),
        }
    )


@quick
@given(rows=st.lists(ROW, min_size=1, max_size=12), cut=st.integers(1, 12), order=st.permutations(SCHEMA.names))
def test_hashes_do_not_depend_on_chunks_nor_on_the_order_of_columns(rows, cut, order):
    frame = frame_of(rows)
    whole = row_hashes(frame, SCHEMA)
    pieces = [row_hashes(frame.iloc[at : at + cut][list(order)], SCHEMA) for at in range(0, len(frame), cut)]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert whole.dtype == np.uint64


@quick
@given(rows=st.lists(ROW, min_size=2, max_size=12))
def test_rows_have_one_hash_if_and_only_if_they_are_equal(rows):
    frame = frame_of(rows)
    keys = [
        tuple("missing" if pd.isna(value) else value + 0.0 if isinstance(value, float) else value for value in row)
        for row in frame.itertuples(index=False)
    ]
    hashes = row_hashes(frame, SCHEMA).tolist()
    for first, one in zip(keys, hashes, strict=True):
        for second, other in zip(keys, hashes, strict=True):
            assert (first == second) == (one == other)


def test_a_column_that_is_absent_counts_as_missing():
    frame = frame_of([{"n": 1.0, "c": "x", "d": pd.NaT, "b": 1.0}])
    assert np.array_equal(row_hashes(frame, SCHEMA), row_hashes(frame.drop(columns=["d", "e"]), SCHEMA))


def test_there_is_one_zero():
    zeros = value_hashes(pd.Series([0.0, -0.0]), Kind.NUMBER)
    assert zeros[0] == zeros[1]


def test_values_do_not_cancel_out_between_columns():
    schema = Schema.of({"a": Kind.NUMBER, "b": Kind.NUMBER})
    frame = pd.DataFrame({"a": [1.0, 2.0, 1.0], "b": [2.0, 1.0, 1.0]})
    assert len(set(row_hashes(frame, schema).tolist())) == 3


SPELLINGS = [["1", "1.0", "1e0", "+1", " 1", "01e0", "10e-1"], ["0.1", "1e-1", ".1", "0.10", "100e-3"]]


@pytest.mark.parametrize("spelt", SPELLINGS)
@pytest.mark.parametrize("slow", [False, True], ids=["alone", "beside a misfit"])
def test_a_number_is_one_however_it_is_spelt(tmp_path: Path, spelt, slow):
    """Beside a cell that is no number the whole block takes another way through the parser."""
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"{word},a\n" for word in spelt) + ("no,a\n" if slow else ""))
    schema = Schema.of({"x": Kind.NUMBER, "y": Kind.CATEGORY})
    frame = read(path, Dialect(), schema)
    assert len(frame) == len(spelt)
    assert len(set(row_hashes(frame, schema).tolist())) == 1


@quick
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_floats_survive_the_file_exactly_and_the_same_way_beside_a_misfit(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("floats") / "a.csv"
    schema = Schema.of({"x": Kind.NUMBER})
    for more in ("", "no\n"):
        path.write_text("x\n" + "".join(f"{number!r}\n" for number in numbers) + more)
        assert read(path, Dialect(), schema)["x"].tolist() == numbers


def test_one_file_has_one_list_of_hashes_whatever_the_size_of_its_frames(tmp_path: Path):
    path = tmp_path / "a.csv"
    rows = [f'{number / 7!r},"t{number % 5}\nx",2024-01-{number % 28 + 1:02}' for number in range(200)]
    path.write_text("n,c,d\n" + "\n".join(rows))
    schema = Schema.of({"n": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE})
    lists = [
        np.concatenate([row_hashes(frame, schema) for frame in chunks(path, Dialect(), schema, rows=size)])
        for size in (3, 50, 1000)
    ]
    assert len(set(lists[0].tolist())) == 200
    assert all(np.array_equal(lists[0], other) for other in lists)


def test_hashes_are_the_same_in_every_process():
    program = (
        "import pandas as pd; from core.data.rows import value_hashes; from core.vocabulary import Kind;"
        "print(value_hashes(pd.Series(['a', None, 'é'], dtype='str'), Kind.CATEGORY).tolist())"
    )
    here = value_hashes(pd.Series(["a", None, "é"], dtype="str"), Kind.CATEGORY).tolist()
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(here)
    assert here[0] == 13950350942979735504  # kept in stores: it must never change


def test_text_without_pyarrow_hashes_the_same():
    words = ["a", None, "b", "a", ""]
    plain = pd.Series(words, dtype=pd.StringDtype(storage="python", na_value=np.nan))
    usual = pd.Series(words, dtype="str")
    assert np.array_equal(value_hashes(plain, Kind.CATEGORY), value_hashes(usual, Kind.CATEGORY))
