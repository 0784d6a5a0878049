"""The daemon's log as entries with a time, read from its end (or its beginning) a little at a time.

A line that begins with a time begins an entry; what follows without one, like a traceback, belongs to it. Files that
were rotated (daemon.log.1, daemon.log.2 ...) go before; of each only its end is looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from core import clock
from core.text import visible
from core.workspace import Workspace

LOG = "daemon.log"
END = 16 << 20  # bytes of the end of each file that are looked at
BLOCK = 64 << 10
LONGEST = 4_000  # bytes of a line that are kept
MOST_LINES = 200  # of one entry
STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?:\s+|$)")

Place = tuple[int, int]  # (inode, offset): a file keeps its inode when it is rotated away


@dataclass(frozen=True)
class LogEntry:
    """`lines` without the time; `start` and `end` are offsets into the file with that inode."""

    at: datetime
    lines: tuple[str, ...]
    file: Path
    inode: int
    start: int
    end: int


@dataclass(frozen=True)
class _File:
    path: Path
    inode: int
    size: int
    modified: datetime

    @property
    def begin(self) -> int:
        return max(0, self.size - END)


def files(workspace: Workspace) -> list[Path]:
    """The log and what was rotated away from it, newest first."""
    rotated = [
        (int(path.name.removeprefix(f"{LOG}.")), path) for path in workspace.logs.glob(f"{LOG}.*")
        if path.name.removeprefix(f"{LOG}.").isdecimal()
    ]
    return [workspace.logs / LOG, *(path for _, path in sorted(rotated))]


def newest_first(workspace: Workspace, before: Place | None = None) -> Iterator[LogEntry]:
    """Entries that end at or before a place, the newest first; from the end where none is given."""
    known = _known(workspace)
    if before is not None:
        known = _from(known, before[0])
    for place, file in enumerate(known):
        end = min(before[1], file.size) if before is not None and place == 0 else file.size
        yield from _back(file, end)


def oldest_first(workspace: Workspace, after: Place | None = None) -> Iterator[LogEntry]:
    """Entries that begin at or after a place, the oldest first; from the beginning where none is given."""
    known = _known(workspace)[::-1]
    if after is not None:
        known = _from(known, after[0])
    for place, file in enumerate(known):
        start = after[1] if after is not None and place == 0 else file.begin
        yield from _forth(file, start if start <= file.size else 0)  # one that was emptied begins again


def end(workspace: Workspace) -> Place | None:
    """The end of the log as it is now; None where there is none."""
    known = _known(workspace)
    return (known[0].inode, known[0].size) if known else None


def earlier_bytes(workspace: Workspace) -> int:
    """How much of all files lies before what is looked at."""
    return sum(file.begin for file in _known(workspace))


def _known(workspace: Workspace) -> list[_File]:
    found = []
    for path in files(workspace):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append(_File(path, status.st_ino, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
    return found


def _from(known: list[_File], inode: int) -> list[_File]:
    """That file and those after it; nothing where it is gone."""
    at = next((place for place, file in enumerate(known) if file.inode == inode), len(known))
    return known[at:]


def _back(file: _File, end: int) -> Iterator[LogEntry]:
    later, held, until = file.modified, [], end
    for start, line in _lines_back(file, end):
        held.append(line)
        stamp = STAMP.match(line)
        if stamp is None and len(held) < MOST_LINES and start > file.begin:
            continue
        entry = _entry(file, held[::-1], stamp, later, start, until)
        later, held, until = entry.at, [], start
        if any(entry.lines):
            yield entry


def _forth(file: _File, start: int) -> Iterator[LogEntry]:
    first: LogEntry | None = None  # what begins without a time has that of what comes next
    earlier: datetime | None = None
    for began, until, held in _groups(file, start):
        stamp = STAMP.match(held[0])
        entry = _entry(file, held, stamp, earlier or file.modified, began, until)
        if not any(entry.lines):
            continue
        if earlier is None and stamp is None and first is None:
            first = entry
            continue
        if first is not None:
            yield replace(first, at=entry.at)
            first = None
        earlier = entry.at
        yield entry
    if first is not None:
        yield first


def _groups(file: _File, start: int) -> Iterator[tuple[int, int, list[bytes]]]:
    """(start, end, lines) of one entry after the other."""
    held: list[bytes] = []
    began = start
    for at, line in _lines_forth(file, start):
        if held and (STAMP.match(line) or len(held) >= MOST_LINES):
            yield began, at, held
            held, began = [], at
        held.append(line)
    if held:
        yield began, file.size, held


def _entry(
    file: _File, lines: list[bytes], stamp: re.Match[bytes] | None, otherwise: datetime, start: int, end: int
) -> LogEntry:
    at = otherwise
    if stamp is not None:
        try:
            at = clock.parse(stamp[1].decode().replace("Z", "+00:00"))
            lines = [lines[0][stamp.end() :], *lines[1:]]
        except ValueError:
            pass
    shown = tuple(visible(line[:LONGEST].decode("utf-8", "replace")) for line in lines)
    return LogEntry(at, shown, file.path, file.inode, start, end)


def _lines_back(file: _File, end: int) -> Iterator[tuple[int, bytes]]:
    """(offset, line) from `end` back to the beginning of what is looked at."""
    try:
        with file.path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_ino != file.inode:
                return
            position, rest = end, b""
            while position > file.begin:
                size = min(BLOCK, position - file.begin)
                position -= size
                pieces = (_read(stream, position, size) + rest).split(b"\n")
                offset = position + len(pieces[0]) + 1
                found = []
                for piece in pieces[1:]:
                    found.append((offset, piece))
                    offset += len(piece) + 1
                if found and found[-1][1] == b"" and found[-1][0] >= end:
                    found.pop()  # after the last line break there is nothing yet
                yield from reversed(found)
                rest = pieces[0] if len(pieces[0]) <= BLOCK else pieces[0][:LONGEST]
            if rest or end > file.begin:
                yield file.begin, rest
    except OSError:
        return


def _lines_forth(file: _File, start: int) -> Iterator[tuple[int, bytes]]:
    try:
        with file.path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_ino != file.inode:
                return
            stream.seek(start)
            at = start
            while at < file.size:
                line = stream.readline(BLOCK)
                if not line:
                    return
                yield at, line.rstrip(b"\n")
                at += len(line)
    except OSError:
        return


def _read(stream: IO[bytes], position: int, size: int) -> bytes:
    stream.seek(position)
    return stream.read(size)
