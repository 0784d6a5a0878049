"""A text file as lines from any bookmark on: what `core.data.source` reads once through, read from the middle.

Without pandas and numpy, for doors that look at a page of a file of any size. A bookmark is taken at a block's end,
about one a megabyte; in a gzip archive it holds the state of the decompressor.
"""

from __future__ import annotations

import codecs
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.data.dialect import Dialect
from core.data.source import UTF8
from core.errors import BadData

BLOCK = 1 << 20  # bytes of text that are taken at a time
PACKED = 1 << 18  # and of an archive
GZIP = 31  # zlib's word for a stream with a gzip header
LONGEST = 64 << 20  # bytes of a line


@dataclass(frozen=True)
class Bookmark:
    """Where a stream stands: so many lines were given, and `rest` is the beginning of the next."""

    lines: int
    given: int  # bytes of text
    rest: bytes
    offset: int  # in the file
    unpacker: Any  # zlib's, which is copied before it goes on; None where nothing is compressed
    decoder: Any  # (bytes, flags) of an incremental decoder; None for UTF-8
    old_mac: bool | None


class Stream:
    """Lines as UTF-8 without their endings; `next_lines` gives those of a block, `bookmark` the place after them."""

    def __init__(self, path: Path, dialect: Dialect, start: Bookmark | None = None) -> None:
        self._file = _open(path)
        self._unpacker: Any = zlib.decompressobj(GZIP) if dialect.compression == "gzip" else None
        self._decoder = None
        if dialect.encoding not in UTF8:
            self._decoder = codecs.getincrementaldecoder(dialect.encoding)("replace")
        self.lines = self.given = 0
        self.quoted = False  # whether the last block, or what was left of the one before, holds a quote
        self._rest = b""
        self._old_mac: bool | None = None
        self._first = True
        self._ended = False
        if start is not None:
            self._go_to(start)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _go_to(self, place: Bookmark) -> None:
        self._file.seek(place.offset)
        self._unpacker = place.unpacker.copy() if place.unpacker is not None else None
        if self._decoder is not None and place.decoder is not None:
            self._decoder.setstate(place.decoder)
        self.lines, self.given, self._rest = place.lines, place.given, place.rest
        self._old_mac, self._first = place.old_mac, False

    def bookmark(self) -> Bookmark:
        return Bookmark(
            self.lines, self.given, self._rest, self._file.tell(),
            self._unpacker.copy() if self._unpacker is not None else None,
            self._decoder.getstate() if self._decoder is not None else None, self._old_mac,
        )

    def next_lines(self) -> list[bytes] | None:
        """The whole lines of the next block (there may be none); None at the end. Raises BadData for damaged bytes."""
        if self._ended:
            return None
        block = self._text()
        if block is None:
            self._ended = True
            rest, self._rest = self._rest, b""
            if not rest:
                return None
            self.lines, self.quoted = self.lines + 1, b'"' in rest
            return [rest.rstrip(b"\r")]
        if self._old_mac is None and b"\r" in block[:-1]:
            self._old_mac = b"\n" not in block
        joined = self._rest + block
        self.given, self.quoted = self.given + len(block), b'"' in joined
        lines = joined.split(b"\r" if self._old_mac else b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST:
            raise BadData("a row of more than 64 MiB", "is this a text file with lines?", line=self.lines + 1)
        self.lines += len(lines)
        if b"\r" in joined and not self._old_mac:
            return [line.rstrip(b"\r") if line.endswith(b"\r") else line for line in lines]
        return lines

    def _text(self) -> bytes | None:
        raw = self._raw()
        if self._decoder is None:
            if raw is not None and self._first:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            self._first = False
            return raw
        if raw is None:
            text = self._decoder.decode(b"", final=True)
            self._decoder.reset()
            return text.encode("utf-8", "replace") or None
        text = self._decoder.decode(raw)
        if self._first:
            text = text.removeprefix("\ufeff")
        self._first = False
        return text.encode("utf-8", "replace")

    def _raw(self) -> bytes | None:
        """The next block of the decompressed bytes; None at the end."""
        try:
            if self._unpacker is None:
                return self._file.read(BLOCK) or None
            return self._unpacked()
        except zlib.error as error:
            raise BadData(f"the compressed file is damaged ({error})", "copy it again") from None
        except OSError as error:
            raise BadData(f"cannot be read: {error.strerror or error}", "the file must be readable for you") from None

    def _unpacked(self) -> bytes | None:
        while True:
            if self._unpacker.eof:  # archives may be strung together; zeros may fill up the last
                waiting = self._unpacker.unused_data.lstrip(b"\0") or self._file.read(PACKED).lstrip(b"\0")
                if not waiting:
                    return None
                self._unpacker = zlib.decompressobj(GZIP)
            else:
                waiting = self._unpacker.unconsumed_tail or self._file.read(PACKED)
            if block := self._unpacker.decompress(waiting, BLOCK):
                return bytes(block)
            if not waiting and not self._unpacker.eof:  # nothing comes, and nothing was kept back
                raise BadData("the compressed file ends too early", "copy it again, whole")


def lines_of(
    path: Path, dialect: Dialect, first: int, last: int, start: Bookmark | None = None
) -> Iterator[tuple[int, str]]:
    """(number, text) of the lines from `first` to `last`, numbered from 1."""
    with Stream(path, dialect, start) as stream:
        number = stream.lines
        while number < last and (lines := stream.next_lines()) is not None:
            for line in lines[max(0, first - number - 1) : last - number]:
                at = max(first, number + 1)
                yield at, line.decode("utf-8", "replace")
                first = at + 1
            number = stream.lines


def _open(path: Path) -> IO[bytes]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadData("is no regular file", "copy it into a file first")
        return path.open("rb")
    except OSError as error:
        raise BadData(f"cannot be read: {error.strerror or error}", "the file must be readable for you") from None
