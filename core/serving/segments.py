"""Where answers are kept: a folder a model, in it a file a version and process, rolled by size and age.

    MODEL/20261130T185148000123-v7-4f1c09ab5e20d713.jsonl   lines, being written or not sealed yet
    MODEL/20261130T185148000123-v7-4f1c09ab5e20d713.npz     the same, sealed (core.serving.sealed)

A writer holds a lock on its file; a file that is not locked is written by nobody any more. The name says of
which moments a file can be: it begins with its first answer and takes none that comes AGE later.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1  # of the lines
BYTES: Final = 8 << 20  # of a file of lines, after which the next one is begun
AGE: Final = timedelta(hours=1)
SLACK: Final = timedelta(minutes=1)  # that an answer may be older than the first one in its file
LINES: Final = ".jsonl"
SEALED: Final = ".npz"
BEGUN: Final = ".begun"  # not locked yet

_STAMP: Final = "%Y%m%dT%H%M%S%f"
_NAME: Final = re.compile(r"(\d{8}T\d{12})-v(\d+)-([0-9a-f]{16})(\.jsonl|\.npz)")
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, order=True)
class Segment:
    """One file of answers; in order of their beginnings."""

    began: datetime  # of its first answer
    version: int
    path: Path

    @property
    def is_sealed(self) -> bool:
        return self.path.suffix == SEALED

    @property
    def stem(self) -> str:
        return self.path.name.rpartition(".")[0]

    @property
    def earliest(self) -> datetime:
        """No answer in it is older."""
        return self.began - SLACK

    @property
    def latest(self) -> datetime:
        """No answer in it is younger."""
        return self.began + AGE + SLACK


def directory(name: str) -> str:
    """A model's name as that of a folder: itself where it is plain, else its plain part and a hash of all of it.

    >>> directory("churn"), directory("a b")
    ('churn', 'a_b-c8687a08aa5d')
    """
    if _PLAIN.fullmatch(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9_.]", "_", name)[:60].lstrip(".")
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def name(began: datetime, version: int, mark: str = "") -> str:
    """A name without an ending. `mark`: 16 hexadecimal digits; else such that it is nobody else's."""
    return f"{began.astimezone(UTC).strftime(_STAMP)}-v{version}-{mark or os.urandom(8).hex()}"


def of(path: Path) -> Segment | None:
    """What a file's name says; None for other files."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    try:
        began = datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Segment(began, int(found[2]), path)


def listed(folder: Path) -> list[Segment]:
    """The files of one model, oldest first; one that is sealed and not yet removed as lines counts as sealed."""
    try:
        found = [one for path in folder.iterdir() if (one := of(path)) is not None]
    except FileNotFoundError:
        return []
    sealed = {one.stem for one in found if one.is_sealed}
    return sorted(one for one in found if one.is_sealed or one.stem not in sealed)


def all_of(folder: Path) -> list[Segment]:
    """Every file of a model, its labels too, whether sealed or not."""
    return [one for path in folder.rglob("*") if (one := of(path)) is not None]


def models(root: Path) -> list[Path]:
    """The folders of all models."""
    try:
        return sorted(path for path in root.iterdir() if path.is_dir())
    except FileNotFoundError:
        return []


def create(folder: Path, stem: str) -> int:
    """A new, empty file of lines, locked before anybody can see it; its descriptor, to append to."""
    begun = folder / f".{stem}{BEGUN}"
    descriptor = os.open(begun, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o660)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        begun.rename(folder / f"{stem}{LINES}")
    except BaseException:
        os.close(descriptor)
        with suppress(OSError):
            begun.unlink()
        raise
    return descriptor


@contextmanager
def abandoned(path: Path) -> Iterator[bool]:
    """Whether nobody writes a file of lines any more; if so, nobody else finds that out meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = os.fstat(descriptor).st_nlink > 0  # else another one sealed it while we came
        except BlockingIOError:
            free = False
        yield free
    finally:
        os.close(descriptor)


def header(model: str, version: int, manifest: Any) -> dict[str, Any]:
    """The first line of a file: what its rows and answers are."""
    return {
        "format": FORMAT, "model": model, "version": version, "inputs": [dict(one) for one in manifest.inputs],
        "task": str(manifest.task), "classes": list(manifest.classes),
    }
