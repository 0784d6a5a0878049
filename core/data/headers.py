"""The first record of a CSV file: the names of its columns."""

from __future__ import annotations

from collections.abc import Iterator

from core.data.quotes import LONGEST, fields_of, record_length
from core.errors import BadData


def read_header(blocks: Iterator[bytes], separator: str) -> tuple[list[str], Iterator[bytes], int]:
    """The fields of the first record, the stream after it, and the number of the line that follows.

    Raises BadData (check "empty") where there is no record at all.
    """
    buffer, line = b"", 1
    for block in blocks:
        buffer += block
        while (end := buffer.find(b"\n")) >= 0 and not buffer[:end].strip(b" \t\f"):
            buffer, line = buffer[end + 1 :], line + 1
        length = record_length(buffer, separator)
        if length is not None:
            break
        if len(buffer) > LONGEST:
            raise BadData("the header does not end", "is this a text file with lines?", line=line)
    else:
        if not buffer.strip():
            raise BadData("the file is empty", "it holds only blanks", check="empty")
        length = record_length(buffer + b"\n", separator)
        if length is None:
            length = buffer.find(b"\n") + 1 or len(buffer)  # a quote that is never closed
    head, rest = buffer[:length], buffer[length:]
    fields = fields_of(head.decode("utf-8", "replace").rstrip("\n"), separator)
    return fields, _chain(rest, blocks), line + max(head.count(b"\n"), 1)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest
