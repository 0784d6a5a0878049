"""A real workspace with a real daemon, for whole stories: real files, real processes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from console import daemon
from core.services import recipes
from core.services.waiting import wait
from core.workspace import Workspace

SETTINGS = "[daemon]\nsettle_seconds = 0.2\nbackoff_seconds = 0.1\nattempts = 3\nstop_seconds = 8\n"


class House:
    """`with House(folder) as house:` stops the daemon and every worker at its end."""

    def __init__(self, root: Path, settings: str = SETTINGS) -> None:
        root.mkdir(parents=True, exist_ok=True)
        (root / "footplate.toml").write_text(settings, "utf-8")
        self.workspace, _ = Workspace.init(root)
        self.root = root
        self.inbox = root / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> House:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        self.workspace.close()

    # -- recipes and files

    def recipe(self, text: str, name: str = "churn") -> None:
        (self.workspace.recipes / f"{name}.toml").write_text(text, "utf-8")

    def drop(self, name: str, rows: Iterable[Sequence[object]], header: Sequence[str]) -> Path:
        """Write a CSV beside, then rename it in."""
        return deliver(self.inbox / name, header, rows)

    # -- the daemon

    def start(
        self, environment: dict[str, str] | None = None, preexec: Callable[[], None] | None = None
    ) -> subprocess.Popen[bytes]:
        log = (self.workspace.logs / "daemon.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "console.daemon", str(self.root)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, env=os.environ | (environment or {}), preexec_fn=preexec,
            )
        self._started.append(process)
        until(lambda: daemon.holder(self.workspace) == process.pid or process.poll() is not None, 20)
        return process

    def workers(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if "core.automation.worker" in line and str(self.root) in line:
                found.append(process)
        return found

    def kill(self) -> None:
        """SIGKILL for the daemon and all its workers."""
        for process in self._started:
            process.kill()
            process.wait(10)
        self._started.clear()
        if pid := daemon.holder(self.workspace):  # one that a command started
            os.kill(pid, signal.SIGKILL)
            until(lambda: daemon.holder(self.workspace) != pid, 10)
        for worker in self.workers():
            try:
                worker.kill()
                worker.wait(10)
            except psutil.Error:
                continue

    def settle(self, seconds: float = 120) -> None:
        """Wait until all is judged and learned from."""
        done = wait(self.workspace, seconds, daemon_runs=lambda: daemon.holder(self.workspace) is not None)
        assert done, f"not done after {seconds} s; the daemon said:\n{self.log()[-3000:]}"

    def log(self) -> str:
        path = self.workspace.logs / "daemon.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    # -- asking

    def run(self, *words: str, code: int = 0) -> str:
        """A command in a process of its own; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "console", "-w", str(self.root), *words], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120,
        )
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.workspace.registry.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query, values).fetchall()]


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; fails where it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def deliver(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return temporary.replace(path)


CHURN = ("customer", "month", "age", "plan", "calls", "churned")


def churn(month: int, rows: int = 400, *, drift: float = 0.0, seed: int = 0) -> list[list[object]]:
    """Learnable rows: churn hangs on age and calls; `drift` turns the rule."""
    random = np.random.default_rng(1000 * seed + month)
    age = random.normal(40, 12, rows).round(1)
    calls = random.poisson(3, rows)
    plan = random.choice(["basic", "plus", "pro"], rows)
    signal_ = (age - 40) / 12 * (1 - drift) + (calls - 3) * (0.5 + drift) + (plan == "basic") * 0.6
    churned = random.random(rows) < 1 / (1 + np.exp(-1.2 * signal_))
    return [
        [f"{month:02d}-{place:05d}", f"2024-{month:02d}-{1 + place * 27 // rows:02d}", age[place], plan[place],
         calls[place], int(churned[place])]
        for place in range(rows)
    ]


RECIPE = """\
watch = "inbox"
target = "churned"
time = "month"
id = "customer"

[model]
params = { max_iter = 20 }

[triggers]
runs_per_day = 1000
"""


def make(root: Path) -> House:
    house = House(root)
    house.recipe(RECIPE)
    recipes.sync(house.workspace)
    return house
