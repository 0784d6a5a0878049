from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from core.views.spans import spans


def test_runs_of_numbers_are_drawn_together() -> None:
    assert spans([]) == ""
    assert spans([("a", 1)]) == "a@1"
    assert spans([("a", 3), ("a", 1), ("b", 9), ("a", 2), ("a", 7)]) == "a@1-3, 7; b@9"


@given(st.sets(st.integers(1, 40)))
def test_nothing_is_lost(versions: set[int]) -> None:
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", spans(("a", one) for one in versions)):
        found |= set(range(int(first), int(last or first) + 1))
    assert found == versions
