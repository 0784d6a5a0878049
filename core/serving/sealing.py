"""Files of lines that nobody writes any more become files of columns.

A sealed file has the name of its lines: where both are there (the sealer was killed in between) it is whole, and
the lines count for nothing. So nothing is lost, and nothing there twice.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.failpoints import failpoint
from core.serving import lines, sealed, segments
from core.serving.columns import Block
from core.serving.segments import Segment

BEGUN_SECONDS = 60.0  # between making a file and locking it there are microseconds


@dataclass(frozen=True)
class Sealed:
    """What a round of sealing did."""

    files: int = 0
    rows: int = 0
    torn: int = 0  # lines that were not whole
    bytes_before: int = 0
    bytes_after: int = 0


def seal(folder: Path) -> Sealed:
    """Seal every file of a model that is not being written. Any number of processes may do it at once."""
    done = Sealed()
    for path in sorted(folder.glob(f"*{segments.LINES}")):
        segment = segments.of(path)
        if segment is not None:
            with segments.abandoned(path) as free:
                if free:
                    done = _sum(done, _seal(segment))
    _sweep(folder)
    return done


def _seal(segment: Segment) -> Sealed:
    """Of a file of lines that we hold the lock of."""
    source = segment.path
    target = source.with_suffix(segments.SEALED)
    before = source.stat().st_size
    done = Sealed()
    if not target.exists():
        block, torn = lines.parse(source)
        if block is not None and (len(block) or torn):
            sealed.publish(Block(_head(block, torn), block.columns), target)
            done = Sealed(1, len(block), torn, before, target.stat().st_size)
        elif before:  # lines without a header: a disk that lost its beginning; what it is stays for a person to see
            source.rename(source.with_suffix(".unreadable"))
            return Sealed(torn=torn)
    source.unlink()
    failpoint("log.removed")
    return done


def _head(block: Block, torn: int) -> dict[str, object]:
    """What is told of a file without reading its columns."""
    pairs = zip(block.coded("environment").texts(), block.coded("role").texts(), strict=True)
    at = block.array("at")
    return {
        **block.head, "rows": len(block), "torn": torn, "first": int(at[0]) if len(at) else None,
        "last": int(at[-1]) if len(at) else None,
        "counts": [[environment, role, count] for (environment, role), count in sorted(Counter(pairs).items())],
    }


def _sum(one: Sealed, other: Sealed) -> Sealed:
    return Sealed(
        one.files + other.files, one.rows + other.rows, one.torn + other.torn, one.bytes_before + other.bytes_before,
        one.bytes_after + other.bytes_after,
    )


def _sweep(folder: Path) -> None:
    """What killed processes left: files that were begun and hold nothing, and sealed ones that were never whole."""
    for path in folder.glob(f".*{segments.BEGUN}"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > BEGUN_SECONDS:
                path.unlink()
    for path in folder.glob(f".*{segments.SEALED}.tmp"):
        if not path.with_name(path.name[1:].removesuffix(f"{segments.SEALED}.tmp") + segments.LINES).exists():
            path.unlink(missing_ok=True)
