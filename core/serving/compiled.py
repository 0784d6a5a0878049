"""A model's compiled form: made at its release, compared with the original, kept beside it as one file.

The file holds all that answering takes, so that a server that uses it loads neither pandas nor scikit-learn. It
is numpy's zip of plain arrays; nothing in it is run or unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.errors import Corrupted
from core.serving.checking import Table
from core.serving.encoding import RowEncoder, learned
from core.serving.forms import making
from core.serving.forms.form import Array, Form, NotCompiled
from core.training.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd

    from core.serving.engines import Said
    from core.training.model import Model

FILE: Final = "compiled.npz"
TOLERANCE: Final = 1e-6  # of a probability, or of a number in proportion to it
COMPARED: Final = 1_000  # rows of the holdout
SQUEEZED: Final = 4 << 20  # bytes; beyond, compressing takes longer than a release should
FORMAT: Final = 1


@dataclass(frozen=True)
class Compiled:
    """`data`: the bytes to keep, None where there is no such form; `said`: in words, what it is or why not."""

    data: bytes | None
    said: str


class Engine:
    """Rows through the encoder and the compiled form. `head` is what the file says of itself."""

    how = "compiled"

    def __init__(self, head: Mapping[str, Any], form: Form) -> None:
        self.manifest = Manifest.from_json(dict(head["manifest"]))
        self._encoder = RowEncoder(self.manifest.input_schema.names, head["encoder"])
        self.form = str(head["form"])
        self._form = form
        self._classes = len(self.manifest.classes)
        known = [int(code) for code in head["known"]]
        self._known = None if known == list(range(self._classes)) else known  # classes that the estimator has seen

    def say(self, table: Table) -> Said:
        if len(table) == 1:
            return self._one(self._encoder.row(table.rows[0]))
        said = self._form.many(self._encoder.matrix(table.rows))
        if not self._classes:
            return said[:, 0].tolist(), None
        if self._known is not None:
            whole = np.zeros((len(said), self._classes))
            whole[:, self._known] = said
            said = whole
        return said.argmax(axis=1).tolist(), said.tolist()

    def _one(self, row: list[float]) -> Said:
        said = self._form.one(row)
        if not self._classes:
            return said, None
        if self._known is not None:
            whole = [0.0] * self._classes
            for code, share in zip(self._known, said, strict=True):
                whole[code] = share
            said = whole
        return [said.index(max(said))], [said]


def compile(model: Model, sha256: str, frame: pd.DataFrame) -> Compiled:
    """The compiled form of the model that was packed under `sha256`, if it says the same on the typed rows `frame`."""
    try:
        data = _made(model, sha256)
        engine = opened(data, sha256)
        _compare(model, engine, frame)
    except NotCompiled as why:
        return Compiled(None, f"no compiled form: {why}")
    except Exception as error:  # a release does not fail for want of one
        first = str(error).strip().partition("\n")[0]
        return Compiled(None, f"no compiled form: {type(error).__name__}: {first}")
    return Compiled(data, f"compiled form: {engine.form}, {len(data):,} bytes")


def opened(compiled: Path | bytes, sha256: str, own_sha256: str = "") -> Engine:
    """The engine of the compiled form of the model `sha256`.

    Corrupted where its bytes do not give `own_sha256` (empty: whatever they give) or cannot be read; NotCompiled
    where it is another model's, or of another version of Footplate.
    """
    data = compiled if isinstance(compiled, bytes) else compiled.read_bytes()
    if own_sha256 and hashlib.sha256(data).hexdigest() != own_sha256:
        raise Corrupted("the compiled form was changed: its bytes no longer give its name", "release the model again")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        head = json.loads(bytes(arrays.pop("head")))
    except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise Corrupted(f"the compiled form cannot be read: {error}", "release the model again") from None
    if head.get("format") != FORMAT:
        raise NotCompiled("it was written by another version of footplate")
    if head["model"] != sha256:
        raise NotCompiled("it is another model's")
    return Engine(head, making.opened(head["form"], arrays))


def _made(model: Model, sha256: str) -> bytes:
    manifest = model.manifest
    if manifest.kind != "sklearn":
        raise NotCompiled("the model is a command")
    if manifest.custom:
        raise NotCompiled("the rows go through the recipe's own code")
    pipeline = model.pipeline  # type: ignore[attr-defined]
    (_, encoder), *between, (_, estimator) = pipeline.steps
    form, arrays = making.compiled(between, estimator)
    known = [int(code) for code in getattr(pipeline, "classes_", [])] if manifest.classes else []
    head = {
        "format": FORMAT, "model": sha256, "manifest": manifest.to_json(), "encoder": learned(encoder), "form": form,
        "known": known,
    }
    buffer = io.BytesIO()
    large = sum(array.nbytes for array in arrays.values()) > SQUEEZED
    (np.savez if large else np.savez_compressed)(
        buffer, head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **arrays  # type: ignore[arg-type]
    )
    return buffer.getvalue()


def _compare(model: Model, engine: Engine, frame: pd.DataFrame) -> None:
    """Both on the same rows, each row alone and all together; NotCompiled where they differ."""
    frame = frame.iloc[:COMPARED]
    if not len(frame):
        raise NotCompiled("there are no rows to compare it on")
    table = Table.of(frame, model.manifest.input_schema)
    expected = model.predict(frame)
    alone = table[:50]
    singly = [engine.say(alone[place : place + 1]) for place in range(len(alone))]
    for values, shares in (engine.say(table), ([one for said, _ in singly for one in said],
                                               [one for _, said in singly for one in said or []])):
        rows = len(values)
        if expected.probabilities is None:
            _near(np.array(values), expected.values[:rows], relative=True)
        else:
            _near(np.array(shares), expected.probabilities[:rows], relative=False)
            if (np.array(values) != expected.values[:rows]).any():
                raise NotCompiled("it gives a row another class")


def _near(found: Array, expected: Array, *, relative: bool) -> None:
    scale = np.maximum(np.abs(expected), 1.0) if relative else 1.0
    difference = np.abs(found - expected) / scale
    if not (difference <= TOLERANCE).all():  # NaN is no answer either
        raise NotCompiled(f"it differs by {float(np.nan_to_num(difference, nan=np.inf).max()):.2g} on the holdout")
