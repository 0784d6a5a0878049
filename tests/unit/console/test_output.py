"""What a verb says: JSON that every program can read, tables that no data can break."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console import output
from console.output import Column
from core.errors import BadRecipe
from core.vocabulary import RunState

Capture = pytest.CaptureFixture[str]
HOSTILE = "a\x1b[31mb\nc\u202ed\x9be[/bold]"


class Thing:
    def to_json(self) -> dict[str, object]:
        return {"value": math.nan}


def test_json_has_no_nan_and_times_are_utc() -> None:
    there = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    made = output.plain({"a": math.inf, "at": there, "path": Path("x"), "state": RunState.FAILED, "thing": Thing()})
    assert made == {
        "a": None, "at": "2026-03-01T12:00:00+00:00", "path": "x", "state": "failed", "thing": {"value": None}
    }


def test_a_listing_is_an_array_with_an_element_a_line(capsys: Capture) -> None:
    output.write_json([{"a": 1}, {"a": "ü"}])
    assert capsys.readouterr().out == '[\n{"a": 1},\n{"a": "ü"}\n]\n'
    output.write_json([])
    assert capsys.readouterr().out == "[]\n"


def test_a_name_that_is_no_text_is_still_json(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    import sys

    output.write_json({"name": "caf\udce9"})
    sys.stdout.flush()
    assert json.loads(capfdbinary.readouterr().out.decode("utf-8")) == {"name": "caf\udce9"}


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_whatever_comes_is_json(value: object) -> None:
    json.loads(output._dumps(output.plain(value)), parse_constant=lambda word: pytest.fail(word))


def test_a_table_shows_what_would_move_the_cursor(capsys: Capture) -> None:
    columns = [Column("name", lambda row: row), Column("length", lambda row: str(len(row)), right=True)]
    output.write_table([HOSTILE, "x"], columns, empty="nothing")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert "[/bold]" in lines[1]


def test_a_table_is_not_cut_off_a_terminal(capsys: Capture) -> None:
    output.write_table(["y" * 500], [Column("name", lambda row: row)], empty="nothing")
    assert "y" * 500 in capsys.readouterr().out


def test_a_narrow_terminal_cuts_long_texts_and_then_leaves_out_the_last_columns(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("a" * 30, "12345678", "b" * 30)]
    columns = [
        Column("one", lambda row: row[0]), Column("number", lambda row: row[1], right=True),
        Column("three", lambda row: row[2]),
    ]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    for room in (80, 60, 40, 39, 20):
        monkeypatch.setenv("COLUMNS", str(room))
        output.write_table(rows, columns, empty="nothing")
        title, line = capsys.readouterr().out.splitlines()
        assert len(line) <= room
        assert ("three" in title) == (room >= 40)
        assert ("12345678" in line) == (room >= 24)


def test_an_empty_table_says_what_to_do(capsys: Capture) -> None:
    output.write_table([], [Column("name", lambda row: row)], empty="no runs yet")
    assert capsys.readouterr().out == "no runs yet\n"


def test_facts_leave_out_what_is_not_known(capsys: Capture) -> None:
    output.write_facts({"state": "finished", "error": None, "by": "x\x1by"})
    assert capsys.readouterr().out == "state  finished\nby     x␛y\n"


def test_no_colour_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not output.colour()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert output.colour()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.colour()


def test_errors_for_people_and_for_programs(capsys: Capture) -> None:
    error = BadRecipe("x\x1b[2J", "mend it", path="r.toml", key="data.watch")
    output.write_error(error, as_json=False)
    assert capsys.readouterr().err == "error: x␛[2J\nhint: mend it\n"
    output.write_error(error, as_json=True)
    assert json.loads(capsys.readouterr().err) == {
        "error": {"type": "BadRecipe", "message": "x\x1b[2J", "hint": "mend it"}
    }


def test_nothing_that_a_terminal_obeys_is_written_to_one(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    output.write_json({"note": HOSTILE})
    said = capsys.readouterr().out
    assert json.loads(said) == {"note": HOSTILE} and not set("\x1b\x9b\u202e") & set(said)
    output.write_text(HOSTILE)
    assert capsys.readouterr().out == HOSTILE, "a file is what it is"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    output.write_text(HOSTILE)
    assert not set("\x1b\x9b\u202e") & set(capsys.readouterr().out)
