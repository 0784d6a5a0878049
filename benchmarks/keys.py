"""A key in the console while 10,000 files are being judged beside it, against the same key when all is quiet."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator

from benchmarks.many_files import drop, write_files
from benchmarks.measuring import Figure, environment
from benchmarks.place import Place, place, until
from benchmarks.terminal import Terminal

BAR = 2.0
PRESSES = 200
REST = 0.12  # seconds between two presses: a person who holds a key, and the answer is over


def figures() -> Iterator[Figure]:
    with place() as made:
        waiting = made.root.parent / "files"
        made.make("machines", "failed", "--time", "moment", "--id", "id")
        write_files(waiting)
        for path in sorted(waiting.iterdir())[:60]:
            path.rename(made.inbox / path.name)
        made.start()
        made.wait()
        command = [sys.executable, "-m", "console", "-w", str(made.root)]
        with Terminal(command, environment()) as terminal:
            terminal.until(lambda text: "machines" in text)
            terminal.send("2")
            terminal.until(lambda text: "machines" in text and "Data" in text)
            terminal.send("\r")
            terminal.until(lambda text: "machines_00059" in text)
            terminal.settle(0.5)
            idle = _presses(terminal)
            drop(waiting, made.inbox)
            until(lambda: _ingested(made) > 100, 120)
            busy = _presses(terminal)
            judged = _ingested(made)
    for name, at in (("median", 0.5), ("95th percentile", 0.95)):
        before, beside = _quantile(idle, at), _quantile(busy, at)
        said = f"{beside * 1000:.1f} ms against {before * 1000:.1f} ms, {PRESSES} presses, {judged:,} versions by then"
        what = f"{name}: a row down while 10,000 files are judged / when all is quiet"
        yield Figure("keys", what, beside / before, BAR, "x", said)


def _presses(terminal: Terminal) -> list[float]:
    taken = []
    for number in range(PRESSES):
        terminal.settle(REST, 0.5)
        before = terminal.under_cursor()
        began = time.perf_counter()
        terminal.send("j" if number // 20 % 2 == 0 else "k")
        while terminal.under_cursor() in (before, ""):
            if not terminal.read(5):
                raise TimeoutError(f"the cursor did not move within 5 s:\n{terminal.text()}")
        taken.append(terminal.heard - began)
    return taken


def _quantile(values: list[float], at: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(at * 100) - 1]


def _ingested(made: Place) -> int:
    return int(made.sql("SELECT count(*) FROM datasetversion")[0][0])
