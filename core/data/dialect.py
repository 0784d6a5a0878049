"""How a file is written: format, compression, encoding, separator. Found once, then pinned."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from core.data.source import UTF8, raw_blocks, text_blocks
from core.errors import BadData

Format = Literal["csv", "jsonl", "parquet"]
SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 64 << 10  # bytes that are looked at to tell separators

_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_BOMS = (  # utf-32 before utf-16, whose BOM is its beginning
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = ((b"PK\x03\x04", "a zip archive or an Excel workbook"), (b"%PDF", "a PDF"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
            (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"), (b"\x28\xb5\x2f\xfd", "a zstd archive"))  # fmt: skip
_HINT = "write CSV (also .gz), JSON Lines or Parquet"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # ESC is hostile, yet it is text
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
_POINT_NUMBER = re.compile(r"[+-]?\d+\.\d+")


@dataclass(frozen=True)
class Dialect:
    """`separator` and `decimal` say something of CSV only; `encoding` is a Python codec's name."""

    format: Format = "csv"
    compression: Literal["gzip"] | None = None
    encoding: str = "utf-8"
    separator: str = ","
    decimal: str = "."
    decimal_seen: bool = True  # False: no number had a fraction, `decimal` is a guess
    has_bom: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Dialect:
        """What `to_json` wrote; keys that are missing take their defaults, unknown ones are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})


def detect(path: Path, name: str) -> Dialect:
    """How the file at `path`, which its owner calls `name`, is written. Reads the whole file once.

    Raises BadData: check "empty" without any byte, "unreadable" for what is no table of ours.
    """
    try:
        with path.open("rb") as file:
            start = file.read(SAMPLE)
    except OSError as error:
        raise BadData(f"cannot be read: {error.strerror}", "the file must be readable for you") from None
    if not start:
        raise BadData("the file is empty", "it holds no byte", check="empty")
    compression: Literal["gzip"] | None = "gzip" if start.startswith(b"\x1f\x8b") else None
    if compression:
        start = next(raw_blocks(path, compression, SAMPLE), b"")
        if not start:
            raise BadData("the file is empty", "nothing is in the archive", check="empty")
    if start.startswith(b"PAR1"):
        return Dialect("parquet")
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            raise BadData(f"the file is {what}", _HINT)
    named = _format_of(name)
    if named == "parquet":
        raise BadData("the file is named like Parquet and is none", "write it again")
    encoding, has_bom = _encoding(path, compression, start)
    dialect = Dialect(named or "csv", compression, encoding, has_bom=has_bom)
    sample = _sample(path, dialect)
    if not sample.strip():
        raise BadData("the file is empty", "it holds only blanks", check="empty")
    if named is None and sample.lstrip().startswith("{"):
        return Dialect("jsonl", compression, encoding, has_bom=has_bom)
    if dialect.format == "jsonl":
        return dialect
    if named is None and sample.lstrip().startswith("[") and sample.rstrip().endswith(("]", "}", ",")):
        raise BadData("the file is one JSON array", "write JSON Lines: one object a line")
    separator = "\t" if name.lower().endswith((".tsv", ".tsv.gz")) else _separator(sample)
    decimal, seen = _decimal(sample, separator)
    return Dialect("csv", compression, encoding, separator, decimal, seen, has_bom)


def agree(path: Path, pinned: Dialect, found: Dialect, known: Sequence[str]) -> tuple[Dialect, list[str]]:
    """How to read a file of a dataset that was written as `pinned`, and how it differs from that, in words.

    What was found is a guess where the file says little: then the pinned dialect stands. `known` are names
    of columns, which tell the separator. A BOM or compression are no difference, nor is another format.
    """
    if pinned.format != found.format or found.format == "parquet":
        return found, []
    said = []
    if pinned.encoding != found.encoding:
        found, encoding = _agree_on_encoding(path, pinned, found)
        said += encoding
    if found.format != "csv":
        return found, said
    if pinned.separator != found.separator:
        other = replace(found, separator=pinned.separator)
        names, others = _names(path, found), _names(path, other)
        if others and len(others.intersection(known)) >= max(1, len(names.intersection(known))):
            found = replace(other, decimal=pinned.decimal, decimal_seen=False)
        else:
            said.append(f"the separator was {_shown(pinned.separator)} and is {_shown(found.separator)}")
    if pinned.decimal != found.decimal:
        if not found.decimal_seen:
            if found.separator != pinned.decimal:
                found = replace(found, decimal=pinned.decimal)
        elif pinned.decimal_seen and found.separator == pinned.separator:
            said.append(f"the decimal mark was {pinned.decimal} and is {found.decimal}")
    return found, said


def _agree_on_encoding(path: Path, pinned: Dialect, found: Dialect) -> tuple[Dialect, list[str]]:
    if pinned.encoding.startswith("utf-16") and found.encoding.startswith("utf-16"):
        return found, []
    legacy = not pinned.encoding.startswith(("utf-", "ascii"))
    if legacy and found.encoding == "utf-8" and is_ascii(path, found.compression):
        return found, []
    if legacy and not found.encoding.startswith("utf-") and readable_as(path, found.compression, pinned.encoding):
        return replace(found, encoding=pinned.encoding), []
    if {pinned.encoding, found.encoding} <= UTF8:
        return found, []
    return found, [f"the encoding was {pinned.encoding} and is {found.encoding}"]


def _names(path: Path, dialect: Dialect) -> set[str]:
    from core.data.records import read_header

    return {name.strip() for name in read_header(text_blocks(path, dialect), dialect.separator)[0]}


def _shown(separator: str) -> str:
    return "a tab" if separator == "\t" else f"'{separator}'"


def _format_of(name: str) -> Format | None:
    lowered = name.lower().removesuffix(".gz")
    return next((form for ending, form in _ENDINGS.items() if lowered.endswith(ending)), None)


def _encoding(path: Path, compression: str | None, start: bytes) -> tuple[str, bool]:
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            if encoding == "utf-8" and not _is(path, compression, "utf-8"):
                raise BadData("the file says that it is UTF-8 and is not", "save it as UTF-8")
            return encoding, True
    if b"\0" in start:
        even, odd = start[0::2].count(0), start[1::2].count(0)
        wide = "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else ""
        if wide and max(even, odd) > len(start) / 8 and _is(path, compression, wide):
            return wide, False
    if len(_CONTROL.findall(start)) > len(start) / 100:
        raise BadData("the file is binary", _HINT)
    if _is(path, compression, "utf-8"):
        return "utf-8", False
    return _legacy(path, compression, start), False


def _is(path: Path, compression: str | None, encoding: str) -> bool:
    """Whether every byte of the file is of this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in raw_blocks(path, compression, 1 << 20):
            if not (encoding == "utf-8" and block.isascii() and not decoder.getstate()[0]):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def is_ascii(path: Path, compression: str | None) -> bool:
    """Whether the file would be the same in (nearly) every encoding."""
    return all(block.isascii() for block in raw_blocks(path, compression, 1 << 20))


def readable_as(path: Path, compression: str | None, encoding: str) -> bool:
    """Whether a pinned encoding, known to Python, fits every byte of the file."""
    try:
        return _is(path, compression, encoding)
    except LookupError:
        return False


def _legacy(path: Path, compression: str | None, start: bytes) -> str:
    """An encoding from before UTF-8: whatever charset-normalizer is sure of, else Western European."""
    western = _is(path, compression, "cp1252")
    high = [byte for byte in start if byte >= 0x80]
    dense = len(high) > len(start) / 20  # Western text is mostly ASCII; then a guess only makes it worse
    if dense or not western:
        try:
            from charset_normalizer import from_bytes
        except ImportError:  # pragma: no cover  (it is a dependency; a bare install still reads cp1252)
            pass
        else:
            best = from_bytes(start).best()
            if best is not None and _is(path, compression, best.encoding):
                return str(best.encoding)
    if western:
        return "cp1252"
    raise BadData("the file is neither UTF-8 nor any encoding that could be told", "save it as UTF-8")


def _sample(path: Path, dialect: Dialect) -> str:
    """The first lines as text, without a line that is cut in two."""
    try:
        text = next(text_blocks(path, dialect), b"")[:SAMPLE].decode("utf-8", "ignore")
    except StopIteration:  # pragma: no cover
        return ""
    cut = text.rfind("\n") + 1
    return text[:cut] if len(text) > SAMPLE // 2 and cut else text


def _separator(sample: str) -> str:
    """The separator that cuts the lines into equally many fields, and into most of them."""
    lines = sample.splitlines()
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        if separator not in lines[0] and not any(separator in line for line in lines[:3]):
            continue
        try:
            counts = [len(row) for row in islice(csv.reader(lines, delimiter=separator), 200) if row]
        except csv.Error:
            continue
        header = counts[0] if counts else 0
        if header < 2:
            continue
        agreeing = sum(count == header for count in counts) / len(counts)
        if (score := (round(agreeing, 2), header)) > best_score:
            best, best_score = separator, score
    return best


def _decimal(sample: str, separator: str) -> tuple[str, bool]:
    """A comma where another separator leaves it free and more numbers use it than a point; and whether any uses either."""
    if separator == ",":
        return ".", True
    try:
        cells = [cell for row in islice(csv.reader(sample.splitlines(), delimiter=separator), 1, 200) for cell in row]
    except csv.Error:
        return ".", False
    commas = sum(1 for cell in cells if _COMMA_NUMBER.fullmatch(cell.strip()))
    points = sum(1 for cell in cells if _POINT_NUMBER.fullmatch(cell.strip()))
    return ("," if commas > points else "."), bool(commas or points)
