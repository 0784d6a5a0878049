"""Datasets, and the versions of one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rich.text import Text

from core.query.language import Op, Term, joined
from core.views import datasets as views
from core.views import flat
from core.views.datasets import Dataset, Version
from core.workspace import Workspace
from screens import format as f
from screens.acts import versions as acts
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels.places import placed
from screens.levels.profile import Profile
from screens.plain import plain
from screens.starting import first_steps


class Datasets(Listing):
    table = flat.DATASETS
    name, order = "dataset", "name"
    lasting = "datasets stay; open one: versions can be retired, and quarantined ones discarded"
    columns = (
        Column("dataset", lambda row, now: f.text(row.name, "strong"), 32, narrowest=12, order="name", letter="n"),
        number("versions", lambda row, now: f.count(row.versions), "v"),
        number("quarantined", lambda row, now: attention(row.quarantined), "q"),
        number("rows", lambda row, now: f.count(row.rows), "r"),
        Column("newest", lambda row, now: newest(row), 20, order="newest_state", letter="s"),
        number("arrived", lambda row, now: f.ago(row.added_at, now), "a", "added_at"),
        number("labelled", lambda row, now: f.count(row.labelled), "l"),
    )

    @property
    def crumb(self) -> str:
        return "datasets"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.list(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def identity(self, row: Dataset) -> Hashable:
        return row.name

    def open(self, row: Dataset) -> Level:
        return Versions(row.name)

    def describe(self, workspace: Workspace, row: Dataset) -> list[Text]:
        now = workspace.clock.now()
        lines = [
            f.heading(plain(row.name)),
            f.field("recipe", row.recipe),
            f.field("versions", f"{row.versions:,}, {row.accepted:,} accepted"),
            f.field("quarantined", attention(row.quarantined)),
            f.field("rows", f"{row.rows:,}, {row.labelled:,} with a label"),
            f.field("newest", newest(row)),
            f.field("arrived", f.when(row.added_at, now)),
        ]
        latest = views.versions(workspace, row.name, limit=8)
        lines += [Text(), f.heading("Newest versions")]
        for one in latest:
            facts = f.joined([shown_state(one), f.count(one.rows) + Text(" rows"), f.text(one.file_name)])
            lines.append(Text(f"  v{one.version:<5}").append_text(facts))
        return lines

    def row_command(self, row: Dataset) -> str:
        return f"footplate data versions {f.quoted(row.name)}"

    def command(self) -> str:
        return "footplate data list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "no data yet")


class Versions(Listing):
    table = flat.VERSIONS
    name, order, serial = "version", "-version", "version"
    actions = acts.ACTIONS
    columns = (
        number("version", lambda row, now: Text(f"v{row.version}", "strong"), "v"),
        Column("state", lambda row, now: shown_state(row), 16, order="state", letter="s"),
        number("rows", lambda row, now: f.count(row.rows), "r"),
        Column("file", lambda row, now: f.text(row.file_name), 44, narrowest=16, order="file", letter="f"),
        number("arrived", lambda row, now: f.ago(row.added_at, now), "a", "added_at"),
        Column("why", lambda row, now: first_finding(row), 60, narrowest=18),
        number("labelled", lambda row, now: f.count(row.labelled), "l"),
        number("bad rows", lambda row, now: f.count(row.bad_rows), "b", "bad_rows"),
    )

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset

    @property
    def crumb(self) -> str:
        return self.dataset

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.versions(
                workspace, self.dataset, where=query.where, order=query.order, limit=query.limit, after=query.after
            )
        )

    def full(self, where: str) -> str:
        return joined(where, str(Term("dataset", Op.EQ, self.dataset)))

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count_versions(workspace, self.dataset, where)

    def identity(self, row: Version) -> Hashable:
        return row.version

    def open(self, row: Version) -> Level | None:
        return Profile(row.name) if row.has_profile else None

    def describe(self, workspace: Workspace, row: Version) -> list[Text]:
        return described(views.show(workspace, row.name), workspace)

    def raw(self, workspace: Workspace, row: Version) -> object:
        return views.show(workspace, row.name)

    def row_id(self, row: Version) -> str:
        return row.name

    def row_command(self, row: Version) -> str:
        return f"footplate data show {f.quoted(row.name)}"

    def command(self) -> str:
        return f"footplate data versions {f.quoted(self.dataset)}"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [
            Text("no file of this dataset has arrived yet", "title"),
            Text(),
            Text("  Copy a file into the watched folder (6 shows it), or take one by hand:"),
            Text(f"  footplate data add {f.quoted(self.dataset)} FILE", "key"),
        ]


def attention(number: int) -> Text:
    """A count that should be nought."""
    return Text("–", "quiet") if not number else Text(f"✗ {number:,}", "bad")


def newest(row: Dataset) -> Text:
    if row.newest is None:
        return f.text(None)
    return Text.assemble(f"v{row.newest} ", f.status(row.newest_state))


def shown_state(row: Version) -> Text:
    return f.status("discarded" if row.discarded else row.state)


def first_finding(row: Version) -> Text:
    """The first reason, or else the first warning, and how many more there are."""
    found: Sequence[dict[str, object]] = row.reasons or row.warnings
    if not found:
        return Text()
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    return Text(plain(found[0]["message"]) + more, "bad" if row.reasons else "warn")


def described(row: Version, workspace: Workspace) -> list[Text]:
    """Everything that is known of a version, its reasons with the user's own line and column."""
    span = Text.assemble(f.text(row.time_min), " to ", f.text(row.time_max)) if row.time_min else None
    lines = [
        Text.assemble((plain(row.name), "title"), "  ", shown_state(row)),
        f.field("file", row.file_name),
        f.field("bytes", f.size(row.bytes)),
        f.field("rows", Text.assemble(f.count(row.rows), " in ", f.count(row.columns), " columns")),
        f.field("labelled", f.count(row.labelled)),
        f.field("set aside", f"{row.bad_rows:,} unreadable rows" if row.bad_rows else None),
        f.field("from, to", span),
        f.field("arrived", f.when(row.added_at, workspace.clock.now())),
        f.field("cause", f"{row.cause.replace('_', ' ')}, by {row.actor}"),
        f.field("sha256", row.hash),
    ]
    if row.superseded_by is not None:
        lines.append(f.field("superseded", f"by v{row.superseded_by}, which holds its rows again"))
    if row.reasons:
        from core.services.quarantine import places

        found = [place.to_json() for place in places(workspace, row.name)]
        lines += [Text(), f.heading("Reasons")]
        lines += [line for one in found for line in placed(one)] or [_finding(one, "bad") for one in row.reasons]
    if row.warnings:
        lines += [Text(), f.heading("Warnings"), *(_finding(one, "warn") for one in row.warnings)]
    return lines


def _finding(one: dict[str, object], tone: str) -> Text:
    place = [f"line {one['line']:,}"] if isinstance(one.get("line"), int) else []
    place += [f"column {plain(one['column'])}"] if one.get("column") else []
    return Text.assemble(
        (f"  {'✗' if tone == 'bad' else '!'} ", tone), (f"{plain(one['check'])}  ", "quiet"), plain(one["message"]),
        (f"  ({', '.join(place)})" if place else "", "quiet"),
    )
