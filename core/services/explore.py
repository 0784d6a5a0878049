"""Looking at files before there is a recipe, and at what changed between two versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, NotFound
from core.services.versions import find
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.data.examine import Examination


def explore(path: Path, target: str | None = None) -> dict[str, Any]:
    """{"name", "rows", "columns", "bad_rows", "dialect", "schema", "profile", "reasons", "warnings"} of any file.

    Without a target the relation of columns to it is left out. Raises BadData where it cannot be read at all.
    """
    from core.errors import BadData

    if not path.is_file():
        raise NotFound(f"{path} is no file", "name a CSV, JSON Lines or Parquet file")
    found = looked_at(path, path.name, target)
    reasons = [one for one in found.reasons if target is not None or one.check != "no_target"]
    if found.profile is None:
        first = reasons[0] if reasons else None
        raise BadData(
            f"{path.name}: {first.message if first else 'cannot be read'}",
            check=first.check if first else "unreadable",
            column=first.column if first else None, line=first.line if first else None,
        )
    return {
        "name": path.name, "rows": found.rows, "columns": found.columns, "bad_rows": found.bad_rows,
        "dialect": found.dialect.to_json() if found.dialect else None,
        "schema": found.schema.to_json() if found.schema else None, "profile": found.profile,
        "reasons": [one.to_json() for one in reasons], "warnings": [one.to_json() for one in found.warnings],
    }


def looked_at(path: Path, name: str, target: str | None = None) -> Examination:
    """Any file as it is, whatever is wrong with it; `name` is what its owner calls it."""
    from core.data.examine import Request, examine

    return examine(Request(path=path, name=name, schema=None, dialect=None, target=target or "", bad_rows=1.0))


def diff(workspace: Workspace, left: str, right: str) -> Any:
    """What changed from version `left` to version `right` (NAME@V): see `core.data.diff`."""
    from core.data.diff import compare

    return compare(_profile(workspace, left), _profile(workspace, right))


def _profile(workspace: Workspace, text: str) -> dict[str, Any]:
    import json
    import zlib

    with workspace.registry.read() as connection:
        row = find(connection, text)
    if not row["profile"]:
        raise BadInput(f"{text} has no profile: it could not be read", f"see `footplate data show {text}`")
    found: dict[str, Any] = json.loads(zlib.decompress(workspace.store.read(row["profile"])))
    return found


def drift(workspace: Workspace, before: str, version: str) -> dict[str, dict[str, Any]]:
    """How far each column of `version` moved since the version `before` (`core.data.diff`, "columns"), by its name."""
    return {one["column"]: one for one in diff(workspace, before, version)["columns"]}
