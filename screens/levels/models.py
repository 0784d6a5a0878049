"""Registered models, their versions, and why a version is there."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.views import flat
from core.views import models as views
from core.views import runs as run_views
from core.views.models import Model, Version
from core.workspace import Workspace
from screens import format as f
from screens.acts import models as acts
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels.run import read_run
from screens.levels.version import RecordPart, aliases, fit, v, version_lines, why
from screens.plain import plain
from screens.starting import first_steps
from screens.widgets.pictures import trend

TREND = 16


class Models(Listing):
    table = flat.MODELS
    name, order = "model", "name"
    actions, singles = acts.ACTIONS, acts.SINGLES
    lasting = "models stay, so that what was served can be told; hold one, or roll it back"
    columns = (
        Column("model", lambda row, now: f.text(row.name, "strong"), 28, narrowest=10, order="name", letter="n"),
        number("champion", lambda row, now: v(row.champion), "c"),
        number("score", lambda row, now: f.metric(champion_score(row)), "", "", field="score"),
        Column("metric", lambda row, now: f.text(row.primary, "quiet"), 18, order="primary", letter="p"),
        Column("trend", lambda row, now: trend(scores(row), TREND), TREND),
        Column("state", lambda row, now: state(row), 30, order="held", letter="s"),
        number("versions", lambda row, now: f.count(len(row.versions)), "", "", field="versions"),
        number("released", lambda row, now: f.ago(registered(row), now), "", "", field="registered_at"),
    )

    @property
    def crumb(self) -> str:
        return "models"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.list(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def identity(self, row: Model) -> Hashable:
        return row.name

    def open(self, row: Model) -> Level:
        return ModelVersions(row.name)

    def describe(self, workspace: Workspace, row: Model) -> list[Text]:
        model, now = views.show(workspace, row.name), workspace.clock.now()
        lines = [
            Text.assemble((plain(model.name), "title"), "  ", state(model)),
            f.field("task", model.task),
            f.field("decides", f"{model.primary}, {'lower' if model.lower_is_better else 'higher'} is better"),
            f.field("champion", Text.assemble(v(model.champion), "  ", f.metric(champion_score(model)))),
            f.field("challenger", v(model.challenger)),
        ]
        if model.held:
            lines.append(f.field("held", f"{model.held_reason or 'by hand'}, by {model.held_by}"))
        if model.versions:
            lines.append(f.field("trend", trend(scores(model), 40)))
        champion = model.version(model.champion)
        if champion is not None:
            lines += [Text(), *version_lines(champion, now), Text()]
            lines += read_run(workspace, champion.run, now)
        return lines

    def raw(self, workspace: Workspace, row: Model) -> object:
        return views.show(workspace, row.name)

    def log(self, workspace: Workspace, row: Model) -> Path | None:
        champion = row.version(row.champion)
        return run_views.show(workspace, champion.run).log if champion else None

    def row_command(self, row: Model) -> str:
        return f"footplate models show {f.quoted(row.name)}"

    def command(self) -> str:
        return "footplate models list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "no models yet")


class ModelVersions(Listing):
    table = flat.MODEL_VERSIONS
    name, order, serial = "model version", "-version", "version"
    singles = acts.VERSION_SINGLES
    lasting = "versions stay, so that what was served can be told; promote another"
    columns: Sequence[Column] = (
        number("version", lambda row, now: Text(f"v{row.version}", "strong"), "v"),
        Column("alias", lambda row, now: aliases(row), 26, order="alias", letter="a"),
        number("score", lambda row, now: f.metric(None), "", ""),
        Column("gate", lambda row, now: f.status(row.verdict), 18, order="verdict", letter="g"),
        number("rows", lambda row, now: f.count(row.rows), "r"),
        number("registered", lambda row, now: f.ago(row.registered_at, now), "t", "registered_at"),
        number("run", lambda row, now: f.count(row.run), "n"),
        number("size", lambda row, now: Text(f.size(row.bytes)), "b", "bytes"),
        Column("fit", lambda row, now: fit(row), order="measured", letter="f"),
    )

    def __init__(self, model: str) -> None:
        self.model = model
        self.primary = ""
        self.columns = [self._score() if one.title == "score" else one for one in type(self).columns]

    def _score(self) -> Column:
        """The deciding metric, which is known once the rows are read."""
        return number("score", lambda row, now: f.metric(row.metrics.get(self.primary)), "m", "score")

    def exported(self, column: Column) -> str:
        return self.primary if column.name == "score" else column.name

    def ordered(self, workspace: Workspace, order: str) -> str:
        return order.replace("score", self.primary) if order.removeprefix("-") == "score" else order

    def listed(self) -> str:
        return f"footplate models versions {f.quoted(self.model)}"

    @property
    def crumb(self) -> str:
        return self.model

    def read(self, workspace: Workspace, query: Query) -> Slice:
        if not self.primary:
            self.primary = views.show(workspace, self.model).primary
        order = self.ordered(workspace, query.order)
        return Slice.of(
            views.versions(
                workspace, self.model, where=query.where, order=order, limit=query.limit, after=query.after
            )
        )

    def identity(self, row: Version) -> Hashable:
        return row.version

    def open(self, row: Version) -> Level:
        return RecordPart(row.model, row.version)

    def describe(self, workspace: Workspace, row: Version) -> list[Text]:
        return why(workspace, row.model, row.version)

    def raw(self, workspace: Workspace, row: Version) -> object:
        return views.version(workspace, f"{row.model}@{row.version}")

    def log(self, workspace: Workspace, row: Version) -> Path | None:
        return run_views.show(workspace, row.run).log

    def row_id(self, row: Version) -> str:
        return f"{row.model}@{row.version}"

    def row_command(self, row: Version) -> str:
        return f"footplate why {f.quoted(f'{row.model}@{row.version}')}"

    def command(self) -> str:
        return f"footplate models show {f.quoted(self.model)}"


def state(row: Model) -> Text:
    """Held, or a challenger that waits, or well."""
    if row.held:
        return f.status("held")
    if row.challenger is not None:
        waits = row.version(row.challenger)
        approval = waits is not None and waits.verdict == "needs_approval"
        return Text(f"{'?' if approval else '◆'} v{row.challenger} {'needs approval' if approval else 'waits'}", "warn")
    return f.status("champion") if row.champion is not None else Text("… no champion", "warn")


def champion_score(row: Model) -> float | None:
    champion = row.version(row.champion)
    return None if champion is None else champion.metrics.get(row.primary)


def scores(row: Model) -> list[float | None]:
    """The deciding metric of all versions, oldest first."""
    return [one.metrics.get(row.primary) for one in reversed(row.versions)]


def registered(row: Model) -> datetime | None:
    champion = row.version(row.champion)
    return None if champion is None else champion.registered_at
