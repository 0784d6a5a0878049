"""What a verb says: JSON that every program can read, tables that no data can break."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
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


def test_an_empty_table_says_what_to_do(capsys: Capture) -> None:
    output.write_table([], [Column("name", lambda row: row)], empty="no runs yet")
    assert capsys.readouterr().out == "no runs yet\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.81, "0.8100"), (0.0003, "0.0003000"), (12.3456, "12.35"), (1234.5, "1234"), (123456.7, "123,457"),
     (None, ""), (math.nan, ""), (-0.5, "-0.5000"), (0.0, "0.000")],
)
def test_metrics_have_four_digits(value: float | None, text: str) -> None:
    assert output.metric(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(3, "3 s ago"), (150, "2 min ago"), (7300, "2 h ago"), (400_000, "4 d ago"), (-90, "in 1 min")]
)
def test_times_are_relative(seconds: int, text: str) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert output.ago(now - timedelta(seconds=seconds), now) == text


def test_sizes_and_durations() -> None:
    assert [output.size(one) for one in (12, 1500, 250_000, 3.2e9, None)] == ["12 B", "1.5 kB", "250 kB", "3.2 GB", ""]
    assert [output.duration(one) for one in (1.25, 600, 7200, None)] == ["1.2 s", "10 min", "2.0 h", ""]


def test_a_state_is_a_glyph_and_a_word() -> None:
    assert output.state("insufficient_data") == "… insufficient data"
    assert output.state("unheard_of") == "unheard of"
    assert output.state(None) == ""


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
