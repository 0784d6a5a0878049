"""Whether another process keeps the registry locked: what is read is read, and whatever writes waits."""

from __future__ import annotations

from core.workspace import Workspace

PATIENCE = 1.0  # seconds for which it has to be locked: a transaction of ours never takes as long


def locked(workspace: Workspace) -> bool:
    """Takes up to `PATIENCE` seconds, and no time where nobody holds the lock."""
    return workspace.registry.locked(PATIENCE)
