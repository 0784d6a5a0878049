"""Quotes by the csv module's rules, one record at a time: exact for every text, and slow."""

from __future__ import annotations

import csv
import io

from core.data.badrows import BadRow, BadRows

LONGEST = 64 << 20  # bytes of one record
SPAN = 1000  # lines that one quoted field may span before its quote counts as never closed
_CARRIAGE = "\0"  # stands for a carriage return; no text that comes here holds a zero

csv.field_size_limit(LONGEST)  # the module's own bound, of the whole process, is 128 KiB


def record_length(buffer: bytes, separator: str) -> int | None:
    """Bytes of the first record with its newline; None where the buffer does not hold all of it."""
    start, open_, at = 0, False, separator.encode()
    for _ in range(SPAN):
        end = buffer.find(b"\n", start)
        if end < 0:
            return None
        open_ = ends_open(buffer[start:end], at, open_)
        if not open_:
            return end + 1
        start = end + 1
    return buffer.find(b"\n") + 1


def fields_of(text: str, separator: str) -> list[str]:
    """The fields of one record (text without its newline, or with it); a carriage return in it is text."""
    try:
        row = next(csv.reader(io.StringIO(text.replace("\r", _CARRIAGE), newline=""), delimiter=separator), [])
    except csv.Error:  # pragma: no cover  (it can only be too long, and then it was refused before)
        return []
    return [field.replace(_CARRIAGE, "\r") for field in row] if "\r" in text else row


def cut(
    data: bytes, separator: str, fields: int, line: int, bad: BadRows, *, final: bool
) -> tuple[list[bytes], list[int], int]:
    """The whole records of `data` with every field in quotes, the line of each, and how many bytes they took.

    Records without exactly `fields` fields, and lines with a quote that is never closed, go to `bad`.
    Where there is more to come (not `final`) a record that is still open is left for then.
    """
    at, used = separator.encode(), 0
    physical = [part + b"\n" for part in data.split(b"\n")[:-1]]  # what follows the last newline comes again
    written: list[bytes] = []
    lines: list[int] = []
    index = 0
    while index < len(physical):
        taken, open_ = 0, False
        while index + taken < len(physical) and taken < SPAN:
            open_ = ends_open(physical[index + taken].rstrip(b"\n"), at, open_)
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
            row = fields_of(text, separator)
            if len(row) == fields and (fields > 1 or text.strip()):
                written.append(_written(row, separator))
                lines.append(number)
            elif text.strip():
                bad.add(ragged(number, text.rstrip("\n"), len(row), fields))
        used += sum(map(len, physical[index : index + taken]))
        index += taken
    return written, lines, used


def ragged(line: int, text: str, count: int, fields: int) -> BadRow:
    said = f"{count} field{'s' * (count != 1)} where the header has {fields}"
    return BadRow(line, None, text, said)


def _written(row: list[str], separator: str) -> bytes:
    return (separator.join('"' + field.replace('"', '""') + '"' for field in row) + "\n").encode()


def ends_open(line: bytes, separator: bytes, open_: bool) -> bool:
    """Whether a quoted field is still open at the end of this line."""
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
