"""The facts of an event, as one would say them."""

from __future__ import annotations

import pytest

from screens.levels.events import fact


@pytest.mark.parametrize(("key", "value", "says"), [
    ("rows", 12_500, "rows 12,500"), ("bytes", 215_040, "bytes 215 kB"), ("version", 1_024, "version 1024"),
    ("by_itself", True, "by itself"), ("share", 0.25, "share 0.2500"), ("why", "gate passed", "why gate passed"),
    ("hash", "ab" * 32, "hash abababababab"), ("names", ["a", "b"], "names a; b"),
    ("reasons", [{"check": "missing_column", "message": "column dewp is missing"}], "reasons column dewp is missing"),
    ("before", {"version": 3, "bad_rows": 1_200}, "before version 3, bad rows 1,200"), ("to", None, "to –"),
    ("metrics", {"roc_auc": 0.71}, "metrics roc_auc 0.7100"), ("back", False, "back no"), ("names", [], "names –"),
])
def test_a_fact_in_words(key: str, value: object, says: str) -> None:
    assert fact(key, value) == says
