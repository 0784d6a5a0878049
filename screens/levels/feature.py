"""Everything about one column of a version: a big histogram, quantiles, the commonest values, the target along it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.levels import facts as cells
from screens.plain import clipped, plain
from screens.widgets.pictures import bar
from screens.widgets.spread import dot, drawn, padded, stacked

WIDE, NARROW = 64, 44  # cells of the pictures on a page, and in a preview
TALL = 8
TONES = ("busy", "title", "good", "warn")


@dataclass(frozen=True)
class Feature:
    """One column of a version; `facts` is its part of the stored profile, `moved` how far it is from `before`."""

    name: str
    place: int
    target: bool
    facts: Mapping[str, Any]
    moved: Mapping[str, Any] | None = None
    before: str | None = None

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return cells.missing_share(self.facts)


class FeaturePage(Page):
    name = "column"

    def __init__(self, version: str, row: Feature, target: str | None = None) -> None:
        self.version, self.row, self.target = version, row, target

    @property
    def crumb(self) -> str:
        return self.row.name

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return described(self.row, self.target, WIDE)

    def raw(self, workspace: Workspace) -> object:
        return {self.row.name: self.row.facts}

    def command(self) -> str:
        return f"footplate data profile {f.quoted(self.version)} --column {f.quoted(self.row.name)}"


def described(row: Feature, target: str | None = None, wide: int = NARROW) -> list[Text]:
    """Counts first, then the pictures, in about `wide` cells, then the figures behind them."""
    facts = row.facts
    lines = [
        Text.assemble((plain(row.name), "title"), "  ", (plain(facts["kind"]), "quiet")),
        f.field("rows", f.count(facts["rows"])),
        f.field("missing", Text.assemble(f"{facts['missing']:,}  ", cells.missing(facts))),
        f.field("distinct", cells.distinct(facts)),
        f.field("of target", cells.relation(facts, row.target)),
    ]
    if row.before is not None:
        said = Text.assemble(cells.drift(row.moved), (f" PSI against v{row.before.rpartition('@')[2]}", "quiet"))
        lines.append(f.field("moved", said))
    if facts.get("min") is not None:
        lines.append(f.field("range", cells.values(facts)))
    if facts.get("mean") is not None:
        lines.append(f.field("mean, std", f"{f.value(facts['mean'])}, {f.value(facts['std'])}"))
    lines += _far_out(facts)
    lines += pictured(facts, wide)
    lines += _quantiles(facts, wide // 2 - 2)
    lines += _commonest(facts, wide // 4)
    lines += _along(row, target, wide)
    if facts.get("sampled"):
        lines += [Text(), Text(f"  shapes are of {facts['sampled']:,} sampled rows", "quiet")]
    return lines


def _far_out(facts: Mapping[str, Any]) -> list[Text]:
    found = cells.outliers(facts)
    if found is None:
        return []
    about = "" if found.sure else "about "
    below, above = f"{found.below:,.0f} below {f.value(found.low)}", f"{found.above:,.0f} above {f.value(found.high)}"
    tone = "warn" if found.share > 0.01 else ""
    return [f.field("far out", Text(f"{about}{below}, {above}", tone))]


def pictured(facts: Mapping[str, Any], wide: int) -> list[Text]:
    """The histogram over many lines."""
    if not facts.get("histogram"):
        return []
    counts, edges = facts["histogram"]["counts"], facts["histogram"]["edges"]
    lines = [Text(), Text.assemble(("Histogram", "title"), (f"  at most {max(counts):,} a bin", "quiet"))]
    picture = drawn(counts, wide, TALL, cells.point(edges[0]), cells.point(edges[-1]))
    return [*lines, *(Text("  ").append_text(line) for line in picture)]


def _quantiles(facts: Mapping[str, Any], line: int) -> list[Text]:
    found: Mapping[str, float] = facts.get("quantiles") or {}
    if not found:
        return []
    low, high = min(found.values()), max(found.values())
    lines = [Text(), f.heading("Quantiles")]
    for share, value in found.items():
        name = f"  {float(share) * 100:g} %"
        lines.append(Text.assemble((f"{name:<10}", "quiet"), f"{f.value(value):>12}  ", dot(value, low, high, line)))
    return lines


def _commonest(facts: Mapping[str, Any], wide: int) -> list[Text]:
    found: Sequence[Mapping[str, Any]] = facts.get("top") or facts.get("levels") or ()
    if not found:
        return []
    exact = facts.get("top_exact", True) and not (facts.get("sampled") and not facts.get("top"))
    lines = [Text(), f.heading("Commonest values" if exact else "Commonest values, about")]
    ordered = sorted(found, key=lambda one: -one["count"])[:20]
    most, rows = ordered[0]["count"] or 1, facts.get("sampled") if not facts.get("top") else None
    for one in ordered:
        part = one["count"] / (rows or facts["rows"] or 1)
        shown = plain(one["value"]) if isinstance(one["value"], str) else f.value(one["value"])
        lines.append(Text.assemble(
            "  ", bar(one["count"] / most, wide), f" {one['count']:>9,} ", (f"{f.share(part):>6}  ", "quiet"), shown
        ))
    return lines


def _along(row: Feature, target: str | None, wide: int) -> list[Text]:
    """The target in each bin of the column: its mean as a dot on a line, or the shares of its classes."""
    if row.target or target is None:
        return []
    if "along" not in row.facts:
        said = "not kept when this version was profiled: later ones have it"
        return [Text(), f.heading("The target along it"), Text(f"  {said}", "quiet")]
    found = row.facts["along"]
    if found is None:
        return []
    bins, classes, line = found["bins"], found["classes"], wide // 2 - 6
    title = Text.assemble((plain(target), "strong"), (" along this column", "title"))
    if classes:
        legend = f.joined([
            Text.assemble((shade * 2, tone), " ", plain(name))
            for name, tone, shade in zip(classes, TONES, "█▓▒░", strict=False)
        ])
        lines = [Text(), title.append("  share of ", "quiet").append_text(legend)]
        return lines + [
            _bin(one, Text.assemble(stacked(one["means"], line, TONES), f" {f.share(one['means'][0]):>6}"), wide)
            for one in bins
        ]
    means = [one["means"][0] for one in bins]
    low, high = min(means), max(means)
    lines = [Text(), title.append(f"  its mean, from {f.value(low)} to {f.value(high)}", "quiet")]
    return lines + [
        _bin(one, Text.assemble(dot(mean, low, high, line), f" {f.value(mean):>8}"), wide)
        for one, mean in zip(bins, means, strict=True)
    ]


def _bin(one: Mapping[str, Any], picture: Text, wide: int) -> Text:
    cells_ = wide // 3
    name = padded(Text(clipped(named(one), cells_ - 1)), cells_)
    return Text.assemble("  ", name, picture, (f" {one['rows']:,} rows" if wide > NARROW else "", "quiet"))


def named(one: Mapping[str, Any]) -> str:
    """A bin of a course: a value, a range, what is missing, or all that is rarer."""
    if "low" in one:
        return f"{cells.point(one['low'])} to {cells.point(one['high'])}"
    if "value" not in one:
        return "(others)"
    return "(missing)" if one["value"] is None else cells.point(one["value"])
