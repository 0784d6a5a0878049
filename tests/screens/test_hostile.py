"""What comes from files, users and models is never trusted: nothing of it moves a cursor, crashes or misaligns."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from core.services import notes, release
from core.vocabulary import VersionState
from screens.level import Level, Listing, Page, Query
from screens.levels.comparison import ComparisonPage
from screens.levels.datasets import Datasets, Versions
from screens.levels.decisions import Decisions
from screens.levels.folders import Folders
from screens.levels.jobs import Jobs
from screens.levels.models import Models, ModelVersions
from screens.levels.overview import ModelLines
from screens.levels.parts import PARTS
from screens.levels.profile import FeaturePage, Profile
from screens.levels.replay import ReplayPage
from screens.levels.run import RunPage
from screens.levels.runs import Runs
from screens.levels.stream import Stream
from screens.levels.triggers import Triggers
from screens.texts import as_json, tail
from screens.widgets.painting import fitted
from screens.widgets.text_pane import folded
from tests.screens.driver import Opened
from tests.screens.world import World, profile

STRINGS = [
    "[bold red]x[/bold red] [/nope] [@click=app.quit]q[/]",
    "\x1b[2J\x1b]52;c;AAAA\x07 \x9b31m",
    "\u202egnp.exe\u2066 \u200f",
    "👨‍👩‍👧‍👦🇩🇪👍🏽 ☃\ufe0f 1\ufe0f\u20e3",
    "e\u0301\u0301\u0301\u0301 ก็ Z̷̢̛a̸l̵g̶o",
    "中文字段 ｱｲｳ \u3000 \u200b\u2060\ufeff",
    "a\nb\r\nc\td",
    "'; DROP TABLE run; -- \"$(reboot)\" `id`",
    "y" * 5000,
]


def inhabit(world: World, text: str) -> None:
    """A workspace in which every field that somebody else fills says `text`."""
    reason = {"check": text, "column": text, "message": text, "line": 3}
    world.recipe(text, text=f"# {text}\n", paused=True, problem=text)
    facts = profile(text)
    facts["columns"]["carrier"]["top"][0]["value"] = text
    ids = [world.version(text, file=text, warnings=[reason], profile=facts, actor=text)]
    world.version(text, state=VersionState.QUARANTINED, file=text, reasons=[reason])
    gate = {"metric": text, "value": 0.7, "champion_value": 0.6, "interval": None, "threshold": 0.5, "passed": True}
    options: dict[str, Any] = {
        "reasons": [{**gate, "message": text}], "headline": text, "params": {text: text}, "metric": text, "actor": text,
    }
    world.run(text, data=ids, **options)
    run = world.run(text, data=ids, error=text, minutes=2, **options)
    if text.strip():
        notes.note(world.workspace, run, text)
        notes.tag(world.workspace, run, text)
    release.hold(world.workspace, text, text)
    world.job(text, error=text, key=text)


def levels(world: World, name: str) -> Iterator[Level]:
    yield from (Datasets(), Versions(name), Runs(), Models(), ModelVersions(name), Jobs(), Folders(), Triggers())
    yield from (Decisions(), Stream(), ModelLines(), Profile(f"{name}@1"), RunPage(1), ReplayPage(name))
    yield from (part(name, 1) for part in PARTS)
    yield ComparisonPage([1, 2])
    yield FeaturePage(f"{name}@1", Profile(f"{name}@1").read(world.workspace, Query()).rows[0])


def safe(lines: Iterable[Text]) -> None:
    for line in lines:
        assert all(character.isprintable() for character in line.plain), repr(line.plain)
        assert cell_len(line.plain) == sum(cell_len(character) for character in line.plain)
        line.plain.encode("utf-8")


def look_at_everything(world: World, name: str) -> None:
    now, workspace = world.clock.now(), world.workspace
    for level in levels(world, name):
        if isinstance(level, Page):
            safe(level.read(workspace, now))
            safe(as_json(level.raw(workspace)))
            continue
        assert isinstance(level, Listing)
        rows = level.read(workspace, Query()).rows
        for row in rows:
            for column in level.columns:
                cell = column.cell(row, now)
                safe([cell])
                assert sum(cell_len(part) for part, _ in fitted(cell, 12, right=column.right)) == 12
            safe(level.describe(workspace, row))
            assert json.loads("\n".join(line.plain for line in as_json(level.raw(workspace, row)))) is not None
            level.row_command(row)


@pytest.mark.parametrize("text", STRINGS, ids=range(len(STRINGS)))
def test_every_field_of_every_level_is_made_safe(empty: World, text: str) -> None:
    inhabit(empty, text)
    look_at_everything(empty, text)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_in_any_field_is_made_safe(bare: Path, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("any") / "house"
    shutil.copytree(bare, root)
    world = World(root)
    try:
        inhabit(world, text)
        look_at_everything(world, text)
    finally:
        world.close()


@pytest.mark.parametrize("text", [STRINGS[at][:24] + STRINGS[at + 1][:16] for at in (0, 2, 4)], ids=range(3))
async def test_the_console_stays_whole(empty: World, console: Opened, text: str) -> None:
    """Every screen, its drill-down, its describe view and a question, with hostile names everywhere."""
    inhabit(empty, text)
    async with console(empty.workspace, (120, 30)) as driver:
        async def whole() -> None:
            await driver.settle()
            for strip in driver.app.screen._compositor.render_strips():
                assert all(segment.control is None for segment in strip)
                line = "".join(segment.text for segment in strip)
                assert cell_len(line) == 120 and line.isprintable(), repr(line)

        for keys in (("1",), ("2", "enter", "down", "enter"), ("3", "enter"), ("4", "enter", "enter"), ("6",), ("7",)):
            await driver.press(*keys)
            await whole()
        await driver.press("1", "d")
        await whole()
        await driver.press("escape", "H")
        await driver.until(lambda: driver.modal == "Ask")
        await whole()


def test_a_line_of_a_megabyte_is_cut_before_it_is_looked_at(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_bytes(b"\xff\xfe\x00" + b"z" * 1_000_000 + b"\nlast \x1b[31mred\n")
    lines = tail(log)
    safe(lines)
    assert lines[-1].plain == "last ␛[31mred" and "the last 400,000" in lines[0].plain
    assert all(len(line.plain) <= 4_000 for line in lines)
    assert len(folded(Text("z" * 4_000), 10)) <= 40
