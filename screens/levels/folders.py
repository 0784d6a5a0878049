"""Recipes as the automation sees them: the folder that each watches, and its schedule."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from rich.text import Text

from core.views import flat
from core.views import recipes as views
from core.views.daemon import running
from core.views.recipes import Recipe
from core.workspace import Workspace
from screens import format as f
from screens.acts import recipes as acts
from screens.level import Column, Level, Listing, Query, Slice
from screens.levels.waiting import WaitingFiles
from screens.plain import plain
from screens.starting import first_steps

MOST_FOLDERS = 20  # that are looked into with every reading of the list


class Folders(Listing):
    """Every recipe that has a file, and how many files wait in its folder; Enter shows them."""

    table = flat.RECIPES
    name, order = "recipe", "name"
    actions = acts.ACTIONS
    lasting = "a recipe is its file: remove that, and it is gone from here; its models stay"


    def __init__(self) -> None:
        self.waiting: dict[str, int] | None = None  # by dataset; None: too many folders to look into all the time
        stated = replace(self.COLUMNS[1], cell=lambda row, now: self._state(row))
        self.columns = (self.COLUMNS[0], stated, *self.COLUMNS[2:])

    COLUMNS: tuple[Column, ...] = (
        Column("recipe", lambda row, now: f.text(row.name, "strong"), 28, narrowest=10, order="name", letter="n"),
        Column("state", lambda row, now: state(row), order="valid", letter="s"),
        Column("watches", lambda row, now: f.text(row.watch), 44, narrowest=14, field="watch"),
        Column("target", lambda row, now: f.text(row.target), 20, narrowest=8),
        Column("schedule", lambda row, now: f.text(row.schedule), 18),
        Column("dataset", lambda row, now: f.text(row.dataset), 24, narrowest=8, order="dataset", letter="d"),
        Column("task", lambda row, now: f.text(row.task, "quiet")),
    )

    @property
    def crumb(self) -> str:
        return "folders"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        found = views.list(workspace, limit=MOST_FOLDERS + 1)
        self.waiting = _counts(workspace) if len(found) <= MOST_FOLDERS else None
        return Slice.of(
            views.list(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def identity(self, row: Recipe) -> Hashable:
        return row.name

    def open(self, row: Recipe) -> Level:
        return WaitingFiles(row.name)

    def _state(self, row: Recipe) -> Text:
        waits = (self.waiting or {}).get(row.dataset or row.name, 0) if row.hash else 0
        more = f", {f.counted(waits, 'file')} wait{'s' if waits == 1 else ''}" if waits else ""
        return state(row).append(more, "warn")

    def describe(self, workspace: Workspace, row: Recipe) -> list[Text]:
        recipe, now = views.show(workspace, row.name), workspace.clock.now()
        lines = [
            Text.assemble((plain(recipe.name), "title"), "  ", state(recipe)),
            f.field("watches", str(workspace.locate(recipe.watch)) if recipe.watch else None),
            f.field("target", recipe.target),
            f.field("task", recipe.task),
            f.field("dataset", recipe.dataset),
            f.field("schedule", recipe.schedule),
            f.field("next run", f.when(recipe.next_at, now) if recipe.next_at else None),
            f.field("file", recipe.path),
            f.field("hash", f.short(recipe.hash)),
        ]
        for problem in recipe.problems:
            lines += [Text(), Text.assemble(("  ✗ ", "bad"), plain(problem.get("message", "")))]
            if problem.get("hint"):
                lines.append(Text(f"    {plain(problem['hint'])}", "quiet"))
        if recipe.problems and recipe.hash:
            lines.append(Text("    the last version that could be read stays in force", "quiet"))
        if recipe.text:
            lines += [Text(), f.heading("In force"), *(Text(f"  {plain(line)}") for line in recipe.text.splitlines())]
        return lines

    def raw(self, workspace: Workspace, row: Recipe) -> object:
        return views.show(workspace, row.name)

    def row_command(self, row: Recipe) -> str:
        return f"footplate recipes show {f.quoted(row.name)}"

    def command(self) -> str:
        return "footplate recipes list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "no folder is watched yet")


def _counts(workspace: Workspace) -> dict[str, int]:
    from core.services import arrivals

    return arrivals.counts(arrivals.waiting(workspace, daemon=running(workspace) is not None))


def state(row: Recipe) -> Text:
    if not row.valid:
        return f.status("broken")
    return f.status("paused" if row.paused else "valid")
