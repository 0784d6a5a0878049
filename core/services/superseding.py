"""Which older versions a new one stands for: those of its name, or its predecessor in a row of snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection

from core.data.order import time_key
from core.recipes.recipe import Recipe
from core.registry import datasets
from core.registry.database import Transaction
from core.store.objects import Store
from core.vocabulary import Arrival

SNAPSHOT_SHARE = 0.8  # of the predecessor's distinct rows that a snapshot holds again
DISTINCT_SHARE = 0.5  # of rows that must be distinct before "the same row again" means anything

Hashes = np.ndarray[Any, np.dtype[np.uint64]]


def superseded(tx: Transaction, store: Store, recipe: Recipe, id: int, hashes: str | None) -> list[Any]:
    """The accepted versions that version `id` supersedes; `hashes` is the object with its row hashes."""
    row = datasets.by_id(tx.connection, [id])[0]
    mine = load_hashes(store, hashes) if hashes is not None else None
    return would_supersede(tx.connection, store, recipe, row, mine)


def would_supersede(
    connection: Connection, store: Store, recipe: Recipe, row: Mapping[Any, Any], mine: Hashes | None
) -> list[Any]:
    """The same of a version that need not be there yet: `row` has its id (or None), version, file_name, time_max."""
    found: dict[int, Any] = {}
    if recipe.data.same_name == "replace":
        for old in datasets.accepted_named(connection, recipe.dataset, row["file_name"]):
            found[old["id"]] = old
    predecessors = [old for old in datasets.predecessors(connection, recipe.dataset, row) if not _is_later(old, row)]
    if recipe.data.arrival == Arrival.SNAPSHOT:
        found.update({old["id"]: old for old in predecessors})
    elif recipe.data.arrival == Arrival.AUTO and mine is not None:
        for old in predecessors:
            if old["row_hashes"] and holds_again(mine, load_hashes(store, old["row_hashes"])):
                found[old["id"]] = old
    found.pop(row["id"], None)
    return list(found.values())


def _is_later(old: Any, new: Any) -> bool:
    """Whether `old` reaches further in time: `new` is an older dump that comes late, and stands for nothing newer."""
    both = old["time_max"] and new["time_max"]
    return bool(both) and time_key(old["time_max"]) > time_key(new["time_max"])


def holds_again(new: Hashes, old: Hashes) -> bool:
    """Whether `new` holds the rows of `old` again (both row hashes)."""
    distinct = np.unique(old)
    if len(old) == 0 or len(new) < SNAPSHOT_SHARE * len(old) or len(distinct) < DISTINCT_SHARE * len(old):
        return False
    return bool(np.isin(distinct, new).mean() >= SNAPSHOT_SHARE)


def load_hashes(store: Store, hash: str) -> Hashes:
    return np.frombuffer(store.path(hash).read_bytes(), dtype="<u8")
