"""Rows become text by pure functions: numbers, times, states, and cells of exactly the width that was asked for."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from core import vocabulary
from core.views.model_line import RANK
from core.views.run_fields import OUTCOMES
from screens import format as f
from screens.level import Column
from screens.plain import clipped, plain
from screens.themes import palette
from screens.widgets import pictures
from screens.widgets.clipboard import sequence
from screens.widgets.columns import fit
from screens.widgets.painting import fitted, pieces, strip_of
from screens.widgets.text_pane import folded

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("number", "shown"), [
    (0.8123, "0.8123"), (0.8, "0.8000"), (0.0003, "0.0003000"), (1.0, "1.000"), (51.849, "51.85"), (1204.4, "1204"),
    (12204.2, "12,204"), (-0.5, "-0.5000"), (0.0, "0"), (None, "–"), (float("nan"), "–"), (3.2e12, "3.200e+12"),
])
def test_metrics_have_four_significant_digits(number: float | None, shown: str) -> None:
    assert f.significant(number) == shown


@pytest.mark.parametrize(("seconds", "shown"), [
    (3, "now"), (61, "1 min"), (3599, "59 min"), (7200, "2 h"), (86400 * 3, "3 d"), (86400 * 70, "10 w"),
    (86400 * 800, "2.2 y"), (-45, "in 1 min"), (-7200, "in 2 h"),
])
def test_times_are_relative_and_coarse(seconds: int, shown: str) -> None:
    assert f.ago(NOW - timedelta(seconds=seconds), NOW).plain == shown


@pytest.mark.parametrize(("seconds", "shown"), [
    (0.844, "0.84 s"), (12.3, "12 s"), (200, "3 min 20 s"), (7500, "2 h 05 min"), (273600, "3 d 4 h"), (None, "–"),
])
def test_durations(seconds: float | None, shown: str) -> None:
    assert f.duration(seconds) == shown


def test_counts_sizes_shares_and_values() -> None:
    assert f.count(1234567).plain == "1,234,567" and f.count(None).plain == "–"
    assert [f.size(one) for one in (0, 999, 1500, 215_751, 83e9)] == ["0 B", "999 B", "1.5 kB", "216 kB", "83.0 GB"]
    assert [f.share(one) for one in (0, 0.0002, 0.037, 0.84, None)] == ["0 %", "<0.1 %", "3.7 %", "84 %", "–"]
    assert [f.value(one) for one in (1963.0, 0.5, -0.04, 997.234)] == ["1963", "0.5", "-0.04", "997.23"]
    assert f.signed(-0.004) == "-0.0040" and f.signed(0.0612) == "+0.061" and f.signed(None) == "–"


@pytest.mark.parametrize("word", [
    *vocabulary.VersionState, *vocabulary.RunState, *vocabulary.JobState, *vocabulary.Verdict, *RANK, *OUTCOMES,
    "champion", "challenger", "held", "paused", "discarded", "broken", "valid",
])
def test_a_state_is_a_glyph_and_a_word(word: str) -> None:
    glyph, _, said = f.status(word).plain.partition(" ")
    assert (len(glyph) == 1 and glyph != "·") or word in ("queued", "none")
    assert said and said.isprintable()


HOSTILE = st.text(st.characters(codec=None), max_size=40) | st.sampled_from([
    "\x1b[31mred", "[bold]x[/bold]", "[/x]", "\u202egnp.exe", "👨‍👩‍👧‍👦 family", "🇩🇪", "e\u0301" * 30, "中文字段",
    "\u200b\u2060", "a\tb\nc\rd", "\x9b2J", "☃\ufe0f", "1\ufe0f\u20e3", "\ud800", "\u3164", "a\xa0b\u3000c\u2003d", "ﷺ",
    "x" * 9000,
])


@given(HOSTILE)
def test_plain_text_has_no_control_character_and_a_known_width(text: str) -> None:
    shown = plain(text)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert all(character.isprintable() for character in shown)
    assert cell_len(shown) == sum(cell_len(character) for character in shown)
    assert plain(shown) == shown


@given(HOSTILE, st.integers(0, 30))
def test_clipped_text_fits(text: str, width: int) -> None:
    assert cell_len(clipped(plain(text), width)) <= width


@given(st.lists(st.tuples(HOSTILE, st.sampled_from(["good", "", "quiet", "no such tone"])), max_size=4),
       st.integers(1, 40), st.booleans())
def test_a_cell_takes_exactly_its_width(parts: list[tuple[str, str]], width: int, right: bool) -> None:
    text = Text.assemble(*((plain(part), tone) for part, tone in parts))
    found = fitted(text, width, right=right)
    assert sum(cell_len(part) for part, _ in found) == width
    assert "".join(part for part, _ in pieces(text)) == text.plain
    strip = strip_of(found, width, palette("footplate-dark"))
    assert strip.cell_length == width and all(segment.control is None for segment in strip)


@given(HOSTILE, st.integers(12, 60))
def test_folded_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    whole = Text.assemble(("  name           ", "quiet"), plain(text))
    lines = folded(whole, width)
    assert all(cell_len(line.plain) <= width for line in lines)
    if len(text) < 300:
        kept = "".join(line.plain for line in lines).replace(" ", "")
        assert kept == whole.plain.replace(" ", "")


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(1, 40))
def test_histograms_keep_their_total_and_their_width(counts: list[float], width: int) -> None:
    width = min(width, len(counts))
    assert sum(pictures.resampled(counts, width)) == pytest.approx(sum(counts), rel=1e-9, abs=1e-6)
    assert len(pictures.histogram(counts, 16).plain) == 16
    assert len(pictures.trend([*counts, None], 12).plain) == 12


@given(st.floats(0, 1) | st.none(), st.integers(1, 20))
def test_bars_fill_by_eighths_and_never_hide_what_is_there(part: float | None, width: int) -> None:
    shown = pictures.bar(part, width).plain
    assert len(shown) == width
    assert (shown.strip() == "") == (not part)


def test_the_clipboard_sequence_is_wrapped_for_tmux() -> None:
    assert sequence("run 12", tmux=False) == "\x1b]52;c;cnVuIDEy\a"
    assert sequence("run 12", tmux=True) == "\x1b]52;c;cnVuIDEy\a\x1bPtmux;\x1b\x1b]52;c;cnVuIDEy\a\x1b\\"


def test_formats_keys_and_commands_load_no_textual() -> None:
    code = "import sys, screens.format, screens.keys, screens.command; print('textual' in sys.modules)"
    root = Path(f.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20)), min_size=1, max_size=12), st.integers(1, 200))
def test_columns_that_fit_take_their_floor_first_and_never_more_than_there_is(
    wanted: list[tuple[int, int]], room: int
) -> None:
    columns = [Column("", lambda row, now: Text(), narrowest=narrowest) for _, narrowest in wanted]
    natural = [width for width, _ in wanted]
    widths = fit(columns, natural, room)
    assert 1 <= len(widths) <= len(columns)
    assert sum(widths) + 2 * (len(widths) - 1) <= max(room, 1)
    assert all(width <= most for width, most in zip(widths, natural, strict=False))
    if sum(natural) + 2 * (len(natural) - 1) <= room:
        assert widths == natural
