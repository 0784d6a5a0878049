"""Judging a kept file once more, against today's recipe and schema. It changes nothing: it says what would be found."""

from __future__ import annotations

from shlex import quote
from typing import Any

from core.data.examine import examine
from core.registry import datasets
from core.services import quarantine
from core.services import recipes as recipe_service
from core.services.recording import request_of
from core.services.rows import kept_file
from core.vocabulary import VersionState
from core.workspace import Workspace


def judged(workspace: Workspace, text: str) -> dict[str, Any]:
    """{"version", "state", "fine", "rows", "labelled", "bad_rows", "reasons", "warnings", "places", "then"}.

    `fine`: it would be accepted today; `then` is the command that follows. `places` are those of the reasons (see
    `core.services.quarantine`). Raises NotFound, and Conflict where the bytes are gone.
    """
    row, path, _ = kept_file(workspace, text)
    name = f"{row['dataset']}@{row['version']}"
    recipe = recipe_service.of_dataset(workspace, row["dataset"])
    with workspace.registry.read() as connection:
        reference = datasets.get(connection, row["dataset"])
    found = examine(request_of(workspace, recipe, path, row["file_name"], reference))
    reasons = [one.to_json() for one in found.reasons]
    return {
        "version": name, "state": row["state"], "fine": not reasons, "rows": found.rows, "labelled": found.labelled,
        "bad_rows": found.bad_rows, "reasons": reasons, "warnings": [one.to_json() for one in found.warnings],
        "places": [one.to_json() for one in quarantine.places(workspace, name, reasons)],
        "then": _then(name, row["state"], fine=not reasons),
    }


def _then(name: str, state: str, *, fine: bool) -> str:
    if state == VersionState.QUARANTINED:
        return f"footplate data quarantine {'release' if fine else 'discard'} {quote(name)}"
    return "" if fine else f"footplate data retire {quote(name)}"
