"""A workspace in which every key can act, and a console's surroundings: an editor, a shell, logs."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from core.vocabulary import RunState, Verdict
from tests.screens.test_rows import stored
from tests.screens.watched import watched
from tests.screens.world import RECIPE, World, profile


def make(template: Path, root: Path) -> Path:
    """Two recipes; a run and a job of every kind; a version whose rows can be seen. Closed."""
    shutil.copytree(template, root)
    world = World(root)
    stored(world, ["n", "late"], [["1", "0"], ["2", "1"]])
    world.version(file="new.csv", minutes=0.5)
    watched(world)
    world.recipe("churn")
    for number in range(2):
        world.version("churn", file=f"{number}.csv", profile=profile("temp"), minutes=30 - number)
    world.run("churn", score=0.8, data=[10], minutes=9)
    world.run("churn", score=0.81, data=[10], verdict=Verdict.NEEDS_APPROVAL, minutes=2)
    job = world.job("churn", key="train:running")
    run = world.run("churn", state=RunState.RUNNING, score=None, minutes=1)
    world.job("churn", error="no memory", key="train:failed")
    with world.write() as tx:
        tx.connection.exec_driver_sql("UPDATE run SET job_id = ? WHERE id = ?", (job, run))
    for name in ("flights", "churn"):
        (world.workspace.recipes / f"{name}.toml").write_text(RECIPE, "utf-8")
    world.close()
    return root


def open_copy(busy: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy below `folder`, with logs, $EDITOR and $SHELL."""
    root = folder / "house"
    shutil.copytree(busy, root)
    world = World(root)
    line = "a line of the log\n"
    (world.workspace.logs / "daemon.log").write_text(f"2026-03-14T11:59:00+00:00 INFO {line}")
    with world.workspace.registry.read() as connection:
        logs = [row[0] for row in connection.exec_driver_sql("SELECT log FROM run WHERE log IS NOT NULL")]
    for name in logs:
        (world.workspace.hidden / name).parent.mkdir(parents=True, exist_ok=True)
        (world.workspace.hidden / name).write_text(line)
    monkeypatch.setenv("FOOTPLATE_STATE", "/dev/null")
    monkeypatch.setattr(HeadlessDriver, "can_suspend", property(lambda self: True))
    noted = f"pathlib.Path({str(folder / 'shell')!r}).write_text(os.getcwd())"
    monkeypatch.setenv("SHELL", program(folder / "sh", noted))
    monkeypatch.delenv("VISUAL", raising=False)
    schedule = '\n[triggers]\nschedule = "0 3 * * *"\n'
    wait = "time.sleep(1.1)"  # as long as a person's editor would be there
    monkeypatch.setenv("EDITOR", program(folder / "ed", f"open(sys.argv[1], 'a').write({schedule!r}); {wait}"))
    yield world
    world.close()


def program(path: Path, line: str) -> str:
    path.write_text(f"#!{sys.executable}\nimport os, pathlib, sys, time\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
