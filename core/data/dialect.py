"""How a file is written: format, compression, encoding, separator. Found once, then pinned."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
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
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
}
_HINT = "write CSV (also .gz), JSON Lines or Parquet"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # ESC is hostile, yet it is text
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


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
    start = next(raw_blocks(path, None, SAMPLE), b"")
    if not start:
        raise BadData("the file is empty", "it holds no byte", check="empty")
    compression: Literal["gzip"] | None = "gzip" if start.startswith(b"\x1f\x8b") else None
    if compression:
        start = next(raw_blocks(path, compression, SAMPLE), b"")
        if not start:
            raise BadData("the file is empty", "nothing is in the archive", check="empty")
    if start.startswith(b"PAR1"):
        return Dialect("parquet")
    for magic, what in _FOREIGN.items():
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
    if dialect.format == "jsonl" or _is_json_object(sample):
        return Dialect("jsonl", compression, encoding, has_bom=has_bom)
    if named is None and sample.lstrip().startswith("[") and sample.rstrip().endswith(("]", "}", ",")):
        raise BadData("the file is one JSON array", "write JSON Lines: one object a line")
    separator = _separator(sample, "\t" if name.lower().endswith((".tsv", ".tsv.gz")) else ",")
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
        raise BadData("the file is binary", _HINT)
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
    dense = len(high) > len(start) / 20  # Western text is mostly ASCII; then a guess only makes it worse
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


def _sample(path: Path, dialect: Dialect) -> str:
    """The first lines as text, without a line that is cut in two."""
    block = next(text_blocks(path, dialect), b"")
    text = block[:SAMPLE].decode("utf-8", "ignore").replace("\r", " ")
    cut = text.rfind("\n") + 1
    return text[:cut] if len(block) > SAMPLE and cut else text


def _is_json_object(sample: str) -> bool:
    first = sample.lstrip().split("\n", 1)[0]
    if not first.startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _separator(sample: str, usual: str) -> str:
    """The separator that cuts the lines into equally many fields, and into most of them; else the `usual` one."""
    lines = sample.strip("\n").split("\n")
    best, best_score = usual, (0.0, 0)
    for separator in sorted(SEPARATORS, key=lambda one: one != usual):
        if not any(separator in line for line in lines[:3]):
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
    """The decimal mark of the sample's numbers, and whether any number has one.

    A comma where another separator leaves it free and more numbers have it than a point. 1,234 may be
    a thousand: such numbers count as fractions only where nothing else is to be seen, beside semicolons.
    """
    if separator == ",":
        return ".", True
    numbers = _fractions(separator).findall(sample, sample.find("\n") + 1)
    points = sum("." in number for number in numbers)
    commas = [number for number in numbers if "," in number]
    sure = sum(_THOUSANDS.fullmatch(number) is None for number in commas)
    if sure > points or (commas and not points and separator == ";"):
        return ",", True
    return ".", points > 0


@lru_cache
def _fractions(separator: str) -> re.Pattern[str]:
    edge = re.escape(separator) + r'"\n '
    return re.compile(rf"(?<![^{edge}])[+-]?\d+[.,]\d+(?![^{edge}])", re.ASCII)
