"""How a file is written: format, compression, encoding, separator. Found once, then pinned."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from core.data.encoding import FORMATS, encoding_of, is_ascii, readable_as
from core.data.headers import read_header
from core.data.source import UTF8, raw_blocks, text_blocks
from core.errors import BadData

Format = Literal["csv", "jsonl", "parquet"]
SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 64 << 10  # bytes that are looked at to tell separators

_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
}
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
            raise BadData(f"the file is {what}", FORMATS)
    named = _format_of(name)
    if named == "parquet":
        raise BadData("the file is named like Parquet and is none", "write it again")
    encoding, has_bom = encoding_of(path, compression, start)
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
    return {name.strip() for name in read_header(text_blocks(path, dialect), dialect.separator)[0]}


def _shown(separator: str) -> str:
    return "a tab" if separator == "\t" else f"'{separator}'"


def _format_of(name: str) -> Format | None:
    lowered = name.lower().removesuffix(".gz")
    return next((form for ending, form in _ENDINGS.items() if lowered.endswith(ending)), None)


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
