"""Which files of answers wait to be sealed, and which are too old or too many. Cheap, and nothing heavy is imported."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from core.serving import segments
from core.serving.segments import Segment


def waits(folder: Path) -> bool:
    """Whether there is something to seal; cheap."""
    for path in folder.glob(f"*{segments.LINES}"):
        with segments.abandoned(path) as free:
            if free:
                return True
    return False


def expire(root: Path, before: datetime, most: int) -> tuple[int, int]:
    """Remove answers (and labels) of before a moment, then the oldest until all that stay fill at most `most` bytes.

    What is being written stays. Returns (files, bytes) that went.
    """
    found: list[tuple[Segment, int]] = []
    for folder in segments.models(root):
        for segment in segments.all_of(folder):
            with suppress(FileNotFoundError):
                found.append((segment, segment.path.stat().st_size))
    found.sort(key=lambda one: one[0].began)
    total = sum(size for _, size in found)
    files = freed = 0
    for segment, size in found:
        if segment.latest >= before and total <= most:
            break
        if _remove(segment):
            total, files, freed = total - size, files + 1, freed + size
    return files, freed


def _remove(segment: Segment) -> bool:
    if segment.is_sealed:
        segment.path.unlink(missing_ok=True)
        return True
    with segments.abandoned(segment.path) as free:
        if free:
            segment.path.unlink(missing_ok=True)
        return free
