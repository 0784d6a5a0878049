"""Content-addressed files: write beside, sync, rename. What has a name is whole.

    ROOT/ab/cdef...     one object, read-only, named by the sha256 of its bytes
    ROOT/tmp/           copies under way; anything in it at start is left over from a killed process
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadData, Corrupted
from core.store.files import at_work, remove, sync, sync_filesystem, unique
from core.store.files import publish_file as publish_file

BLOCK = 1 << 20
NAME = 64  # characters of a sha256 in hexadecimal
# What the file itself is to blame for; anything else (no handles, no memory, a share that went away) passes.
_UNREADABLE = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO,
               errno.ENODEV, errno.ENAMETOOLONG, errno.EINVAL}
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
        return len(hash) == NAME and self.path(hash).is_file()

    # -- writing

    def stage(self, source: Path | bytes) -> Staged:
        """Copy a file whole while hashing it, never following a final link, never touching the source.

        Raises BadData when it cannot be read, ChangedWhileCopied when it changed meanwhile, OSError for what passes
        (no room, no handles, a share that went away).
        """
        try:
            descriptor = os.open(source, os.O_RDONLY | _NO_LINK)
        except OSError as error:
            if error.errno not in _UNREADABLE:
                raise
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
            if error.errno == errno.EIO:  # the source's disk; anything else is ours to report
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
        buffer = bytearray(min(BLOCK, max(size + 1, 4096)))
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
        return self.tmp / unique()

    def publish(self, staged: Iterable[Staged]) -> None:
        """Make a batch durable with one sync, then give each its name (rename, then sync the folders)."""
        batch = list(staged)
        if not batch:
            return
        if len(batch) <= 3:
            for one in batch:
                sync(one.temporary)
        else:
            sync_filesystem(self.tmp)
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
                sync(folder)
        else:
            sync_filesystem(self.root)

    def put_bytes(self, data: bytes) -> str:
        """Store bytes; returns their sha256."""
        hash = hashlib.sha256(data).hexdigest()
        if not self.has(hash):
            self.publish([self.stage_bytes(data)])
        return hash

    def stage_bytes(self, data: bytes) -> Staged:
        temporary = self._temporary()
        target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o440)
        try:
            with os.fdopen(target, "wb") as stream:
                stream.write(data)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return Staged(temporary, hashlib.sha256(data).hexdigest(), len(data))

    def put_file(self, source: Path) -> str:
        """Store a file of our own; returns its sha256."""
        staged = self.stage(source)
        self.publish([staged])
        return staged.hash

    def copy_to(self, other: Store, hash: str) -> None:
        """Bring an object into another store of the same workspace too; doing it twice is doing it once."""
        if not other.has(hash):
            other.publish([other.stage(self.path(hash))])

    def move_to(self, other: Store, hash: str) -> None:
        """Bring an object into another store of the same workspace; doing it twice is doing it once."""
        self.copy_to(other, hash)
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
        return [path for path in self.tmp.glob("*-*-*") if not at_work(path.name)]

    def sweep(self) -> int:
        """Remove the leftovers; returns how many there were."""
        return remove(self.leftovers())
