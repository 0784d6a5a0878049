"""A workspace with a daemon, used from outside as a person would: by commands and by files that arrive."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measuring import environment
from core.workspace import Workspace

SAMPLE = Path(__file__).resolve().parent.parent / "sample_data" / "flights"


class Place:
    """A workspace at `root`, with `inbox/` beside its recipes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inbox = root / "inbox"
        self.daemon: subprocess.Popen[bytes] | None = None

    def make(self, name: str, target: str, *more: str) -> None:
        """`init` and `recipes new`."""
        self.run("init", str(self.root), anywhere=True)
        self.inbox.mkdir()
        self.run("recipes", "new", name, "--watch", str(self.inbox), "--target", target, *more)

    def run(self, *words: str, anywhere: bool = False) -> str:
        before = () if anywhere else ("-w", str(self.root))
        done = subprocess.run(
            [sys.executable, "-m", "console", *before, *words], env=environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def start(self) -> int:
        """The daemon, as a child of ours; returns its pid once it holds the workspace."""
        with (self.root / "daemon.out").open("ab") as stream:
            self.daemon = subprocess.Popen(
                [sys.executable, "-m", "console", "-w", str(self.root), "daemon", "run"], env=environment(),
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True,
            )
        lock = self.root / ".footplate" / "run" / "daemon.lock"
        until(lambda: lock.exists() and str(self.daemon.pid if self.daemon else 0) in lock.read_text(), 60)
        return self.daemon.pid

    def stop(self) -> None:
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait(60)
            self.daemon = None

    def wait(self, seconds: float = 600) -> None:
        """Until all that arrived is judged and learned from."""
        self.run("wait", "--timeout", str(seconds))

    def workspace(self) -> Workspace:
        return Workspace.open(self.root)

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        workspace = self.workspace()
        try:
            with workspace.registry.read() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(query, values).fetchall()]
        finally:
            workspace.close()


@contextmanager
def place() -> Iterator[Place]:
    """A fresh folder, gone afterwards, its daemon stopped. FOOTPLATE_BENCH names another place than the default."""
    folder = Path(tempfile.mkdtemp(prefix="footplate-bench-", dir=os.environ.get("FOOTPLATE_BENCH")))
    made = Place(folder / "workspace")
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def move_in(source: Path, folder: Path, name: str | None = None) -> None:
    """Copy beside, make it look an hour old, rename it in: the daemon takes it at once, nothing has to settle."""
    beside = folder / f".{source.name}.part"
    shutil.copyfile(source, beside)
    earlier = time.time() - 3600
    os.utime(beside, (earlier, earlier))
    beside.rename(folder / (name or source.name))


def processes(pid: int) -> Sequence[psutil.Process]:
    """A daemon and what it started."""
    daemon = psutil.Process(pid)
    return [daemon, *daemon.children(recursive=True)]


def until(condition: Callable[[], bool], seconds: float, pause: float = 0.01) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"it did not come true within {seconds:g} s")
        time.sleep(pause)
