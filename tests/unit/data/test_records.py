"""Cutting CSV into records, held against the csv module."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data import quotes, records
from core.data.badrows import BadRows
from core.errors import BadData

CELLS = st.text(alphabet='ab1, ;|\t"\n é', max_size=8)
TABLES = st.integers(2, 4).flatmap(
    lambda fields: st.lists(st.lists(CELLS, min_size=fields, max_size=fields), min_size=1, max_size=12)
)
SEPARATORS = st.sampled_from([",", ";", "\t", "|"])
BLOCKS = st.lists(st.integers(1, 30), min_size=1, max_size=8)
quick = settings(deadline=None, max_examples=150)


def blocks(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """`data` in pieces of these sizes, over and over."""
    at = turn = 0
    while at < len(data):
        yield data[at : at + sizes[turn % len(sizes)]]
        at, turn = at + sizes[turn % len(sizes)], turn + 1


def split(text: str, separator: str, fields: int, sizes: list[int], rows: int = 1000) -> tuple[list, list, BadRows]:
    """The rows that come out (parsed again by the csv module), the line of each, and what was set aside."""
    bad = BadRows()
    found, lines = [], []
    for block in records.split(blocks(text.encode(), sizes), separator, fields, 1, bad, rows):
        assert block.data.endswith(b"\n")
        assert 0 < len(block.lines) <= rows
        piece = list(csv.reader(io.StringIO(block.data.decode(), newline=""), delimiter=separator))
        assert len(piece) == len(block.lines)
        parsed = pd.read_csv(
            io.BytesIO(block.data), header=None, sep=separator, dtype=str, lineterminator="\n", skip_blank_lines=False
        )
        assert len(parsed) == len(piece)  # pandas cuts the same records
        found += piece
        lines += block.lines.tolist()
    return found, lines, bad


def by_csv_module(text: str, separator: str) -> tuple[list, list]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, lines, line = [], [], 1
    for row in reader:
        rows.append(row)
        lines.append(line)
        line = reader.line_num + 1
    return rows, lines


@quick
@given(
    table=TABLES,
    separator=SEPARATORS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    sizes=BLOCKS,
    portion=st.integers(1, 5),
    ends=st.booleans(),
)
def test_what_the_csv_module_wrote_is_cut_as_it_reads_it(table, separator, quoting, sizes, portion, ends):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\n").writerows(table)
    text = out.getvalue() if ends else out.getvalue().removesuffix("\n")
    rows, lines, bad = split(text, separator, len(table[0]), sizes, portion)
    assert (rows, lines) == (table, by_csv_module(text, separator)[1])
    assert bad.count == 0


@quick
@given(text=st.text(alphabet='a1,,"\n\n', max_size=60), sizes=BLOCKS, fields=st.integers(2, 3))
@example(text='a,"b\n1,2\n', sizes=[3], fields=2)
@example(text='5" pipe,1\n"6"" pipe",2\n', sizes=[4], fields=2)
@example(text='"a"b,c\n', sizes=[1], fields=2)
def test_quotes_anywhere_mean_what_they_mean_to_the_csv_module(text, sizes, fields):
    end = ",".join(["END"] * fields)
    rows, lines = by_csv_module(f"{text}\n{end}", ",")
    if rows[-1] != end.split(","):
        return  # a quote is never closed: see below
    good = [(row, line) for row, line in zip(rows, lines, strict=True) if len(row) == fields]
    found, at, bad = split(f"{text}\n{end}\n", ",", fields, sizes)
    assert list(zip(found, at, strict=True)) == good
    assert bad.count == bad.structural == sum(len(row) not in (0, fields) for row in rows)


@pytest.mark.parametrize("sizes", [[1], [7], [1000]])
def test_a_quote_that_is_never_closed_costs_one_line(sizes):
    rows, lines, bad = split('a,b\n"open,1\nc,d\ne,f', ",", 2, sizes)
    assert rows == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert lines == [1, 3, 4]
    assert [(row.line, row.text, row.message) for row in bad.first] == [
        (2, '"open,1', "a quote is opened and never closed")
    ]


def test_a_quote_that_is_not_closed_for_a_thousand_lines_is_given_up():
    text = '"open,1\n' + "c,d\n" * (records.SPAN * 2) + 'x,"y"\n'
    rows, lines, bad = split(text, ",", 2, [64])
    assert (len(rows), rows[-1], bad.count) == (records.SPAN * 2 + 1, ["x", "y"], 1)
    assert lines[0] == 2


def test_ragged_rows_are_set_aside_with_their_lines_and_ten_are_kept():
    text = "1,2\n" + "1,2,3\n" * 15 + "\n   \n4\n5,6\n"
    rows, lines, bad = split(text, ",", 2, [9])
    assert (rows, lines) == ([["1", "2"], ["5", "6"]], [1, 20])
    assert (bad.count, len(bad.first)) == (16, 10)
    assert (bad.first[0].line, bad.first[0].message) == (2, "3 fields where the header has 2")


@pytest.mark.parametrize("quoted", [False, True])
def test_one_column_keeps_quoted_blanks_and_passes_over_blank_lines(quoted):
    text = 'a\n\n  \n" "\n""\n b\n' + ('c"d\n"e' if quoted else "") + ('"f\n' if quoted else "")
    rows, lines, bad = split(text, ",", 1, [1000])
    assert rows[:4] == [["a"], [" "], [""], [" b"]]
    assert lines[:4] == [1, 4, 5, 6]
    assert bad.count == 0


@pytest.mark.parametrize("irregular", ["", 'x"y\t\n'])
def test_a_row_of_tabs_alone_is_a_row_without_values(irregular):
    rows, _, bad = split(f"a\tb\n\t\n{irregular}\"q\"\tc\n", "\t", 2, [1000])
    assert rows[1] == ["", ""]
    assert bad.count == 0


@pytest.mark.parametrize("irregular", [b"", b'"a"b,c\n'])
def test_a_lone_carriage_return_is_text_in_both_ways_of_cutting(irregular):
    bad = BadRows()
    (block,) = records.split(iter([b"x\ry,1\n" + irregular]), ",", 2, 1, bad, 10)
    parsed = pd.read_csv(io.BytesIO(block.data), header=None, dtype=str, lineterminator="\n")
    assert parsed[0].tolist()[0] == "x\ry"
    assert bad.count == 0


@given(
    names=st.lists(CELLS.filter(lambda cell: bool(cell.strip())), min_size=1, max_size=5),
    separator=SEPARATORS, sizes=BLOCKS, above=st.integers(0, 3),
)
@quick
def test_the_header_is_the_first_record_and_the_line_after_it_is_known(names, separator, sizes, above):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerow(names)
    text = "\n" * above + out.getvalue() + "rest\n"
    fields, rest, line = records.read_header(blocks(text.encode(), sizes), separator)
    assert fields == names
    assert b"".join(rest) == b"rest\n"
    assert line == text.count("\n")


@pytest.mark.parametrize("text", ["", "\n", "  \n\n\t"])
def test_no_header_at_all(text):
    with pytest.raises(BadData) as caught:
        records.read_header(iter([text.encode()]), ",")
    assert caught.value.check == "empty"


def test_a_header_whose_quote_is_never_closed_ends_with_its_line():
    fields, rest, line = records.read_header(iter([b'a,"b\n1,2\n']), ",")
    assert (fields, b"".join(rest), line) == (["a", "b"], b"1,2\n", 2)


def test_a_row_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(records, "LONGEST", 1000)
    with pytest.raises(BadData, match="64 MiB"):
        list(records.split(iter([b"x" * 600] * 3), ",", 2, 5, BadRows(), 10))


def test_huge_fields_are_read():
    field = "x" * 300_000
    for text in (f'a,"{field}"\n', f'a,"{field}"\nb"b"," c\n "\n'):
        rows, _, bad = split(text, ",", 2, [1 << 16])
        assert rows[0] == ["a", field]
        assert bad.count == 0
    assert quotes.fields_of(f'"{field}",b', ",") == [field, "b"]
