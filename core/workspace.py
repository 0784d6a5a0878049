"""The one handle: where things are, the registry, the stores, the settings, the clock and who acts."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.actor import current_actor
from core.clock import Clock, SystemClock
from core.errors import BadInput, NotFound
from core.store.files import publish_file
from core.store.objects import Store
from core.vocabulary import EventKind

if TYPE_CHECKING:  # both are imported when they are asked for: whoever only looks for a workspace waits for neither
    from core.registry.database import Database
    from core.settings import Settings

FILE_NAME = "footplate.toml"
HIDDEN = ".footplate"
ENVIRONMENT = "FOOTPLATE_WORKSPACE"


class Workspace:
    """A folder with `footplate.toml`, `recipes/` and `.footplate/`."""

    def __init__(self, root: Path, *, actor: str | None = None, clock: Clock | None = None) -> None:
        self.root = root
        self.actor = actor or current_actor()
        self.clock = clock or SystemClock()
        self.hidden = root / HIDDEN
        self.recipes = root / "recipes"
        self.logs = self.hidden / "logs"
        self.run = self.hidden / "run"
        self.predictions = self.hidden / "predictions"
        self.store = Store(self.hidden / "store")
        self.quarantine = Store(self.hidden / "quarantine")

    @cached_property
    def settings(self) -> Settings:
        from core import settings as settings_file

        return settings_file.load(self.root / FILE_NAME)

    @cached_property
    def registry(self) -> Database:
        from core.registry.database import Database

        return Database.open(self.hidden / "registry.db", self.clock)

    @property
    def name(self) -> str:
        return self.settings.name or self.root.name

    def glance(self) -> Mapping[str, object]:
        """The settings as they are written, unchecked: for a first paint, before that is there which checks them."""
        try:
            return tomllib.loads((self.root / FILE_NAME).read_text("utf-8"))
        except (OSError, ValueError):
            return {}  # whoever asks for the settings is told what is wrong

    def locate(self, path: str) -> Path:
        """A path of a recipe: relative to the workspace, `~` expanded; it may lie anywhere."""
        return self.root / Path(path).expanduser()

    def close(self) -> None:
        if "registry" in self.__dict__:
            self.registry.close()

    # -- making and finding

    @classmethod
    def init(cls, root: Path, *, actor: str | None = None, clock: Clock | None = None) -> tuple[Workspace, bool]:
        """Make a workspace at `root`; returns it and whether it is new. Twice is harmless.

        Raises BadInput where SQLite's WAL does not work (network filesystems).
        """
        from sqlalchemy import text

        from core.registry.database import Database
        from core.settings import TEMPLATE

        workspace = cls(root.absolute(), actor=actor, clock=clock)
        file = workspace.root / FILE_NAME
        try:
            workspace.root.mkdir(parents=True, exist_ok=True)
            workspace.recipes.mkdir(exist_ok=True)
            workspace.hidden.mkdir(mode=0o700, exist_ok=True)
            for folder in (workspace.logs, workspace.run):
                folder.mkdir(exist_ok=True)
            workspace.store.create()
            workspace.quarantine.create()
            if not file.exists():
                publish_file(file, TEMPLATE.encode())
        except OSError as error:
            raise BadInput(
                f"cannot make a workspace at {workspace.root}: {error.strerror}",
                "name a folder that you may write to: `footplate init DIR`",
            ) from None
        probe_wal(workspace.hidden)
        Database.create(workspace.hidden / "registry.db").close()
        with workspace.registry.write(workspace.actor) as tx:
            fresh = tx.execute(text("SELECT 1 FROM event LIMIT 1")).scalar() is None
            if fresh:
                tx.emit(EventKind.WORKSPACE_CREATED, "workspace", path=str(workspace.root))
        return workspace, fresh

    @classmethod
    def open(cls, root: Path, *, actor: str | None = None, clock: Clock | None = None) -> Workspace:
        """The workspace at exactly `root`; NotFound where there is none."""
        root = root.expanduser().absolute()
        if not _is_workspace(root):
            raise NotFound(f"no workspace at {root}", f"make one: `footplate init {root}`")
        return cls(root, actor=actor, clock=clock)

    @classmethod
    def find(cls, named: Path | None = None, *, actor: str | None = None, clock: Clock | None = None) -> Workspace:
        """`named` (-w), then $FOOTPLATE_WORKSPACE, then upward from here, passing over others' workspaces."""
        chosen = named or (Path(value) if (value := os.environ.get(ENVIRONMENT)) else None)
        if chosen is not None:
            return cls.open(chosen, actor=actor, clock=clock)
        try:
            here = Path.cwd()
        except FileNotFoundError:
            raise NotFound("the current folder is gone", "go into another one, or name a workspace: -w DIR") from None
        for folder in (here, *here.parents):
            if _is_workspace(folder) and _is_ours(folder):
                return cls(folder, actor=actor, clock=clock)
        raise NotFound(f"no workspace at {here} or above", "make one: `footplate init`")


def _is_workspace(folder: Path) -> bool:
    try:
        return (folder / FILE_NAME).is_file() and (folder / HIDDEN).is_dir()
    except OSError:
        return False  # a folder that is not ours to look into


def _is_ours(folder: Path) -> bool:
    """Our own, or shared with us: then its hidden folder may be written."""
    status = (folder / HIDDEN).stat()
    return status.st_uid == os.geteuid() or (
        bool(status.st_mode & 0o070) and os.access(folder / HIDDEN, os.W_OK)
    )


def probe_wal(folder: Path) -> None:
    """Write through a WAL in `folder`: on some network filesystems the pragma says yes and writing fails."""
    import sqlite3

    probe = folder / f"probe-{os.getpid()}.db"
    hint = f"put the workspace on a local disk, for example {Path.home() / 'footplate'}"
    try:
        with closing(sqlite3.connect(probe, timeout=5)) as connection:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            connection.execute("CREATE TABLE probe (x)")
            connection.execute("INSERT INTO probe VALUES (1)")
            connection.commit()
        if mode != "wal":
            raise BadInput(f"{folder}: SQLite cannot keep a write-ahead log here (a network filesystem?)", hint)
    except sqlite3.Error as error:
        raise BadInput(f"{folder}: SQLite does not work here: {error}", hint) from None
    finally:
        for leftover in folder.glob(f"{probe.name}*"):
            leftover.unlink(missing_ok=True)
