"""The console while the world around it misbehaves: floods of events, a daemon that dies, a locked registry, a terminal
that changes its size all the time. It stays alive, says what is wrong, and recovers."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.measuring import PROJECT, environment
from benchmarks.terminal import Terminal
from tests.screens.terminal import QUIET, at_runs, cells, checked, under
from tests.screens.world import World

A_MINUTE = 10_000
KEY_SECONDS = 0.25  # the middle of all presses, on a machine that others use, too
BYTES_A_SECOND = 20_000  # of which a screen that is painted anew at each commit would send a multiple


@pytest.fixture
def house(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "house", datetime.now(UTC))
    world.recipe()
    (world.workspace.recipes / "flights.toml").write_text('watch = "inbox"\ntarget = "late"\n', "utf-8")
    for number in range(60):
        world.run(score=0.6 + number / 1000, minutes=58 - number / 2, verdict=None)
    yield world
    world.close()


@contextlib.contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, *words], env=environment(), cwd=PROJECT, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        assert started.stdout is not None
        started.stdout.close()


def test_ten_thousand_events_a_minute_are_no_bother(house: World) -> None:
    """Keys answer, the cursor stays on its row by identity, and no screen is painted anew: that would be seen."""
    root = str(house.workspace.root)
    with at_runs(house) as terminal, process("-m", "benchmarks.writer", root, str(A_MINUTE)) as writer:
        terminal.send("jjjj")
        terminal.until(lambda _: under(terminal) == 56)
        assert writer.stdout is not None and writer.stdout.readline()
        first, began = last(house, "event"), time.monotonic()
        terminal.take()
        taken, row = [], 56
        while last(house, "event") - first < 400:
            for key, step in (("j", -1), ("k", 1)):
                row += step
                pressed = time.perf_counter()
                terminal.send(key)
                terminal.until(lambda _, row=row: under(terminal) == row, 10)
                taken.append(terminal.heard - pressed)
            terminal.settle(0.1, 0.3)
            assert under(terminal) == row, "the cursor stays on its row"
        seconds = time.monotonic() - began
        assert statistics.median(taken) < KEY_SECONDS
        assert checked(terminal.take()) / seconds < BYTES_A_SECOND
        runs = last(house, "run")
        terminal.send("g")
        terminal.until(lambda _: under(terminal) >= runs)


def last(house: World, table: str) -> int:
    with contextlib.closing(sqlite3.connect(house.workspace.registry.path)) as raw:
        return int(raw.execute(f"SELECT max(id) FROM {table}").fetchone()[0])


def test_a_daemon_that_is_killed_is_told_and_so_is_the_next(house: World) -> None:
    root = str(house.workspace.root)
    (house.workspace.root / "inbox").mkdir()
    with at_runs(house) as terminal:
        assert "no daemon" in terminal.text()
        for _ in range(2):
            with process("-m", "console", "-w", root, "daemon", "run") as daemon:
                terminal.until(lambda text: "daemon up" in text)
                os.killpg(daemon.pid, signal.SIGKILL)
                daemon.wait()
                terminal.until(lambda text: "no daemon" in text)
                moves(terminal)


def test_a_locked_registry_is_told_and_what_was_asked_for_meanwhile_is_done(house: World) -> None:
    with at_runs(house) as terminal:
        with contextlib.closing(sqlite3.connect(house.workspace.registry.path, isolation_level=None)) as raw:
            raw.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            terminal.send("#")
            terminal.until(lambda text: "Tag for run" in text)
            terminal.send("odd\r")
            terminal.until(lambda text: "registry locked" in text, 10)
            while time.monotonic() - began < 5:
                moves(terminal)
                assert "registry locked" in terminal.text()
            raw.execute("ROLLBACK")
        terminal.until(lambda text: "registry locked" not in text, 10)
        terminal.until(lambda text: "odd" in text, 10)
        moves(terminal)


def moves(terminal: Terminal) -> None:
    """A row down and up again, or where there is none below the other way."""
    row = under(terminal)
    there, back = "kj" if row == 1 else "jk"
    terminal.send(there)
    terminal.until(lambda _: under(terminal) not in (0, row))
    terminal.send(back)
    terminal.until(lambda _: under(terminal) == row)


def test_a_terminal_that_changes_its_size_200_times(house: World) -> None:
    chance = random.Random(7)
    with at_runs(house) as terminal:
        for number in range(200):
            columns, rows = chance.randint(20, 100), chance.randint(5, 30)
            terminal.resize(*((20, 5) if number % 8 == 0 else (400, 100) if number % 40 == 1 else (columns, rows)))
            terminal.send(chance.choice("jkGg"))
            terminal.read(1)
            terminal.settle(0.01, 0.2)
        for columns, rows in ((20, 5), (400, 100), (50, 20), (80, 24)):
            terminal.settle(QUIET)
            terminal.resize(columns, rows)
            terminal.until(lambda _: under(terminal) > 0, 10)
            terminal.settle(QUIET)
            assert terminal.process.poll() is None
            moves(terminal)
            if columns == 50:  # a phone at three in the morning: which run, of what, how it went
                line = next(line for line in terminal.screen.display if line.startswith("▌"))
                assert "flights" in line and "finish" in line and "0.6" in line
        before = cells(terminal)
        terminal.send("R")
        terminal.until(lambda text: "read again" in text)
        terminal.settle(QUIET)
        assert cells(terminal)[:-1] == before[:-1], "what is seen is what a whole repaint shows"
