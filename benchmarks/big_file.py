"""A CSV of 1 GB: judged and learned from in bounded memory; training takes a sample, and says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil

from benchmarks.measuring import Figure, spoken
from benchmarks.place import move_in, place, processes

BYTES = 1_000_000_000
GIB = 2.0
PIECE = 100_000


def figures() -> Iterator[Figure]:
    with place() as made:
        made.make("readings", "broken", "--time", "moment", "--id", "id")
        source = made.root.parent / "readings.csv"
        rows = _write(source)
        pid = made.start()
        watch = _Peak(pid)
        watch.start()
        began = time.monotonic()
        move_in(source, made.inbox)
        made.wait(3600)
        took = time.monotonic() - began
        watch.stop()
        [(state, judged, reasons)] = made.sql("SELECT state, rows, reasons FROM datasetversion")
        [(begun, ended)] = made.sql(
            "SELECT julianday(started_at) * 86400, julianday(ended_at) * 86400 FROM job WHERE kind = 'ingest'"
        )
        said = f"{judged:,} of {rows:,} rows, {state} {reasons}, judged in {spoken(ended - begun)}"
        said += f", learned from after {spoken(took)}"
        yield Figure("big_file", "peak memory of daemon and ingest, 1 GB CSV", watch.ingest / 2**30, GIB, "GiB", said)
        yield Figure("big_file", "rows that are not accounted for", abs(rows - judged), 0, "", said)
        yield _learned(made.sql("SELECT state, error, rows_train, basis, peak_memory FROM run ORDER BY id"))


def _learned(runs: list[tuple[object, ...]]) -> Figure:
    """Whether the run either took a sample and said so, or refused with a hint."""
    state, error, rows, basis, peak = runs[-1]
    notes = json.loads(str(basis)).get("notes", []) if basis else []
    told = any("sample" in note for note in notes) if state == "finished" else bool(error)
    detail = f"{state}: trained on {rows} rows, peak {int(str(peak or 0)) / 2**30:.2f} GiB; {error or '; '.join(notes)}"
    return Figure("big_file", "runs that did not say what they did", float(not told), 0, "", detail)


class _Peak(threading.Thread):
    """Looks ten times a second at the memory of a daemon with its ingest worker."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.ingest = 0
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.1):
            try:
                self.ingest = max(self.ingest, self._now())
            except psutil.Error:
                continue

    def _now(self) -> int:
        total = 0
        for one in processes(self._pid):
            try:
                if not self._trains(one.pid):
                    total += one.memory_info().rss
            except psutil.Error:
                continue
        return total

    @staticmethod
    def _trains(pid: int) -> bool:
        """Which of the two kinds a worker is: only training loads scikit-learn."""
        try:
            return "/sklearn/" in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
        except OSError:
            return True  # it is gone

    def stop(self) -> None:
        self._over.set()
        self.join()


def _write(path: Path) -> int:
    """About 1 GB of readings; returns how many rows."""
    random = np.random.default_rng(2013)
    rows = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write("id,moment," + ",".join(f"sensor_{place}" for place in range(12)) + ",site,broken\n")
        while stream.tell() < BYTES:
            values = random.normal(50, 15, (PIECE, 12)).round(4)
            broken = (random.random(PIECE) < 1 / (1 + np.exp(-(values[:, 0] - 65) / 8))).astype(int)
            sites = random.integers(0, 40, PIECE)
            days = rows // 20_000
            moment = f"20{10 + days // 336:02d}-{1 + days // 28 % 12:02d}-{1 + days % 28:02d}"
            for place in range(PIECE):
                numbers = ",".join(map(str, values[place]))
                stream.write(f"{rows + place},{moment},{numbers},site {sites[place]},{broken[place]}\n")
            rows += PIECE
    return rows
