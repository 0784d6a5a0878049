"""The line of champions of a model, as the moves of its alias tell it: the one rule of where going back leads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from core.registry.tables import Event
from core.vocabulary import AliasName, EventKind

EVENT: Any = Event.__table__  # type: ignore[attr-defined]
ROLLED_BACK, UNDONE, REDONE = "rolled back by a person", "undone by a person", "redone by a person"  # why one moved
BREACHED = "rolled back: it was worse than the version before"  # by the daemon
BACKWARD = (ROLLED_BACK, UNDONE, REDONE, BREACHED)  # a version that is known already serves again
Move = Mapping[str, Any]


def moves(connection: Connection, model: str) -> tuple[dict[str, Any], ...]:
    """Every move of the champion, oldest first: version, before, why, and `event`, `at`, `actor`."""
    rows = connection.execute(
        select(EVENT.c.id, EVENT.c.at, EVENT.c.actor, EVENT.c.payload)
        .where(EVENT.c.subject == f"model {model}", EVENT.c.kind == EventKind.ALIAS_MOVED).order_by(EVENT.c.id)
    ).fetchall()
    found = ({**json.loads(payload), "event": id, "at": at, "actor": actor} for id, at, actor, payload in rows)
    return tuple(move for move in found if move["alias"] == AliasName.CHAMPION)


def lines(moves: Sequence[Move]) -> list[tuple[int, ...]]:
    """The line of champions, oldest first, before and after every move: a promotion lengthens it, a rollback
    shortens it (the daemon's to the version that served), an undo (or redo) makes it what it was before the move
    that it takes back.

    >>> lines([{"version": 1, "why": "gate passed"}, {"version": 2, "why": "gate passed"}])
    [(), (1,), (1, 2)]
    """
    found: list[tuple[int, ...]] = [()]
    places = {move["event"]: place for place, move in enumerate(moves) if "event" in move}
    for move in moves:
        target = places.get(move.get("undoes") or move.get("redoes"))
        if target is not None:
            found.append(found[target])
        elif move["why"] == ROLLED_BACK:
            found.append(found[-1][:-1])
        elif move["why"] == BREACHED and int(move["version"]) in found[-1]:
            found.append(found[-1][: len(found[-1]) - found[-1][::-1].index(int(move["version"]))])
        elif move["why"] == UNDONE:  # of before an undo said which move it takes back
            found.append(found[-2])
        else:
            found.append((*found[-1], int(move["version"])))
    return found


def before(moves: Sequence[Move], now: int | None) -> int | None:
    """Where a rollback from the champion `now` leads; None where there is no earlier one."""
    line = lines(moves)[-1]
    return line[-2] if len(line) > 1 and line[-1] == now else None


def undone(moves: Sequence[Move], now: int | None) -> int | None:
    """Where undoing the last move leads; None where there is no move of the champion `now` to undo."""
    *_, earlier, last = ((), *lines(moves))
    return earlier[-1] if earlier and last and last[-1] == now else None
