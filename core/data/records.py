"""CSV records without a CSV reader: numpy finds where each ends and how many fields it has.

pandas' C parser fills short rows with missing values silently and stops at long ones, so every record
is counted first. Quotes are followed by their parity, which is exact as long as each that opens stands where
a field begins; a block in which one does not is cut by the csv module instead, record by record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data import quotes as csv_rules
from core.data.badrows import BadRows
from core.data.headers import read_header as read_header
from core.data.quotes import LONGEST, SPAN, ragged
from core.errors import BadData

_NEWLINE, _QUOTE = 10, 34
_BLANKS = (9, 10, 12, 32)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Block:
    """Records of equal length: CSV bytes that end in a newline, and the line on which each record begins."""

    data: bytes
    lines: Array


def split(
    stream: Iterable[bytes], separator: str, fields: int, line: int, bad: BadRows, rows: int
) -> Iterator[Block]:
    """Cut a stream of CSV text, whose next line has the number `line`, into blocks of at most `rows` records.

    Records without exactly `fields` fields go to `bad`; blank lines are passed over.
    Raises BadData for a record of more than 64 MiB.
    """
    rest = b""
    for block in stream:
        rest = rest + block if rest else block
        whole, used = _cut(rest, separator, fields, line, bad, final=False)
        line += rest.count(b"\n", 0, used)
        rest = rest[used:]
        if len(rest) > LONGEST:
            raise BadData("a row of more than 64 MiB", "is this a text file with lines?", line=line)
        yield from _portions(whole, rows)
    if rest:
        if not rest.endswith(b"\n"):
            rest += b"\n"
        whole, _ = _cut(rest, separator, fields, line, bad, final=True)
        yield from _portions(whole, rows)


@dataclass(frozen=True)
class _Cut:
    data: bytes
    ends: Array  # of each record, after its newline
    lines: Array


def _portions(cut: _Cut | None, rows: int) -> Iterator[Block]:
    if cut is None or not len(cut.lines):
        return
    if len(cut.lines) <= rows:
        yield Block(cut.data, cut.lines)
        return
    start = 0
    for first in range(0, len(cut.lines), rows):
        lines = cut.lines[first : first + rows]
        end = int(cut.ends[first + len(lines) - 1])
        yield Block(cut.data[start:end], lines)
        start = end


def _cut(
    data: bytes, separator: str, fields: int, line: int, bad: BadRows, *, final: bool
) -> tuple[_Cut | None, int]:
    """The whole records of `data`, and how many of its bytes they took (with bad ones and blanks)."""
    at = separator.encode()
    view = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(view == _NEWLINE)
    ends, quotes = newlines, None
    if b'"' in data:
        quotes = np.flatnonzero(view == _QUOTE)
        if not _any_opens(view, quotes, at[0]):
            quotes = None  # 5" pipe
        elif not _regular(view, quotes, at[0]):
            return _cut_slowly(data, separator, fields, line, bad, final=final)
    if quotes is not None:
        ends = newlines[np.searchsorted(quotes, newlines) & 1 == 0]
        if len(quotes) & 1 and (
            final or len(newlines) - np.searchsorted(newlines, ends[-1] if len(ends) else 0) > SPAN
        ):
            return _cut_slowly(data, separator, fields, line, bad, final=final)
    if not len(ends):
        return None, 0
    used = int(ends[-1]) + 1
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    separators = np.flatnonzero(view[:used] == at[0])
    counts = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    if quotes is not None:
        counts -= _quoted(separators, quotes, ends)
    lines = line + (np.arange(len(ends)) if ends is newlines else np.searchsorted(newlines, starts))
    odd_ones = counts != fields
    if fields == 1:
        odd_ones |= np.isin(view[starts], _BLANKS)
    if not odd_ones.any():
        return _Cut(data[:used], ends + 1, lines), used
    good = ~odd_ones
    for index in np.flatnonzero(odd_ones):
        raw = data[starts[index] : ends[index]]
        if not raw.strip():
            continue
        if counts[index] == fields:
            good[index] = True
        else:
            bad.add(ragged(int(lines[index]), raw.decode("utf-8", "replace"), int(counts[index]), fields))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], good.view(np.int8), [0]))))
    kept = b"".join(
        data[starts[first] : ends[last - 1] + 1] for first, last in zip(edges[::2], edges[1::2], strict=True)
    )
    return _Cut(kept, np.cumsum((ends - starts + 1)[good]), lines[good]), used


def _quoted(separators: Array, quotes: Array, ends: Array) -> Array:
    """How many separators stand inside quotes, record by record."""
    before = np.searchsorted(separators, quotes)
    opening, closing = before[0 : len(quotes) & ~1 : 2], before[1::2]
    spans = np.flatnonzero(closing - opening)
    records = np.searchsorted(ends, quotes[2 * spans])
    inside: Array = np.bincount(records, weights=(closing - opening)[spans], minlength=len(ends))
    return inside.astype(np.int64)[: len(ends)]


def _any_opens(view: Array, quotes: Array, separator: int) -> bool:
    """Whether any quote stands where a field begins; if none does, all are plain characters."""
    before = view[quotes - 1]
    return bool(quotes[0] == 0 or ((before == separator) | (before == _NEWLINE)).any())


def _regular(view: Array, quotes: Array, separator: int) -> bool:
    """Whether every other quote opens a field, or is doubled: then parity tells inside from outside."""
    opening = quotes[0::2]
    before = view[opening[1:] - 1] if opening[0] == 0 else view[opening - 1]
    return bool(((before == separator) | (before == _NEWLINE) | (before == _QUOTE)).all())


def _cut_slowly(
    data: bytes, separator: str, fields: int, line: int, bad: BadRows, *, final: bool
) -> tuple[_Cut | None, int]:
    """The same for text whose quotes stand anywhere."""
    written, lines, used = csv_rules.cut(data, separator, fields, line, bad, final=final)
    ends = np.cumsum([len(record) for record in written], dtype=np.int64)
    return _Cut(b"".join(written), ends, np.array(lines, dtype=np.int64)), used
