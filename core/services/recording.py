"""From a judged file to a version: one transaction with its events, the schema pinned by the first."""

from __future__ import annotations

import errno
import json
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.data.dialect import Dialect, detect
from core.data.examine import Examination, Request, examine
from core.data.findings import Finding
from core.data.schema import Schema
from core.errors import BadData
from core.failpoints import failpoint
from core.recipes.recipe import Recipe
from core.registry import datasets, models, sources
from core.registry.database import Fence, Transaction
from core.registry.sources import Pending
from core.services import keeping
from core.services.superseding import superseded
from core.store.objects import Staged, Store
from core.vocabulary import Cause, EventKind, Task, VersionState
from core.workspace import Workspace


@dataclass(frozen=True)
class Copied:
    """A file whose bytes are in the store (`hash`), or why they could not be read. `file` is None by hand."""

    file: Pending | None
    name: str
    hash: str | None
    size: int
    problem: BadData | None = None


@dataclass(frozen=True)
class Recorded:
    """What became of a file; `same`: its bytes were a version already."""

    id: int
    number: int
    examination: Examination | None
    same: bool = False


class _Moved(Exception):
    """Somebody else committed what the judgement went by; judge again."""


def judge_and_record(workspace: Workspace, fence: Fence | None, recipe: Recipe, copied: Copied) -> Recorded:
    """Judge one file and commit its version; the same bytes twice are one version."""
    while True:
        try:
            return _once(workspace, fence, recipe, copied)
        except _Moved:
            continue


def _once(workspace: Workspace, fence: Fence | None, recipe: Recipe, copied: Copied) -> Recorded:
    with workspace.registry.read() as connection:
        same = datasets.by_hash(connection, recipe.dataset, copied.hash) if copied.hash else None
        reference = datasets.get(connection, recipe.dataset)
    if same is not None:
        return _again(workspace, fence, copied, same)
    if copied.hash is None:
        assert copied.problem is not None
        finding = Finding(copied.problem.check, None, f"{copied.name} {copied.problem.message}")
        examination = Examination.unreadable(finding)
    else:
        path = workspace.store.path(copied.hash)
        examination = examine(request_of(workspace, recipe, path, copied.name, reference))
    failpoint("ingest.judged")
    id, number = _record(workspace, fence, recipe, copied, examination, reference)
    return Recorded(id, number, examination)


def _again(workspace: Workspace, fence: Fence | None, copied: Copied, same: Any) -> Recorded:
    """Bytes that are a version already; a discarded one goes back into quarantine, where a person may decide anew."""
    assert copied.hash is not None
    quarantined = same["state"] == VersionState.QUARANTINED
    if quarantined:
        workspace.store.copy_to(workspace.quarantine, copied.hash)
    with workspace.registry.write(workspace.actor, fence) as tx:
        if copied.file is not None:
            sources.take(tx, copied.file, same["id"])
        if same["discarded"]:
            datasets.change(tx, same["id"], discarded=False)
            tx.emit(
                EventKind.VERSION_QUARANTINED, f"{same['dataset']}@{same['version']}", file=copied.name, again=True,
                reasons=same["reasons"],
            )
    if quarantined:
        keeping.drop(workspace, copied.hash)
    return Recorded(same["id"], same["version"], None, same=True)


def request_of(workspace: Workspace, recipe: Recipe, path: Path, name: str, reference: Any) -> Request:
    """What to ask of a file, given what is known of its dataset."""
    with workspace.registry.read() as connection:
        model = models.get(connection, recipe.name)
    task = recipe.task if recipe.task != Task.AUTO else (Task(model["task"]) if model else None)
    return Request(
        path=path, name=name,
        schema=Schema.from_json(reference["schema"]) if reference and reference["schema"] else None,
        dialect=_pinned_dialect(recipe, path, name, reference),
        target=recipe.data.target, time=recipe.data.time, id=recipe.data.id, group=recipe.data.group,
        classification=None if task is None else task == Task.CLASSIFICATION,
        checks=recipe.data.checks, bad_rows=recipe.data.bad_rows,
        expectations=reference["expectations"] if reference else None,
    )


def _pinned_dialect(recipe: Recipe, path: Path, name: str, reference: Any) -> Dialect | None:
    """How the file is expected to be written: as the dataset's first one, and as [data.dialect] says."""
    known = Dialect.from_json(reference["dialect"]) if reference and reference["dialect"] else None
    wanted = recipe.data.dialect.model_dump(exclude_none=True)
    if not wanted:
        return known
    try:
        return replace(known or detect(path, name), **wanted)
    except BadData:
        return known  # what cannot even be looked at is told by the examination


def _record(
    workspace: Workspace, fence: Fence | None, recipe: Recipe, copied: Copied, examination: Examination,
    reference: Any,
) -> tuple[int, int]:
    """Write one version with its events in one transaction; returns (id, number)."""
    accepted = not examination.reasons
    profile, hashes = keep(workspace.store, examination)
    if not accepted and copied.hash:
        workspace.store.copy_to(workspace.quarantine, copied.hash)
    with workspace.registry.write(workspace.actor, fence) as tx:
        _still_true(tx, workspace, recipe, copied, reference, accepted=accepted)
        id, number = datasets.add(tx, _values(recipe, copied, examination, profile, hashes, fence))
        subject = f"{recipe.dataset}@{number}"
        tx.emit(EventKind.VERSION_ADDED, subject, file=copied.name, bytes=copied.size, hash=copied.hash)
        if accepted:
            accept(tx, workspace, recipe, id, subject, examination, hashes)
        else:
            tx.emit(
                EventKind.VERSION_QUARANTINED, subject, file=copied.name,
                reasons=[finding.to_json() for finding in examination.reasons],
            )
        if copied.file is not None:
            sources.take(tx, copied.file, id)
    if not accepted and copied.hash:
        keeping.drop(workspace, copied.hash)
    return id, number


def _still_true(
    tx: Transaction, workspace: Workspace, recipe: Recipe, copied: Copied, reference: Any, *, accepted: bool
) -> None:
    """What the judgement went by holds in this transaction too: the schema, no such version, the stored bytes."""
    now = datasets.get(tx.connection, recipe.dataset)
    if (now["schema"] if now else None) != (reference["schema"] if reference else None):
        raise _Moved
    if copied.hash and datasets.by_hash(tx.connection, recipe.dataset, copied.hash) is not None:
        raise _Moved
    if accepted and copied.hash and not workspace.store.has(copied.hash):
        raise OSError(errno.ESTALE, f"the stored copy of {copied.name} went away")  # the job is tried again


def _values(
    recipe: Recipe, copied: Copied, examination: Examination, profile: str | None, hashes: str | None,
    fence: Fence | None,
) -> dict[str, Any]:
    return {
        "dataset": recipe.dataset, "hash": copied.hash,
        "state": VersionState.QUARANTINED if examination.reasons else VersionState.ACCEPTED,
        "files": [{"name": copied.name, "bytes": copied.size, "hash": copied.hash}],
        "file_name": copied.name, "rows": examination.rows, "columns": examination.columns,
        "labelled": examination.labelled, "bad_rows": examination.bad_rows or 0,
        "reasons": [finding.to_json() for finding in examination.reasons],
        "warnings": [finding.to_json() for finding in examination.warnings],
        "schema": examination.schema.to_json() if examination.schema else None,
        "dialect": examination.dialect.to_json() if examination.dialect else None,
        "profile": profile, "row_hashes": hashes, "time_min": examination.time_min,
        "time_max": examination.time_max, "cause": Cause.NEW_DATA if fence else Cause.MANUAL, "discarded": False,
    }


def accept(
    tx: Transaction, workspace: Workspace, recipe: Recipe, id: int, subject: str, examination: Examination,
    hashes: str | None,
) -> None:
    """Record the acceptance, pin what this version tells of the dataset, supersede what it holds again."""
    tx.emit(
        EventKind.VERSION_ACCEPTED, subject, rows=examination.rows, labelled=examination.labelled,
        bad_rows=examination.bad_rows, warnings=[finding.to_json() for finding in examination.warnings],
    )
    _pin(tx, recipe, examination)
    for old in superseded(tx, workspace.store, recipe, id, hashes):
        datasets.change(tx, old["id"], state=VersionState.SUPERSEDED, superseded_by=id)
        tx.emit(EventKind.VERSION_SUPERSEDED, f"{recipe.dataset}@{old['version']}", by=subject)


def _pin(tx: Transaction, recipe: Recipe, examination: Examination) -> None:
    """The first version's schema holds; a column that was empty so far gets its kind from the first values."""
    assert examination.schema is not None and examination.dialect is not None
    reference = datasets.get(tx.connection, recipe.dataset)
    if reference is None or not reference["schema"]:
        datasets.set_reference(
            tx, recipe.dataset, schema=examination.schema.to_json(), dialect=examination.dialect.to_json(),
            expectations=examination.expectations,
        )
        return
    pinned = Schema.from_json(reference["schema"])
    filled = pinned.filled(examination.schema)
    if filled != pinned:
        datasets.set_reference(tx, recipe.dataset, schema=filled.to_json())


def keep(store: Store, examination: Examination) -> tuple[str | None, str | None]:
    """Store the profile (compressed JSON) and the row hashes; returns their names."""
    staged: list[Staged] = []
    if examination.profile:
        text = json.dumps(examination.profile, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        staged.append(store.stage_bytes(zlib.compress(text.encode("utf-8", "surrogatepass"), 6)))
    if examination.row_hashes is not None and examination.rows:
        staged.append(store.stage_bytes(examination.row_hashes.astype("<u8").tobytes()))
    store.publish(staged)
    names = [one.hash for one in staged]
    profile = names.pop(0) if examination.profile else None
    return profile, (names[0] if names else None)
