"""The hash chain: each event's hash covers its own bytes and the hash before it.

Change, insert, reorder or remove one byte of the past and every later hash is wrong.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
_SURROGATE = re.compile("[\ud800-\udfff]")  # half characters: how Python keeps bytes that are no UTF-8


@dataclass(frozen=True)
class EventRow:
    """One event exactly as it is stored: all text, so that the hash covers what is on the disk."""

    id: int
    at: str
    kind: str
    actor: str
    subject: str
    payload: str
    previous_hash: str
    hash: str


def canonical(payload: Mapping[str, Any]) -> str:
    """The one spelling of a payload: sorted keys, no spaces, no NaN; always text that UTF-8 can hold."""
    return storable(json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def storable(spelled: str) -> str:
    """JSON text whose lone surrogates (of names that are no UTF-8) are escapes: a database takes it, JSON reads it."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", spelled)


def chain_hash(
    id: int, at: str, kind: str, actor: str, subject: str, payload: str, previous_hash: str
) -> str:
    """sha256 hex over all fields, each with its length in front so that no two events spell alike."""
    digest = hashlib.sha256()
    for field in (str(id), at, kind, actor, subject, payload, previous_hash):
        data = field.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Break:
    """The first place where the chain does not hold."""

    event: int
    message: str


def verify(rows: Iterable[EventRow]) -> tuple[int, str, Break | None]:
    """Walk the chain in id order. Returns (events seen, head hash, the first break or None)."""
    previous, expected_id, seen = GENESIS, 1, 0
    for row in rows:
        if row.id != expected_id:
            return seen, previous, Break(expected_id, f"event {expected_id} is missing")
        if row.previous_hash != previous:
            return seen, previous, Break(row.id, f"event {row.id} does not follow event {row.id - 1}")
        made = chain_hash(row.id, row.at, row.kind, row.actor, row.subject, row.payload, row.previous_hash)
        if made != row.hash:
            return seen, previous, Break(row.id, f"event {row.id} ({row.kind}) was changed after it was written")
        previous, expected_id, seen = row.hash, row.id + 1, seen + 1
    return seen, previous, None
