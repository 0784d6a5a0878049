"""Taking files by hand, wherever they lie; judged at once, like files that arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.order import natural_key
from core.errors import NotFound
from core.services import recipes as recipe_service
from core.services.learning import ask_for_learning
from core.services.recording import Copied, Recorded, judge_and_record
from core.services.versions import find
from core.text import visible
from core.vocabulary import VersionState
from core.workspace import Workspace


@dataclass(frozen=True)
class Added:
    """What became of one file, and a line that says so."""

    accepted: bool
    line: str


def add(workspace: Workspace, name: str, files: Sequence[Path]) -> list[Added]:
    """Store, judge and commit each file as a version of dataset `name`. Raises BadData for one that cannot be read."""
    recipe = recipe_service.of_dataset(workspace, name)
    for path in files:
        if not path.exists():
            raise NotFound(f"{path} does not exist", "name files that are there")
    added = []
    try:
        for path in sorted(files, key=lambda one: natural_key(one.name)):
            staged = workspace.store.stage(path.resolve())
            workspace.store.publish([staged])
            copied = Copied(None, visible(path.name), staged.hash, staged.size)
            added.append(_told(workspace, recipe.dataset, copied, judge_and_record(workspace, None, recipe, copied)))
    finally:
        with workspace.registry.write(workspace.actor) as tx:
            for one in recipe_service.of_dataset_all(workspace, recipe.dataset):
                ask_for_learning(tx, workspace, one)
    return added


def add_file(workspace: Workspace, name: str, path: str) -> str:
    """One file, and the sentence that says what became of it; for `core.services.apart`."""
    [added] = add(workspace, name, [Path(path)])
    return added.line


def _told(workspace: Workspace, name: str, copied: Copied, found: Recorded) -> Added:
    version = f"{name}@{found.number}"
    if found.same or found.examination is None:
        with workspace.registry.read() as connection:
            state = find(connection, version)["state"]
        good = state != VersionState.QUARANTINED
        also = "" if state == VersionState.ACCEPTED else f", which is {state}"
        return Added(good, f"{copied.name} is {version} already: the same bytes{also}")
    if found.examination.reasons:
        return Added(False, f"{version} quarantined: {found.examination.reasons[0].message}")
    undo = f"take it out again: `footplate data retire {version}`"
    return Added(True, f"{version} accepted, {found.examination.rows:,} rows ({undo})")
