"""The profile of a dataset version: a line a column, and everything about one column."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

from core.errors import UsageError
from core.query.language import Term, parse
from core.views import datasets as views
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Page, Query, Slice, number
from screens.plain import plain
from screens.widgets.pictures import bar, histogram, tall_histogram

BAR, PICTURE = 8, 16


@dataclass(frozen=True)
class Feature:
    """One column of a version; `facts` is its part of the stored profile (see core.data.profile)."""

    name: str
    place: int
    target: bool
    facts: dict[str, Any]

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return self.facts["missing"] / self.facts["rows"] if self.facts["rows"] else 0.0


class Profile(Listing):
    name, order = "profile", ""
    columns = (
        Column("column", lambda row, now: named(row), 28, narrowest=12, order="column", letter="n"),
        Column("kind", lambda row, now: f.text(row.facts["kind"], "quiet"), order="kind", letter="k"),
        number("missing", lambda row, now: missing(row), "m"),
        number("distinct", lambda row, now: distinct(row.facts), "d"),
        Column("shape", lambda row, now: shape(row.facts), PICTURE),
        Column("of target", lambda row, now: relation(row), order="relation", letter="t", down=True),
        Column("values", lambda row, now: values(row.facts), 48, narrowest=10),
    )

    def __init__(self, version: str) -> None:
        self.version = version

    @property
    def crumb(self) -> str:
        return f"v{self.version.rpartition('@')[2]} profile"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        """All columns at once: a profile is one small object. Words filter names and kinds."""
        found = views.profile(workspace, self.version)
        rows = [
            Feature(name, place, name == found["target"], facts)
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
        return FeaturePage(self.version, row)

    def describe(self, workspace: Workspace, row: Feature) -> list[Text]:
        return described(row)

    def raw(self, workspace: Workspace, row: Feature) -> object:
        return {row.name: row.facts}

    def row_id(self, row: Feature) -> str:
        return row.name

    def command(self) -> str:
        return f"footplate data profile {f.quoted(self.version)}"


class FeaturePage(Page):
    name = "column"

    def __init__(self, version: str, row: Feature) -> None:
        self.version, self.row = version, row

    @property
    def crumb(self) -> str:
        return self.row.name

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return described(self.row)

    def raw(self, workspace: Workspace) -> object:
        return {self.row.name: self.row.facts}

    def command(self) -> str:
        return f"footplate data profile {f.quoted(self.version)}"


def matches(row: Feature, where: str) -> bool:
    """Whether every word of the filter is in the name or the kind of a column."""
    for part in parse(where).parts:
        if isinstance(part, Term):
            raise UsageError("a profile is filtered by words", "type a part of a column's name, or a kind")
        if (part.text.casefold() in f"{row.name} {row.facts['kind']}".casefold()) == part.inverse:
            return False
    return True


def sorting(row: Feature, key: str) -> tuple[bool, Any]:
    values = {
        "column": row.name, "kind": row.facts["kind"], "missing": row.missing, "distinct": row.facts["distinct"],
        "relation": row.facts.get("relation") or 0.0,
    }
    return (False, values.get(key, row.place))


def named(row: Feature) -> Text:
    return Text.assemble((plain(row.name), "strong"), (" target", "warn") if row.target else "")


def missing(row: Feature) -> Text:
    tone = "bad" if row.missing > 0.5 else "warn" if row.missing > 0 else "quiet"
    return Text.assemble((f"{f.share(row.missing):>6}", tone), " ", bar(row.missing, BAR, tone))


def distinct(facts: dict[str, Any]) -> Text:
    return Text(f"{'' if facts.get('distinct_exact', True) else '~'}{facts['distinct']:,}")


def shape(facts: dict[str, Any]) -> Text:
    """A histogram of numbers and dates; of categories the counts of the commonest."""
    if facts.get("histogram"):
        return histogram(facts["histogram"]["counts"], PICTURE)
    return histogram([one["count"] for one in facts.get("top") or ()][:PICTURE], PICTURE, "title")


def relation(row: Feature) -> Text:
    if row.target:
        return Text("is the target", "quiet")
    value = row.facts.get("relation")
    if value is None:
        return Text(f.NOTHING, "quiet")
    return Text.assemble(f"{value:.2f} ", bar(value, BAR))


def values(facts: dict[str, Any]) -> Text:
    """What lies in it, in a few words: a range, or the commonest values."""
    if facts.get("top"):
        return Text(", ".join(plain(one["value"]) for one in facts["top"][:5]), "quiet")
    if facts.get("min") is None:
        return Text("no value at all", "quiet")
    if facts["kind"] == "date":
        return Text(f"{plain(facts['min'])} to {plain(facts['max'])}", "quiet")
    return Text(f"{f.value(facts['min'])} to {f.value(facts['max'])}", "quiet")


def described(row: Feature) -> list[Text]:
    """Counts, quantiles, a histogram over some lines, the commonest values."""
    facts = row.facts
    lines = [
        Text.assemble((plain(row.name), "title"), "  ", (plain(facts["kind"]), "quiet")),
        f.field("rows", f.count(facts["rows"])),
        f.field("missing", Text.assemble(f"{facts['missing']:,}  ", missing(row))),
        f.field("distinct", distinct(facts)),
        f.field("of target", relation(row)),
    ]
    if facts.get("min") is not None:
        lines.append(f.field("range", values(facts)))
    if facts.get("mean") is not None:
        lines.append(f.field("mean, std", f"{f.value(facts['mean'])}, {f.value(facts['std'])}"))
    if facts.get("quantiles"):
        lines += [Text(), f.heading("Quantiles")]
        lines += [
            f.field(f"{float(share) * 100:g} %", f.value(value)) for share, value in facts["quantiles"].items()
        ]
    if facts.get("histogram"):
        counts, edges = facts["histogram"]["counts"], facts["histogram"]["edges"]
        lines += [Text(), f.heading("Histogram")]
        lines += [Text("  ").append_text(line) for line in tall_histogram(counts, 40, 5)]
        low, high = (plain(edge) if isinstance(edge, str) else f.value(edge) for edge in (edges[0], edges[-1]))
        lines.append(Text(f"  {low} to {high}, at most {max(counts):,} a bin", "quiet"))
    if facts.get("top"):
        lines += [Text(), f.heading("Commonest values" if facts.get("top_exact", True) else "Commonest values, about")]
        most = facts["top"][0]["count"] or 1
        lines += [
            Text.assemble("  ", bar(one["count"] / most, 16), f" {one['count']:>9,}  ", plain(one["value"]))
            for one in facts["top"]
        ]
    if facts.get("sampled"):
        lines += [Text(), Text(f"  quantiles and histogram are of {facts['sampled']:,} sampled rows", "quiet")]
    return lines
