"""In which encoding a file of text is written: told by a BOM, by its bytes, at last by guessing."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from core.data.source import raw_blocks
from core.errors import BadData

FORMATS = "write CSV (also .gz), JSON Lines or Parquet"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # ESC is hostile, yet it is text
_BOMS = (  # utf-32 before utf-16, whose BOM is its beginning
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path, compression: str | None, start: bytes) -> tuple[str, bool]:
    """The codec that reads all bytes of a file that begins with `start`, and whether a BOM says so.

    Raises BadData for what is no text, or not all of one encoding.
    """
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            if encoding == "utf-8" and (line := _first_misfit(path, compression, "utf-8")):
                said = f"the file says that it is UTF-8, and line {line:,} is not"
                raise BadData(said, "save it as UTF-8", line=line)
            return encoding, True
    if b"\0" in start:
        even, odd = start[0::2].count(0), start[1::2].count(0)
        wide = "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else ""
        if wide and max(even, odd) > len(start) / 8 and not _first_misfit(path, compression, wide):
            return wide, False
    if len(_CONTROL.findall(start)) > len(start) / 100:
        raise BadData("the file is binary", FORMATS)
    line = _first_misfit(path, compression, "utf-8")
    if not line:
        return "utf-8", False
    if _begins_as_utf8(start):
        said = f"the file begins as UTF-8, and line {line:,} is not"
        raise BadData(said, "save it as UTF-8, whole", line=line)
    return _legacy(path, compression, start), False


def _first_misfit(path: Path, compression: str | None, encoding: str) -> int:
    """The first line with bytes that are not of this encoding, 0 where there is none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    ascii_too, lines = encoding == "utf-8", 0
    pending, held = 0, b""
    try:
        for block in raw_blocks(path, compression, 1 << 20):
            if not (ascii_too and block.isascii() and not decoder.getstate()[0]):
                pending, held = len(decoder.getstate()[0]), block
                decoder.decode(block)
            lines += block.count(b"\n")
        held = b""
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return lines + held.count(b"\n", 0, max(0, error.start - pending)) + 1
    return 0


def _begins_as_utf8(start: bytes) -> bool:
    """Whether the first bytes hold characters of UTF-8 beyond ASCII, and nothing else."""
    if start.isascii():
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return any(byte >= 0xC2 for byte in start[:-4])


def is_ascii(path: Path, compression: str | None) -> bool:
    """Whether the file would be the same in (nearly) every encoding."""
    return all(block.isascii() for block in raw_blocks(path, compression, 1 << 20))


def readable_as(path: Path, compression: str | None, encoding: str) -> bool:
    """Whether a pinned encoding, known to Python, fits every byte of the file."""
    try:
        return not _first_misfit(path, compression, encoding)
    except LookupError:
        return False


def _legacy(path: Path, compression: str | None, start: bytes) -> str:
    """An encoding from before UTF-8: whatever charset-normalizer is sure of, else Western European."""
    western = not _first_misfit(path, compression, "cp1252")
    high = [byte for byte in start if byte >= 0x80]
    dense = len(high) > max(20, len(start) / 20)  # Western text is mostly ASCII; then a guess only makes it worse
    if dense or not western:
        try:
            from charset_normalizer import from_bytes
        except ImportError:  # pragma: no cover  (it is a dependency; a bare install still reads cp1252)
            pass
        else:
            best = from_bytes(start[: start.rfind(b"\n") + 1] or start).best()
            if best is not None and not _first_misfit(path, compression, best.encoding):
                return str(best.encoding)
    if western:
        return "cp1252"
    raise BadData("the file is neither UTF-8 nor any encoding that could be told", "save it as UTF-8")
