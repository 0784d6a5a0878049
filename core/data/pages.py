"""The rows of a file a page at a time, as text, without reading it whole: for eyes, not for learning.

Rows are those that `core.data.readers` counts, in the file's order, from 1: blank lines are none, and what does not
have as many fields as the header, or is no JSON, is one that says so. Bookmarks are taken while going through, so
that going back is quick; the length of the file is known once its end was seen. Safe for several threads.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.data.dialect import Dialect
from core.data.jsontext import CELL as CELL
from core.data.jsontext import spelled
from core.data.quotes import SPAN, ends_open, fields_of, ragged
from core.data.stream import Bookmark, Stream
from core.errors import BadData, GivenUp

EVERY = 8 << 20  # decompressed bytes between two bookmarks of an archive, whose states are large
LOOKED_AT = 1000  # objects of JSON Lines in whose keys columns are looked for
BEYOND = 1 << 62  # a row that no file has


@dataclass(frozen=True)
class Record:
    """One row: `number` counts rows from 1, `line` lines; `problem` says why it was set aside."""

    number: int
    line: int
    cells: tuple[str | None, ...]
    problem: str = ""


@dataclass(frozen=True)
class Mark:
    """Before row `number` + 1 comes what the stream gives from `place` on; `held` are lines of a record under way."""

    number: int
    place: Bookmark
    held: tuple[bytes, ...] = ()


@dataclass
class Pages:
    """`columns` are known from the start; `total` when the end was seen."""

    path: Path
    dialect: Dialect
    columns: tuple[str, ...] = ()
    total: int | None = None
    _marks: list[Mark] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, path: Path, dialect: Dialect) -> Pages:
        """Reads the header (of JSON Lines the first objects). Raises BadData where there is none."""
        pages = cls(path, dialect)
        pages.columns = _keys(pages) if dialect.format == "jsonl" else _header(pages)
        return pages

    def read(self, after: int, limit: int, given_up: Callable[[], bool] = lambda: False) -> list[Record]:
        """At most `limit` rows that follow row `after`."""
        return list(self.following(after, given_up, after + limit))

    def following(
        self, after: int, given_up: Callable[[], bool] = lambda: False, last: int = BEYOND
    ) -> Iterator[Record]:
        """The rows that follow row `after`, up to row `last`. Raises GivenUp when nobody waits any more."""
        after = max(after, 0)
        with self._guard:
            before = [mark for mark in self._marks if mark.number <= after]
        start = before[-1] if before else None  # they are taken in order
        yield from self._from(start, after, given_up, last)

    def count(self, given_up: Callable[[], bool] = lambda: False) -> int:
        """How many rows there are; goes through the rest of the file the first time."""
        if self.total is None:
            for _ in self._from(self._last_mark(), BEYOND, given_up, BEYOND + 1):
                pass
        assert self.total is not None
        return self.total

    def _from(self, start: Mark | None, after: int, given_up: Callable[[], bool], last: int) -> Iterator[Record]:
        csv = self.dialect.format == "csv"
        number = start.number if start is not None else -1 if csv else 0  # the header is row 0
        with Stream(self.path, self.dialect, start.place if start is not None else None) as stream:
            held, line = list(start.held if start is not None else ()), stream.lines
            line -= len(held)
            while (lines := stream.next_lines()) is not None:
                if given_up():
                    raise GivenUp("nobody waits for these rows any more")
                if not held and not stream.quoted and number + len(lines) <= after:
                    number, line = number + sum(map(bool, map(bytes.strip, lines))), line + len(lines)
                else:
                    held += lines
                    number, line, used, records = self._taken(held, number, line, after, last, final=False)
                    yield from records
                    if number >= last:
                        return
                    del held[:used]
                self._remember(Mark(number, stream.bookmark(), tuple(held)), stream)
            number, line, _, records = self._taken(held, number, line, after, last, final=True)
            yield from records
        self.total = number

    def _last_mark(self) -> Mark | None:
        with self._guard:
            return self._marks[-1] if self._marks else None

    def _remember(self, mark: Mark, stream: Stream) -> None:
        with self._guard:
            last = self._marks[-1] if self._marks else None
            if last is None or mark.place.lines > last.place.lines:
                room = EVERY if mark.place.unpacker is not None else 0
                if last is None or mark.place.given - last.place.given >= room:
                    self._marks.append(mark)

    def _taken(
        self, held: Sequence[bytes], number: int, line: int, after: int, last: int, *, final: bool
    ) -> tuple[int, int, int, list[Record]]:
        """The records that are whole in `held`: (number of the last, its line, lines used, those beyond `after`).

        Nothing is looked at beyond row `last`.
        """
        found: list[Record] = []
        at, end = 0, len(held)
        separator = self.dialect.separator.encode()
        csv = self.dialect.format == "csv"
        while at < end and number < last:
            taken, open_ = 1, False
            if csv and b'"' in held[at]:
                open_ = ends_open(held[at], separator, False)
                while open_ and at + taken < end and taken < SPAN:
                    open_ = ends_open(held[at + taken], separator, True)
                    taken += 1
                if open_:
                    if taken < SPAN and not final:
                        break
                    taken = 1  # a quote that is never closed
            text = held[at] if taken == 1 else b"\n".join(held[at : at + taken])
            if text.strip():
                number += 1
                if number > after:
                    found.append(self._record(number, line + 1, text.decode("utf-8", "replace"), open_))
            at, line = at + taken, line + taken
        return number, line, at, found

    def _record(self, number: int, line: int, text: str, open_: bool) -> Record:
        if self.dialect.format == "jsonl":
            return _of_json(number, line, text, self.columns)
        cells = fields_of(text, self.dialect.separator)
        problem = "a quote is opened and never closed" if open_ else ""
        if not problem and len(cells) != len(self.columns):
            problem = ragged(line, "", len(cells), len(self.columns)).message
        return Record(number, line, tuple(cell[:CELL] for cell in cells), problem)


def _header(pages: Pages) -> tuple[str, ...]:
    for record in pages._from(None, -1, lambda: False, 0):
        return tuple((name or "").strip().strip("\ufeff").strip() for name in record.cells)
    raise BadData("the file is empty", "it holds only blanks", check="empty")


def _keys(pages: Pages) -> tuple[str, ...]:
    """The keys of the first objects, in the order in which they first come."""
    seen: dict[str, None] = {}
    for place, text in enumerate(_texts(pages)):
        if place == LOOKED_AT:
            break
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            seen.update(dict.fromkeys(str(key).strip() for key in value))
    return tuple(seen)


def _texts(pages: Pages) -> Iterator[str]:
    with Stream(pages.path, pages.dialect) as stream:
        while (lines := stream.next_lines()) is not None:
            yield from (line.decode("utf-8", "replace") for line in lines if line.strip())


def _of_json(number: int, line: int, text: str, columns: Sequence[str]) -> Record:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return Record(number, line, (text[:CELL],), "this is no JSON")
    if not isinstance(value, dict):
        return Record(number, line, (text[:CELL],), "this is no JSON object")
    named = {str(key).strip(): one for key, one in value.items()}
    return Record(number, line, tuple(spelled(named.get(name)) for name in columns))
