"""From the demo: requests all the time while months arrive and champions change; nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.serving_story import story

REQUESTS = int(os.environ.get("FOOTPLATE_REQUESTS", "2000"))  # the whole story: 100000, and twelve months
MONTHS = int(os.environ.get("FOOTPLATE_MONTHS", "4"))


@pytest.mark.timeout(1800)
def test_not_one_request_is_lost_while_champions_change(tmp_path: Path) -> None:
    told = story(tmp_path / "demo", REQUESTS, MONTHS, connections=4 if MONTHS < 12 else 16)
    assert told.well, f"{told}\n" + "\n".join((told.failed + told.undeployed + told.unlogged)[:20])
    assert told.answers >= REQUESTS
    assert len(told.versions) >= 2, told
