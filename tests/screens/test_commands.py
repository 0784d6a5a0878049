"""`C` copies commands: each one must be a line that the command line understands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import screens
from console.cli import root
from core.views import activity
from core.views import datasets as dataset_views
from core.vocabulary import RunState, Verdict
from core.workspace import Workspace
from screens import asks, automation, disposal, experiments, releases, returns
from screens.desk import Desk
from screens.level import Level, Listing, Query
from tests.screens.driver import no_daemon
from tests.screens.test_hostile import inhabit, levels
from tests.screens.world import World


def understood(line: str) -> None:
    """The command line takes the words of `line`, down to the verb; fails where it does not."""
    words = shlex.split(line)
    assert words.pop(0) == "footplate"
    command: Any = root()
    context = command.make_context("footplate", words)
    while hasattr(command, "resolve_command"):
        name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, words, parent=context)


def of_levels(workspace: Workspace, level: Level) -> Iterator[str]:
    yield level.command()
    if isinstance(level, Listing):
        for row in level.read(workspace, Query()).rows:
            yield level.row_command(row)


def of_questions(world: World) -> Iterator[str]:
    """The command of every question that the screens can ask."""
    workspace = world.workspace
    yield releases.promote(workspace, "flights", 4)[0].command
    yield releases.roll_back(workspace, "flights")[0].command
    yield returns.prepare(workspace, "model flights", redo=False)[0].command
    yield from (asks.hold(workspace, "flights", held=held)[0].command for held in (True, False))
    yield asks.train(workspace, "flights")[0].command
    job = world.job(error="no memory", key="failed")
    yield automation.retry(workspace, activity.job(workspace, job))[0].command
    yield automation.suspend(workspace, "flights")[0].command
    yield asks.daemon(Desk(workspace, no_daemon, no_daemon))[0].command
    version = dataset_views.show(workspace, "flights@7")
    for verb in disposal.COMMANDS:
        if verb != disposal.RELEASE:
            yield disposal.prepare(workspace, version, verb)[0].command
    yield disposal.COMMANDS[disposal.RELEASE].format("flights@7")
    run = world.run(state=RunState.RUNNING, score=None)
    with world.write() as tx:
        tx.connection.exec_driver_sql("UPDATE run SET job_id = ? WHERE id = ?", (job, run))
    yield experiments.stop(workspace, run)[0].command
    world.run(verdict=Verdict.NEEDS_APPROVAL, minutes=1)
    yield releases.approve(workspace, "flights")[0].command


def test_every_command_of_every_row_and_question_is_one_that_exists(world: World) -> None:
    shown = {line for level in levels(world, "flights") for line in of_levels(world.workspace, level) if line}
    shown |= set(of_questions(world))
    assert len(shown) > 40
    for line in shown:
        understood(line)


def test_commands_with_odd_names_are_quoted_for_a_shell(empty: World) -> None:
    name = "it's $(odd) `name`; --force"
    inhabit(empty, name)
    lines = {line for level in levels(empty, name) for line in of_levels(empty.workspace, level) if line}
    named = [line for line in lines if "odd" in line]
    assert len(named) >= 8
    for line in named:
        understood(line)
        assert any(name in word for word in shlex.split(line)), line


def test_commands_in_sentences_exist_too() -> None:
    """What the screens tell people to type, found in their sources."""
    for file in Path(screens.__file__).parent.rglob("*.py"):
        for line in re.findall(r"footplate (?:[a-z][a-z-]* ?)+", file.read_text("utf-8")):
            assert line.split()[1] in root().list_commands(None), (file.name, line)


def test_a_command_that_does_not_exist_is_found_out() -> None:
    with pytest.raises(Exception, match="no such command"):
        understood("footplate modles list")
