"""Files written whole or not at all, and what a killed process leaves of them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import uuid
from pathlib import Path


def publish_file(path: Path, data: bytes) -> None:
    """Write a file of a person whole or not at all: beside, sync, rename. A link stays, its target is written.

    Raises OSError where that cannot be, also where something else than a file is there.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    temporary = path.with_name(f".{_short(path.name)}.{unique()}.tmp")
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
    sync(path.parent)


def half_written(folder: Path) -> list[Path]:
    """What `publish_file` was writing in a folder when its process was killed."""
    found = []
    for path in folder.glob(".*.tmp"):
        owner = path.name.removesuffix(".tmp").rpartition(".")[2]
        if owner.count("-") == 2 and not at_work(owner):
            found.append(path)
    return found


def sweep_files(folder: Path) -> int:
    """Remove what `half_written` finds; returns how many there were."""
    return remove(half_written(folder))


def remove(paths: list[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _short(name: str) -> str:
    """The beginning of a name, so that a longer one made from it is no longer than a file system takes."""
    return os.fsdecode(os.fsencode(name)[:160])


def unique() -> str:
    """A name that is nobody else's and tells whose it is: pid, when that process began, random."""
    return f"{os.getpid()}-{_began(os.getpid())}-{uuid.uuid4().hex}"


def at_work(name: str) -> bool:
    """Whether the process that made a name of `unique` still runs (pids are used again)."""
    pid, began, _ = name.split("-", 2)
    return pid.isdigit() and _began(int(pid)) == began


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did; "" where there is none, "0" where it is not told."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        try:  # no /proc here
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "0"
    fields = status.rpartition(b")")[2].split()
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()  # a dead one may still be listed


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_filesystem(folder: Path) -> None:
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
