"""The truth that arrives after answers: kept beside them, joined by the id of the row, the newest counts.

    MODEL/labels/open.jsonl                      lines, appended by whoever takes labels
    MODEL/labels/20261130T...-v0-....jsonl       the same, being counted
    MODEL/labels/20261130T...-v0-....npz         counted and sealed, or a file of labels

A line is {"id", "label": text, "at", "source"}; a number is written as Python spells it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.failpoints import failpoint
from core.serving import history, lines, sealed, segments
from core.serving.columns import Array, Block, Coded, digests, joined
from core.serving.log import Unlogged

FOLDER: Final = "labels"
OPEN: Final = "open.jsonl"
TAIL: Final = 1 << 20  # bytes in which the last whole line ends
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Counted:
    """What some labels brought. Rows are counted, but `unknown`: ids that no answer has, yet."""

    rows: int = 0
    fresh: int = 0  # the first of their id
    repeated: int = 0  # said before, and the same
    contradicting: int = 0  # said before, and another; the newest counts
    unknown: int = 0
    ids: tuple[str, ...] = ()  # of some that contradict
    since: datetime | None = None  # when the first and the last answer that they are about were given
    until: datetime | None = None


# -- writing


def append(folder: Path, rows: Sequence[Mapping[str, Any]], *, disk: bool = False) -> None:
    """Append lines, all or none; they outlive this process when this returns. Raises Unlogged."""
    data = b"".join(json.dumps(dict(row), separators=(",", ":")).encode("ascii") + b"\n" for row in rows)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _opened(folder / OPEN) as descriptor:
            size = _whole(descriptor)
            try:
                rest = data
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                if disk:
                    os.fdatasync(descriptor)
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise
    except OSError as error:
        raise Unlogged(folder, error, "the labels could not be kept") from error


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file that is appended to now, locked: another one took it away while we waited for it, now and then."""
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o660)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink and _is(path, descriptor):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _whole(descriptor: int) -> int:
    """The size of the file, once what a killed writer left of a line is gone: nobody was told that it was taken."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - TAIL)
    tail = os.pread(descriptor, size - start, start)
    if tail.endswith(b"\n") or not tail:
        return size
    end = start + tail.rfind(b"\n") + 1
    os.ftruncate(descriptor, end)
    return end


# -- counting


@contextmanager
def counting(folder: Path) -> Iterator[None]:
    """One at a time counts the labels of a model; others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def after(folder: Path, now: datetime) -> datetime:
    """A moment for labels that arrive now: later than those of all files, also where a clock was set back."""
    newest = max((one.began for one in segments.listed(folder)), default=None)
    return now if newest is None else max(now, newest + timedelta(microseconds=1))


def set_apart(folder: Path) -> list[Path]:
    """The files of lines that wait to be counted; what is appended from now on goes to another one."""
    if (folder / OPEN).exists():
        with _opened(folder / OPEN) as descriptor:
            if _whole(descriptor):
                last = max((one["at"] for one in lines.whole(folder / OPEN) if one is not None), default="")
                name = segments.name(datetime.fromisoformat(last) if last else _EPOCH, 0)
                (folder / OPEN).rename(folder / f"{name}{segments.LINES}")
    return sorted(path for path in folder.glob(f"*{segments.LINES}") if segments.of(path) is not None)


def seal(path: Path) -> None:
    """Counted lines become columns."""
    target = path.with_suffix(segments.SEALED)
    if not target.exists():
        sealed.publish(of_lines(path), target)
    path.unlink()
    failpoint("labels.sealed")


def of_lines(path: Path) -> Block:
    rows = [one for one in lines.whole(path) if one is not None and {"id", "label", "at", "source"} <= one.keys()]
    at = [lines.microseconds(datetime.fromisoformat(one["at"])) for one in rows]
    return block(
        np.array(at, dtype=np.int64), [one["id"] for one in rows], [one["label"] for one in rows],
        ", ".join(sorted({one["source"] for one in rows})),
    )


def block(at: Array, ids: Sequence[str], labels: Sequence[str] | Coded, source: str) -> Block:
    """Labels as columns: at, id, id_digest, label."""
    named = Coded.of(ids)
    said = labels if isinstance(labels, Coded) else Coded.of(labels)
    head = {"format": segments.FORMAT, "labels": source, "rows": len(named)}
    return Block(head, {"at": at, "id": named, "id_digest": digests(named), "label": said})


def count(folder: Path, new: Sequence[Block], *, without: str = "") -> Counted:
    """What new labels bring, held against the earlier ones and the answers. `folder`: of the labels.

    `without`: the mark of a batch that is done again, and lines that are new themselves are among `new`.
    """
    if not new:
        return Counted()
    added = joined([Block({}, {name: one.columns[name] for name in ("at", "id", "id_digest", "label")}) for one in new])
    wanted = np.unique(added.array("id_digest"))
    before = [
        _only(one, np.isin(one.array("id_digest"), wanted)) for one in _blocks(folder, without, lines_too=False)
    ]
    whole = joined([*before, added])
    fresh = np.arange(len(whole)) >= len(whole) - len(added)
    order = np.lexsort((np.arange(len(whole)), whole.array("at"), fresh, whole.array("id_digest")))
    ids, labels, fresh = whole.array("id_digest")[order], whole.coded("label").codes[order], fresh[order]
    same_id = np.append(False, ids[1:] == ids[:-1])
    same_label = np.append(False, labels[1:] == labels[:-1])
    odd = fresh & same_id & ~same_label
    known, since, until = _answers(folder.parent, wanted)
    names = whole.coded("id")[order[np.flatnonzero(odd)[:5]]].texts()
    return Counted(
        len(added), int((fresh & ~same_id).sum()), int((fresh & same_id & same_label).sum()), int(odd.sum()),
        len(wanted) - known, tuple(str(name) for name in names), since, until,
    )


def _only(one: Block, rows: Array) -> Block:
    return Block({}, one[rows].columns)


def _answers(folder: Path, wanted: Array) -> tuple[int, datetime | None, datetime | None]:
    """How many of these ids have an answer, and when the first and the last of those were given."""
    found = np.zeros(len(wanted), dtype=bool)
    first = last = None
    for piece in history.read(folder, columns=("key_digest", "id_digest")):
        hit = np.zeros(len(piece), dtype=bool)
        for name in ("key_digest", "id_digest"):
            digest = piece.block.array(name)
            place = np.searchsorted(wanted, digest)
            place[place == len(wanted)] = 0
            match = wanted[place] == digest
            found[place[match]] = True
            hit |= match
        if hit.any():
            times = piece.at[hit]
            first = int(times.min()) if first is None else min(first, int(times.min()))
            last = int(times.max()) if last is None else max(last, int(times.max()))
    return int(found.sum()), _moment(first), _moment(last)


def _moment(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).replace(microsecond=microseconds % 1_000_000)


# -- reading


@dataclass(frozen=True)
class Truths:
    """The newest label of every id. `digests` are sorted."""

    digests: Array
    labels: Coded
    at: Array

    def __len__(self) -> int:
        return len(self.digests)

    def of(self, piece: history.Piece) -> tuple[Array, Array]:
        """(the truth of each answer as its own values are, which of them have one): by the client's id, else ours."""
        place = self._find(piece.block.array("key_digest"))
        ours = self._find(piece.block.array("id_digest"))
        place = np.where(place >= 0, place, ours)
        known = place >= 0
        codes = np.append(self.labels.codes, -1)[place]
        levels = self.labels.levels if piece.classes else [_number(text) for text in self.labels.levels]
        values = lines.values(levels, piece.classes)
        return np.append(values, -1 if piece.classes else np.nan)[codes], known

    def _find(self, wanted: Array) -> Array:
        if not len(self.digests):
            return np.full(len(wanted), -1)
        place = np.searchsorted(self.digests, wanted)
        place[place == len(self.digests)] = 0
        return np.where((self.digests[place] == wanted) & (wanted != 0), place, -1)


def truths(folder: Path, *, since: datetime | None = None) -> Truths:
    """The newest label of every id that has one; `since`: of those that arrived then or later."""
    parts = list(_blocks(folder, "", lines_too=True, columns=("at", "id_digest", "label")))
    if not parts:
        return Truths(np.zeros(0, dtype=np.uint64), Coded(np.zeros(0, dtype=np.int32), []), np.zeros(0, dtype=np.int64))
    whole = joined([Block({}, {name: one.columns[name] for name in ("at", "id_digest", "label")}) for one in parts])
    at, ids = whole.array("at"), whole.array("id_digest")
    order = np.lexsort((np.arange(len(whole)), at, ids))
    last = order[np.append(ids[order][1:] != ids[order][:-1], True)]
    if since is not None:
        last = last[at[last] >= lines.microseconds(since)]
    return Truths(ids[last], whole.coded("label")[last], at[last])


def _blocks(
    folder: Path, without: str, *, lines_too: bool, columns: tuple[str, ...] | None = None
) -> Iterator[Block]:
    """Every file of labels; `lines_too`: also those that are not counted yet."""
    if lines_too:  # first: what is set apart meanwhile is seen twice then, not missed
        with suppress(FileNotFoundError):
            yield of_lines(folder / OPEN)
    for one in segments.listed(folder):
        if without and one.stem.rpartition("-")[2].startswith(without):
            continue
        try:
            if one.is_sealed:
                yield sealed.load(one.path, columns)
            elif lines_too:
                yield _of_lines_or_sealed(one.path, columns)
        except FileNotFoundError:
            continue  # too old: removed a moment ago


def _of_lines_or_sealed(path: Path, columns: tuple[str, ...] | None) -> Block:
    try:
        return of_lines(path)
    except FileNotFoundError:
        return sealed.load(path.with_suffix(segments.SEALED), columns)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
