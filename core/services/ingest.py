"""The ingest job: store, judge and commit every pending file of a dataset, each for itself.

A batch of files is copied and hashed, made durable with one sync, and then judged one by one in natural
order of names. Each version is committed with its events in one transaction. The last transaction finds
nothing pending, ends the job and asks for the run that learns from it all.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.data.dialect import Dialect, detect
from core.data.examine import Examination, Request, examine
from core.data.findings import Finding
from core.data.order import natural_key
from core.data.schema import Schema
from core.errors import BadData, NotFound
from core.failpoints import failpoint
from core.recipes.recipe import Recipe
from core.registry import datasets, jobs, models, sources
from core.registry.database import Fence, Transaction
from core.registry.sources import Pending
from core.services import recipes as recipe_service
from core.services.folders import leads_out
from core.services.learning import ask_for_learning
from core.store.objects import ChangedWhileCopied, Staged, Store
from core.text import visible
from core.vocabulary import Arrival, Cause, EventKind, Task, VersionState
from core.workspace import Workspace

BATCH_FILES = 256
BATCH_BYTES = 256 << 20
SNAPSHOT_SHARE = 0.8  # of the predecessor's distinct rows that a snapshot holds again
DISTINCT_SHARE = 0.5  # of rows that must be distinct before "the same row again" means anything


@dataclass
class Copied:
    """A pending file whose bytes are in the store (`hash`), or why they could not be read."""

    file: Pending
    name: str
    hash: str | None
    size: int
    problem: BadData | None = None


def run(workspace: Workspace, fence: Fence, dataset: str, progress: Callable[[str], None]) -> None:
    """Take all pending files of `dataset` and finish the job."""
    job = _Ingest(workspace, fence, dataset)
    done = 0
    while True:
        batch = job.next_batch()
        if batch:
            for copied in job.copy(batch):
                job.commit(copied)
                done += 1
                if done % 50 == 0:
                    progress(f"{done:,} files judged")
            continue
        if job.finish(done):
            return


class _Ingest:
    def __init__(self, workspace: Workspace, fence: Fence, dataset: str) -> None:
        self.workspace = workspace
        self.fence = fence
        self.dataset = dataset
        self.recipe: Recipe = recipe_service.of_dataset(workspace, dataset)
        self.folder = workspace.locate(self.recipe.data.watch)

    def next_batch(self) -> list[Pending]:
        with self.workspace.registry.read() as connection:
            waiting = sources.pending(connection, self.dataset)
        waiting.sort(key=lambda file: natural_key(os.fsdecode(os.path.relpath(file.path, os.fsencode(self.folder)))))
        batch, size = [], 0
        for file in waiting[:BATCH_FILES]:
            batch.append(file)
            size += file.signature.size
            if size > BATCH_BYTES:
                break
        return batch

    # -- bytes

    def copy(self, batch: Sequence[Pending]) -> list[Copied]:
        """Copy a batch into the store; what changed meanwhile is left to the next look at the folder."""
        staged: list[Staged] = []
        copied: list[Copied] = []
        gone: list[Pending] = []
        root = os.path.realpath(os.fsencode(self.folder))
        for file in batch:
            name = visible(os.fsdecode(os.path.relpath(file.path, os.fsencode(self.folder))))
            try:
                if leads_out(file.path, root):
                    raise BadData("is a link that leads out of the watched folder", check="link_out")
                one = self.workspace.store.stage(Path(os.fsdecode(os.path.realpath(file.path))))
            except (ChangedWhileCopied, FileNotFoundError):
                gone.append(file)
            except BadData as problem:
                if os.path.lexists(file.path):
                    copied.append(Copied(file, name, None, file.signature.size, problem))
                else:
                    gone.append(file)
            else:
                staged.append(one)
                copied.append(Copied(file, name, one.hash, one.size))
        failpoint("ingest.staged")
        self.workspace.store.publish(staged)
        failpoint("ingest.published")
        if gone:
            with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
                for file in gone:
                    sources.forget(tx, file)
        return copied

    # -- verdict

    def commit(self, copied: Copied) -> None:
        """Judge one file and commit its version; the same bytes twice are one version."""
        with self.workspace.registry.read() as connection:
            same = datasets.by_hash(connection, self.dataset, copied.hash) if copied.hash else None
            reference = datasets.get(connection, self.dataset)
        if same is not None:
            with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
                sources.take(tx, copied.file, same["id"])
            if same["state"] == VersionState.QUARANTINED and copied.hash:
                self.workspace.store.remove(copied.hash)  # its bytes are kept in quarantine
            return
        if copied.hash is None:
            assert copied.problem is not None
            finding = Finding(copied.problem.check, None, f"{copied.name} {copied.problem.message}")
            examination = unread(finding)
        else:
            examination = examine(self._request(self.workspace.store.path(copied.hash), copied.name, reference))
        failpoint("ingest.judged")
        record(self.workspace, self.fence, self.recipe, copied, examination, reference)
        failpoint("ingest.version_committed")

    def _request(self, path: Path, name: str, reference: Any) -> Request:
        return request_of(self.workspace, self.recipe, path, name, reference)

    def finish(self, done: int) -> bool:
        """End the job unless files became pending meanwhile; ask for the run that learns from them."""
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            if sources.has_pending(tx.connection, self.dataset):
                return False
            for recipe in recipe_service.of_dataset_all(self.workspace, self.dataset):
                ask_for_learning(tx, self.workspace, recipe)
            jobs.finish(tx, self.fence, files=done)
        failpoint("ingest.finished")
        return True


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


def unread(finding: Finding) -> Examination:
    """The verdict on a file whose bytes could not be read at all."""
    return Examination.unreadable(finding)


def record(
    workspace: Workspace, fence: Fence | None, recipe: Recipe, copied: Copied, examination: Examination,
    reference: Any,
) -> tuple[int, int]:
    """Write one version with its events in one transaction; returns (id, number)."""
    accepted = not examination.reasons
    profile, hashes = keep(workspace.store, examination)
    if not accepted and copied.hash:
        workspace.store.move_to(workspace.quarantine, copied.hash)
    with workspace.registry.write(workspace.actor, fence) as tx:
        id, number = datasets.add(
            tx,
            {
                "dataset": recipe.dataset, "hash": copied.hash,
                "state": VersionState.ACCEPTED if accepted else VersionState.QUARANTINED,
                "files": [{"name": copied.name, "bytes": copied.size, "hash": copied.hash}],
                "file_name": copied.name, "rows": examination.rows, "columns": examination.columns,
                "labelled": examination.labelled, "bad_rows": examination.bad_rows or 0,
                "reasons": [finding.to_json() for finding in examination.reasons],
                "warnings": [finding.to_json() for finding in examination.warnings],
                "schema": examination.schema.to_json() if examination.schema else None,
                "dialect": examination.dialect.to_json() if examination.dialect else None,
                "profile": profile, "row_hashes": hashes, "time_min": examination.time_min,
                "time_max": examination.time_max, "cause": Cause.NEW_DATA if fence else Cause.MANUAL,
                "discarded": False,
            },
        )
        subject = f"{recipe.dataset}@{number}"
        tx.emit(EventKind.VERSION_ADDED, subject, file=copied.name, bytes=copied.size, hash=copied.hash)
        if accepted:
            accept(tx, workspace, recipe, id, subject, examination, hashes, reference)
        else:
            tx.emit(
                EventKind.VERSION_QUARANTINED, subject, file=copied.name,
                reasons=[finding.to_json() for finding in examination.reasons],
            )
        if copied.file.id:
            sources.take(tx, copied.file, id)
    return id, number


def accept(
    tx: Transaction, workspace: Workspace, recipe: Recipe, id: int, subject: str, examination: Examination,
    hashes: str | None, reference: Any,
) -> None:
    """Record the acceptance, pin the schema where this is the first, supersede what it holds again."""
    tx.emit(
        EventKind.VERSION_ACCEPTED, subject, rows=examination.rows, labelled=examination.labelled,
        bad_rows=examination.bad_rows, warnings=[finding.to_json() for finding in examination.warnings],
    )
    if reference is None or not reference["schema"]:
        assert examination.schema is not None and examination.dialect is not None
        datasets.set_reference(
            tx, recipe.dataset, schema=examination.schema.to_json(), dialect=examination.dialect.to_json(),
            expectations=examination.expectations,
        )
    for old in _superseded(tx, workspace, recipe, id, hashes):
        datasets.change(tx, old["id"], state=VersionState.SUPERSEDED, superseded_by=id)
        tx.emit(EventKind.VERSION_SUPERSEDED, f"{recipe.dataset}@{old['version']}", by=subject)


def _superseded(tx: Transaction, workspace: Workspace, recipe: Recipe, id: int, hashes: str | None) -> list[Any]:
    """The accepted versions that the new one stands for: same name with `replace`, or a snapshot's predecessor."""
    row = datasets.by_id(tx.connection, [id])[0]
    found: dict[int, Any] = {}
    if recipe.data.same_name == "replace":
        for old in datasets.accepted_named(tx.connection, recipe.dataset, row["file_name"]):
            found[old["id"]] = old
    predecessors = datasets.predecessors(tx.connection, recipe.dataset, row)
    if recipe.data.arrival == Arrival.SNAPSHOT:
        found.update({old["id"]: old for old in predecessors})
    elif recipe.data.arrival == Arrival.AUTO and hashes is not None:
        mine = load_hashes(workspace.store, hashes)
        for old in predecessors:
            if old["row_hashes"] and holds_again(mine, load_hashes(workspace.store, old["row_hashes"])):
                found[old["id"]] = old
    found.pop(id, None)
    return list(found.values())


def holds_again(new: np.ndarray, old: np.ndarray) -> bool:
    """Whether `new` holds the rows of `old` again (both uint64 row hashes)."""
    distinct = np.unique(old)
    if len(old) == 0 or len(new) < SNAPSHOT_SHARE * len(old) or len(distinct) < DISTINCT_SHARE * len(old):
        return False
    return bool(np.isin(distinct, new).mean() >= SNAPSHOT_SHARE)


def load_hashes(store: Store, hash: str) -> np.ndarray:
    return np.frombuffer(store.path(hash).read_bytes(), dtype="<u8")


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


# -- what people do with versions


def add(workspace: Workspace, name: str, files: Sequence[Path]) -> list[str]:
    """Take files by hand, wherever they lie; judged at once, like files that arrive. Returns a line each."""
    recipe = recipe_service.of_dataset(workspace, name)
    lines = []
    for path in sorted(files, key=lambda one: natural_key(one.name)):
        if not path.exists():
            raise NotFound(f"{path} does not exist", "name files that are there")
        staged = workspace.store.stage(path.resolve())
        workspace.store.publish([staged])
        with workspace.registry.read() as connection:
            same = datasets.by_hash(connection, name, staged.hash)
            reference = datasets.get(connection, name)
        if same is not None:
            lines.append(f"{visible(path.name)} is {name}@{same['version']} already: the same bytes")
            continue
        stored = workspace.store.path(staged.hash)
        examination = examine(request_of(workspace, recipe, stored, visible(path.name), reference))
        nobody = Pending(0, b"", sources.Signature(0, 0, 0, 0))
        _, number = record(
            workspace, None, recipe, Copied(nobody, visible(path.name), staged.hash, staged.size), examination,
            reference,
        )
        if examination.reasons:
            lines.append(f"{name}@{number} quarantined: {examination.reasons[0].message}")
        else:
            lines.append(
                f"{name}@{number} accepted, {examination.rows:,} rows"
                f" (take it out again: `footplate data retire {name}@{number}`)"
            )
    with workspace.registry.write(workspace.actor) as tx:
        ask_for_learning(tx, workspace, recipe)
    return lines

