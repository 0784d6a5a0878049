"""Storing files against what any store has to do: `sha256sum`, `cp` and `sync`.

One file of 1 GB, and 10,000 files of 20 kB in batches as ingest makes them. Ours copies and hashes in one pass,
and one sync makes a batch durable before its files get their names.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measuring import Figure, in_turns
from core.services.ingest import BATCH_FILES
from core.store.objects import Store

LARGE, LARGE_BAR, LARGE_PAIRS = 1_000_000_000, 1.3, 5
MANY, SMALL, MANY_BAR, MANY_PAIRS = 10_000, 20_000, 2.0, 7


def figures() -> Iterator[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="footplate-bench-", dir=os.environ.get("FOOTPLATE_BENCH")))
    try:
        large = folder / "large"
        large.mkdir()
        _write(large / "one", LARGE)
        pairs = in_turns(lambda: _ours(large, folder), lambda: _theirs(large, folder), LARGE_PAIRS)
        yield pairs.figure("store", "storing 1 GB / sha256sum, cp, sync", LARGE_BAR)
        shutil.rmtree(large)
        many = folder / "many"
        many.mkdir()
        for number in range(MANY):
            _write(many / f"{number:05d}", SMALL, number)
        pairs = in_turns(lambda: _ours(many, folder), lambda: _theirs(many, folder), MANY_PAIRS)
        yield pairs.figure("store", f"storing {MANY:,} files of 20 kB / sha256sum, cp, sync", MANY_BAR)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ours(source: Path, folder: Path) -> float:
    target = folder / "store"
    store = Store(target)
    store.create()
    files = sorted(source.iterdir())
    os.sync()
    began = time.perf_counter()
    for batch in _batches(files):
        store.publish([store.stage(file) for file in batch])
    took = time.perf_counter() - began
    shutil.rmtree(target)
    return took


def _theirs(source: Path, folder: Path) -> float:
    target = folder / "copies"
    target.mkdir()
    script = 'cd "$1" && ls | xargs sha256sum > "$2/sums" && cp -r . "$2" && sync'
    os.sync()
    began = time.perf_counter()
    subprocess.run(["sh", "-c", script, "sh", str(source), str(target)], check=True)
    took = time.perf_counter() - began
    shutil.rmtree(target)
    return took


def _batches(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), BATCH_FILES):
        yield files[start : start + BATCH_FILES]


def _write(path: Path, size: int, seed: int = 0) -> None:
    """Bytes of which no two files share a block."""
    chance = random.Random(seed)
    with path.open("wb") as stream:
        for start in range(0, size, 1 << 20):
            stream.write(chance.randbytes(min(1 << 20, size - start)))
