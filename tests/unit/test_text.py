"""Hostile text can be looked at."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import shortened, visible

any_text = st.text(st.characters())


@given(any_text)
def test_nothing_that_moves_a_cursor_is_left(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in shown)
    assert not any(unicodedata.bidirectional(one) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
                   for one in shown)


@given(any_text)
def test_twice_is_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M"])))
def test_plain_text_comes_back_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("red\x1b[31m", "red␛[31m"), ("a\nb\tc\r", "a␊b␉c␍"), ("\x7f\x9b", "␡�"), ("gnp\u202e.exe", "gnp<U+202E>.exe"),
        ("\udcff", "�"), ("\u2028", "<U+2028>"), ("\ufeffx", "<U+FEFF>x"),
    ],
)
def test_what_becomes_of_it(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(any_text, st.integers(1, 60))
def test_shortened_is_never_longer(text: str, width: int) -> None:
    short = shortened(text, width)
    assert len(short) <= width
    assert short == visible(text) or short.endswith("…")


def test_what_fits_is_not_cut() -> None:
    assert shortened("x" * 40) == "x" * 40
    assert shortened("x" * 41) == "x" * 39 + "…"
    assert shortened("\u202e" * 2, 15) == "<U+202E><U+202E"[:14] + "…"
