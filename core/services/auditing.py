"""Proof that the event log is what was written: its chain, and whether a head that somebody kept is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import UsageError
from core.events import GENESIS, EventRow, verify
from core.registry import audit
from core.workspace import Workspace


@dataclass(frozen=True)
class Verification:
    """`events` that hold, the `head` hash that they end with, and what is wrong (`event` names the place)."""

    events: int
    head: str
    event: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        return not self.problem

    @property
    def line(self) -> str:
        if self.holds:
            return f"✓ {self.events:,} events, each follows the one before; the head is {self.head}"
        return f"✗ {self.problem}; the {self.events:,} events before it hold" if self.event else f"✗ {self.problem}"

    def to_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds, "events": self.events, "head": self.head, "event": self.event, "problem": self.problem,
        }


def verify_chain(workspace: Workspace, head: str | None = None) -> Verification:
    """Walk the whole log. `head`: a hash (or its first 8 or more digits) that must be in it."""
    wanted = (head or "").lower()
    if head is not None and (not 8 <= len(wanted) <= len(GENESIS) or not set(wanted) <= set("0123456789abcdef")):
        raise UsageError(f"{head!r} is no head", "write 8 to 64 hexadecimal digits, as `footplate audit verify` does")
    found = False

    def watched() -> Iterator[EventRow]:
        nonlocal found
        for row in audit.chain(connection):
            found = found or row.hash.startswith(wanted)
            yield row

    with workspace.registry.read() as connection:
        seen, last, broken = verify(watched())
    if broken is not None:
        return Verification(seen, last, broken.event, broken.message)
    if head is not None and not found:
        gone = f"no event has the hash {wanted}: what it stood for is gone; the log ends with event {seen}, {last[:12]}"
        return Verification(seen, last, None, gone)
    return Verification(seen, last)


def exported(workspace: Workspace) -> Iterator[str]:
    """Every event as a line of JSON, exactly what its hash covers, in order."""
    with workspace.registry.read() as connection:
        for row in audit.chain(connection):
            yield json.dumps(
                {
                    "id": row.id, "at": row.at, "kind": row.kind, "actor": row.actor, "subject": row.subject,
                    "payload": row.payload, "previous_hash": row.previous_hash, "hash": row.hash,
                },
                ensure_ascii=False,
            )
