"""The files that wait in a watched folder, and why each does."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from rich.text import Text

from core.views import flat
from core.views.daemon import running
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Listing, Query, Slice, number
from screens.plain import plain

if TYPE_CHECKING:
    from core.services.arrivals import Waiting


class WaitingFiles(Listing):
    table = flat.WAITING
    name = "file"
    lasting = "the files of a watched folder are yours: Footplate never changes or removes them"
    columns = (
        Column("file", lambda row, now: f.text(row.file, "strong"), 44, narrowest=14, order="file", letter="f"),
        Column(
            "waits for", lambda row, now: f.text(row.why, "quiet" if row.never else ""), 80, narrowest=24, order="why",
            letter="w", field="why",
        ),
        number("bytes", lambda row, now: f.count(row.bytes), "b"),
        number("changed", lambda row, now: f.ago(row.changed_at, now), "c", "changed_at"),
    )

    def __init__(self, recipe: str) -> None:
        self.recipe = recipe

    @property
    def crumb(self) -> str:
        return f"{self.recipe} waits"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        from core.services import arrivals

        daemon = running(workspace) is not None
        return Slice(arrivals.waiting(workspace, self.recipe, daemon=daemon, where=query.where, order=query.order))

    def identity(self, row: Waiting) -> Hashable:
        return row.file

    def describe(self, workspace: Workspace, row: Waiting) -> list[Text]:
        return [
            Text(plain(row.file), "title"),
            f.field("waits for", row.why),
            f.field("folder", row.folder),
            f.field("dataset", row.dataset),
            f.field("bytes", f"{row.bytes:,}"),
            f.field("changed", f.when(row.changed_at, workspace.clock.now())),
        ]

    def row_command(self, row: Waiting) -> str:
        return f"footplate dry-run {f.quoted(f'{row.folder}/{row.file}')}"

    def command(self) -> str:
        return f"footplate recipes waiting {f.quoted(self.recipe)}"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [
            Text("no file waits: all that lie in the folder are taken", "title"), Text(),
            Text("  2 shows what became of them; a new file appears here until it is taken.", "quiet"),
        ]
