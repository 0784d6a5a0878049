"""How a file is written, and whether it still is."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dialect import Dialect, agree, detect
from core.data.readers import read
from core.data.schema import Schema
from core.errors import BadData
from core.vocabulary import Kind

NAMES = ("id", "name", "value", "label")
ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "cp1252"]


def table(rows: int) -> list[list[object]]:
    words = ["Zürich", "a;b", "c,d", 'say "x"', "two\nlines", "tab\tbed", "a|b", "plain"]
    return [[number, words[number % len(words)], number / 8, "yes" if number % 3 else "no"] for number in range(rows)]


def written(rows: list[list[object]], separator: str, decimal: str = ".") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(NAMES)
    for row in rows:
        writer.writerow([str(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in row])
    return out.getvalue()


@settings(deadline=None, max_examples=120)
@given(
    rows=st.integers(8, 60), separator=st.sampled_from([",", ";", "\t", "|"]), encoding=st.sampled_from(ENCODINGS),
    bom=st.booleans(), zipped=st.booleans(), crlf=st.booleans(), comma=st.booleans(),
    name=st.sampled_from(["a.csv", "a.csv.gz", "a.txt", "data", "A.CSV"]),
)  # fmt: skip
def test_what_was_written_is_detected_and_read_back(
    tmp_path_factory, rows, separator, encoding, bom, zipped, crlf, comma, name
):
    decimal = "," if comma and separator != "," else "."
    text = written(table(rows), separator, decimal)
    text = text.replace("\n", "\r\n") if crlf else text
    data = text.encode(encoding)
    bom = bom and encoding == "utf-8"
    data = b"\xef\xbb\xbf" + data if bom else data
    path = tmp_path_factory.mktemp("dialect") / "stored"
    path.write_bytes(gzip.compress(data, mtime=0) if zipped else data)
    found = detect(path, name)
    assert found == Dialect(
        "csv", "gzip" if zipped else None, encoding, separator, decimal, True, bom or encoding == "utf-16"
    )
    assert Dialect.from_json(found.to_json()) == found
    kinds = dict(zip(NAMES, (Kind.NUMBER, Kind.CATEGORY, Kind.NUMBER, Kind.CATEGORY), strict=True))
    frame = read(path, found, Schema.of(kinds))
    assert frame.astype(object).to_numpy().tolist() == [[float(a), b, c, d] for a, b, c, d in table(rows)]


def put(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def zip_of(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "check", "said"),
    [
        ("a.csv", b"", "empty", "empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty", "empty"),
        ("a.csv", b"\n \n\t\n", "empty", "empty"),
        ("a.csv", bytes(range(256)) * 40, "unreadable", "binary"),
        ("a.csv", zip_of("a,b\n1,2\n"), "unreadable", "zip archive"),
        ("a.csv", b"%PDF-1.7\n", "unreadable", "a PDF"),
        ("a.parquet", b"a,b\n1,2\n", "unreadable", "named like Parquet"),
        ("a", b'[{"a": 1},\n{"a": 2}]\n', "unreadable", "JSON array"),
        ("a.csv", b"\xef\xbb\xbfa,b\n1,\xff\n", "unreadable", "line 2"),
        ("a.csv", "name\nZürich\n".encode() * 9000 + b"\xff\n", "unreadable", "line 18,001"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], "unreadable", "ends too early"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
def test_what_is_no_table(tmp_path, name, data, check, said):
    with pytest.raises(BadData, match=said) as caught:
        detect(put(tmp_path / "stored", data), name)
    assert caught.value.check == check
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.jsonl", '{"a": 1}\n', Dialect("jsonl")),
        ("a.txt", '\n{"a": 1}\n{"a": 2}\n', Dialect("jsonl")),
        ("a.csv", '{"a": 1, "b": 2}\n', Dialect("jsonl")),
        ("a.csv", "{a,b}\n1,2\n", Dialect()),
        ("a.tsv", "a\tb\n1\t2\n", Dialect(separator="\t", decimal_seen=False)),
        ("a.tsv", "a,b\n1,2\n", Dialect()),
        ("a.csv", "only\n1\n", Dialect()),
        ("a.csv", "\n\na;b\n1;2\n", Dialect(separator=";", decimal_seen=False)),
        ("a.csv", "a;b\n1,5;2\n", Dialect(separator=";", decimal=",")),
        ("a.csv", "a;b\n1,234;2.5\n", Dialect(separator=";", decimal=".")),
        ("a.csv", "a;b\n1,234;2\n", Dialect(separator=";", decimal=",")),
        ("a.tsv", "a\tb\n1,234\t2\n", Dialect(separator="\t", decimal_seen=False)),
        ("a.csv", 'a,b\n"1;2;3",x\n"4;5;6",y\n', Dialect()),
        ("a.csv", "a,b\rc\n1,2\n", Dialect()),
        ("a.csv", "a b,c\x85d\n1,2\n", Dialect()),
    ],
)
def test_formats_separators_and_decimal_marks(tmp_path, name, text, expected):
    assert detect(put(tmp_path / "stored", text), name) == expected


def test_other_alphabets(tmp_path):
    russian = "имя,город\n" + "Анна,Москва\nПётр,Казань\nИван,Новгород\nОльга,Тверь\n" * 20
    assert detect(put(tmp_path / "a", russian.encode("cp1251")), "a.csv").encoding == "cp1251"
    japanese = "名前,都市\n" + "山田太郎,東京都\n鈴木花子,大阪市\n佐藤一郎,京都市\n" * 20
    encoding = detect(put(tmp_path / "b", japanese.encode("shift_jis")), "b.csv").encoding
    assert japanese.encode("shift_jis").decode(encoding) == japanese


COLUMNS = ("a", "b", "c")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("a,b,c\n1,2,3\n", "a;b;c\n1;2;3\n", "the separator was ',' and is ';'"),
        ("a,b,c\n1,2,3\n", "a\tb\tc\n1\t2\t3\n", "the separator was ',' and is a tab"),
        ("a;b;c\n1,5;2;3\n", "a;b;c\n1.5;2;3\n", "the decimal mark was , and is ."),
        ("a;b;c\n1.5;2;3\n", "a;b;c\n1,5;2;3\n", "the decimal mark was . and is ,"),
        ("a,b,c\nü,2,3\n", "a,b,c\nü,2,3\n".encode("cp1252"), "the encoding was utf-8 and is cp1252"),
        ("a,b,c\nü,2,3\n".encode("cp1252"), "a,b,c\nü,2,3\n", "the encoding was cp1252 and is utf-8"),
        ("a,b,c\nü,2,3\n", "a,b,c\nü,2,3\n".encode("utf-16"), "the encoding was utf-8 and is utf-16"),
    ],
)
def test_a_change_is_told_with_both_sides(tmp_path, before, after, said):
    pinned = detect(put(tmp_path / "one", before), "one.csv")
    found = detect(put(tmp_path / "two", after), "two.csv")
    assert agree(tmp_path / "two", pinned, found, COLUMNS)[1] == [said]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("a,b,c\n1,2,3\n", b"\xef\xbb\xbfa,b,c\n1,2,3\n", "two.csv"),
        ("a,b,c\n1,2,3\n", gzip.compress(b"a,b,c\n1,2,3\n", mtime=0), "two.csv.gz"),
        ("a,b,c\nü,2,3\n".encode("cp1252"), "a,b,c\n1,2,3\n", "two.csv"),
        ("a,b,c\n1,2,3\n", "a,b,c\nü,2,3\n", "two.csv"),
        ("a;b;c\n1,5;2;3\n", "a;b;c\n1;2;3\n", "two.csv"),
        ("a;b;c\n1;2;3\n", "a;b;c\n1,5;2;3\n", "two.csv"),
        ("a,b,c\n1,2,3\n", '{"a": 1, "b": 2, "c": 3}\n', "two.jsonl"),
        ("a,b,c\nü,2,3\n".encode("utf-16"), "a,b,c\nü,2,3\n".encode("utf-16-le"), "two.csv"),
        ("a;b;c\n1;2;3\n", "a;b;c\nx,y;2,z;3\nx,y;2,z;3\n", "two.csv"),
    ],
)
def test_what_is_no_change(tmp_path, before, after, name):
    pinned = detect(put(tmp_path / "one", before), "one.csv")
    found = detect(put(tmp_path / "two", after), name)
    assert agree(tmp_path / "two", pinned, found, COLUMNS)[1] == []


def test_the_pinned_mark_reads_a_file_that_shows_none(tmp_path):
    pinned = detect(put(tmp_path / "one", "a;b\n1,5;2\n"), "one.csv")
    found = detect(put(tmp_path / "two", "a;b\n1;2\n"), "two.csv")
    assert agree(tmp_path / "two", pinned, found, COLUMNS)[0].decimal == ","


def test_the_pinned_separator_stands_where_it_gives_the_known_columns(tmp_path):
    """More fields seem to be there with another separator, which the cells hold more often."""
    pinned = Dialect(separator=";", decimal_seen=False)
    text = "a;b,c,d\n1;2,3,4\n5;6,7,8\n"
    found = detect(put(tmp_path / "two", text), "two.csv")
    assert found.separator == ","
    agreed, said = agree(tmp_path / "two", pinned, found, ["a", "b,c,d"])
    assert (agreed.separator, said) == (";", [])


def test_a_guessed_encoding_gives_way_to_the_pinned_one(tmp_path):
    path = put(tmp_path / "two", "a,b\nł,1\n".encode("cp1250"))
    agreed, said = agree(path, Dialect(encoding="cp1250"), detect(path, "two.csv"), ["a", "b"])
    assert (agreed.encoding, said) == ("cp1250", [])
