"""The profile of a dataset version: a line a column, and how far each moved since the version before."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from rich.text import Text

from core.errors import FootplateError, UsageError
from core.query.language import Term, parse
from core.views import datasets as views
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels import facts as cells
from screens.levels.feature import Feature, FeaturePage, described
from screens.plain import plain


class Profile(Listing):
    name, order = "profile", ""
    columns = (
        Column("column", lambda row, now: named(row), 28, narrowest=12, order="column", letter="n"),
        Column("shape", lambda row, now: cells.shape(row.facts), cells.PICTURE),
        number("missing", lambda row, now: cells.missing(row.facts), "m"),
        Column("of target", lambda row, now: cells.relation(row.facts, row.target), order="relation", letter="t",
               down=True),
        number("moved", lambda row, now: cells.drift(row.moved), "v", "drift"),
        number("distinct", lambda row, now: cells.distinct(row.facts), "d"),
        number("far out", lambda row, now: cells.far_out(row.facts), "u", "outliers"),
        Column("kind", lambda row, now: f.text(row.facts["kind"], "quiet"), order="kind", letter="k"),
        Column("values", lambda row, now: cells.values(row.facts), 48, narrowest=10),
    )

    def __init__(self, version: str) -> None:
        self.version = version
        self.target: str | None = None

    @property
    def crumb(self) -> str:
        return f"v{self.version.rpartition('@')[2]} profile"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        """All columns at once: a profile is one small object. Words filter names and kinds."""
        found = views.profile(workspace, self.version)
        before, moved = since_before(workspace, self.version)
        self.target = found["target"]
        rows = [
            Feature(name, place, name == found["target"], facts, moved.get(name), before)
            for place, (name, facts) in enumerate(found["columns"].items())
        ]
        rows = [row for row in rows if matches(row, query.where)]
        key = query.order.removeprefix("-")
        if key:
            rows.sort(key=lambda row: sorting(row, key), reverse=query.order.startswith("-"))
        return Slice(rows, None, len(rows))

    def identity(self, row: Feature) -> Hashable:
        return row.name

    def open(self, row: Feature) -> Level:
        return FeaturePage(self.version, row, self.target)

    def describe(self, workspace: Workspace, row: Feature) -> list[Text]:
        return described(row, self.target)

    def raw(self, workspace: Workspace, row: Feature) -> object:
        return {row.name: row.facts}

    def row_id(self, row: Feature) -> str:
        return row.name

    def row_command(self, row: Feature) -> str:
        return f"footplate data profile {f.quoted(self.version)} --column {f.quoted(row.name)}"

    def command(self) -> str:
        return f"footplate data profile {f.quoted(self.version)}"


def since_before(workspace: Workspace, version: str) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """The version before, and how far each column moved since; nothing where that one's profile is damaged."""
    from core.services import explore

    before = views.before(workspace, version)
    if before is None:
        return None, {}
    try:
        return before, explore.drift(workspace, before, version)
    except (FootplateError, OSError):
        return None, {}


def matches(row: Feature, where: str) -> bool:
    """Whether every word of the filter is in the name or the kind of a column."""
    for part in parse(where).parts:
        if isinstance(part, Term):
            raise UsageError("a profile is filtered by words", "type a part of a column's name, or a kind")
        if (part.text.casefold() in f"{row.name} {row.facts['kind']}".casefold()) == part.inverse:
            return False
    return True


def sorting(row: Feature, key: str) -> Any:
    """What the rows are sorted by; columns that are not in both versions moved most."""
    if key == "drift":
        return -1.0 if row.moved is None else 1e9 if row.moved["state"] != "same" else row.moved["psi"] or 0.0
    if key == "outliers":
        found = cells.outliers(row.facts)
        return -1.0 if found is None else found.share
    return {
        "column": row.name, "kind": row.facts["kind"], "missing": row.missing, "distinct": row.facts["distinct"],
        "relation": -1.0 if row.facts.get("relation") is None else row.facts["relation"],
    }.get(key, row.place)


def named(row: Feature) -> Text:
    return Text.assemble((plain(row.name), "strong"), (" target", "warn") if row.target else "")
