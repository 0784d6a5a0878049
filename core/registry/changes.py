"""Changes of people that can be undone, as the event log tells them.

What can be undone of a thing is a stack: a change lies on the one before it, an undo (its payload says what it
`undoes`) takes it off, a redo (`redoes` the undo) lays it on again. Only what lies on top can be taken back: what
has something on it was changed by somebody since.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, select

from core.registry.acts import MARK
from core.registry.champions import UNDONE
from core.registry.tables import Event
from core.vocabulary import AliasName, EventKind

EVENT: Any = Event.__table__  # type: ignore[attr-defined]
UNDOES, REDOES = "undoes", "redoes"
LOOKED_AT: Final = 2_000  # events of each kind, the newest
FAMILIES: Final[dict[str, str]] = {  # kinds of which a later one on the same subject takes the place of an earlier
    EventKind.ALIAS_MOVED: "champion",
    EventKind.MODEL_HELD: "hold", EventKind.MODEL_RESUMED: "hold",
    EventKind.VERSION_RETIRED: "version", EventKind.VERSION_RESTORED: "version",
    EventKind.VERSION_RELEASED: "version", EventKind.VERSION_DISCARDED: "version",
    EventKind.VERSION_SUPERSEDED: "version",
    EventKind.JOB_ACKNOWLEDGED: "job", EventKind.JOB_REOPENED: "job",
    EventKind.RECIPE_PAUSED: "recipe", EventKind.RECIPE_RESUMED: "recipe",
    EventKind.RUN_TAGGED: "tag",
    EventKind.BASELINE_PINNED: "baseline", EventKind.BASELINE_UNPINNED: "baseline",
    EventKind.ALERT_ACKNOWLEDGED: "alert",
    EventKind.MONITOR_SILENCED: "silence", EventKind.MONITOR_CHANGED: "monitor",
}


@dataclass(frozen=True)
class Fact:
    """One event of the log."""

    id: int
    at: str
    kind: str
    actor: str
    subject: str
    payload: dict[str, Any]

    @property
    def act(self) -> str:
        """Events of one act of a person share it."""
        return str(self.payload.get(MARK) or self.id)

    @property
    def final(self) -> bool:
        """Whether nothing takes it back: bytes that are gone, a version that another holds again, a first champion."""
        if self.kind == EventKind.ALIAS_MOVED:
            return self.payload.get("before") is None
        return self.kind in (EventKind.VERSION_DISCARDED, EventKind.VERSION_SUPERSEDED)

    @property
    def key(self) -> Hashable:
        """What the fact is about: facts of the same key lie on each other."""
        family = FAMILIES[self.kind]
        more = {"tag": self.payload.get("tag"), "baseline": self.payload.get("recipe")}.get(family, "")
        return family, "" if family == "baseline" else self.subject, more


@dataclass(frozen=True)
class Change:
    """One act: its facts, oldest first. `top` are those that can be reversed now, newest first; `over` is what
    lies on the others, where somebody changed them since. A `redo` is an undo that could itself be taken back."""

    facts: tuple[Fact, ...]
    top: tuple[Fact, ...]
    over: Fact | None
    redo: bool

    @property
    def id(self) -> int:
        return self.facts[0].id

    @property
    def last(self) -> Fact:
        return self.facts[-1]


def read(connection: Connection) -> list[Change]:
    """The newest changes, newest first: those to undo, and undos to redo."""
    return changes(facts(connection))


def facts(connection: Connection, looked_at: int = LOOKED_AT) -> list[Fact]:
    """The newest events of the kinds that count, oldest first, so that none is missing between two of them."""
    found, horizon = list[Any](), 0
    for kind in FAMILIES:
        rows = connection.execute(
            select(EVENT.c.id, EVENT.c.at, EVENT.c.kind, EVENT.c.actor, EVENT.c.subject, EVENT.c.payload)
            .where(EVENT.c.kind == kind).order_by(EVENT.c.id.desc()).limit(looked_at)
        ).fetchall()
        if len(rows) == looked_at:
            horizon = max(horizon, rows[-1][0])
        found += rows
    made = (
        Fact(id, at, kind, actor, subject, json.loads(payload))
        for id, at, kind, actor, subject, payload in sorted(map(tuple, found)) if id >= horizon
    )
    return [one for one in made if one.kind != EventKind.ALIAS_MOVED or one.payload["alias"] == AliasName.CHAMPION]


@dataclass
class _Pile:
    """What lies where for one key: changes that stand, and undos that could be taken back."""

    done: list[Fact] = field(default_factory=list)
    undone: list[Fact] = field(default_factory=list)
    over: dict[int, Fact] = field(default_factory=dict)  # undo -> the fresh change after which it stays

    def lay(self, fact: Fact) -> None:
        undoes, redoes = fact.payload.get(UNDOES), fact.payload.get(REDOES)
        if undoes is None and redoes is None and fact.payload.get("why") == UNDONE and self.done:
            undoes = self.done[-1].id  # of before an undo said what it takes back
        if undoes is not None:
            if self.done and self.done[-1].id == undoes:
                self.done.pop()
            self.undone.append(fact)
            return
        if redoes is None:
            self.over |= {one.id: fact for one in self.undone}
            self.undone.clear()
        elif self.undone and self.undone[-1].id == redoes:
            self.undone.pop()
        self.done.append(fact)

    def took_back(self, fact: Fact) -> bool:
        """Whether the fact is an undo."""
        return fact.payload.get(UNDOES) is not None or fact in self.undone or fact.id in self.over


def changes(facts: Sequence[Fact]) -> list[Change]:
    """What lies where after all these facts, oldest first. The changes come newest first."""
    piles: dict[Hashable, _Pile] = {}
    acts: dict[str, list[Fact]] = {}
    for fact in facts:
        piles.setdefault(fact.key, _Pile()).lay(fact)
        acts.setdefault(fact.act, []).append(fact)
    made = (_change(tuple(act), piles) for act in acts.values() if not all(fact.final for fact in act))
    return sorted(made, key=lambda one: -one.last.id)


def _change(act: tuple[Fact, ...], piles: dict[Hashable, _Pile]) -> Change:
    """Which of its facts lie on top now, and else what lies on them."""
    redo = piles[act[-1].key].took_back(act[-1])
    left = {key: list(piles[key].undone if redo else piles[key].done) for key in {fact.key for fact in act}}
    tops, over = list[Fact](), list[Fact]()
    for fact in reversed(act):
        stack, since = left[fact.key], piles[fact.key].over.get(fact.id)
        if stack and stack[-1] is fact and not fact.final:
            tops.append(stack.pop())
        elif since is not None and redo:
            over.append(since)
        elif fact in stack and stack[-1] is not fact:
            over.append(stack[-1])
    return Change(act, tuple(tops), over[0] if over and not tops else None, redo)
