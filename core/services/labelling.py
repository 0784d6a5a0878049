"""Labels: the truth of earlier answers, from a file, a folder or a client; the newest of an id counts.

    rows -> checked -> appended to the labels of the model (safe) -> a job counts them -> LabelsTaken

Files are taken in `core.services.label_files`. What is imported at the top is light: a server takes labels, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clock import iso
from core.data import cells
from core.errors import Conflict, NotFound
from core.failpoints import failpoint
from core.registry import audit, deployments, jobs, models
from core.registry.database import Fence
from core.services.delivering import log_of
from core.services.inboxes import PRODUCTION
from core.services.spelling import Speller, wrong
from core.services.work import delivery_request
from core.serving.checking import KEPT, BadRows
from core.vocabulary import EventKind, JobKind, JobState
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.serving.columns import Array
    from core.serving.history import Piece
    from core.serving.labels import Counted

COUNT_SECONDS = 10.0  # labels that clients send are counted so long after the first of them
ID, LABEL = "id", "label"


# -- rows, of a client

def take_rows(workspace: Workspace, model: str, rows: Sequence[Any], source: str) -> dict[str, Any]:
    """Keep labels: {"id", "label"} each; they are safe when this returns, and counted by a job soon.

    Raises NotFound, BadRows that names row and column (none is kept then), Unlogged where they cannot be kept.
    """
    from core.serving import labels

    speller = speller_of(workspace, model)
    now, kept, missing = iso(workspace.clock.now()), [], 0
    errors: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        made = _row(place, row, speller, errors)
        if len(errors) >= KEPT:
            break
        if made is not None and made[1] is None:
            missing += 1
        elif made is not None:
            kept.append({"id": made[0], "label": made[1], "at": now, "source": source})
    if errors:
        raise BadRows(errors, f"a label is {{\"id\": ..., \"label\": {speller.expected}}}")
    if kept:
        disk = workspace.settings.serving.log_sync == "disk"
        labels.append(labels_of(workspace, model), kept, disk=disk)
        _ask(workspace, model)
    return {"model": model, "taken": len(kept), "without_label": missing}


def _row(
    place: int, row: Any, speller: Speller, errors: list[dict[str, Any]]
) -> tuple[str, str | None] | None:
    """(id, label or None) of one row; what is wrong with it is added to `errors`."""
    if not isinstance(row, Mapping) or not {ID, LABEL} <= row.keys():
        lacks = next((name for name in (ID, LABEL) if not isinstance(row, Mapping) or name not in row), ID)
        expected = "a text or a number" if lacks == ID else speller.expected
        errors.append({"row": place, "column": lacks, "found": "no such column", "expected": expected})
        return None
    id = None if isinstance(row[ID], dict | list) else cells.text(row[ID])
    if id is None:
        errors.append(wrong(place, ID, row[ID], speller) | {"expected": "the id of an answer, or of the row"})
        return None
    try:
        return id, speller.of(row[LABEL])
    except ValueError:
        errors.append(wrong(place, LABEL, row[LABEL], speller))
        return None


def _ask(workspace: Workspace, model: str) -> None:
    """A job counts them; one that waits already is enough."""
    key = f"{JobKind.LABEL}:{model}"
    with workspace.registry.read() as connection:
        if any(job["key"] == key and job["state"] != JobState.RUNNING for job in jobs.live(connection)):
            return
    with workspace.registry.write(workspace.actor) as tx:
        soon = tx.now + timedelta(seconds=COUNT_SECONDS)
        jobs.enqueue(tx, delivery_request(model, JobKind.LABEL, not_before=soon))


# -- counting what clients have sent

def count_rows(workspace: Workspace, model: str, fence: Fence | None = None) -> str | None:
    """Count the labels that were appended since the last time, and seal them; a line, None where there were none."""
    from core.serving import labels

    folder = labels_of(workspace, model)
    if not folder.is_dir():
        return None
    with labels.counting(folder):
        apart = labels.set_apart(folder)
        with workspace.registry.read() as connection:
            told = audit.last(connection, EventKind.LABELS_TAKEN, f"model {model}", having="segments")
        known = set(told["segments"]) if told else set()
        new = [path for path in apart if path.stem not in known]
        line = None
        if new:
            counted = labels.count(folder, [labels.of_lines(path) for path in new])
            said = said_of(counted) | {"source": "clients", "segments": [path.stem for path in new]}
            with workspace.registry.write(workspace.actor, fence) as tx:
                tx.emit(EventKind.LABELS_TAKEN, f"model {model}", **said)
            failpoint("labels.counted")
            line = sentence({"model": model} | said)
        for path in apart:
            labels.seal(path)
    return line


def said_of(counted: Counted) -> dict[str, Any]:
    """As an event says it."""
    return {
        "rows": counted.rows, "fresh": counted.fresh, "repeated": counted.repeated,
        "contradicting": counted.contradicting, "unknown": counted.unknown, "ids": [*counted.ids],
        "since": None if counted.since is None else iso(counted.since),
        "until": None if counted.until is None else iso(counted.until),
    }


def sentence(said: Mapping[str, Any]) -> str:
    """What became of some labels, in a line."""
    if said.get("same"):
        return f"{said['file']}: the same labels were taken before"
    odd = [
        f"{said[name]:,} {word}" for name, word in (
            ("repeated", "said before"), ("contradicting", "against what was said before: the newest count"),
            ("unknown", "of ids that no answer has yet"), ("without_label", "without a label"),
            ("without_id", "without an id"),
        ) if said.get(name)
    ]
    return f"{said['rows']:,} labels of {said['model']} from {said['source']}" + (f": {', '.join(odd)}" if odd else "")


# -- reading

@dataclass(frozen=True)
class Joined:
    """Answers with their truth: codes of the piece's classes (-1: of another class), or numbers."""

    piece: Piece
    truth: Array


def joined(
    workspace: Workspace, model: str, *, since: datetime | None = None, until: datetime | None = None,
    versions: Collection[int] | None = None, environments: Collection[str] | None = (PRODUCTION,),
    roles: Collection[str] | None = None, columns: Collection[str] | None = None,
    labelled_since: datetime | None = None,
) -> Iterator[Joined]:
    """The answers given from `since` to before `until` that have a label by now, in order of time, in pieces.

    `labelled_since`: only those whose (newest) label arrived then or later. Columns as in `core.serving.lines`.
    """
    from core.serving import history, labels

    truths = labels.truths(labels_of(workspace, model), since=labelled_since)
    if not len(truths):
        return
    wanted = None if columns is None else {*columns, "key_digest", "id_digest"}
    for piece in history.read(
        log_of(workspace, model), since=since, until=until, versions=versions, environments=environments, roles=roles,
        columns=wanted,
    ):
        truth, known = truths.of(piece)
        if known.any():
            yield Joined(history.Piece(piece.block[known]), truth[known])


def labels_of(workspace: Workspace, model: str) -> Path:
    """The folder of a model's labels."""
    return log_of(workspace, model) / "labels"


def speller_of(workspace: Workspace, model: str) -> Speller:
    """How labels of a model are spelled: as by what serves in production, else by its champion."""
    with workspace.registry.read() as connection:
        if models.get(connection, model) is None:
            raise NotFound(f"there is no model {model!r}", "`footplate models list` shows them")
        row = deployments.get(connection, model, PRODUCTION)
        number = row["version"] if row is not None and row["version"] is not None else models.alias(connection, model)
        version = None if number is None else models.version(connection, model, number)
    if version is None:
        raise Conflict(f"{model} has answered nothing: it has no version yet", f"see `footplate why {model}`")
    return Speller(_classes(str(workspace.store.path(version["artifact"]))))


@lru_cache(64)
def _classes(artifact: str) -> tuple[str, ...]:
    from core.training.manifest import Manifest

    return Manifest.of(Path(artifact)).classes
