"""Two versions side by side, from their stored profiles: what moved most first, and both pictures of a column."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
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
from screens.levels import facts as cells
from screens.plain import clipped, plain
from screens.widgets.pictures import bar, histogram
from screens.widgets.spread import beside, drawn, on_axis, padded

SMALL = 12  # cells of a picture in the table
WIDE, NARROW, TALL = 34, 21, 7  # of one on a column's page, and in a preview
WHOLE = "all rows"
WORDS = {"added": "+ new", "removed": "– gone", "retyped": "! retyped", "same": ""}


@dataclass(frozen=True)
class Change:
    """A column in both versions, or in one of them; without facts it is about the whole version."""

    name: str
    place: int
    state: str
    psi: float | None
    shift: float | None
    missing: float | None
    moved: bool
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    said: tuple[str, ...]


class VersionsDiff(Listing):
    name = "difference"
    columns = (
        Column("column", lambda row, now: named(row), 28, narrowest=10, order="column", letter="n"),
        Column("before", lambda row, now: pictures(row)[0], SMALL),
        Column("after", lambda row, now: pictures(row)[1], SMALL),
        number("moved", lambda row, now: moved(row), "v", "psi"),
        number("missing", lambda row, now: missing(row), "m"),
        number("mean, sd", lambda row, now: shift(row), "s", "shift"),
        Column("what changed", lambda row, now: f.text("; ".join(row.said)), 200, narrowest=12),
    )

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after

    @property
    def crumb(self) -> str:
        return f"v{self.before.rpartition('@')[2]} = v{self.after.rpartition('@')[2]}"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        rows = [row for row in changes(workspace, self.before, self.after) if matches(row, query.where)]
        key = query.order.removeprefix("-")
        if key:
            rows.sort(key=lambda row: sorting(row, key), reverse=query.order.startswith("-"))
        return Slice(rows, None, len(rows))

    def identity(self, row: Change) -> Hashable:
        return row.name, row.place < 0

    def open(self, row: Change) -> Level | None:
        return None if row.place < 0 else ChangePage(self.before, self.after, row)

    def describe(self, workspace: Workspace, row: Change) -> list[Text]:
        return described(self.before, self.after, row)

    def raw(self, workspace: Workspace, row: Change) -> object:
        return row

    def row_id(self, row: Change) -> str:
        return row.name

    def command(self) -> str:
        return f"footplate data diff {f.quoted(self.before)} {f.quoted(self.after)}"


class ChangePage(Page):
    name = "change"

    def __init__(self, before: str, after: str, row: Change) -> None:
        self.before, self.after, self.row = before, after, row

    @property
    def crumb(self) -> str:
        return self.row.name

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return described(self.before, self.after, self.row, WIDE)

    def raw(self, workspace: Workspace) -> object:
        return self.row

    def command(self) -> str:
        return f"footplate data diff {f.quoted(self.before)} {f.quoted(self.after)}"


def changes(workspace: Workspace, before: str, after: str) -> list[Change]:
    """What is about the whole first, then every column, the one that moved most on top."""
    from core.services import explore

    found = explore.diff(workspace, before, after)
    old, new = views.profile(workspace, before)["columns"], views.profile(workspace, after)["columns"]
    said: dict[str | None, list[str]] = {}
    for one in found["findings"]:
        said.setdefault(one["column"], []).append(str(one["message"]))
    whole = [
        Change(WHOLE, place - 1000, "same", None, None, None, True, None, None, (text,))
        for place, text in enumerate(said.get(None, ()))
    ]
    return whole + [
        Change(
            one["column"], place, one["state"], one["psi"], one["shift"], one["missing"], one["moved"],
            old.get(one["column"]), new.get(one["column"]), tuple(said.get(one["column"], ())),
        )
        for place, one in enumerate(found["columns"])
    ]


def matches(row: Change, where: str) -> bool:
    for part in parse(where).parts:
        if isinstance(part, Term):
            raise UsageError("a difference is filtered by words", "type a part of a column's name, or of what changed")
        if (part.text.casefold() in f"{row.name} {row.state} {' '.join(row.said)}".casefold()) == part.inverse:
            return False
    return True


def sorting(row: Change, key: str) -> Any:
    if key == "column":
        return row.name
    if key == "psi":
        return (row.state != "same", row.psi or 0.0)
    return abs(getattr(row, key) or 0.0)


def named(row: Change) -> Text:
    return Text(plain(row.name), "quiet" if row.place < 0 else "strong")


def moved(row: Change) -> Text:
    """The population stability index, or that the column is in one version only."""
    return Text() if row.place < 0 else cells.drift({"state": row.state, "psi": row.psi, "moved": row.moved})


def missing(row: Change) -> Text:
    """The change of the missing share, in points."""
    if row.missing is None:
        return Text() if row.place < 0 else Text(f.NOTHING, "quiet")
    if abs(row.missing) < 0.0005:
        return Text("0", "quiet")
    return Text(f"{row.missing * 100:+.1f} %", "warn" if abs(row.missing) >= 0.01 else "quiet")


def shift(row: Change) -> Text:
    if row.shift is None:
        return Text() if row.place < 0 else Text(f.NOTHING, "quiet")
    return Text(f"{row.shift:+.2f}", "warn" if abs(row.shift) >= 0.1 else "quiet")


def counts(facts: Mapping[str, Any] | None, other: Mapping[str, Any] | None, bins: int) -> list[float] | None:
    """The shape of a column in `bins` bins of the axis that both versions need; of text the other's commonest."""
    if facts is None:
        return None
    if facts.get("levels") and (other is None or other.get("levels")) and len(values := levels(facts, other)) <= bins:
        return [float(_level(facts, value)) for value in values]
    if facts.get("histogram"):
        edges = cells.edges(facts)
        if edges is None:
            return [float(one) for one in facts["histogram"]["counts"]]
        theirs = cells.edges(other) if other is not None and other["kind"] == facts["kind"] else None
        low, high = min(edges[0], *(theirs or edges)[:1]), max(edges[-1], *(theirs or edges)[-1:])
        return on_axis(edges, facts["histogram"]["counts"], low, high, bins)
    mine = {one["value"]: float(one["count"]) for one in facts.get("top") or ()}
    return [mine.get(value, 0.0) for value in words(facts, other)][:bins] or None


def levels(facts: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[float]:
    """The different numbers of both, in their order."""
    return sorted({one["value"] for side in (facts, other) if side is not None for one in side.get("levels") or ()})


def _level(facts: Mapping[str, Any], value: float) -> int:
    return next((one["count"] for one in facts["levels"] if one["value"] == value), 0)


def words(facts: Mapping[str, Any], other: Mapping[str, Any] | None) -> list[str]:
    """The commonest texts of both, the same for either: by their share in the two together."""
    total: dict[str, float] = {}
    for one in (facts, other):
        if one is not None:
            for level in one.get("top") or ():
                total[level["value"]] = total.get(level["value"], 0.0) + level["count"] / (one["rows"] or 1)
    return sorted(total, key=lambda value: (-total[value], value))


def pictures(row: Change) -> tuple[Text, Text]:
    tone = "busy" if row.after is None or row.after.get("histogram") else "title"
    return (
        histogram(counts(row.before, row.after, SMALL), SMALL, "quiet"),
        histogram(counts(row.after, row.before, SMALL), SMALL, tone),
    )


def described(before: str, after: str, row: Change, wide: int = NARROW) -> list[Text]:
    """What is said of it, both pictures on one axis, and the figures of both."""
    lines = [
        Text.assemble((plain(row.name), "title"), "  ", (plain(WORDS[row.state]), "warn")),
        *(Text.assemble(("  ! ", "warn"), plain(said)) for said in row.said),
    ]
    if row.place < 0:
        return lines
    if not row.said:
        lines.append(Text("  nothing worth a word changed", "quiet"))
    if row.psi is not None:
        lines.append(f.field("moved", Text.assemble(moved(row), ("  PSI; from 0.25 on it is another", "quiet"))))
    old, new = (f"v{one.rpartition('@')[2]}" for one in (before, after))
    drawable = [one for one in (row.before, row.after) if one is not None and one.get("histogram")]
    if drawable:
        left = _drawn(row.before, row.after, old, wide, "quiet")
        lines += [Text(), *beside(left, _drawn(row.after, row.before, new, wide, "busy"), wide)]
    else:
        lines += _words(row, old, new, wide)
    lines += [Text(), Text.assemble(" " * 16, (f"{old:>14}{new:>14}", "title"))]
    lines += [_figure(name, one, other) for name, one, other in figures(row.before, row.after)]
    return lines


def _drawn(
    facts: Mapping[str, Any] | None, other: Mapping[str, Any] | None, title: str, wide: int, tone: str
) -> list[Text]:
    head = Text(f"  {title}", "title")
    if facts is None or not facts.get("histogram"):
        return [head, *[Text()] * (TALL - 1), Text("  not in this version" if facts is None else "  no value", "quiet")]
    ends = [one["histogram"]["edges"] for one in (facts, other) if one is not None and one.get("histogram")]
    low, high = min(one[0] for one in ends), max(one[-1] for one in ends)
    shown = drawn(counts(facts, other, wide - 2), wide - 2, TALL, cells.point(low), cells.point(high), tone)
    return [head, *(Text("  ").append_text(line) for line in shown)]


def _words(row: Change, old: str, new: str, wide: int) -> list[Text]:
    """The commonest texts of both, with the share of each."""
    if row.before is None and row.after is None:
        return []
    names = words(row.after or row.before or {}, row.before if row.after is not None else None)[:20]
    name, line = wide - 12, wide // 3
    sides = [({level["value"]: level["count"] for level in one.get("top") or ()}, one["rows"] or 1) if one else None
             for one in (row.before, row.after)]
    lines = [Text(), Text.assemble("  ", padded(Text("value", "title"), name), padded(Text(old, "title"), line + 9),
                                   Text(new, "title"))]
    for value in names:
        shares = [None if side is None else side[0].get(value, 0) / side[1] for side in sides]
        parts = [
            Text(" " * (line + 9)) if part is None
            else Text.assemble(f"{f.share(part):>6} ", bar(part, line, tone), "  ")
            for part, tone in zip(shares, ("quiet", "busy"), strict=True)
        ]
        lines.append(Text.assemble("  ", padded(Text(clipped(plain(value), name - 1)), name), *parts))
    return lines


def figures(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """(name, before, after) of every figure that either has."""
    found = []
    for name, of in FIGURES:
        old, new = (f.NOTHING if one is None else str(of(one)) for one in (before, after))
        if (old, new) != (f.NOTHING, f.NOTHING):
            found.append((name, old, new))
    return found


def _value(name: str) -> Any:
    return lambda one: f.NOTHING if one.get(name) is None else cells.point(one[name])


def _quantile(share: str) -> Any:
    return lambda one: f.value((one.get("quantiles") or {}).get(share))


def _count(number: int) -> str:
    return f"{number:,}"


FIGURES: Sequence[tuple[str, Any]] = (
    ("kind", lambda one: plain(one["kind"])), ("rows", lambda one: _count(one["rows"])),
    ("missing", lambda one: f.share(cells.missing_share(one))), ("distinct", lambda one: cells.distinct(one).plain),
    ("mean", _value("mean")), ("std", _value("std")), ("lowest", _value("min")), ("5 %", _quantile("0.05")),
    ("median", _quantile("0.5")), ("95 %", _quantile("0.95")), ("highest", _value("max")),
    ("far out", lambda one: cells.far_out(one).plain),
    ("of target", lambda one: f.NOTHING if one.get("relation") is None else f"{one['relation']:.2f}"),
)


def _figure(name: str, before: str, after: str) -> Text:
    same = before == after
    tone = "quiet" if same else ""
    return Text.assemble((f"  {name:<14}", "quiet"), (f"{clipped(before, 13):>14}", tone),
                         (f"{clipped(after, 13):>14}", tone if same else "strong"))
