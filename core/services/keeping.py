"""Stored bytes that nothing needs any more: dropped only where no row refers to them.

Objects are shared: two datasets may hold the same file, and a file in an inbox may be a model that was exported.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from core.workspace import Workspace

_STORE = text(
    "SELECT EXISTS (SELECT 1 FROM datasetversion WHERE dataset IN (SELECT name FROM dataset) AND hash = :hash"
    " AND state != 'quarantined')"
    " OR EXISTS (SELECT 1 FROM datasetversion WHERE profile = :hash OR row_hashes = :hash)"
    " OR EXISTS (SELECT 1 FROM artifact WHERE hash = :hash)"
    " OR EXISTS (SELECT 1 FROM recipeversion WHERE instr(code, :hash) > 0)"
)
_QUARANTINE = text(
    "SELECT EXISTS (SELECT 1 FROM datasetversion WHERE dataset IN (SELECT name FROM dataset) AND hash = :hash"
    " AND state = 'quarantined' AND discarded = 0)"
)


def needed_in_store(connection: Connection, hash: str) -> bool:
    """Whether a version that is not in quarantine, a run, a model or a recipe refers to the object."""
    return bool(connection.execute(_STORE, {"hash": hash}).scalar_one())


def needed_in_quarantine(connection: Connection, hash: str) -> bool:
    """Whether a quarantined version that was not discarded refers to the object."""
    return bool(connection.execute(_QUARANTINE, {"hash": hash}).scalar_one())


def drop(workspace: Workspace, hash: str) -> None:
    """Remove an object from the store and from quarantine, from each where it is not needed there.

    Done under the registry's write lock, so that nobody commits a row that refers to it meanwhile; whoever
    does looks whether the object is there in the same transaction.
    """
    with workspace.registry.write(workspace.actor) as tx:
        if not needed_in_store(tx.connection, hash):
            workspace.store.remove(hash)
        if not needed_in_quarantine(tx.connection, hash):
            workspace.quarantine.remove(hash)
