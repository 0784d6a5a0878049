"""JSON Lines and Parquet: the same table means the same in every format."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data.badrows import BadRows
from core.data.dialect import Dialect
from core.data.examine import Request, examine
from core.data.readers import chunks, first_text, header, read
from core.data.rows import row_hashes
from core.data.schema import Schema
from core.errors import BadData
from core.vocabulary import Kind

ROWS = [
    {"n": 1, "f": 0.5, "c": "Zürich", "d": "2024-01-31", "b": True, "y": 0},
    {"n": 2, "f": None, "c": 'a,"b"\nc', "d": "2024-02-29T10:00:00Z", "b": False, "y": 1},
    {"n": -3, "f": 1e300, "c": None, "d": None, "b": None, "y": 1},
    {"n": 4, "f": 2.0, "c": "NA", "d": "2024-03-01", "b": True, "y": 0},
]
KINDS = {"n": Kind.NUMBER, "f": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE, "b": Kind.BOOLEAN, "y": Kind.NUMBER}


def as_csv(path: Path) -> Path:
    frame = pd.DataFrame(ROWS, dtype=object)
    frame["b"] = [None if value is None else str(value).lower() for value in frame["b"]]
    frame.to_csv(path, index=False)
    return path


def as_jsonl(path: Path) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def as_parquet(path: Path) -> Path:
    days = [None if row["d"] is None else pd.Timestamp(row["d"]).tz_localize(None).to_pydatetime() for row in ROWS]
    columns = {name: pa.array([row[name] for row in ROWS]) for name in ("n", "f", "b", "y")}
    columns |= {"c": pa.array([row["c"] for row in ROWS]).dictionary_encode(), "d": pa.array(days, pa.timestamp("ns"))}
    pq.write_table(pa.table({name: columns[name] for name in KINDS}), path)
    return path


WRITERS = {"a.csv": as_csv, "a.jsonl": as_jsonl, "a.parquet": as_parquet}


def request(path: Path, name: str) -> Request:
    return Request(path, name, None, None, "y")


@pytest.mark.parametrize("name", WRITERS)
def test_each_format_has_the_same_schema_values_and_hashes(tmp_path, name):
    path = WRITERS[name](tmp_path / "stored")
    found = examine(request(path, name))
    assert found.reasons == []
    assert found.schema == Schema.of(KINDS)
    csv = examine(request(as_csv(tmp_path / "other"), "a.csv"))
    assert np.array_equal(found.row_hashes, csv.row_hashes)
    assert found.profile == csv.profile
    frame = read(path, found.dialect, found.schema)
    assert frame["c"].isna().tolist() == [False, False, True, True]
    assert str(frame["d"].dtype) == "datetime64[us]"
    assert frame["b"].tolist()[:2] == [1.0, 0.0]


@pytest.mark.parametrize("first", WRITERS)
@pytest.mark.parametrize("then", WRITERS)
def test_a_dataset_may_change_its_format(tmp_path, first, then):
    pinned = examine(request(WRITERS[first](tmp_path / "one"), first))
    later = replace(
        request(WRITERS[then](tmp_path / "two"), then), schema=pinned.schema, dialect=pinned.dialect,
        expectations=pinned.expectations,
    )  # fmt: skip
    found = examine(later)
    assert found.reasons == found.warnings == []
    assert np.array_equal(found.row_hashes, pinned.row_hashes)


def put(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_json_lines_with_other_keys_in_each(tmp_path):
    text = '{"a": 1}\n\n{"b": "x", "a": 2}\n{" b ": "y", "z": [1, {"k": "é"}]}\n'
    path = put(tmp_path / "stored", text)
    assert header(path, Dialect("jsonl")) == ["a", "b", "z"]
    schema = Schema.of({"a": Kind.NUMBER, "b": Kind.CATEGORY, "z": Kind.CATEGORY, "w": Kind.DATE})
    frame = read(path, Dialect("jsonl"), schema)
    assert frame.index.tolist() == [1, 3, 4]
    assert frame["b"].tolist()[1:] == ["x", "y"]
    assert frame["z"].iloc[2] == '[1, {"k": "é"}]'
    assert frame["w"].isna().all()


def test_one_object_that_names_a_column_twice(tmp_path):
    path = put(tmp_path / "stored", '{"a": 1, "a ": 2}\n')
    with pytest.raises(BadData) as caught:
        read(path, Dialect("jsonl"), Schema.of({"a": Kind.NUMBER}))
    assert (caught.value.check, caught.value.column) == ("duplicate_columns", "a")
    assert examine(request(path, "a.jsonl")).reasons[0].check == "duplicate_columns"


def test_lines_that_are_no_objects_are_set_aside(tmp_path):
    text = '{"y": 1}\nnot json\n[1]\n{"y": 2}\n{"y": NaN}\n{"y": 1' + "0" * 5000 + "}\n" + "[" * 100_000 + "\n"
    bad = BadRows()
    frame = read(put(tmp_path / "stored", text), Dialect("jsonl"), Schema.of({"y": Kind.NUMBER}), bad_rows=bad)
    assert frame.index.tolist() == [1, 4, 5]
    assert (bad.count, [row.line for row in bad.first]) == (4, [2, 3, 6, 7])
    found = examine(request(tmp_path / "stored", "a.jsonl"))
    assert [reason.check for reason in found.reasons] == ["bad_rows"]
    assert "line 2: this is no JSON" in found.reasons[0].message


def test_json_lines_of_no_object_at_all(tmp_path):
    found = examine(request(put(tmp_path / "stored", "1\n2\n"), "a.jsonl"))
    assert [reason.check for reason in found.reasons] == ["no_target", "bad_rows"]


def test_lone_surrogates_and_other_bytes_in_json_are_replaced(tmp_path):
    text = '{"c": "\\ud800x", "k\\udc80": 1, "y": 1}\n{"c": "é"}\n'
    path = put(tmp_path / "stored", gzip.compress(text.encode()))
    found = examine(request(path, "a.jsonl.gz"))
    assert found.reasons == []
    assert found.schema.names == ("c", "k?", "y")
    assert {one["value"] for one in found.profile["columns"]["c"]["top"]} == {"?x", "é"}


def test_a_json_row_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("core.data.jsonlines.LONGEST", 100)
    with pytest.raises(BadData, match="64 MiB"):
        list(chunks(put(tmp_path / "stored", '{"a": "' + "x" * 200), Dialect("jsonl"), Schema.of({"a": Kind.NUMBER})))


# -- Parquet


def parquet(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_parquet_types(tmp_path):
    path = parquet(
        tmp_path / "stored",
        big=pa.array([2**60, None, 5]), small=pa.array([1, None, 3], pa.int8()), none=pa.nulls(3),
        money=pa.array(["1.50", None, "2"]).cast(pa.decimal128(9, 2)), day=pa.array([0, None, 19_000], pa.date32()),
        zoned=pa.array([0, 1, None], pa.timestamp("s", tz="Europe/Zurich")), flag=pa.array([True, None, False]),
        list=pa.array([[1], None, []]), raw=pa.array([b"x", None, b"y"]),
        half=pa.array([1.5, np.nan, np.inf], pa.float32()),
        words=pa.array(["", "NA", "x"]), y=pa.array([1, 0, 1], pa.uint8()),
    )  # fmt: skip
    found = examine(request(path, "a.parquet"))
    assert found.reasons == []
    kinds = {column.name: column.kind.value for column in found.schema.columns}
    assert kinds == {
        "big": "category", "small": "number", "none": "empty", "money": "number", "day": "date", "zoned": "date",
        "flag": "boolean", "list": "category", "raw": "category", "half": "number", "words": "category", "y": "number",
    }  # fmt: skip
    frame = read(path, found.dialect, found.schema)
    assert frame["big"].tolist()[0] == str(2**60)
    assert frame["zoned"].tolist()[0] == pd.Timestamp("1970-01-01")
    assert np.array_equal(frame["half"], [1.5, np.nan, np.nan], equal_nan=True)
    assert frame["words"].isna().tolist() == [True, True, False]
    assert frame.index.tolist() == [1, 2, 3]


def test_parquet_read_as_the_text_that_an_earlier_version_had(tmp_path):
    path = parquet(
        tmp_path / "stored", n=pa.array([1.0, None, 2.5]), d=pa.array([0, None, 86_400_000_000], pa.timestamp("us")),
        b=pa.array([True, None, False]),
    )  # fmt: skip
    schema = Schema.of(dict.fromkeys("ndb", Kind.CATEGORY))
    frame = read(path, Dialect("parquet"), schema)
    assert frame.iloc[[0, 2]].to_numpy().tolist() == [["1", "1970-01-01", "true"], ["2.5", "1970-01-02", "false"]]
    assert frame.iloc[1].isna().all()


def test_parquet_retyped(tmp_path):
    one = parquet(tmp_path / "one", a=pa.array([1.5, 2.5]), y=pa.array([0, 1]))
    pinned = examine(request(one, "one.parquet"))
    two = parquet(tmp_path / "two", a=pa.array(["x", "2.5"]), y=pa.array(["no", "yes"]))
    found = examine(replace(request(two, "two.parquet"), schema=pinned.schema, dialect=pinned.dialect))
    assert [(reason.check, reason.column, reason.line) for reason in found.reasons] == [
        ("retyped_column", "a", 1), ("retyped_column", "y", 1)
    ]  # fmt: skip


def test_parquet_in_other_portions_is_the_same(tmp_path):
    path = as_parquet(tmp_path / "stored")
    schema = Schema.of(KINDS)
    lists = [
        np.concatenate([row_hashes(frame, schema) for frame in chunks(path, Dialect("parquet"), schema, rows=rows)])
        for rows in (1, 3, 100)
    ]
    assert all(np.array_equal(lists[0], other) for other in lists)


def test_parquet_that_is_damaged_or_empty(tmp_path):
    whole = as_parquet(tmp_path / "one").read_bytes()
    found = examine(request(put(tmp_path / "two", whole[:-40]), "a.parquet"))
    assert [reason.check for reason in found.reasons] == ["unreadable"]
    assert "Parquet file cannot be read" in found.reasons[0].message
    path = parquet(tmp_path / "three", y=pa.array([], pa.int64()))
    assert [reason.check for reason in examine(request(path, "a.parquet")).reasons] == ["empty"]


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    path = as_parquet(tmp_path / "stored")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    found = examine(request(path, "a.parquet"))
    assert "footplate[parquet]" in found.reasons[0].message


# -- readers


def test_some_columns_of_some_rows(tmp_path):
    path = put(tmp_path / "stored", "a,b,c\n" + "".join(f"{n},x{n},2024-01-01\n" for n in range(1000)))
    schema = Schema.of({"c": Kind.DATE, "a": Kind.NUMBER, "gone": Kind.CATEGORY})
    frame = read(path, Dialect(), schema, columns=["a", "gone"], sample=50, seed=1)
    assert list(frame.columns) == ["a", "gone"]
    assert len(frame) == 50
    assert (frame.index - 2).tolist() == frame["a"].tolist() == sorted(frame["a"])
    assert frame["gone"].isna().all()
    none = read(path, Dialect(), Schema.of({"gone": Kind.NUMBER}))
    assert none["gone"].isna().all()
    assert len(none) == 1000


def test_quoted_newlines_keep_the_user_s_lines(tmp_path):
    path = put(tmp_path / "stored", 'a,b\n"x\ny",1\n\nz,2\n')
    assert read(path, Dialect(), Schema.of({"b": Kind.NUMBER})).index.tolist() == [2, 5]
    assert first_text(path, Dialect()).index.tolist() == [2, 5]


def test_no_rows_give_an_empty_typed_frame(tmp_path):
    schema = Schema.of({"a": Kind.NUMBER, "c": Kind.DATE, "d": Kind.EMPTY})
    frame = read(put(tmp_path / "stored", "a,b,c,d\n"), Dialect(), schema)
    assert [str(kind) for kind in frame.dtypes] == ["float64", "datetime64[us]", "str"]
    assert len(frame) == 0
    without = read(tmp_path / "stored", Dialect(), None)
    assert len(without) == 0


def test_long_json_numbers_keep_their_digits(tmp_path):
    path = put(tmp_path / "stored", '{"id": 12345678901234567, "y": 1.0}\n{"id": 12345678901234568, "y": 2}\n')
    found = examine(request(path, "a.jsonl"))
    assert found.schema == Schema.of({"id": Kind.CATEGORY, "y": Kind.NUMBER})
    assert read(path, found.dialect, found.schema)["id"].tolist() == ["12345678901234567", "12345678901234568"]
