"""Which version answers: evenly by the share, and a key keeps the version that it got."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.serving.routing import Choice, Route, choose, place
from core.vocabulary import Role, Strategy

CANARY = Route("m", "production", 1, 2, Strategy.CANARY, 0.25, 7)


def test_where_nothing_serves_nobody_answers() -> None:
    assert choose(replace(CANARY, stable=None, candidate=None), "k") is None


def test_alone_it_answers_all() -> None:
    assert choose(Route("m", "production", 3), "k") == Choice(3, Role.STABLE)


def test_a_shadow_answers_beside_every_time() -> None:
    route = replace(CANARY, strategy=Strategy.SHADOW, share=0.0)
    assert {choose(route, str(key)) for key in range(100)} == {Choice(1, Role.STABLE, 2)}


@pytest.mark.parametrize("share", [0.0, 0.05, 0.25, 1.0])
def test_a_canary_answers_its_share(share: float) -> None:
    route = replace(CANARY, share=share)
    chosen = [choose(route, f"customer {key}") for key in range(20_000)]
    found = sum(one == Choice(2, Role.CANARY) for one in chosen) / len(chosen)
    assert found == pytest.approx(share, abs=0.015)


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_takes_more_and_gives_none_back(key: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    first, later = choose(replace(CANARY, share=low), key), choose(replace(CANARY, share=high), key)
    assert first is not None and later is not None
    assert first.role is Role.STABLE or later.role is Role.CANARY


def test_another_candidate_comes_to_others() -> None:
    keys = [str(key) for key in range(2_000)]
    first = {key for key in keys if place(CANARY, key) < 0.25}
    second = {key for key in keys if place(replace(CANARY, candidate=3), key) < 0.25}
    assert len(first & second) == pytest.approx(0.25 * 0.25 * len(keys), abs=50)


def test_all_versions_of_a_route_are_known() -> None:
    assert CANARY.versions == (1, 2) and replace(CANARY, candidate=None).versions == (1,)
