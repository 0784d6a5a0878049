"""Whatever bytes arrive, there is a verdict: the loop must not stop at a file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data.examine import Request, examine
from core.data.schema import Schema
from core.text import visible
from core.vocabulary import Kind

NAMES = st.sampled_from(["a.csv", "a.csv.gz", "a.jsonl", "a.parquet", "a.tsv", "a", "ä\udcff.csv"])
SCHEMA = Schema.of({"a": Kind.NUMBER, "b": Kind.CATEGORY, "c": Kind.DATE, "d": Kind.BOOLEAN, "y": Kind.NUMBER})
CELL = st.one_of(
    st.sampled_from(["", " ", "NA", "1", "-0", "1e999", "00", "true", "2024-01-01", "2024-13-45"]),
    st.sampled_from(['"', '"a', "a\r", "ü", '"x\ny"']),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
TABLES = st.lists(st.lists(CELL, min_size=1, max_size=7).map(",".join), max_size=12).map("\n".join)
WITH_HEADER = TABLES.map(lambda text: f"a,b,c,d,y\n{text}".encode())
BYTES = st.one_of(st.binary(max_size=300), WITH_HEADER, TABLES.map(str.encode))


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bytes") / "stored"


@settings(deadline=None, max_examples=200)
@given(
    data=BYTES, zipped=st.booleans(), cut=st.integers(0, 40), name=NAMES, known=st.booleans(),
    classification=st.sampled_from([None, True, False]), time=st.sampled_from([None, "b", "c", "y"]),
    bad_rows=st.sampled_from([0.001, 1.0]),
)  # fmt: skip
@example(b"a,b,c,d,y\n" + b"\r" * 9, False, 0, "a.csv", True, None, None, 0.001)
@example(b"PAR1" + bytes(60) + b"PAR1", False, 0, "a.parquet", True, None, None, 0.001)
@example(b"\xff\xfea\x00", False, 0, "a.csv", False, None, None, 0.001)
def test_any_bytes_get_a_verdict(stored, data, zipped, cut, name, known, classification, time, bad_rows):
    if zipped:
        data = gzip.compress(data)
        data = data[: len(data) - cut]
    stored.write_bytes(data)
    found = examine(
        Request(
            stored, name, SCHEMA if known else None, None, "y", time, None, None, classification, bad_rows=bad_rows
        )
    )
    json.dumps([finding.to_json() for finding in (*found.reasons, *found.warnings)])
    json.dumps([found.profile, found.expectations], allow_nan=False).encode("utf-8", "surrogatepass")
    for finding in (*found.reasons, *found.warnings):
        assert visible(finding.message) == finding.message
    if not found.reasons:
        assert found.rows == len(found.row_hashes) > 0
        assert found.labelled <= found.rows
        assert found.schema is not None
        assert found.dialect is not None
