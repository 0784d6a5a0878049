"""What people do with dataset versions: retire, restore, release from quarantine, discard. Each is an event."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import Conflict, NotFound, UsageError
from core.registry import datasets
from core.registry.database import Transaction
from core.services import recipes as recipe_service
from core.services.keeping import drop
from core.services.learning import ask_for_learning
from core.vocabulary import EventKind, VersionState
from core.workspace import Workspace

Row = Mapping[str, Any]


def parse_version(text: str) -> tuple[str, int]:
    """("flights", 7) of "flights@7" (also "flights@v7")."""
    name, at, number = text.rpartition("@")
    number = number.removeprefix("v")
    if not at or not name or not number.isdecimal():
        raise UsageError(f"{text!r} names no version", "write NAME@V, for example flights@7")
    return name, int(number)


def find(connection: Any, text: str) -> Row:
    """The version that NAME@V or NAME@vV names. NotFound where there is none."""
    name, number = parse_version(text)
    row = datasets.version(connection, name, number)
    if row is None:
        raise NotFound(f"there is no {text}", f"`footplate data versions {name}` lists them")
    return row


def retire(workspace: Workspace, text: str) -> str:
    """Take an accepted version out of future training; models that learned from it stay as they are."""
    with workspace.registry.write(workspace.actor) as tx:
        row, text = _named(tx.connection, text)
        _need(row, text, VersionState.ACCEPTED, "only an accepted version can be retired")
        datasets.change(tx, row["id"], state=VersionState.RETIRED)
        tx.emit(EventKind.VERSION_RETIRED, text)
    return f"{text} is retired: no later run learns from it (back: `footplate data restore {text}`)"


def restore(workspace: Workspace, text: str) -> str:
    """Take a retired version in again."""
    with workspace.registry.write(workspace.actor) as tx:
        row, text = _named(tx.connection, text)
        _need(row, text, VersionState.RETIRED, "only a retired version can be restored")
        datasets.change(tx, row["id"], state=VersionState.ACCEPTED)
        tx.emit(EventKind.VERSION_RESTORED, text)
        learn(tx, workspace, row["dataset"])
    return f"{text} is accepted again (out: `footplate data retire {text}`)"


def discard(workspace: Workspace, text: str) -> str:
    """Throw the bytes of a quarantined version away; its record stays."""
    with workspace.registry.write(workspace.actor) as tx:
        row, text = _named(tx.connection, text)
        _need(row, text, VersionState.QUARANTINED, "only a quarantined version can be discarded")
        if row["discarded"]:
            return f"{text} is discarded already"
        datasets.change(tx, row["id"], discarded=True)
        tx.emit(EventKind.VERSION_DISCARDED, text, hash=row["hash"])
    if row["hash"]:
        drop(workspace, row["hash"])
    return f"{text} is discarded (undo: `footplate data add` its file); the file in the watched folder was not touched"


def release(workspace: Workspace, text: str) -> str:
    """Accept a quarantined version after all, as far as it can be read under the dataset's schema."""
    from core.services.releasing import examine_leniently, record_release

    with workspace.registry.read() as connection:
        row, text = _named(connection, text)
    _need(row, text, VersionState.QUARANTINED, "only a quarantined version can be released")
    if row["discarded"] or not row["hash"]:
        raise Conflict(f"{text} has no bytes any more", "let the file arrive again")
    recipe = recipe_service.of_dataset(workspace, row["dataset"])
    examination, reference = examine_leniently(workspace, recipe, row)
    return record_release(workspace, recipe, row, text, examination, reference)


def release_apart(workspace: Workspace, text: str) -> str:
    """The same in a process of its own: reading a file needs pandas, which the console does without."""
    from core.services.apart import apart

    return apart(workspace, "release", text)


def check_apart(workspace: Workspace, text: str) -> dict[str, Any]:
    """What would be found in a kept file today: see `core.services.checking.judged`, in a process of its own."""
    from core.services.apart import answer_of

    found: dict[str, Any] = answer_of(workspace, "judged", text)
    return found


def add_apart(workspace: Workspace, dataset: str, path: Path) -> str:
    """Take a file by hand (`core.services.adding`), in a process of its own."""
    from core.services.apart import apart

    return apart(workspace, "add_file", dataset, str(path))


def preview_apart(workspace: Workspace, text: str) -> dict[str, Any]:
    """What a release would do: see `core.services.releasing.preview`, in a process of its own."""
    from core.services.apart import answer_of

    found: dict[str, Any] = answer_of(workspace, "preview", text)
    return found


def _named(connection: Any, text: str) -> tuple[Row, str]:
    """The version, and its name as events spell it."""
    row = find(connection, text)
    return row, f"{row['dataset']}@{row['version']}"


def _need(row: Row, text: str, state: VersionState, otherwise: str) -> None:
    if row["state"] != state:
        raise Conflict(f"{text} is {row['state']}: {otherwise}", f"see `footplate data show {text}`")


def learn(tx: Transaction, workspace: Workspace, dataset: str) -> None:
    for recipe in recipe_service.of_dataset_all(workspace, dataset):
        ask_for_learning(tx, workspace, recipe)
