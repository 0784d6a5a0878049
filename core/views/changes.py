"""What people changed and can take back, newest first, and what would come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.registry import changes
from core.registry.change_words import back, name, said, told
from core.text import visible
from core.views.shape import moment
from core.vocabulary import EventKind
from core.workspace import Workspace

LIMIT = 100


@dataclass(frozen=True)
class Change:
    """One act. `can` is "undo", "redo" or empty; `returns` are the lines of what would come back then, and `why`
    says why nothing does. `parts` it has in all."""

    id: int
    at: datetime
    actor: str
    text: str
    can: str
    returns: tuple[str, ...]
    why: str
    parts: int
    undone: bool  # it is itself an undo
    moves: tuple[tuple[str, int], ...]  # champions that would come back: model and version

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "at": moment(self.at), "actor": self.actor, "text": self.text, "can": self.can or None,
            "returns": [*self.returns], "why": self.why or None, "parts": self.parts,
        }


def list(workspace: Workspace, *, limit: int = LIMIT) -> tuple[Change, ...]:
    """Changes of everybody, and undos, newest first; `limit` 0: all that are looked at."""
    with workspace.registry.read() as connection:
        found = [_change(one) for one in changes.read(connection) if not _redone(one)]
    return tuple(found[:limit] if limit else found)


def newest(
    workspace: Workspace, *, redo: bool = False, subject: str = ""
) -> tuple[Change | None, Change | None]:
    """What the caller would undo next (of a `subject`, as "model flights": whoever did it), and a newer change
    that cannot be undone because somebody changed it since."""
    passed = None
    with workspace.registry.read() as connection:
        found = [one for one in changes.read(connection) if one.redo == redo]
    for one in found:
        if subject and subject not in (fact.subject for fact in one.facts):
            continue
        if not subject and one.last.actor != workspace.actor:
            continue
        if one.top:
            return _change(one), passed
        if one.over is not None and passed is None:
            passed = _change(one)
    return None, passed


def _redone(change: changes.Change) -> bool:
    """An undo that was itself taken back is history."""
    return change.redo and not change.top and change.over is None


def _change(one: changes.Change) -> Change:
    over = one.over
    why = "" if one.top else "undone already" if over is None else f"then {said(over)}, by {over.actor}"
    if not one.top and over is None and one.facts[-1].final:
        why = "there was none before"
    return Change(
        id=one.id, at=datetime.fromisoformat(one.last.at), actor=one.last.actor,
        text=visible(f"{'undone: ' if one.redo else ''}{told(one)}"),
        can="" if not one.top else "redo" if one.redo else "undo",
        returns=tuple(visible(back(fact)) for fact in one.top), why=visible(why), parts=len(one.facts), undone=one.redo,
        moves=tuple(
            (name(fact), int(fact.payload["before"])) for fact in one.top if fact.kind == EventKind.ALIAS_MOVED
        ),
    )
