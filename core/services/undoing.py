"""Undo and redo, on top of the event log: the last change of a person, or one that is named."""

from __future__ import annotations

from core.errors import Conflict, NotFound, Stale
from core.registry import changes
from core.registry.acts import one_act
from core.registry.change_words import returns, said, told
from core.registry.changes import REDOES, UNDOES, Change
from core.services.reversals import REVERSALS
from core.workspace import Workspace

LIST = "`footplate undo --list` shows them"


def undo(workspace: Workspace, event: int | None = None) -> str:
    """Take a change back: the caller's newest, or the one that an event names.

    Stale where somebody changed it since, Conflict where there is nothing to undo, NotFound.
    """
    return _take_back(workspace, event, redo=False)


def redo(workspace: Workspace, event: int | None = None) -> str:
    """Take an undo back: the caller's newest, or the one that an event began."""
    return _take_back(workspace, event, redo=True)


def _take_back(workspace: Workspace, event: int | None, *, redo: bool) -> str:
    link, done = (REDOES, "redone") if redo else (UNDOES, "undone")
    with one_act(), workspace.registry.write(workspace.actor) as tx:
        found = [change for change in changes.read(tx.connection) if change.redo == redo]
        change = _named(found, event, done) if event is not None else _newest(found, workspace.actor, done)
        if not change.top:
            raise _stale(change, done)
        for fact in change.top:
            REVERSALS[fact.kind](tx, workspace, fact, {link: fact.id})
    left = len(change.facts) - len(change.top)
    more = f"; {left:,} of its {len(change.facts):,} parts were changed since, and stay" if left else ""
    other = "undo" if redo else "redo"
    return f"{done}: {returns(change)}{more} ({'undo' if redo else 'again'}: `footplate {other}`)"


def _named(found: list[Change], event: int, done: str) -> Change:
    for change in found:
        if event in (fact.id for fact in change.facts):
            return change
    raise NotFound(f"event {event} is nothing that can be {done}", LIST)


def _newest(found: list[Change], actor: str, done: str) -> Change:
    """The newest of the actor's that was not taken back already."""
    for change in found:
        if change.last.actor == actor and (change.top or change.over):
            return change
    raise Conflict(f"there is nothing of yours to be {done}", LIST)


def _stale(change: Change, done: str) -> Conflict:
    over = change.over
    if over is None:
        return Conflict(f"it was {done} already, or cannot be: {told(change)}", LIST)
    return Stale(
        f"somebody changed it since: {told(change)}; then {said(over)} (by {over.actor}, event {over.id})",
        f"nothing was {done}; {LIST}, and `footplate undo EVENT` takes another",
    )

