"""A drift check of 1,000,000 rows by 20 columns against a kept reference: beside Evidently, and beside plain numpy.

Evidently (its DataDriftPreset, in an environment of its own) gets both frames in memory, ours the kept reference and
the new rows; each in a process of its own, whose seconds and peak memory count from when the rows are there. Plain
numpy is the population stability index of the new rows over ten kept bins a column, in turns with ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import Figure, environment, in_turns, spoken
from benchmarks.peers import environment as peer

ROWS, COLUMNS = 1_000_000, 20
TIMES, MEMORY, LIMIT = 1 / 50, 1 / 4, 2.0
EVIDENTLY = ("evidently==0.7.23", "pandas<3")

Array = np.ndarray[Any, Any]

COMMON = """
import json, resource, sys, time
import numpy as np, pandas as pd

def frame(path):
    rows = np.load(path)
    return pd.DataFrame(rows, columns=[f"x{one}" for one in range(rows.shape[1])], copy=False)

def told(began):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - began, "megabytes": peak}))
"""
OURS = COMMON + """
from pathlib import Path
from core.monitoring.drift import check
from core.monitoring.reference import Reference

kept, rows = Path(sys.argv[1]).read_bytes(), frame(sys.argv[2])
began = time.perf_counter()
report = check(Reference.from_bytes(kept), rows)
assert report.verdict == "ok", report.summary
told(began)
"""
THEIRS = COMMON + """
from evidently import Report
from evidently.presets import DataDriftPreset

before, after = frame(sys.argv[1]), frame(sys.argv[2])
began = time.perf_counter()
Report([DataDriftPreset()]).run(after, before).dict()
told(began)
"""
KEEP = COMMON + """
from pathlib import Path
from core.monitoring.reference import Reference
from core.vocabulary import Kind

rows = frame(sys.argv[1])
Path(sys.argv[2]).write_bytes(Reference.of(rows, {name: Kind.NUMBER for name in rows.columns}).to_bytes())
told(0.0)
"""


def figures() -> Iterator[Figure]:
    python = peer("evidently", *EVIDENTLY)
    with tempfile.TemporaryDirectory(prefix="footplate-bench-") as folder:
        before, after, kept = (Path(folder) / name for name in ("before.npy", "after.npy", "reference"))
        np.save(before, _rows(1))
        np.save(after, _rows(2))
        _run(sys.executable, KEEP, before, kept)
        size = kept.stat().st_size
        ours = sorted((_run(sys.executable, OURS, kept, after) for _ in range(3)), key=lambda one: one["seconds"])[1]
        theirs = _run(str(python), THEIRS, before, after)
        said = f"{spoken(ours['seconds'])} against {spoken(theirs['seconds'])}; the kept reference is {size:,} bytes"
        yield Figure("drift", f"{ROWS:,} x {COLUMNS} against a kept reference, by Evidently's time",
                     ours["seconds"] / theirs["seconds"], TIMES, "x", said)
        yield Figure("drift", "peak memory, by Evidently's", ours["megabytes"] / theirs["megabytes"], MEMORY, "x",
                     f"{ours['megabytes']:.0f} MB against {theirs['megabytes']:.0f} MB")
        yield _limit(np.load(after), np.load(before))


def _rows(seed: int) -> Array:
    """Normal and skewed columns, in the order in which pandas keeps them."""
    random = np.random.default_rng(seed)
    made = np.empty((ROWS, COLUMNS), order="F")
    for column in range(COLUMNS):
        made[:, column] = random.normal(size=ROWS) if column % 2 else random.lognormal(size=ROWS)
    return made


def _run(python: str, program: str, *words: Path) -> dict[str, float]:
    done = subprocess.run(
        [python, "-W", "ignore", "-c", textwrap.dedent(program), *map(str, words)], env=environment(),
        capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-4000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _limit(after: Array, before: Array) -> Figure:
    import pandas as pd

    from core.monitoring.drift import check
    from core.monitoring.reference import Reference
    from core.vocabulary import Kind

    names = [f"x{one}" for one in range(COLUMNS)]
    kinds = dict.fromkeys(names, Kind.NUMBER)
    reference = Reference.of(pd.DataFrame(before[:100_000], columns=names), kinds)
    window = pd.DataFrame(after, columns=names, copy=False)
    bins = [_bins(before[:100_000, one]) for one in range(COLUMNS)]

    def plain() -> None:
        for column, (edges, shares) in enumerate(bins):
            found = np.histogram(after[:, column], edges)[0] / len(after)
            float(((found - shares) * np.log((found + 1e-6) / (shares + 1e-6))).sum())

    pairs = in_turns(_timed(lambda: check(reference, window)), _timed(plain), 9)
    return pairs.figure("drift", "the check on parsed rows, by plain numpy PSI of the new rows", LIMIT)


def _bins(values: Array) -> tuple[Array, Array]:
    edges = np.quantile(values, np.linspace(0, 1, 11))
    edges[0], edges[-1] = -np.inf, np.inf
    return edges, np.histogram(values, edges)[0] / len(values)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return seconds
