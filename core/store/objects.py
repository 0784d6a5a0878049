"""Content-addressed files: write beside, sync, rename. What has a name is whole.

    ROOT/ab/cdef...     one object, read-only, named by the sha256 of its bytes
    ROOT/tmp/           copies under way; anything in it at start is left over from a killed process
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import stat
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadData, Corrupted

BLOCK = 1 << 20
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | os.O_CLOEXEC


@dataclass(frozen=True)
class Staged:
    """A copy that is complete but has no name yet; `publish` gives it one."""

    temporary: Path
    hash: str
    size: int


class ChangedWhileCopied(Exception):
    """The source moved under our hands; look again later."""


class Store:
    """Objects under one folder. Safe for many processes at once: publishing twice is publishing once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tmp = root / "tmp"

    def create(self) -> None:
        self.tmp.mkdir(parents=True, exist_ok=True)

    def path(self, hash: str) -> Path:
        return self.root / hash[:2] / hash[2:]

    def has(self, hash: str) -> bool:
        return self.path(hash).is_file()

    # -- writing

    def stage(self, source: Path | bytes) -> Staged:
        """Copy a file whole while hashing it, never following a final link, never touching the source.

        Raises BadData when it cannot be read, ChangedWhileCopied when it changed meanwhile.
        """
        try:
            descriptor = os.open(source, os.O_RDONLY | _NO_LINK)
        except OSError as error:
            raise BadData(
                f"cannot be read: {error.strerror}", "give the daemon's user the right to read it",
                check="unreadable",
            ) from None
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise BadData("is no regular file", "only files are read", check="unreadable")
            staged = self._copy(descriptor, before.st_size)
            after = os.fstat(descriptor)
        except OSError as error:
            if error.errno in (None, 5):  # EIO: the source's disk; anything else is ours to report
                raise BadData(f"cannot be read: {error.strerror}", check="unreadable") from None
            raise
        finally:
            os.close(descriptor)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or (
            staged.size != after.st_size
        ):
            staged.temporary.unlink(missing_ok=True)
            raise ChangedWhileCopied
        return staged

    def _copy(self, descriptor: int, size: int) -> Staged:
        temporary = self._temporary()
        digest, written = hashlib.sha256(), 0
        buffer = bytearray(min(BLOCK, size + 1))
        view = memoryview(buffer)
        target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o440)
        try:
            while count := os.readv(descriptor, [buffer]):
                digest.update(view[:count])
                start = 0
                while start < count:
                    start += os.write(target, view[start:count])
                written += count
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(target)
        return Staged(temporary, digest.hexdigest(), written)

    def _temporary(self) -> Path:
        return self.tmp / f"{os.getpid()}-{uuid.uuid4().hex}"

    def publish(self, staged: Iterable[Staged]) -> None:
        """Make a batch durable with one sync, then give each its name (rename, then sync the folders)."""
        batch = list(staged)
        if not batch:
            return
        if len(batch) <= 3:
            for one in batch:
                _sync(one.temporary)
        else:
            _sync_filesystem(self.tmp)
        folders: set[Path] = set()
        for one in batch:
            target = self.path(one.hash)
            if not target.parent.is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                folders.add(self.root)
            os.replace(one.temporary, target)
            folders.add(target.parent)
        if len(folders) <= 3:
            for folder in folders:
                _sync(folder)
        else:
            _sync_filesystem(self.root)

    def put_bytes(self, data: bytes) -> str:
        """Store bytes; returns their sha256."""
        hash = hashlib.sha256(data).hexdigest()
        if not self.has(hash):
            self.publish([self.stage_bytes(data)])
        return hash

    def stage_bytes(self, data: bytes) -> Staged:
        temporary = self._temporary()
        target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o440)
        with os.fdopen(target, "wb") as stream:
            stream.write(data)
        return Staged(temporary, hashlib.sha256(data).hexdigest(), len(data))

    def put_file(self, source: Path) -> str:
        """Store a file of our own; returns its sha256."""
        staged = self.stage(source)
        self.publish([staged])
        return staged.hash

    def move_to(self, other: Store, hash: str) -> None:
        """Bring an object into another store of the same workspace; doing it twice is doing it once."""
        if not other.has(hash):
            other.publish([other.stage(self.path(hash))])
        self.remove(hash)

    def remove(self, hash: str) -> None:
        self.path(hash).unlink(missing_ok=True)

    # -- reading

    def read(self, hash: str) -> bytes:
        """An object's bytes, checked against its name."""
        try:
            data = self.path(hash).read_bytes()
        except FileNotFoundError:
            raise self._missing(hash) from None
        if hashlib.sha256(data).hexdigest() != hash:
            raise self._corrupted(hash)
        return data

    def verified(self, hash: str) -> Path:
        """The path of an object, after its bytes were checked against its name."""
        path = self.path(hash)
        try:
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            raise self._missing(hash) from None
        if found != hash:
            raise self._corrupted(hash)
        return path

    def _missing(self, hash: str) -> Corrupted:
        return Corrupted(f"stored file {self.path(hash)} is missing", "restore it from a backup: `footplate doctor`")

    def _corrupted(self, hash: str) -> Corrupted:
        return Corrupted(
            f"stored file {self.path(hash)} was changed: its bytes no longer give its name",
            "restore it from a backup; `footplate doctor` lists what depends on it",
        )

    # -- upkeep

    def hashes(self) -> Iterator[str]:
        """Every object's name."""
        if not self.root.is_dir():
            return
        for folder in sorted(self.root.iterdir()):
            if len(folder.name) == 2:
                for file in sorted(folder.iterdir()):
                    yield folder.name + file.name

    def leftovers(self) -> list[Path]:
        """Half-made copies whose process is gone."""
        return [path for path in self.tmp.glob("*-*") if not _alive(path.name.partition("-")[0])]

    def sweep(self) -> int:
        """Remove the leftovers; returns how many there were."""
        found = self.leftovers()
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)


def publish_file(path: Path, data: bytes) -> None:
    """Write a file of the workspace whole or not at all: beside, sync, rename."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_filesystem(folder: Path) -> None:
    """One sync for a whole batch (an fsync for each of 10,000 small files costs three times as much)."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if library.syncfs(descriptor) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)
