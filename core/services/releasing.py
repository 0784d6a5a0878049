"""Releasing a quarantined version: read it again with nothing forbidden, and accept what can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.data.checks import Checks
from core.data.examine import Examination, examine
from core.errors import BadData, Conflict, Stale
from core.recipes.recipe import Recipe
from core.registry import datasets
from core.services import recipes as recipe_service
from core.services.keeping import drop
from core.services.learning import ask_for_learning
from core.services.recording import accept, keep, request_of
from core.services.superseding import would_supersede
from core.services.versions import find
from core.vocabulary import EventKind, VersionState
from core.workspace import Workspace

PARDONABLE = frozenset(
    {"missing_column", "retyped_column", "no_target", "dialect_changed", "bad_rows", "range", "max_missing"}
)


def examine_leniently(workspace: Workspace, recipe: Recipe, row: Mapping[str, Any]) -> tuple[Examination, Any]:
    """What of a quarantined file can be read under the dataset's schema, and the dataset's reference.

    Raises BadData where nothing can.
    """
    with workspace.registry.read() as connection:
        reference = datasets.get(connection, recipe.dataset)
    path = workspace.quarantine.verified(row["hash"])
    strict = request_of(workspace, recipe, path, row["file_name"], reference)
    found = examine(replace(strict, dialect=None, checks=Checks(), bad_rows=1.0))
    fatal = [reason for reason in found.reasons if reason.check not in PARDONABLE]
    if fatal or not found.rows or found.schema is None:
        why = fatal[0].message if fatal else "not one of its rows can be read under the dataset's schema"
        raise BadData(
            f"{row['dataset']}@{row['version']} cannot be released: {why}",
            "mend the file and let it arrive again, or discard this one",
        )
    return found, reference


def preview(workspace: Workspace, text: str) -> dict[str, Any]:
    """What a release would do: {"rows", "labelled", "bad_rows", "columns_missing", "supersedes", "learns"}.

    Raises as the release itself would. Changes nothing.
    """
    with workspace.registry.read() as connection:
        row = find(connection, text)
    if row["state"] != VersionState.QUARANTINED or row["discarded"] or not row["hash"]:
        raise Conflict(f"{text} is {row['state']}: only a quarantined version with its bytes can be released")
    recipe = recipe_service.of_dataset(workspace, row["dataset"])
    found, reference = examine_leniently(workspace, recipe, row)
    assert found.schema is not None
    known = [column["name"] for column in (reference["schema"] if reference else None) or ()]
    wanted = {**row, "time_max": found.time_max}
    with workspace.registry.read() as connection:
        older = would_supersede(connection, workspace.store, recipe, wanted, found.row_hashes)
    return {
        "rows": found.rows, "labelled": found.labelled or 0, "bad_rows": found.bad_rows or 0,
        "columns_missing": [name for name in known if name not in found.schema],
        "supersedes": [f"{one['dataset']}@{one['version']}" for one in older],
        "learns": [one.name for one in recipe_service.of_dataset_all(workspace, row["dataset"])
                   if one.triggers.new_data and found.labelled],
    }


def record_release(
    workspace: Workspace, recipe: Recipe, row: Mapping[str, Any], text: str, found: Examination, reference: Any
) -> str:
    """Bring the bytes back into the store and accept the version, in one transaction, as an event with an actor."""
    workspace.quarantine.copy_to(workspace.store, row["hash"])
    profile, hashes = keep(workspace.store, found)
    pardoned = [*row["reasons"], *(finding.to_json() for finding in found.warnings)]
    with workspace.registry.write(workspace.actor) as tx:
        now = datasets.by_id(tx.connection, [row["id"]])[0]
        if now["state"] != VersionState.QUARANTINED or now["discarded"] or not workspace.store.has(row["hash"]):
            raise Stale(f"somebody else changed {text} meanwhile", f"look again: `footplate data show {text}`")
        datasets.change(
            tx, row["id"], state=VersionState.ACCEPTED, rows=found.rows, columns=found.columns,
            labelled=found.labelled or 0, bad_rows=found.bad_rows or 0, warnings=pardoned, reasons=[],
            schema=found.schema.to_json() if found.schema else None,
            dialect=found.dialect.to_json() if found.dialect else None, profile=profile, row_hashes=hashes,
            time_min=found.time_min, time_max=found.time_max,
        )
        tx.emit(EventKind.VERSION_RELEASED, text, reasons=row["reasons"])
        accept(tx, workspace, recipe, row["id"], text, found, hashes)
        for one in recipe_service.of_dataset_all(workspace, row["dataset"]):
            ask_for_learning(tx, workspace, one)
    drop(workspace, row["hash"])
    aside = f", {found.bad_rows:,} rows set aside" if found.bad_rows else ""
    return f"{text} is accepted: {found.rows:,} rows{aside} (out again: `footplate data retire {text}`)"
