"""One row of a listing as a page of its own: its describe view, where no other page is about it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.workspace import Workspace
from screens.level import Listing, Page, Row


class Described(Page):
    def __init__(self, listing: Listing, row: Row) -> None:
        self.listing, self.row = listing, row

    @property
    def crumb(self) -> str:
        return f"{self.listing.name} {self.listing.row_id(self.row)}"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return self.listing.describe(workspace, self.row)

    def raw(self, workspace: Workspace) -> object:
        return self.listing.raw(workspace, self.row)

    def log(self, workspace: Workspace) -> Path | None:
        return self.listing.log(workspace, self.row)

    def row_id(self) -> str:
        return self.listing.row_id(self.row)

    def command(self) -> str:
        return self.listing.row_command(self.row)
