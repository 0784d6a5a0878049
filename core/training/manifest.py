"""What a stored model says of itself; plain, so that it is read without pandas."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data.schema import Schema
from core.errors import Corrupted
from core.vocabulary import Task

if TYPE_CHECKING:
    from core.training.labels import Coding


@dataclass(frozen=True)
class Manifest:
    """What a stored model says of itself. `inputs` are the columns that it reads, with their kinds."""

    recipe: str
    recipe_hash: str
    kind: str  # "sklearn" | "command"
    estimator: str
    task: str
    classes: tuple[str, ...]
    target: str
    inputs: tuple[dict[str, str], ...]
    features: tuple[dict[str, str], ...]
    custom: str
    code: tuple[dict[str, str], ...]  # [{"name", "sha256"}], the files lie beside the model
    predict_command: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Manifest:
        tuples = ("classes", "inputs", "features", "code", "predict_command")
        made: dict[str, Any] = {key: tuple(value) if key in tuples else value for key, value in values.items()}
        return cls(**made)

    @classmethod
    def of(cls, path: Path) -> Manifest:
        """What the packed model at `path` says of itself; its weights are not looked at. Raises Corrupted."""
        try:
            with zipfile.ZipFile(path) as archive:
                return cls.from_json(json.loads(archive.read("manifest.json")))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise Corrupted(f"stored model {path} cannot be read: {error}", "restore it from a backup") from None

    @property
    def coding(self) -> Coding:
        from core.training.labels import Coding

        return Coding(Task(self.task), tuple(self.classes))

    @property
    def input_schema(self) -> Schema:
        return Schema.from_json(self.inputs)
