"""Columns as a file: a zip of plain arrays (as `numpy.load` reads them, never pickle) and a header in JSON.

    header.json                              what is said of all rows
    at.npy, value.npy, x0.npy ...            one array a column
    key.codes.npy, .texts.npy, .ends.npy     texts: codes, the UTF-8 of all levels, and where each level ends
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from core.errors import Corrupted
from core.failpoints import failpoint
from core.serving.columns import Array, Block, Coded, Column

HEADER: Final = "header.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BROKEN: Final = (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError)


def dump(block: Block, stream: IO[bytes]) -> None:
    """Write a block; equal blocks give equal bytes."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        text = json.dumps({**block.head, "columns": list(block.columns)}, ensure_ascii=True, separators=(",", ":"))
        archive.writestr(_entry(HEADER), text.encode("ascii"))
        for name, column in block.columns.items():
            for part, array in _parts(name, column):
                with archive.open(_entry(f"{part}.npy"), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def load(path: Path, wanted: Collection[str] | None = None) -> Block:
    """The block in a file, or some of its columns. FileNotFoundError where it went; Corrupted where it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(HEADER))
            names = [name for name in head.pop("columns") if wanted is None or name in wanted]
            return Block(head, {name: _column(archive, name) for name in names})
    except FileNotFoundError:
        raise
    except _BROKEN as error:
        raise Corrupted(f"{path} is damaged: {error}", "move it away: what it held is lost, the rest is not") from None


def head(path: Path) -> Mapping[str, Any]:
    """What is said of all rows of a file."""
    return load(path, ()).head


def publish(block: Block, path: Path) -> None:
    """Write a file whole or not at all: beside, sync, rename. One writer a path at a time."""
    temporary = path.with_name(f".{path.name.lstrip('.')}.tmp")
    with temporary.open("wb") as stream:
        dump(block, stream)
        stream.flush()
        os.fsync(stream.fileno())
    failpoint("log.written")
    temporary.replace(path)
    sync(path.parent)
    failpoint("log.published")


def sync(folder: Path) -> None:
    """The names in a folder, on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entry(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, _EPOCH)
    made.compress_type = zipfile.ZIP_DEFLATED
    made._compresslevel = 1  # type: ignore[attr-defined]
    return made


def _parts(name: str, column: Column) -> list[tuple[str, Array]]:
    if not isinstance(column, Coded):
        return [(name, column)]
    encoded = [text.encode("utf-8", "surrogatepass") for text in column.levels]
    return [
        (f"{name}.codes", column.codes), (f"{name}.texts", np.frombuffer(b"".join(encoded), dtype=np.uint8)),
        (f"{name}.ends", np.cumsum([len(text) for text in encoded], dtype=np.int64)),
    ]


def _column(archive: zipfile.ZipFile, name: str) -> Column:
    if f"{name}.npy" in archive.NameToInfo:
        return _array(archive, name)
    codes, texts, ends = (_array(archive, f"{name}.{part}") for part in ("codes", "texts", "ends"))
    whole, start, levels = texts.tobytes(), 0, []
    for end in ends.tolist():
        levels.append(whole[start:end].decode("utf-8", "surrogatepass"))
        start = end
    return Coded(codes, levels)


def _array(archive: zipfile.ZipFile, name: str) -> Array:
    with archive.open(f"{name}.npy") as member:
        made: Array = np.lib.format.read_array(member, allow_pickle=False)
    return made
