"""News go on whatever becomes of the registry."""

from __future__ import annotations

import threading

from screens.feed import Feed
from tests.screens.world import World


def test_a_registry_that_gives_no_answer_is_asked_again(empty: World) -> None:
    path = empty.workspace.hidden / "registry.db"
    away = path.with_name("elsewhere.db")
    _ = empty.workspace.registry  # opened while it is there
    path.rename(away)
    changed, pulsed = threading.Event(), threading.Event()
    feed = Feed(empty.workspace, changed.set, pulsed.set)
    feed.start()
    try:
        assert pulsed.wait(10) and not changed.is_set()
        away.rename(path)
        assert changed.wait(10), "it answers again: that is news"
        changed.clear()
        empty.recipe("rain")
        assert changed.wait(10)
    finally:
        feed.stop(wait=True)


def test_news_wait_for_a_person_who_presses_keys_but_not_for_ever(empty: World) -> None:
    changed, asked, resting = threading.Event(), threading.Event(), threading.Event()

    def at_keys() -> bool:
        asked.set()
        return not resting.is_set()

    feed = Feed(empty.workspace, changed.set, lambda: None, at_keys)
    feed.start()
    try:
        empty.recipe("rain")
        assert asked.wait(10) and not changed.is_set(), "somebody is at the keys"
        resting.set()
        assert changed.wait(10)
        resting.clear()
        changed.clear()
        empty.recipe("snow")
        assert changed.wait(10), "the keys do not rest, and the news come all the same"
    finally:
        feed.stop(wait=True)
