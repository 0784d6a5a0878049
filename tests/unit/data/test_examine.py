"""The verdict: a table of files in every state, each with what is said of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.data.checks import Checks
from core.data.dialect import Dialect
from core.data.examine import Examination, Request, examine
from core.data.findings import REASONS, WARNINGS, Finding
from core.data.readers import read
from core.data.rows import row_hashes
from core.data.schema import Schema
from core.vocabulary import Kind

HEADER = "id,month,age,city,vip,churned"
CITIES = ("Bern", "Zürich", "Genf")


def row(number: int, **cells: Any) -> str:
    """One good row, with some cells replaced."""
    values = {
        "id": f"c{number}", "month": f"2024-{number % 12 + 1:02}-01", "age": 20 + number % 50,
        "city": CITIES[number % 3], "vip": "true" if number % 4 else "false", "churned": number % 2,
    } | cells  # fmt: skip
    return ",".join(str(value) for value in values.values())


def table(*extra: str, rows: int = 200, header: str = HEADER) -> str:
    return "\n".join([header, *(row(number) for number in range(rows)), *extra, ""])


class Bench:
    """Judges files against a good first version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.request = Request(folder / "x", "x", None, None, "churned", "month", "id")
        self.first = self.judge(table(), replace(self.request))

    def judge(
        self, data: bytes | str, request: Request | None = None, name: str = "file.csv", **change: Any
    ) -> Examination:
        path = self.folder / "stored"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        if request is None:
            request = replace(
                self.request, schema=self.first.schema, dialect=self.first.dialect, expectations=self.first.expectations
            )
        found = examine(replace(request, path=path, name=name, **change))
        for finding in (*found.reasons, *found.warnings):
            json.dumps(finding.to_json())
        assert {finding.check for finding in found.reasons} <= set(REASONS)
        assert {finding.check for finding in found.warnings} <= set(WARNINGS)
        json.dumps([found.profile, found.expectations], allow_nan=False)
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def told(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return [(finding.check, finding.column) for finding in findings]


def test_a_good_first_version(bench: Bench):
    found = bench.first
    assert (found.reasons, found.warnings) == ([], [])
    assert (found.rows, found.columns, found.labelled, found.bad_rows) == (200, 6, 200, 0)
    kinds = {"id": Kind.CATEGORY, "month": Kind.DATE, "age": Kind.NUMBER, "city": Kind.CATEGORY}
    assert found.schema == Schema.of(kinds | {"vip": Kind.BOOLEAN, "churned": Kind.NUMBER})
    assert found.dialect == Dialect()
    assert (found.time_min, found.time_max) == ("2024-01-01T00:00:00Z", "2024-12-01T00:00:00Z")
    assert found.row_hashes.dtype == np.uint64
    assert len(set(found.row_hashes.tolist())) == 200
    assert found.profile["target"] == "churned"
    assert found.expectations["classes"] == ["0", "1"]


BAD = {
    "no byte": (b"", [("empty", None)], "empty"),
    "only blanks": ("\n\n  \n", [("empty", None)], "empty"),
    "header only": (HEADER + "\n", [("empty", None)], "a header and no row"),
    "header without newline": (HEADER, [("empty", None)], "a header and no row"),
    "binary junk": (bytes(range(256)) * 30, [("unreadable", None)], "binary"),
    "a zero in the middle": (table().replace("c150", "c\0"), [("unreadable", None)], "line 152"),
    "a broken archive": (gzip.compress(table().encode())[:-30], [("unreadable", None)], "too early"),
    "ragged": (table("a,b", "1,2,3"), [("bad_rows", None)], "2 of 202 rows cannot be read"),
    "no row fits": (HEADER + "\n1,2\n3,4\n", [("bad_rows", None)], "2 of 2 rows"),
    "a quote never closed": (table('c1,"2024-01-01,1,x,true,1'), [("bad_rows", None)], "line 202"),
    "no target": (
        table().replace("churned", "Churned "), [("no_target", "churned")], "the nearest column is Churned",
    ),
    "lost column": (table().replace("age", "years"), [("missing_column", "age")], "column age is missing"),
    "lost time": (table().replace("month", "when"), [("missing_column", "month")], "column month is missing"),
    "twice": (table().replace("city", "age"), [("duplicate_columns", "age")], "2 times (columns 3 and 4)"),
    "nameless": (table().replace("city", ""), [("duplicate_columns", None)], "no name for column 4"),
    "numbers turned to text": (
        table(*[row(number, age="old") for number in range(10)]), [("retyped_column", "age")],
        "column age held numbers: 10 of 210 values are not; the first is 'old' on line 202",
    ),
    "dates turned": (
        table().replace("2024-", "24/"), [("retyped_column", "month")], "the first is '24/01-01' on line 2",
    ),
    "a boolean of other words": (table().replace("true", "ja"), [("retyped_column", "vip")], "'ja' on line 3"),
    "the target turned to text": (
        "\n".join([HEADER, *(row(number, churned="yes" if number % 2 else "no") for number in range(200))]),
        [("retyped_column", "churned")],
        "column churned held numbers: 200 of 200 values are not; the first is 'no' on line 2",
    ),
    "the target is partly text": (
        table(row(1, churned="unknown")), [("retyped_column", "churned")],
        "1 of 201 values are not; the first is 'unknown'",
    ),
    "another separator": (
        table().replace(",", ";"), [("dialect_changed", None)], "the separator was ',' and is ';'",
    ),
    "another encoding": (
        table().encode("cp1252"), [("dialect_changed", None)], "the encoding was utf-8 and is cp1252",
    ),
    "semicolons and decimal commas": (
        table().replace(",", ";").replace("20;Bern", "20,5;Bern"), [("dialect_changed", None)], "the separator",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_quarantined_with_reasons_that_name_column_and_line(bench: Bench, case):
    data, reasons, said = BAD[case]
    found = bench.judge(data)
    assert told(found.reasons) == reasons
    assert said in found.reasons[0].message
    if reasons[0][0] in ("unreadable", "empty") and found.rows is None:
        assert found.columns is found.profile is found.row_hashes is None


GOOD = {
    "as it was": (table(), []),
    "bom": (b"\xef\xbb\xbf" + table().encode(), []),
    "carriage returns": (table().replace("\n", "\r\n"), []),
    "old mac": (table().replace("\n", "\r"), []),
    "zipped in two members": (gzip.compress(table().encode()[:1000]) + gzip.compress(table().encode()[1000:]), []),
    "other order": (
        "\n".join(["churned,vip,city,age,month,id", *(",".join(row(n).split(",")[::-1]) for n in range(200))]), [],
    ),
    "blank lines": (table().replace("\n", "\n\n"), []),
    "quoted": ("\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in table().splitlines()), []),
    "tokens for missing numbers": (table(row(1, age="?"), row(2, age="-", vip="n.a.", churned="?")), []),
    "new categories": (table().replace("Bern", "Chur"), []),
    "blanks around names": (table(header=HEADER.replace(",", " , ")), []),
    "no label": ("\n".join([HEADER, *(row(n, churned="") for n in range(200))]), []),
    "labels of blanks": ("\n".join([HEADER, *(row(n, churned=" ") for n in range(200))]), []),
    "floats for the target": (table().replace(",0\n", ",0.0\n").replace(",1\n", ",1.0\n"), []),
    "booleans as 0 and 1": (table().replace("true", "1").replace("false", "0"), []),
    "a new column": (
        "\n".join([HEADER + ",extra", *(row(n) + f",{n}" for n in range(200))]), [("new_column", "extra")],
    ),
    "one class only": (
        "\n".join([HEADER, *(row(n, churned=1) for n in range(200))]), [("constant_column", "churned")],
    ),
    "one value only": (
        "\n".join([HEADER, *(row(n, city="Bern") for n in range(200))]), [("constant_column", "city")],
    ),
    "much is missing": (
        "\n".join([HEADER, *(row(n, age="" if n % 3 else 30 + n % 9) for n in range(200))]), [("missing_share", "age")],
    ),
    "a column without a value": (
        "\n".join([HEADER, *(row(n, age="") for n in range(200))]), [("missing_share", "age")],
    ),
    "far beyond": (table(row(1, age=500)), [("out_of_range", "age")]),
    "negative for the first time": (table(row(1, age=-1)), [("out_of_range", "age")]),
    "rows again": (table(*(row(n) for n in range(100))), [("repeated_rows", None)]),
    "times are missing": (table(row(1, month="")), [("unread_time", "month")]),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_accepted_with_at_most_a_warning(bench: Bench, case):
    data, warnings = GOOD[case]
    found = bench.judge(data)
    assert found.reasons == []
    assert told(found.warnings) == warnings
    assert found.rows >= 200


def test_what_is_the_same_but_for_its_writing_has_the_same_hashes(bench: Bench):
    for case in ("bom", "carriage returns", "old mac", "zipped in two members", "other order", "blank lines", "quoted",
                 "floats for the target", "booleans as 0 and 1", "a new column", "blanks around names"):  # fmt: skip
        assert np.array_equal(bench.judge(GOOD[case][0]).row_hashes, bench.first.row_hashes), case


def test_hashes_are_those_of_the_rows_that_a_training_reads(bench: Bench):
    found = bench.judge(table("a,b", row(5, age="old"), row(6, month="")), bad_rows=0.02)
    frame = read(bench.folder / "stored", found.dialect, bench.first.schema)
    assert np.array_equal(row_hashes(frame, bench.first.schema), found.row_hashes)
    assert len(frame) == found.rows == 201


def test_unlabelled_files_count_no_label(bench: Bench):
    assert bench.judge(GOOD["no label"][0]).labelled == 0
    assert bench.judge(GOOD["labels of blanks"][0]).labelled == 0
    half = "\n".join([HEADER, *(row(n, churned="" if n < 50 else n % 2) for n in range(200))])
    found = bench.judge(half)
    assert (found.labelled, found.reasons) == (150, [])


def test_a_file_without_its_target_is_profiled_all_the_same(bench: Bench):
    found = bench.judge(BAD["no target"][0])
    assert (found.rows, found.labelled, found.profile["target"]) == (200, None, None)


def test_a_retyped_column_is_profiled_as_the_text_it_is(bench: Bench):
    found = bench.judge(BAD["the target turned to text"][0])
    assert (found.rows, found.labelled, found.bad_rows) == (200, 200, 0)
    assert found.schema.kind("churned") is Kind.CATEGORY
    assert {one["value"] for one in found.profile["columns"]["churned"]["top"]} == {"yes", "no"}


def test_several_reasons_are_told_together(bench: Bench):
    data = table(*["short"] * 30).replace("age", "years").replace("2024-", "x")
    assert told(bench.judge(data).reasons) == [
        ("missing_column", "age"), ("retyped_column", "month"), ("bad_rows", None)
    ]  # fmt: skip


def test_bad_rows_within_the_recipe_s_share_are_set_aside_and_shown(bench: Bench):
    data = table("a,b", row(5, age="old"), row(6, month="when"))
    found = bench.judge(data, bad_rows=0.02)
    assert found.reasons == []
    assert (found.rows, found.bad_rows) == (200, 3)
    assert told(found.warnings) == [("bad_rows", None)]
    assert found.warnings[0].line == 202
    assert "3 of 203 rows cannot be read (1.48%) and are set aside: line 202: 2 fields" in found.warnings[0].message


def test_as_many_bad_rows_as_are_allowed_are_allowed(bench: Bench):
    """0.29 * 100 is less than 29 in floats; a share is compared as a share."""
    data = table(*["a,b"] * 29, rows=71)
    assert bench.judge(data, bad_rows=0.29).reasons == []
    assert told(bench.judge(data, bad_rows=0.289).reasons) == [("bad_rows", None)]


def test_everything_may_be_pardoned_and_the_dataset_s_kinds_stay(bench: Bench):
    data = table(*[row(n, age="old") for n in range(100)])
    found = bench.judge(data, bad_rows=1.0)
    assert (found.reasons, found.rows, found.bad_rows) == ([], 200, 100)
    assert found.schema.kind("age") is Kind.NUMBER
    assert np.array_equal(found.row_hashes, bench.first.row_hashes)


def test_text_is_never_taken_for_numbers_however_much_is_pardoned(bench: Bench):
    data = "\n".join([HEADER, *(row(n, city=n if n % 3 else "Bern") for n in range(200))])
    found = bench.judge(data, bench.request, bad_rows=1.0, target="")
    assert found.schema == bench.first.schema
    assert told(found.reasons) == [("no_target", "")]
    assert (found.rows, found.bad_rows) == (200, 0)


CHECKS = {
    "missing": (Checks(max_missing={"age": 0.1}), {"age": ""}, [("max_missing", "age")], "10 of 60 values", None),
    "missing within": (Checks(max_missing={"age": 0.2}), {"age": ""}, [], "", None),
    "missing as much as may be": (Checks(max_missing={"age": 10 / 60}), {"age": ""}, [], "", None),
    "too high": (Checks(range={"age": (0, 120)}), {"age": 121}, [("range", "age")], "up to 121, above 120", 52),
    "too low": (Checks(range={"age": (0.5, None)}), {"age": 0}, [("range", "age")], "down to 0, below 0.5", 52),
    "within": (Checks(range={"age": (0, 120)}), {"age": 120}, [], "", None),
    "no numbers": (Checks(range={"city": (0, 1)}), {}, [("range", "city")], "holds no numbers", None),
    "not there": (Checks(max_missing={"agee": 0.1}), {}, [("missing_column", "agee")], "nearest is age", None),
    "boolean": (Checks(range={"vip": (1, 1)}), {}, [("range", "vip")], "down to 0, below 1", 2),
}


@pytest.mark.parametrize("case", CHECKS)
@pytest.mark.parametrize("first", [True, False])
def test_explicit_bars_quarantine(bench: Bench, case, first):
    checks, cells, reasons, said, line = CHECKS[case]
    data = table(*(row(n, **cells) for n in range(50, 60)), rows=50)
    found = bench.judge(data, bench.request if first else None, checks=checks)
    assert told(found.reasons) == reasons
    if reasons:
        assert said in found.reasons[0].message
        assert found.reasons[0].line == line


# -- the first version


def test_the_first_version_tolerates_misfits_within_the_share(bench: Bench):
    found = bench.judge(table(row(1, age="old")), bench.request, bad_rows=0.01)
    assert found.schema.kind("age") is Kind.NUMBER
    assert (found.reasons, found.bad_rows) == ([], 1)


def test_the_first_version_reads_what_is_partly_text_as_text_and_says_so(bench: Bench):
    found = bench.judge(table(row(1, age="old")), bench.request)
    assert found.schema.kind("age") is Kind.CATEGORY
    assert (found.reasons, found.bad_rows, found.rows) == ([], 0, 201)
    assert told(found.warnings) == [("mixed_column", "age")]
    assert (found.warnings[0].line, "line 202 holds 'old'" in found.warnings[0].message) == (202, True)


def test_columns_that_show_their_kind_late_are_read_again(bench: Bench, monkeypatch):
    """The kinds are guessed from the first block alone; here it is one of a few rows."""
    monkeypatch.setattr("core.data.source.raw_blocks.__defaults__", (1000,))
    lines = [row(n, age="" if n < 150 else n, city=n if n < 150 else "Bern") for n in range(200)]
    found = bench.judge("\n".join([HEADER, *lines]), bench.request)
    assert (found.rows, found.bad_rows, found.reasons) == (200, 0, [])
    assert found.schema.kind("age") is Kind.NUMBER
    assert found.profile["columns"]["age"]["missing"] == 150
    assert found.schema.kind("city") is Kind.CATEGORY
    assert told(found.warnings) == [("mixed_column", "city")]


def test_columns_that_the_recipe_names_have_to_be_there(bench: Bench):
    found = bench.judge(table(), bench.request, time="mont", group="household")
    assert told(found.reasons) == [("missing_column", "mont"), ("missing_column", "household")]
    assert "the recipe's time, is missing; the nearest column is month" in found.reasons[0].message


def test_a_column_that_was_empty_becomes_whatever_comes(bench: Bench):
    first = bench.judge("\n".join([HEADER, *(row(n, age="", churned="") for n in range(50))]), bench.request)
    assert (first.schema.kind("age"), first.schema.kind("churned"), first.reasons) == (Kind.EMPTY, Kind.EMPTY, [])
    assert told(first.warnings) == [("missing_share", "age")]
    later = replace(
        bench.request, schema=first.schema, dialect=first.dialect, expectations=first.expectations, bad_rows=0.001
    )
    found = bench.judge(table(), later)
    assert (found.reasons, found.labelled) == ([], 200)
    assert found.schema == bench.first.schema
    assert first.schema.filled(found.schema) == bench.first.schema
    assert np.array_equal(found.row_hashes, bench.first.row_hashes)
    text = bench.judge("\n".join([HEADER, *(row(n, age="old", churned="no") for n in range(50))]), later)
    assert (text.reasons, text.schema.kind("age")) == ([], Kind.CATEGORY)


# -- the target and its classes


def named(words: tuple[str, ...], rows: int = 100) -> str:
    return "\n".join([HEADER, *(row(n, churned=words[n % len(words)]) for n in range(rows))])


@pytest.mark.parametrize("classification", [None, True])
def test_a_new_class_warns(bench: Bench, classification):
    first = bench.judge(named(("no", "yes")), bench.request, classification=classification)
    later = replace(
        bench.request, schema=first.schema, dialect=first.dialect, expectations=first.expectations,
        classification=classification,
    )  # fmt: skip
    found = bench.judge(named(("no", "yes", "maybe\x1b[31m")), later)
    assert (found.reasons, told(found.warnings)) == ([], [("new_class", "churned")])
    assert "maybe␛[31m" in found.warnings[0].message
    assert bench.judge(named(("no", "yes")), later).warnings == []
    numbers = bench.judge(table(), later)
    assert told(numbers.reasons) == [("retyped_column", "churned")]
    assert "held names ('no' ...) and holds numbers ('0' ...)" in numbers.reasons[0].message


def test_a_new_number_is_a_class_only_where_the_task_says_so(bench: Bench):
    data = table(row(1, churned=7), row(2, churned=7))
    assert told(bench.judge(data, classification=True).warnings) == [("new_class", "churned")]
    assert told(bench.judge(data, classification=None).warnings) == [("out_of_range", "churned")]


@pytest.mark.parametrize("classification", [None, True])
def test_a_boolean_target_keeps_working_in_all_its_spellings(bench: Bench, classification):
    first = bench.judge(named(("false", "true")), bench.request, classification=classification)
    assert (first.reasons, first.schema.kind("churned")) == ([], Kind.BOOLEAN)
    later = replace(bench.request, schema=first.schema, dialect=first.dialect, expectations=first.expectations)
    for words in (("True", "FALSE"), ("0", "1"), ("1.0", "0.0")):
        found = bench.judge(named(words), later, classification=classification)
        assert (found.reasons, told(found.warnings), found.labelled) == ([], [], 100)
    assert told(bench.judge(named(("ja", "nein")), later).reasons) == [("retyped_column", "churned")]


def test_a_regression_wants_numbers_from_the_first_version_on(bench: Bench):
    found = bench.judge(named(("low", "high")), bench.request, classification=False)
    assert told(found.reasons) == [("retyped_column", "churned")]
    assert "the target churned of a regression must be numbers" in found.reasons[0].message


# -- time


@pytest.mark.parametrize(
    ("cells", "bounds", "warned"),
    [
        (("2013-04", "2013-11"), ("2013-04-01T00:00:00Z", "2013-11-01T00:00:00Z"), False),
        (("2013-04-01T10:30:00+02:00",), ("2013-04-01T08:30:00Z",) * 2, False),
        (("201304", "201211"), ("201211", "201304"), False),
        (("1700000000.125", "1600000000.5"), ("1600000000.5", "1700000000.125"), False),
        (("1.5", "-2"), ("-2", "1.5"), False),
        (("2013Q1", "2013Q4", "2012Q2"), ("2012Q2", "2013Q4"), False),
        (("2013/04/01", "2013/03/31"), ("2013/03/31", "2013/04/01"), False),
        (("2013-W05", "2013-W51"), ("2013-W05", "2013-W51"), False),
        (("01.04.2013", "31.03.2013"), ("01.04.2013", "31.03.2013"), True),
        (("2013-W5", "2013-W51"), ("2013-W5", "2013-W51"), True),
        (("April", "May"), ("April", "May"), True),
        (("",), (None, None), True),
    ],
)
def test_times(bench: Bench, cells, bounds, warned):
    data = "\n".join([HEADER, *(row(n, month=cells[n % len(cells)]) for n in range(60))])
    found = bench.judge(data, bench.request)
    assert (found.time_min, found.time_max) == bounds
    assert (("unread_time", "month") in told(found.warnings)) == warned
    assert found.reasons == []


# -- names and bytes that nobody expects


def test_hostile_names_are_shown_harmless_and_kept(bench: Bench):
    evil = 'x\x1b[2J"\u202e'
    header = 'a,"x\x1b[2J""\u202e",y'
    first = bench.judge(f"{header}\n1,2,0\n2,3,1\n3,5,0\n", bench.request, target="y", time=None, id=None)
    assert (first.reasons, evil in first.schema) == ([], True)
    later = replace(bench.request, schema=first.schema, dialect=first.dialect, target="y", time=None, id=None)
    found = bench.judge("a,y\n1,0\n2,1\n", later)
    assert told(found.reasons) == [("missing_column", evil)]
    assert found.reasons[0].message.isprintable()


def test_a_header_without_rows_before_any_other(bench: Bench):
    found = bench.judge(HEADER + "\n", bench.request)
    assert (told(found.reasons), found.rows, found.columns) == ([("empty", None)], 0, 6)


def test_wide_and_short(bench: Bench):
    data = ",".join([*(f"f{n}" for n in range(500)), "churned"]) + "\n" + ",".join(["1"] * 501) + "\n"
    found = bench.judge(data, bench.request, time=None, id=None)
    assert (found.reasons, found.rows, found.columns) == ([], 1, 501)


def test_unreadable_is_a_verdict_of_its_own():
    found = Examination.unreadable(Finding("link_out", None, "leads out"))
    assert (found.reasons[0].check, found.rows, found.labelled, found.schema) == ("link_out", None, None, None)
