"""CSV records without a CSV reader: numpy finds where each ends and how many fields it has.

pandas' C parser fills short rows with missing values silently and stops at long ones, so every record
is counted first. Quotes are followed by their parity, which is exact as long as each opens a field and
each closes one; a block in which one does not is cut by the csv module instead, record by record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.badrows import BadRow, BadRows
from core.errors import BadData

LONGEST = 64 << 20  # bytes of one record
SPAN = 1000  # lines that one quoted field may span before its quote counts as never closed
_NEWLINE, _QUOTE = 10, 34
_BLANKS = (9, 10, 12, 32)
_CARRIAGE = "\0"  # stands for it; no text that comes here holds a zero
Array = np.ndarray[Any, Any]

csv.field_size_limit(LONGEST)  # the module's own bound, of the whole process, is 128 KiB


@dataclass(frozen=True)
class Block:
    """Records of equal length: CSV bytes that end in a newline, and the line on which each record begins."""

    data: bytes
    lines: Array


def read_header(blocks: Iterator[bytes], separator: str) -> tuple[list[str], Iterator[bytes], int]:
    """The fields of the first record, the stream after it, and the number of the line that follows.

    Raises BadData (check "empty") where there is no record at all.
    """
    buffer, line = b"", 1
    for block in blocks:
        buffer += block
        while (end := buffer.find(b"\n")) >= 0 and not buffer[:end].strip(b" \t\f"):
            buffer, line = buffer[end + 1 :], line + 1
        length = _record_length(buffer, separator)
        if length is not None:
            break
        if len(buffer) > LONGEST:
            raise BadData("the header does not end", "is this a text file with lines?", line=line)
    else:
        if not buffer.strip():
            raise BadData("the file is empty", "it holds only blanks", check="empty")
        length = _record_length(buffer + b"\n", separator)
        if length is None:
            length = buffer.find(b"\n") + 1 or len(buffer)  # a quote that is never closed
    head, rest = buffer[:length], buffer[length:]
    fields = _fields(head.decode("utf-8", "replace").rstrip("\n"), separator)
    return fields, _chain(rest, blocks), line + max(head.count(b"\n"), 1)


def _record_length(buffer: bytes, separator: str) -> int | None:
    """Bytes of the first record with its newline; None where the buffer does not hold all of it."""
    start, open_, at = 0, False, separator.encode()
    for _ in range(SPAN):
        end = buffer.find(b"\n", start)
        if end < 0:
            return None
        open_ = _ends_open(buffer[start:end], at, open_)
        if not open_:
            return end + 1
        start = end + 1
    return buffer.find(b"\n") + 1


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


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
        if not _regular(view, quotes, at[0]):
            return _cut_slowly(data, separator, fields, line, bad, final=final)
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
            bad.add(_ragged(int(lines[index]), raw.decode("utf-8", "replace"), int(counts[index]), fields))
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


def _regular(view: Array, quotes: Array, separator: int) -> bool:
    """Whether every quote opens a field, closes one, or is doubled: then parity tells inside from outside."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = view[opening[1:] - 1] if len(opening) and opening[0] == 0 else view[opening - 1]
    after = view[closing[closing + 1 < len(view)] + 1]
    ok_before = (before == separator) | (before == _NEWLINE) | (before == _QUOTE)
    return bool(ok_before.all() and ((after == separator) | (after == _NEWLINE) | (after == _QUOTE)).all())


def _cut_slowly(
    data: bytes, separator: str, fields: int, line: int, bad: BadRows, *, final: bool
) -> tuple[_Cut | None, int]:
    """The same by the csv module, for text whose quotes stand anywhere."""
    at, used = separator.encode(), 0
    physical = [part + b"\n" for part in data.split(b"\n")[:-1]]  # what follows the last newline comes again
    written: list[bytes] = []
    lines: list[int] = []
    index = 0
    while index < len(physical):
        taken, open_ = 0, False
        while index + taken < len(physical) and taken < SPAN:
            open_ = _ends_open(physical[index + taken].rstrip(b"\n"), at, open_)
            taken += 1
            if not open_:
                break
        if open_ and taken < SPAN and not final:
            break  # its end may come with the next block
        number = line + index
        if open_:
            text = physical[index].decode("utf-8", "replace").rstrip("\n")
            bad.add(BadRow(number, None, text, "a quote is opened and never closed"))
            taken = 1
        else:
            text = b"".join(physical[index : index + taken]).decode("utf-8", "replace")
            row = _fields(text, separator)
            if len(row) == fields and text.strip():
                written.append(_written(row, separator))
                lines.append(number)
            elif text.strip():
                bad.add(_ragged(number, text.rstrip("\n"), len(row), fields))
        used += sum(map(len, physical[index : index + taken]))
        index += taken
    ends = np.cumsum([len(record) for record in written], dtype=np.int64)
    return _Cut(b"".join(written), ends, np.array(lines, dtype=np.int64)), used


def _fields(text: str, separator: str) -> list[str]:
    try:  # a carriage return that ends no line is text, and the module would not have it so
        row = next(csv.reader(io.StringIO(text.replace("\r", _CARRIAGE), newline=""), delimiter=separator), [])
    except csv.Error:  # pragma: no cover  (it can only be too long, and then it was refused before)
        return []
    return [field.replace(_CARRIAGE, "\r") for field in row] if "\r" in text else row


def _written(row: list[str], separator: str) -> bytes:
    """One record as the csv module would write it, every field in quotes."""
    return (separator.join('"' + field.replace('"', '""') + '"' for field in row) + "\n").encode()


def _ragged(line: int, text: str, count: int, fields: int) -> BadRow:
    said = f"{count} field{'s' * (count != 1)} where the header has {fields}"
    return BadRow(line, None, text, said)


def _ends_open(line: bytes, separator: bytes, open_: bool) -> bool:
    """Whether a quoted field is still open at the end of this line, by the csv module's rules."""
    at = 0
    while True:
        if not open_:
            if line[at : at + 1] != b'"':
                at = line.find(separator, at) + 1
                if not at:
                    return False
                continue
            open_, at = True, at + 1
        at = line.find(b'"', at)
        if at < 0:
            return True
        if line[at + 1 : at + 2] == b'"':
            at += 2
            continue
        open_, at = False, line.find(separator, at + 1) + 1
        if not at:
            return False
