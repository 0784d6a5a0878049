"""What needs a person, as rows: Enter goes to the very place, and the key that answers stands beside it."""

from __future__ import annotations

from collections.abc import Hashable

from rich.text import Text

from core.query.language import Op, Term, parse, parse_order
from core.query.memory import picked
from core.views import flat
from core.views.needs import Need
from core.workspace import Workspace
from screens import format as f
from screens.command import quoted
from screens.keys import OVERVIEW, SCREENS
from screens.level import Column, Listing, Query, Slice
from screens.levels.overview import ModelLines
from screens.plain import plain


class Needs(Listing):
    name, table, preview = "need", flat.NEEDS, False
    lasting = "it goes when it is answered"
    columns = (
        Column("key", lambda row, now: Text(answer(row), "key"), field="key"),
        Column("what", lambda row, now: f.text(row.text), 90, narrowest=30, order="text", letter="t", field="text"),
        Column("kind", lambda row, now: f.text(row.kind, "quiet"), order="kind", letter="k"),
        Column("about", lambda row, now: f.text(row.name), 24, narrowest=8, order="name", letter="n", field="name"),
        Column("since", lambda row, now: f.ago(row.at, now), right=True, order="at", letter="a", down=True, field="at"),
    )

    def __init__(self, lines: ModelLines | None = None) -> None:
        self.lines = lines or ModelLines()  # what stands around both lists is read once

    @property
    def crumb(self) -> str:
        return "needs you"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        asked, order = parse(query.where), parse_order(query.order)
        rows = picked(self.lines.look(workspace).needs, asked, order, _value, _words, workspace.clock.now())
        return Slice(rows, None, len(rows))

    def identity(self, row: Need) -> Hashable:
        return row.kind, row.subject

    def describe(self, workspace: Workspace, row: Need) -> list[Text]:
        way = line(row)
        return [
            Text(plain(row.text), "title"), Text(),
            f.field("kind", row.kind), f.field("about", row.subject),
            f.field("since", f.when(row.at, workspace.clock.now())), f.field("key", answer(row)),
            f.field("goes to", f":{way}" if way else None), f.field("command", row.command),
        ]

    def row_id(self, row: Need) -> str:
        return row.subject

    def row_command(self, row: Need) -> str:
        """The one that answers it."""
        return row.command

    def command(self) -> str:
        return "footplate status"

    def listed(self) -> str:
        return ""

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [Text.assemble(("✓ ", "good"), "nothing needs you")]


def answer(need: Need) -> str:
    """The screen and the key: `2 X`; on this screen the key alone."""
    where = f"{SCREENS.index(need.screen) + 1} " if need.screen in SCREENS and need.screen != OVERVIEW else ""
    return f"{where}{need.key}" if where or need.key else "-"


def line(need: Need) -> str:
    """The line of the command bar that goes there; empty where it is answered on the spot."""
    if need.kind == "quarantine":
        dataset, _, version = need.subject.rpartition("@")
        return f"versions {quoted(dataset)} /{Term('version', Op.EQ, version)}"
    if need.kind == "approval":
        model, _, version = need.subject.rpartition(" v")
        return f"model {quoted(model)} /{Term('version', Op.EQ, version)}"
    if need.kind == "refused":
        return f"runs {quoted(need.name)} /{Term('id', Op.EQ, need.subject.removeprefix('run '))}"
    if need.kind == "deployment":
        return f"deployment {quoted(need.subject)}"
    if need.kind == "alert":
        return f"alert {need.subject.removeprefix('alert ')}"
    if need.kind == "job":
        return f"jobs /{Term('id', Op.EQ, need.subject.removeprefix('job '))}"
    if need.kind in ("recipe", "folder"):
        return f"recipes /{Term('name', Op.EQ, need.name)}"
    return ""


def _value(name: str) -> flat.Value:
    flat.NEEDS.value(name)  # says what is wrong with a name
    return flat.NEEDS.known[name]


def _words(need: Need) -> str:
    return f"{need.kind} {need.subject} {need.text}"
