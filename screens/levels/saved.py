"""A version of a recipe as it was saved, and a file of its code."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from core.views import recipe_versions as views
from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.plain import plain


class RecipeVersionPage(Page):
    name = "recipe version"

    def __init__(self, id: int) -> None:
        self.id = id
        self.recipe = ""

    @property
    def crumb(self) -> str:
        return "recipe version"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        found = views.show(workspace, self.id)
        self.recipe = found.recipe
        lines = [
            Text.assemble((plain(found.recipe), "title"), f"  {f.short(found.hash)}"),
            f.field("saved", Text.assemble(f.when(found.created_at, now), f", by {plain(found.actor)}")),
            f.field("runs", f"{found.runs:,} went by it"),
        ]
        if found.git:
            dirty = ", with changes that were not committed" if found.git.get("dirty") else ""
            lines.append(f.field("git", f"{f.short(str(found.git.get('commit')))}{dirty}"))
        for name, value in found.settings.items():
            lines.append(f.field("set by hand", f"{plain(name)} = {plain(value)}"))
        for name, sha256 in found.code:
            lines.append(f.field("code", f"{plain(name)}  {f.short(sha256)}"))
        return [*lines, Text(), f.heading("Its text"), *(Text(f"  {plain(line)}") for line in found.text.splitlines())]

    def raw(self, workspace: Workspace) -> object:
        return views.show(workspace, self.id)

    def row_id(self) -> str:
        return str(self.id)

    def command(self) -> str:
        return f"footplate recipes show {f.quoted(self.recipe)}" if self.recipe else ""


class CodePage(Page):
    name = "code"

    def __init__(self, file: str, sha256: str) -> None:
        self.file, self.sha256 = file, sha256

    @property
    def crumb(self) -> str:
        return self.file

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        text = views.code(workspace, self.sha256)
        head = Text.assemble((plain(self.file), "title"), (f"  sha256 {self.sha256}", "quiet"))
        return [head, Text(), *(Text(plain(line)) for line in text.splitlines())]

    def raw(self, workspace: Workspace) -> object:
        return {"name": self.file, "sha256": self.sha256, "text": views.code(workspace, self.sha256)}

    def row_id(self) -> str:
        return self.sha256
