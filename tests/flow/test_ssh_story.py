"""A new user over SSH, at 80 x 24, by keys alone: from the demo to a run of their own making."""

from __future__ import annotations

import csv
import os
import stat
import sys
from pathlib import Path

import pytest

from console import daemon
from core.views import datasets as dataset_views
from core.views import models as model_views
from core.views import runs as run_views
from core.workspace import ENVIRONMENT, Workspace
from screens.state import OVERRIDE
from tests.flow.ssh import Person, connected, served

DEMO_SECONDS = 150
ROOT = Path(__file__).parents[2]
EDITOR = """\
import pathlib, sys, time
file = pathlib.Path(sys.argv[1])
file.write_text(file.read_text() + "\\n[model]\\nparams = { max_iter = 150 }\\n")
time.sleep(1.1)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a login: an editor, a place for state, no workspace."""
    editor = tmp_path / "editor"
    editor.write_text(f"#!{sys.executable}\n{EDITOR}")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    kept = {name: value for name, value in os.environ.items() if name not in (ENVIRONMENT, "VISUAL", "COLORTERM")}
    return {
        **kept, "EDITOR": str(editor), OVERRIDE: str(tmp_path / "state"), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT),
    }


@pytest.mark.timeout(300)
async def test_the_whole_story(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "console", "demo", str(folder), "--months", "5"]
    try:
        async with served(command, environment) as port, connected(port) as person:
            await person.sees("Overview", "flights", seconds=60)
            await the_demo_is_told(person)
            workspace = Workspace.open(folder)
            await why_a_month_was_quarantined(person, workspace)
            await two_runs_side_by_side(person)
            await why_the_last_challenger_was_refused(person)
            await an_older_version_is_promoted_and_that_is_undone(person, workspace)
            await held_and_resumed(person, workspace)
            await a_recipe_is_edited_and_its_run_watched(person, workspace)
            await a_table_is_exported(person, tmp_path / "runs.csv")
            await person.press("q")
            assert await person.gone() == 0
            assert daemon.holder(workspace) is not None, "the daemon lives on"
            workspace.close()
    finally:
        daemon.stop(Workspace.open(folder))


async def the_demo_is_told(person: Person) -> None:
    """The overview tells it by itself, decision by decision."""
    await person.sees("★ flights@1", seconds=DEMO_SECONDS)
    await person.sees("✗ flights@4  quarantined: column dewp is missing", seconds=DEMO_SECONDS)
    await person.sees("refused: the champion stays", seconds=DEMO_SECONDS)
    await person.sees("★ flights@6", "ALL WELL", "daemon up", seconds=DEMO_SECONDS)


async def why_a_month_was_quarantined(person: Person, workspace: Workspace) -> None:
    """The very column among the lines of the file; then it is thrown away, by typing its name."""
    await person.press("2", "flights", "✗ 1")
    await person.press("enter", "Data › flights", "✗ quarantined")
    await person.down_to("✗ quarantined")
    await person.press("d", "column dewp is missing", "no such column", "[dewp]", "expected")
    await person.press("backspace", "Data › flights")
    await person.press("X", "What to do with flights@4?", "release it", "discard it")
    await person.press("d", "Discard flights@4?", "cannot be undone", "type flights@4")
    person.type("flights@4")
    await person.sees("yes, do it")
    await person.press("enter")
    await person.press("j")
    await person.sees("Discard flights@4?")
    assert not dataset_views.show(workspace, "flights@4").discarded, "Enter never confirms"
    await person.press("y", "flights@4 is discarded", "✗ discarded")
    assert dataset_views.show(workspace, "flights@4").discarded


async def two_runs_side_by_side(person: Person) -> None:
    await person.press("3", "Experiments › runs", "refused")
    await person.until(lambda: person.row().split()[1:2] == ["6"], "the newest run under the cursor")
    await person.press("space", "1 marked")
    await person.down_to(" 4 ")
    await person.press("=", "runs 4 = 6", "Metrics, with 95 % intervals", "roc_auc")
    await person.press("backspace", "Experiments › runs")
    await person.press("backspace")
    await person.until(lambda: "marked" not in person.text(), "no more marks")


async def why_the_last_challenger_was_refused(person: Person) -> None:
    """The filter finds it, `d` tells it: by which number, and what would have changed it; a search leads there."""
    await person.press("/", "roc_auc>0.8")
    person.type("verdict=failed")
    await person.press("enter", "1 of 1", "refused")
    await person.press("d", "run 5", "✗ failed", "a saved recipe")
    for words in ("surely worse", "refused: the champion stays", "would change"):
        await person.press("/")
        await person.until(lambda: person.screen.display[-1].strip() == "/", "the line of the search")
        person.type(words)
        await person.press("enter", f"{words}: 1/", words)
    await person.press("q", "/verdict=failed")
    await person.press("backspace", " of 6", "promoted v4")


async def an_older_version_is_promoted_and_that_is_undone(person: Person, workspace: Workspace) -> None:
    await person.press("4", "Models", "flights")
    await person.press("enter", "deployments › flights", "★ champion")
    await person.down_to("v3")
    await person.press("P", "Promote flights v3?", "v5, roc_auc", "footplate models promote flights 3 --champion 5")
    assert model_views.show(workspace, "flights").champion == 5
    await person.press("y", "flights v3 is the champion, before it was v5")
    assert model_views.show(workspace, "flights").champion == 3
    await person.press("z", "Undo: the champion of flights became v3", "v5 is the champion of flights")
    await person.press("y", "undone: v5 is the champion of flights")
    assert model_views.show(workspace, "flights").champion == 5


async def held_and_resumed(person: Person, workspace: Workspace) -> None:
    await person.press("H", "Hold flights?", "nothing is promoted until it is resumed")
    await person.press("y", "flights is held", "1 HELD")
    assert model_views.show(workspace, "flights").held
    await person.press("H", "Let flights promote again?")
    await person.press("y", "flights promotes again")
    assert not model_views.show(workspace, "flights").held


async def a_recipe_is_edited_and_its_run_watched(person: Person, workspace: Workspace) -> None:
    """The editor adds a line; saving it causes a run, whose log is followed to its end."""
    await person.press("e", "Save recipe flights?", "is valid", "max_iter", "watches")
    await person.press("y", "recipe flights is saved")
    await person.press("3", "Experiments › runs", " 7  flights", seconds=60)
    await person.press("g")
    await person.until(lambda: person.row().split()[1:2] == ["7"], "the run under the cursor")
    await person.press("L", "following", "run 7: 12,500 labelled rows", "fitting on")
    await person.sees(" against ", seconds=60)
    await person.press("q", "Experiments › runs")
    await person.until(lambda: "finished" in person.row(), "the run has ended", 60)
    run = run_views.get(workspace, 7)
    assert (run.cause, run.params["max_iter"]) == ("recipe_change", 150)


async def a_table_is_exported(person: Person, file: Path) -> None:
    await person.press("E", "export to runs.csv")
    for _ in "runs.csv":
        await person.press("backspace")
    await person.until(lambda: "runs.csv" not in person.text(), "an empty line")
    person.type(str(file))
    await person.press("enter", "7 rows -> ")
    with file.open(newline="", encoding="utf-8") as stream:
        assert [row["id"] for row in csv.DictReader(stream)] == ["7", "6", "5", "4", "3", "2", "1"]
