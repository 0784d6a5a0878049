"""Migrations of the registry. Alembic is imported only where the schema is behind (it takes 0.5 s)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from core.errors import Conflict

HEAD = "0006"
KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006")


def version(path: Path) -> str | None:
    """The revision of the registry at `path`; None where there is none yet."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
    return str(row[0]) if row else None


def is_current(path: Path) -> bool:
    return version(path) == HEAD


def upgrade(path: Path) -> None:
    """Bring the registry at `path` to HEAD, each step in the transaction that records it.

    Raises Conflict when the registry is newer than this program.
    """
    found = version(path)
    if found is not None and found not in KNOWN:
        raise Conflict(
            f"the registry {path} is of a newer Footplate (schema {found}, this one knows {HEAD})",
            "upgrade Footplate, or restore the backup that was made before the upgrade",
        )
    if found == HEAD:
        return
    from core.registry.migrations import upgrading

    upgrading.run(path, HEAD)
