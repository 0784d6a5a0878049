"""Ratios that mean something on a machine whose speed drifts: ours and theirs in turns, and medians."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figure:
    """One number with its bar: it has to be at most that. `unit` is "x" where it is a ratio to a limit."""

    name: str
    what: str
    value: float
    bar: float
    unit: str
    detail: str

    @property
    def met(self) -> bool:
        return self.value <= self.bar

    def __str__(self) -> str:
        state = "ok    " if self.met else "MISSED"
        unit = f" {self.unit}"
        number = f"{self.value:>8.2f}{unit:<5} bar {self.bar:g}"
        return f"{state}  {self.name:<12} {number}  {self.what}\n        {self.detail}"


@dataclass(frozen=True)
class Pairs:
    """Seconds of ours and of theirs, measured in turns."""

    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the ratios: what slows the machine for a while slows both of a pair."""
        return median(mine / other for mine, other in zip(self.ours, self.theirs, strict=True))

    def figure(self, name: str, what: str, bar: float) -> Figure:
        detail = f"{spoken(median(self.ours))} against {spoken(median(self.theirs))}, {len(self.ours)} pairs"
        return Figure(name, what, self.ratio, bar, "x", detail)


def in_turns(ours: Callable[[], float], theirs: Callable[[], float], pairs: int, *, warm: bool = True) -> Pairs:
    """Measure A B A B ...; each returns its seconds. With `warm` a first pair does not count."""
    if warm:
        ours()
        theirs()
    mine, others = [], []
    for _ in range(pairs):
        mine.append(ours())
        others.append(theirs())
    return Pairs(mine, others)


def spoken(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 2 else f"{seconds:.1f} s"


def environment(**more: str) -> dict[str, str]:
    """Of every process that is measured: bytecode is written and used, this checkout is what runs,
    and nothing is kept for a user."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FOOTPLATE"))}
    return clean | {"PYTHONPATH": str(PROJECT), "FOOTPLATE_STATE": os.devnull} | more


def timed(words: Sequence[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> float:
    """Seconds that a command takes, from its start to its end; fails where it does."""
    began = time.perf_counter()
    done = subprocess.run(
        words, env=env or environment(), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    took = time.perf_counter() - began
    if done.returncode != 0:
        said = f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}\n{said}")
    return took


def python(*words: str) -> float:
    """Seconds of a Python of its own."""
    return timed([sys.executable, *words])


def footplate(*words: str) -> float:
    """Seconds of a command line of ours."""
    return timed([sys.executable, "-m", "console", *words])
