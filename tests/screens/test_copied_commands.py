"""The command that `C` copies in a question, run in a shell on a copy of the workspace, does what `y` does here."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.workspace import ENVIRONMENT
from screens.keys import MAP
from tests.fakes.lab import Lab, learnable
from tests.screens.driver import Driver, Opened
from tests.screens.world import World

ROOT = Path(__file__).parents[2]
FLIGHTS, CHURN = "/name=flights", "/name=churn"
QUESTIONS: dict[str, tuple[str, ...]] = {  # action -> keys that lead to its question; /... filters, =... is typed
    "promote": ("4", FLIGHTS, "enter", "/version=4", "P"),
    "roll_back": ("4", FLIGHTS, "B"),
    "approve": ("4", CHURN, "A"),
    "deploy": ("4", FLIGHTS, "s", "1"),
    "hold": ("4", FLIGHTS, "H"),
    "evaluate": ("4", FLIGHTS, "r"),
    "train": ("3", "/recipe=churn", "t"),
    "retrain": ("5", "/churn", "t"),
    "silence": ("5", "/kind=drift", "s", "8"),
    "threshold": ("5", "/kind=drift", "=", "e", "=0.4", "enter"),
    "trigger": ("6", "tab", "tab", CHURN, "t"),
    "stop": ("3", "/state=running", "S"),
    "delete": ("3", "/id=7", "D", "=7"),
    "dispose": ("2", FLIGHTS, "enter", "/version=3", "X"),
    "acknowledge": ("6", "/state=failed", "a"),
    "retry": ("6", "/state=failed", "r"),
    "cancel": ("6", "/state=queued", "S"),
    "suspend": ("6", "tab", "tab", CHURN, "H"),
    "undo": ("4", CHURN, "H", "y", "z"),
    "redo": ("4", CHURN, "H", "y", "z", "y", "Z"),
    "edit": ("4", FLIGHTS, "e"),
}
MORE: dict[str, tuple[str, ...]] = {  # the same actions, on other rows or on many
    "discard": ("2", FLIGHTS, "enter", "/version=7", "X", "d", "=flights@7"),
    "restore": ("2", FLIGHTS, "enter", "/version=3", "X", "y", "X"),
    "acknowledge an alert": ("5", "/kind=drift", "a"),
    "acknowledge from the overview": ("1", "tab", "/kind=alert", "a"),
    "roll back from an alert": ("5", "tab", "/kind=performance", "B"),
    "hear": ("5", "/kind=drift", "s", "8", "y", "s"),
    "reset": ("5", "/kind=drift", "=", "e", "=0.4", "enter", "y", "=", "x"),
    "switch off": ("5", "/kind=drift", "x", "o"),
    "silence many": ("5", "space", "space", "x", "s"),
    "acknowledge alerts": ("5", "tab", "space", "space", "x", "a"),
    "deploy a canary": ("4", FLIGHTS, "enter", "/version=4", "s", "4"),
    "roll a deployment back": ("4", "tab", "/model=flights", "B"),
    "resume": ("4", FLIGHTS, "H", "y", "H"),
    "retire many": ("2", FLIGHTS, "enter", "space", "space", "space", "space", "x", "t"),
    "tag many": ("3", "/recipe=flights", "*", "x", "#", "=odd", "enter"),
}
ELSEWHERE = {  # they ask nothing, or have tests of their own below or beside
    "actions", "check", "rows", "differences", "compare", "baseline", "metric", "note", "tag", "follow", "dry_run",
    "add_folder", "next_section", "previous_section", "add", "start_daemon",
}
OTHER = "other"  # the copy of the workspace
PASSING = re.compile(
    r"_at$|until$|_since$|^at$|^actor$|_by$|^act$|hash$|^stamp$|^key$|^pid$|lease|heartbeat|^seconds$|^owner$"
)


def facts(root: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of the registry, without times, hashes, and who it was."""
    with sqlite3.connect(root / ".footplate" / "registry.db") as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [_plain(row, root) for row in connection.execute(f"SELECT * FROM {name}")]
            for name in names if not name.startswith(("sqlite_", "alembic"))
        }


def _plain(row: sqlite3.Row, root: Path) -> dict[str, Any]:
    kept = {name: value for name, value in dict(row).items() if not PASSING.search(name)}
    for name, value in kept.items():
        if isinstance(value, str):
            value = re.sub(rf"{re.escape(str(root.parent))}/(house|{OTHER})", "ROOT", value)
            if value.startswith("{"):
                value = _timeless(json.loads(value))
            elif value.startswith("[{"):
                value = [_timeless(one) for one in json.loads(value)]
            kept[name] = value
    return kept


def _timeless(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in facts.items() if not PASSING.search(key)}


def shell(command: str, root: Path) -> None:
    """As a person would run it: `footplate` on the path, in the workspace."""
    tools = root.parent / "bin"
    tools.mkdir(exist_ok=True)
    tool = tools / "footplate"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m console "$@"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    environment = os.environ | {
        "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), ENVIRONMENT: str(root),
    }
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)


async def lead(driver: Driver, keys: tuple[str, ...]) -> None:
    """Press the keys, each once the one before has come to its end."""
    for key in keys:
        if key.startswith("/"):
            await driver.press("slash")
            await driver.type(key[1:])
            await driver.press("enter")
            await driver.until(lambda: driver.screen.row() is not None, f"a row for {key}")
        elif key.startswith("=") and len(key) > 1:
            await driver.until(lambda: driver.modal in ("Ask", "Prompt"), "a line to type in")
            await driver.type(key[1:])
        else:
            if key == "y":
                await driver.until(lambda: driver.modal == "Ask", f"a question; says {driver.said}")
            await driver.keys(key)
            await driver.ready()
            if key == "y":
                await driver.until(lambda: "working" not in driver.said and not driver.modal and driver.said, "done")
            elif key in ("X", "x", "D", "#", "=", "s"):
                await driver.until(lambda: driver.modal, f"what {key} offers; says {driver.said}")
            elif key == "enter":
                await driver.until(lambda: driver.screen.row() is not None or driver.modal, "a row")


async def the_same(driver: Driver, root: Path, keys: tuple[str, ...]) -> None:
    """Ask; copy the command; run it on a copy of the workspace; say yes; compare."""
    await lead(driver, keys)
    await driver.until(lambda: driver.modal == "Ask", f"a question; says {driver.said}")
    await driver.keys("C")
    command, other = driver.app.clipboard, root.with_name(OTHER)
    assert command.startswith("footplate "), command
    shutil.copytree(root, other)
    before = facts(other)
    shell(command, other)
    changed = facts(other)
    assert changed != before, "the command did nothing"
    await driver.keys("y")
    await driver.until(lambda: not driver.modal and driver.said and "working" not in driver.said, "done")
    here = facts(root)
    for table in changed:
        assert here[table] == changed[table], (command, table, driver.said)


def test_every_action_that_asks_is_tried() -> None:
    acting = [key.action for key in MAP][[key.action for key in MAP].index("actions"):]
    last = acting.index("search")
    assert set(acting[:last]) - ELSEWHERE == set(QUESTIONS)


@pytest.mark.parametrize("name", [*QUESTIONS, *MORE])
async def test_the_copied_command_does_the_same(place: World, console: Opened, name: str) -> None:
    async with console(place.workspace, (80, 24)) as driver:
        await the_same(driver, place.workspace.root, {**QUESTIONS, **MORE}[name])


@pytest.mark.parametrize("name", ["release", "add"])
async def test_the_copied_command_does_the_same_to_files(empty: World, console: Opened, name: str) -> None:
    lab = Lab(empty.workspace)
    lab.add("a.csv", learnable(60))
    lab.add("b.csv", learnable(60, 1), ["X ", "y"])
    file = empty.workspace.root.parent / "c.csv"
    file.write_text("x,y\n" + "\n".join(f"{x},{y}" for x, y in learnable(60, 2)) + "\n")
    keys = {"release": ("2", "enter", "/version=2", "X", "r"), "add": ("2", "i")}[name]
    async with console(empty.workspace, (80, 30)) as driver:
        if name == "add":
            await lead(driver, keys)
            await driver.until(lambda: driver.modal == "AskPath", "asks for the file")
            await driver.type(str(file))
            keys = ("enter",)
        await the_same(driver, empty.workspace.root, keys)
