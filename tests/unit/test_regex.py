"""Regular expressions in linear time: they find what Python's find, refuse what they cannot, and are never slow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import UsageError
from core.query.matching import matches
from core.query.regex import KEPT, LONGEST, Expression, compiled

signs = st.sampled_from(
    ["a", "b", "c", "-", "_", "1", " ", ".", r"\d", r"\w", r"\s", r"\D", r"\.", "[ab]", "[^a]", "[a-c1]"]
)
edges = st.sampled_from(["^", "$"])
repetitions = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"])


def grown(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = st.builds("({}){}".format, inside, repetitions)
    return st.lists(grouped | inside, min_size=1, max_size=3).map("".join) | st.builds("{}|{}".format, inside, inside)


expressions = st.recursive(st.builds("{}{}".format, signs, repetitions) | edges, grown, max_leaves=8)


@given(expressions, st.text(alphabet="abcAB1-_ .\n", max_size=12))
@example("^$", "")
@example("a{2,3}b", "aaaab")
@example("(a|b)*c$", "abac")
def test_finds_what_python_finds(expression: str, text: str) -> None:
    python = re.compile(expression, re.IGNORECASE | re.ASCII | re.DOTALL)
    # Python's $ also stands before a last line break; ours only at the very end
    wanted = python.search(text) if not text.endswith("\n") or "$" not in expression else None
    if wanted is not None or not text.endswith("\n"):
        assert compiled(expression).search(text) == (wanted is not None)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("ÄB", "xäby"), ("É+$", "caféé"), (r"\w+", "中"), (r"[α-ω]", "Ω"), (r"a\/b", "a/b"), (r"\t", "a\tb"),
        ("{x}", "{X}"),
    ],
)
def test_case_does_not_matter_in_any_script(expression: str, text: str) -> None:
    assert matches(expression, text)


def test_what_is_missing_matches_nothing() -> None:
    assert not matches(".*", None) and matches("", "") and not matches("^$", "x")


@pytest.mark.parametrize(
    ("expression", "says", "at"),
    [
        ("a(b", "is not closed", 1), ("ab)", "closes nothing", 2), ("a[bc", "is not closed", 1),
        ("*a", "nothing to repeat", 0), ("a**", "is repeated", 2), ("a{3,2}", "end before they begin", 1),
        ("[z-a]", "range ends before", 3), (r"(a)\1", "is not known", 3), ("(?=a)", "bounded time", 0),
        ("(?i)a", "bounded time", 0), ("\\", "is not known", 0), ("a{5000}", "at most 1000", 1),
        ("(a{100}){100}", "too large", 0), ("x" * (LONGEST + 1), "at most 500 characters", 0),
        ("(" * 60, "too many groups", 40),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(expression: str, says: str, at: int) -> None:
    with pytest.raises(UsageError, match=says) as error:
        Expression(expression)
    assert error.value.at is not None and error.value.at[0] == at and error.value.hint


@given(st.text(alphabet="ab()[]{}|*+?^$\\.-,01", max_size=14), st.text(alphabet="ab01", max_size=8))
def test_never_crashes(expression: str, text: str) -> None:
    try:
        Expression(expression).search(text)
    except UsageError as error:
        assert error.at is not None


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "a*a*a*a*a*b", ".*.*.*=.*", "(x+x+)+y"])
def test_what_python_takes_for_ever_on_takes_no_longer_than_its_text(expression: str) -> None:
    text = "a" * 50_000 + "!"
    begun = time.process_time()
    assert not compiled(expression).search(text)
    assert time.process_time() - begun < 2.0


def test_what_is_remembered_is_bounded() -> None:
    made = Expression("a.{12}b")
    text = "".join(chr(0x4E00 + number % 20_000) for number in range(3 * KEPT)) + "a123456789012b"
    assert made.search(text)
    assert sum(len(state.following) for state in made._states.values()) <= KEPT
