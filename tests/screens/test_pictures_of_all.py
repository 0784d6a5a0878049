"""Every screen and everything that lies over one, at three sizes, dark, light and without colour.

Each picture was looked at before it was accepted; those of `test_snapshots` are more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.screens.test_snapshots import console_of, pressing
from tests.screens.test_snapshots import house as house
from tests.screens.watched import serving, watched
from tests.screens.world import World

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)
DARK, LIGHT, BLIND, MONO = "dark", "light", "colour-blind", ""  # the last one: NO_COLOR


@dataclass(frozen=True)
class View:
    """`keys` lead to it, and `seen` is on the screen then."""

    keys: str
    seen: str
    size: tuple[int, int]
    theme: str
    before: Callable[[World], None] = lambda world: None  # what else the workspace has seen


VIEWS = {
    "overview": View("", "last decisions", LARGE, LIGHT),
    "needs": View("tab", "is quarantined", SMALL, BLIND),
    "datasets": View("2", "Newest versions", MIDDLE, LIGHT),
    "versions": View("2 enter down", "sha256", LARGE, DARK),
    "quarantined": View("2 enter d", "column dewp is missing", SMALL, DARK),
    "disposing": View("2 enter X", "discard it", SMALL, LIGHT),
    "difference": View("2 enter down =", "carrier", MIDDLE, MONO),
    "leaderboard": View("3 down", "run 6 of recipe", LARGE, LIGHT),
    "models": View("4", "champion", MIDDLE, MONO),
    "gate": View("4 enter enter tab tab", "What would have changed it", SMALL, DARK),
    "lineage": View("4 enter enter tab tab tab tab", "flights_2026", MIDDLE, DARK),
    "promotion": View("4 enter down P", "Promote", MIDDLE, LIGHT),
    "monitors": View("5", "silent", LARGE, DARK, watched),
    "readings": View("5 enter", "╌╌ threshold", SMALL, MONO, watched),
    "columns of a reading": View("5 enter enter", "Anderson", SMALL, LIGHT, watched),
    "a column of a reading": View("5 enter enter enter", "learned from", MIDDLE, BLIND, watched),
    "alerts": View("5 tab", "open", SMALL, DARK, watched),
    "alert": View("5 tab enter", "What can be done", MIDDLE, MONO, watched),
    "silence": View("5 s", "for eight hours", SMALL, LIGHT, watched),
    "deployments": View("4 tab", "rolling", SMALL, DARK, serving),
    "deployment": View("4 tab enter", "How it came here", MIDDLE, LIGHT, serving),
    "alarmed": View("", "✗ alert", SMALL, DARK, watched),
    "queue": View("6", "queued", LARGE, MONO),
    "audit": View("7", "GatePassed", SMALL, LIGHT),
    "help": View("?", "go to this screen", MIDDLE, DARK),
    "palette": View(";", "start the daemon, or stop it", SMALL, LIGHT),
    "command": View(":", "overview", SMALL, MONO),
    "columns": View("3 V", "Columns  ", SMALL, DARK),
    "actions": View("3 x", "tag", MIDDLE, BLIND),
}


@pytest.mark.parametrize("name", VIEWS)
def test_view(name: str, house: World, snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view = VIEWS[name]
    view.before(house)
    if view.theme == MONO:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        text = f'theme = "{view.theme}"\ntime_zone = "UTC"\n'
        (house.workspace.root / "footplate.toml").write_text(text, "utf-8")
    app = console_of(house)
    shown = pressing(app, *view.keys.split(), until=lambda driver: view.seen in driver.text())
    assert snap_compare(app, terminal_size=view.size, run_before=shown)
