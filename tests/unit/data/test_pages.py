"""Pages of a file are its rows: against the csv module, from any row on, in every way a file may be written."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import pages as module
from core.data import stream
from core.data.badrows import BadRows
from core.data.dialect import Dialect
from core.data.pages import Pages
from core.data.quotes import SPAN
from core.data.readers import chunks, header
from core.data.schema import Schema
from core.errors import BadData, GivenUp
from core.vocabulary import Kind

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\x1a"), max_size=6)
ROWS = st.lists(st.tuples(TEXT, TEXT, st.integers()), max_size=30)


def written(path: Path, rows: list[tuple[object, ...]], ending: str = "\n") -> Path:
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator=ending)
    writer.writerow(("a", "b [x]", "n"))
    writer.writerows(rows)
    path.write_bytes(made.getvalue().encode())
    return path


@settings(max_examples=150)
@given(rows=ROWS, after=st.integers(0, 35), limit=st.integers(1, 40), block=st.integers(1, 60), zipped=st.booleans())
def test_any_page_of_any_file_is_what_the_csv_module_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]], after: int, limit: int, block: int,
    zipped: bool,
) -> None:
    path = written(tmp_path_factory.mktemp("pages") / "a.csv", rows)
    dialect = Dialect(compression="gzip") if zipped else Dialect()
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "BLOCK", block)
        patch.setattr(module, "EVERY", 0)
        pages = Pages.open(path, dialect)
        assert pages.columns == ("a", "b [x]", "n")
        for _ in range(2):  # the second time from bookmarks
            found = pages.read(after, limit)
            wanted = [tuple(map(str, row)) for row in rows][after : after + limit]
            assert [record.cells for record in found] == wanted
            assert [record.number for record in found] == list(range(after + 1, after + 1 + len(wanted)))
        assert pages.count() == len(rows)
        assert [record.cells for record in pages.read(after, limit)] == wanted


@pytest.mark.parametrize(("ending", "encoding"), [
    ("\r\n", "utf-8"), ("\r", "utf-8"), ("\r\r\n", "utf-8"), ("\n", "utf-16"), ("\r\n", "cp1252"), ("\n", "utf-8-sig"),
])
@pytest.mark.parametrize("zipped", [False, True])
def test_every_way_to_write_a_file(
    tmp_path: Path, ending: str, encoding: str, zipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 7)
    lines = ["a;b", *(f"{number};é{number}" for number in range(50))]
    data = (ending.join(lines) + ending).encode(encoding)
    path = tmp_path / "x.csv"
    path.write_bytes(gzip.compress(data[:90]) + gzip.compress(data[90:]) if zipped else data)
    dialect = Dialect(compression="gzip" if zipped else None, encoding=encoding.removesuffix("-sig"), separator=";")
    pages = Pages.open(path, dialect)
    assert pages.columns == ("a", "b")
    assert [record.cells for record in pages.read(47, 9)] == [(str(n), f"é{n}") for n in (47, 48, 49)]
    assert pages.read(47, 1)[0].line == 49 and pages.total == 50
    assert [record.cells[0] for record in pages.read(3, 2)] == ["3", "4"]


def test_rows_and_lines_are_those_of_the_reader_and_what_it_sets_aside_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n\n3\n"x\ny",4\n5,6,7\n  \n8,9\n')
    pages = Pages.open(path, Dialect())
    found = pages.read(0, 10)
    assert [(one.number, one.line, one.cells) for one in found] == [
        (1, 2, ("1", "2")), (2, 4, ("3",)), (3, 5, ("x\ny", "4")), (4, 7, ("5", "6", "7")), (5, 9, ("8", "9")),
    ]
    assert [bool(one.problem) for one in found] == [False, True, False, True, False]
    assert "1 field where the header has 2" in found[1].problem
    bad = BadRows()
    [frame] = chunks(path, Dialect(), Schema.of(dict.fromkeys(header(path, Dialect()), Kind.CATEGORY)), bad_rows=bad)
    assert list(frame.index) == [one.line for one in found if not one.problem]
    assert bad.count == 2


def test_a_quote_that_is_never_closed_is_a_row_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n"3,4\n' + "5,6\n" * (SPAN + 5))
    found = Pages.open(path, Dialect()).read(0, 4)
    assert found[1].problem == "a quote is opened and never closed"
    assert [one.cells for one in found[2:]] == [("5", "6"), ("5", "6")]


def test_json_lines_have_the_columns_of_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"a": 1, "b": None}, {"b": "x", "c": [1, {"d": True}]}, {"a": False}]
    path.write_text("\n".join(map(json.dumps, rows)) + "\nnonsense\n\n[1]\n")
    pages = Pages.open(path, Dialect("jsonl"))
    assert pages.columns == ("a", "b", "c")
    found = pages.read(0, 10)
    assert [one.cells for one in found[:3]] == [
        ("1", None, None), (None, "x", '[1, {"d": true}]'), ("false", None, None),
    ]
    assert [one.problem for one in found[3:]] == ["this is no JSON", "this is no JSON object"]
    assert pages.count() == 5


def test_what_is_damaged_or_empty_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n  \n")
    with pytest.raises(BadData, match="empty"):
        Pages.open(path, Dialect())
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 100_000)[:-40])
    pages = Pages.open(path, Dialect(compression="gzip"))
    with pytest.raises(BadData, match="ends too early"):
        pages.count()
    with pytest.raises(BadData, match="cannot be read"):
        Pages.open(tmp_path / "nowhere", Dialect())


def test_a_long_pass_can_be_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "1\n" * 10)
    pages = Pages.open(path, Dialect())
    with pytest.raises(GivenUp):
        pages.count(lambda: True)
    assert pages.total is None and len(pages.read(0, 99)) == 10


def test_a_page_deep_inside_a_big_file_is_read_from_the_nearest_bookmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 1 << 12)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{number},{number * 2}\n" for number in range(50_000)))
    pages = Pages.open(path, Dialect())
    assert pages.count() == 50_000
    seen = 0

    def counting() -> bool:
        nonlocal seen
        seen += 1
        return False

    assert pages.read(40_000, 3, counting)[0].cells == ("40000", "80000")
    assert seen <= 2, "one block, not the forty before it"


def test_lines_around_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK", 5)
    path = tmp_path / "a.csv"
    path.write_text("".join(f"line {number}\n" for number in range(1, 30)))
    assert list(stream.lines_of(path, Dialect(), 3, 5)) == [(3, "line 3"), (4, "line 4"), (5, "line 5")]
    assert [number for number, _ in stream.lines_of(path, Dialect(), 28, 40)] == [28, 29]
