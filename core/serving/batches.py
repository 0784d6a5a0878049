"""Many answers at once (a scored file, a file of labels) as sealed files: all of them appear together, or none.

    .NAME.npz.held     complete, and not to be seen yet
    NAME.npz           seen; its name ends in a mark of what it was made of, so doing it again replaces it
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.serving import sealed, segments
from core.serving.columns import Array, Block, Coded, Column, digests
from core.serving.lines import NAT, microseconds
from core.vocabulary import Kind

if TYPE_CHECKING:
    import pandas as pd

    from core.training.manifest import Manifest

HELD: Final = ".held"
MARK: Final = 12  # digits of a batch; four more count its pieces


class Batch:
    """The pieces of one batch, made again from the start after a kill. One process at a time makes a batch."""

    def __init__(self, folder: Path, version: int, at: datetime, source: str) -> None:
        """`source`: what tells this batch from every other one."""
        self.mark = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:MARK]
        self._folder, self._version, self._at = folder, version, at
        self.held: list[Path] = []  # what was added
        self._pieces = 0
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(f".*-{self.mark}????{segments.SEALED}*"):
            path.unlink(missing_ok=True)

    def add(self, block: Block) -> None:
        """One piece, on the disk when this returns."""
        name = segments.name(self._at, self._version, f"{self.mark}{self._pieces:04x}")
        path = self._folder / f".{name}{segments.SEALED}{HELD}"
        self.held.append(path)
        self._pieces += 1
        sealed.publish(block, path)

    def show(self) -> list[str]:
        """All pieces can be seen from now on; those of an earlier attempt are gone. Returns their stems."""
        stems = [path.name[1:].removesuffix(segments.SEALED + HELD) for path in self.held]
        for path in self.shown():
            if path.stem not in stems:
                path.unlink(missing_ok=True)
        for path, stem in zip(self.held, stems, strict=True):
            path.replace(self._folder / f"{stem}{segments.SEALED}")
        sealed.sync(self._folder)
        self.held = []
        return stems

    def shown(self) -> list[Path]:
        """What can be seen of this batch, of an attempt that was killed."""
        return sorted(self._folder.glob(f"*-{self.mark}????{segments.SEALED}"))

    def drop(self) -> None:
        """Nothing of what is held stays."""
        for path in self.held:
            path.unlink(missing_ok=True)
        self.held = []


def answers(
    manifest: Manifest, said: Mapping[str, Any], *, ids: Sequence[str], keys: Sequence[str | None] | None,
    frame: pd.DataFrame | None, values: Array, probabilities: Array | None, rows: int,
) -> Block:
    """Answers of a model as a block of the log. `said`: model, version, environment, role, revision, at, ms.

    `frame` holds the model's inputs, typed; None: they are not kept. `values`: codes of classes, or numbers.
    """
    at = microseconds(said["at"])
    named, called = Coded.of(ids), Coded.of([None] * rows if keys is None else keys)
    columns: dict[str, Column] = {
        "at": np.full(rows, at, dtype=np.int64), "id": named, "key": called, "id_digest": digests(named),
        "key_digest": digests(called), "environment": _same(said["environment"], rows),
        "role": _same(said["role"], rows), "revision": np.full(rows, said["revision"], dtype=np.int64),
        "ms": np.full(rows, said["ms"], dtype=np.float64),
        "value": values.astype(np.int32 if manifest.classes else np.float64),
    }
    if manifest.classes:
        shape = (rows, len(manifest.classes))
        columns["probability"] = np.full(shape, np.nan) if probabilities is None else probabilities.astype(np.float64)
    columns["given"] = np.full(rows, frame is not None)
    for place, column in enumerate(manifest.inputs):
        columns[f"x{place}"] = _input(None if frame is None else frame[column["name"]], Kind(column["kind"]), rows)
    head = {
        **segments.header(said["model"], said["version"], manifest), "rows": rows, "torn": 0, "first": at, "last": at,
        "counts": [[str(said["environment"]), str(said["role"]), rows]],
    }
    return Block(head, columns)


def _same(text: str, rows: int) -> Coded:
    return Coded(np.zeros(rows, dtype=np.int32), [str(text)])


def _input(series: pd.Series | None, kind: Kind, rows: int) -> Column:
    import pandas as pd

    if kind in (Kind.NUMBER, Kind.BOOLEAN):
        return np.full(rows, np.nan) if series is None else series.to_numpy(np.float64)
    if kind is Kind.DATE:
        if series is None:
            return np.full(rows, NAT, dtype=np.int64)
        return series.to_numpy().astype("datetime64[us]").astype(np.int64)
    if series is None:
        return Coded(np.full(rows, -1, dtype=np.int32), [])
    codes, levels = pd.factorize(series)
    return Coded(codes.astype(np.int32), [str(level) for level in levels])
