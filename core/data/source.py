"""A file as a stream of UTF-8 bytes: decompressed, transcoded, without BOM, lines ending in \\n.

Every way in which bytes can fail to be text is one BadData here, so that no reader above has to care.
"""

from __future__ import annotations

import codecs
import gzip
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.errors import BadData

if TYPE_CHECKING:
    from core.data.dialect import Dialect

BLOCK = 8 << 20
UTF8 = frozenset({"utf-8", "ascii"})


def raw_blocks(path: Path, compression: str | None, size: int = BLOCK) -> Iterator[bytes]:
    """The decompressed bytes of a file, `size` at a time. Raises BadData where they cannot be had."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a FIFO would wait for its writer
            raise BadData("is no regular file", "copy it into a file first")
        with path.open("rb") as file:
            stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=file) if compression == "gzip" else file
            while block := stream.read(size):
                yield block
    except EOFError:
        raise BadData("the compressed file ends too early", "copy it again, whole") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadData(f"the compressed file is damaged ({error})", "copy it again") from None
    except OSError as error:
        raise BadData(f"cannot be read: {error.strerror or error}", "the file must be readable for you") from None


def text_blocks(path: Path, dialect: Dialect) -> Iterator[bytes]:
    """The file as UTF-8, in blocks that end anywhere but inside a line ending.

    Line endings are \\n (also for files of \\r\\n, of \\r alone, and of \\r\\r\\n, which a text mode makes of
    \\r\\n). Raises BadData with the line of the first byte that is no text.
    """
    line = 1
    carriages = b""  # the last block ended in them, and a \\n may still come
    old_mac: bool | None = None
    for block in _decoded(path, dialect):
        if carriages:
            block = carriages + block
        body = block.rstrip(b"\r")
        carriages, block = block[len(body) :], body
        if b"\r" in block:
            block = block.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")
            if old_mac is None:
                old_mac = b"\n" not in block
            if old_mac:
                block = block.replace(b"\r", b"\n")
        if b"\0" in block:
            line += block.count(b"\n", 0, block.index(b"\0"))
            raise BadData(
                f"line {line} holds a binary zero", "this is no text file, or it was damaged", line=line
            )
        line += block.count(b"\n")
        if block:
            yield block
    if carriages:
        yield b"\n" * (1 if old_mac is False else len(carriages))


def _decoded(path: Path, dialect: Dialect) -> Iterator[bytes]:
    blocks = raw_blocks(path, dialect.compression)
    if dialect.encoding in UTF8:
        for number, block in enumerate(blocks):
            yield block if number else block.removeprefix(codecs.BOM_UTF8)
        return
    decoder = codecs.getincrementaldecoder(dialect.encoding)()
    line = 1
    try:
        for number, block in enumerate(blocks):
            text = decoder.decode(block)
            line += text.count("\n")
            yield (text if number else text.removeprefix("\ufeff")).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
    except UnicodeError:
        raise BadData(
            f"from line {line} on there are bytes that are no {dialect.encoding}",
            "save the file as UTF-8",
            line=line,
        ) from None
