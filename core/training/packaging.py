"""A model as one file: a zip of manifest, weights (skops, never pickle) and the user code that it needs.

What may be made when it is loaded is a curated list; anything else is refused, whatever the file says.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadRecipe, Corrupted, FootplateError
from core.recipes.code import CodeFile
from core.training.model import Manifest, Model
from core.training.trust import is_trusted

_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(model: Model) -> bytes:
    """The model as the bytes of one file."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="footplate-") as name, zipfile.ZipFile(buffer, "w") as archive:
        folder = Path(name)
        model.files(folder)
        _write(archive, "manifest.json", json.dumps(model.manifest.to_json(), indent=1).encode())
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                _write(archive, path.relative_to(folder).as_posix(), path.read_bytes())
    return buffer.getvalue()


def load(path: Path, sha256: str) -> Model:
    """The model that `pack` wrote; Corrupted where its bytes are not those that were registered."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Corrupted(f"stored model {path} is missing", "restore it from a backup") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Corrupted(
            f"stored model {path} was changed: its bytes no longer give its name", "restore it from a backup"
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = Manifest.from_json(json.loads(archive.read("manifest.json")))
        code = [
            CodeFile(one["name"], one["sha256"], archive.read(f"code/{one['name']}"))
            for one in manifest.code if f"code/{one['name']}" in archive.NameToInfo
        ]
        if manifest.kind == "command":
            from core.training.command import CommandModel

            inside = {
                name.removeprefix("output/"): archive.read(name)
                for name in archive.namelist() if name.startswith("output/")
            }
            return CommandModel(manifest, inside, code)
        from core.training.trainer import SklearnModel

        return SklearnModel(manifest, undump(archive.read("model.skops")), code)


def dump(pipeline: Any) -> bytes:
    """A pipeline as skops bytes; BadRecipe where a part of it cannot be kept, or not be read back."""
    import skops.io

    estimator = type(pipeline.steps[-1][1]).__qualname__
    try:
        data = skops.io.dumps(pipeline)
        refused = _refused(_asked(data))
    except FootplateError:
        raise
    except Exception as error:
        raise BadRecipe(
            f"a fitted {estimator} cannot be kept as a file: {str(error).partition(chr(10))[0]}",
            "choose another [model] estimator, or train it with [model] command", key="model.estimator",
        ) from None
    if refused:
        raise BadRecipe(
            f"a fitted {estimator} holds parts that would not be loaded again: {', '.join(refused[:5])}",
            "choose another [model] estimator, or train it with [model] command", key="model.estimator",
        )
    return bytes(data)


def undump(data: bytes) -> Any:
    """The pipeline, made of nothing but trusted types."""
    import skops.io

    asked = _asked(data)
    if refused := _refused(asked):
        raise Corrupted(f"the stored model holds untrusted parts: {', '.join(refused[:5])}", "it is not loaded")
    return skops.io.loads(data, trusted=asked)


def _asked(data: bytes) -> list[str]:
    """The types that a file needs beyond those that skops trusts by itself."""
    import skops.io

    return [str(name) for name in skops.io.get_untrusted_types(data=data)]


def _refused(names: Sequence[str]) -> list[str]:
    return [name for name in names if not is_trusted(name)]


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Stored with a fixed time, so that equal models are equal files where their weights are."""
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
