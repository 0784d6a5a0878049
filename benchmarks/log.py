"""The prediction log: what an answer costs to write, and how quickly many are sealed and read.

Written against the least that would do (`json.dumps` and one `write` of the same record); sealed against parsing the
same lines; read, once sealed, against numpy reading the same numbers from a file of its own. In turns.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import Figure, in_turns

ANSWERS, PAIRS, WARM = 20_000, 7, 2
START = datetime(2026, 11, 30, tzinfo=UTC)


def figures() -> Iterator[Figure]:
    from core.serving import history, sealing
    from core.serving.log import PredictionLog

    manifest, records = _manifest(), [_record(number) for number in range(ANSWERS)]
    with tempfile.TemporaryDirectory(prefix="footplate-log-") as name:
        root = Path(name)

        def write() -> float:
            with PredictionLog(root / f"log-{time.monotonic_ns()}") as log:
                return _timed(lambda: [log.write(record, manifest) for record in records])

        def bare() -> float:
            descriptor = os.open(root / "bare", os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND)
            try:
                return _timed(lambda: [os.write(descriptor, json.dumps(one).encode() + b"\n") for one in records])
            finally:
                os.close(descriptor)

        pairs = in_turns(write, bare, PAIRS)
        mine = 1e6 * sorted(pairs.ours)[PAIRS // 2] / ANSWERS
        disk = _on_disk(root, manifest, records[:200])
        yield Figure("log", "an answer written", pairs.ratio, 2.5, "x", f"{mine:.1f} us; on the disk {disk:.2f} ms")

        folders = iter([_written(root / f"seal-{number}", manifest, records) for number in range(PAIRS + WARM)])
        lines = (root / "bare").read_bytes().splitlines()
        pairs = in_turns(
            lambda: _timed(lambda: sealing.seal(next(folders))),
            lambda: _timed(lambda: [json.loads(one) for one in lines]), PAIRS,
        )
        rate = ANSWERS / sorted(pairs.ours)[PAIRS // 2]
        sizes = [sum(path.stat().st_size for path in folder.iterdir()) for folder in (root / "seal-0").iterdir()]
        detail = f"{rate:,.0f} answers a second, {sizes[0] / ANSWERS:.0f} bytes each, {len(lines[0])} before"
        yield Figure("log", "answers sealed / their lines parsed", pairs.ratio, 6, "x", detail)

        folder = next((root / "seal-0").iterdir())
        [piece] = history.read(folder, rows=10 * ANSWERS)
        plain = {name: column for name, column in piece.block.columns.items() if isinstance(column, np.ndarray)}
        np.savez_compressed(root / "plain.npz", **plain)  # type: ignore[arg-type]
        wanted = tuple(plain)

        def theirs() -> None:
            with np.load(root / "plain.npz") as arrays:
                assert all(len(arrays[name]) for name in wanted)

        pairs = in_turns(
            lambda: _timed(lambda: [len(one) for one in history.read(folder, columns=wanted)]), lambda: _timed(theirs),
            PAIRS,
        )
        rate = ANSWERS / sorted(pairs.ours)[PAIRS // 2]
        yield Figure("log", "sealed answers read / numpy", pairs.ratio, 2, "x", f"{rate:,.0f} answers a second")


def _written(root: Path, manifest: Any, records: list[dict[str, Any]]) -> Path:
    from core.serving.log import PredictionLog

    with PredictionLog(root) as log:
        for record in records:
            log.write(record, manifest)
    return next(root.iterdir())


def _on_disk(root: Path, manifest: Any, records: list[dict[str, Any]]) -> float:
    """Milliseconds an answer, where each waits for the disk."""
    from core.serving.log import PredictionLog

    with PredictionLog(root / "disk", sync="disk") as log:
        return 1e3 * _timed(lambda: [log.write(record, manifest) for record in records]) / len(records)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _manifest() -> Any:
    from core.training.manifest import Manifest

    inputs = tuple({"name": f"c{number}", "kind": "category" if number == 0 else "number"} for number in range(10))
    return Manifest("churn", "", "sklearn", "", "classification", ("no", "yes"), "y", inputs, (), "", ())


def _record(number: int) -> dict[str, Any]:
    random = np.random.default_rng(number)
    cells = [f"level {number % 7}", *random.normal(size=9).round(4).tolist()]
    share = round(float(random.random()), 6)
    return {
        "at": (START + timedelta(milliseconds=number)).isoformat(timespec="microseconds"), "model": "churn",
        "version": 7, "environment": "production", "role": "stable", "revision": 3, "ids": [f"5f0c1a2b3c4d-{number:x}"],
        "keys": [f"customer {number}"], "rows": [cells], "predictions": ["yes" if share > 0.5 else "no"],
        "probabilities": [[1 - share, share]], "ms": 0.12,
    }
