"""Saved recipes on their way: a glyph a stage; and one of them, stage by stage, with its log."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.views import flat
from core.views import pipelines as views
from core.views.pipelines import Pipeline
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Page, Query, Slice, number
from screens.plain import plain

LOG = 30  # lines of each job's log on the page


class Pipelines(Listing):
    name, table, serial = "pipeline", flat.PIPELINES, "id"
    order = "-id"
    lasting = "pipelines stay: they are the record of what was saved"
    columns = (
        number("id", lambda row, now: Text(f"{row.id}", "strong"), "i", "id"),
        Column("recipe", lambda row, now: f.text(row.recipe, "strong"), 20, narrowest=8, order="recipe", letter="n"),
        Column("stages", lambda row, now: stages(row), 20, field="stages"),
        Column("state", lambda row, now: f.status(row.state), order="state", letter="s"),
        Column("at", lambda row, now: f.text(row.stage.name if row.stage else None), 14, narrowest=5, field="stage"),
        number("saved", lambda row, now: f.ago(row.started_at, now), "a", "started_at"),
        Column("says", lambda row, now: f.text(row.says or None), 60, narrowest=10, field="says"),
        Column("commit", lambda row, now: Text(f.short(row.commit, 8), "quiet"), order="commit", letter="c"),
        number("run", lambda row, now: f.count(row.run), "r"),
    )

    @property
    def crumb(self) -> str:
        return "pipelines"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.list(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count(workspace, where)

    def identity(self, row: Pipeline) -> Hashable:
        return row.id

    def open(self, row: Pipeline) -> Level:
        return PipelinePage(row.id)

    def describe(self, workspace: Workspace, row: Pipeline) -> list[Text]:
        return told(workspace, row.id, workspace.clock.now())

    def raw(self, workspace: Workspace, row: Pipeline) -> object:
        return views.show(workspace, row.id)

    def log(self, workspace: Workspace, row: Pipeline) -> Path | None:
        return log_of(workspace, row)

    def row_command(self, row: Pipeline) -> str:
        return f"footplate pipelines show {row.id}"

    def command(self) -> str:
        return "footplate pipelines list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [
            Text("no recipe was saved since pipelines are kept", "title"),
            Text("  e on a folder edits its recipe; what is saved goes through check, tests, a smoke fit, its run, the",
                 "quiet"),
            Text("  gate and the environments of [release], and stops at the first that fails", "quiet"),
        ]


class PipelinePage(Page):
    name = "pipeline page"

    def __init__(self, id: int) -> None:
        self.id = int(id)

    @property
    def crumb(self) -> str:
        return f"pipeline {self.id}"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return told(workspace, self.id, now)

    def raw(self, workspace: Workspace) -> object:
        return views.show(workspace, self.id)

    def log(self, workspace: Workspace) -> Path | None:
        return log_of(workspace, views.show(workspace, self.id))

    def row_id(self) -> str:
        return str(self.id)

    def command(self) -> str:
        return f"footplate pipelines show {self.id}"


def told(workspace: Workspace, id: int, now: datetime) -> list[Text]:
    """Each stage with its glyph and what it found, and the end of what its jobs said."""
    one = views.show(workspace, id)
    lines = [
        Text.assemble((f"pipeline {one.id}", "title"), "  ", f.text(one.recipe, "strong"), "  ", f.status(one.state)),
        f.field("saved", Text.assemble(f.when(one.started_at, now), f" by {plain(one.actor)}")),
        f.field("recipe hash", f.short(one.hash)),
        f.field("commit", f.short(one.commit)),
        f.field("run", f.count(one.run)),
        Text(), f.heading("Stages"),
    ]
    for stage in one.stages:
        took = f.duration((stage.ended_at - stage.at).total_seconds()) if stage.at and stage.ended_at else ""
        word = f.status(stage.state)
        lines.append(Text.assemble(
            "  ", word, " " * max(1, 12 - len(word.plain)), (f"{plain(stage.name):<12} ", "strong"),
            (f"{took:>10}  ", "quiet"), plain(stage.message),
        ))
    said = views.log(workspace, id, LOG)
    if said:
        lines += [Text(), f.heading("What was said, the end of each job")]
        lines += [Text(f"  {plain(line)}", "" if line.startswith("-- ") else "quiet") for line in said]
    return lines


def stages(row: Pipeline) -> Text:
    """A glyph a stage: `✓✓✓▶……`."""
    shown = Text()
    for one in row.stages:
        word = f.status(one.state)
        shown.append(word.plain[:1], str(word.style))
    return shown


def log_of(workspace: Workspace, row: Pipeline) -> Path | None:
    """That of the job where it stands, or of the last that there was."""
    job = row.stage.job if row.stage is not None and row.stage.job is not None else None
    job = job or next((one.job for one in reversed(row.stages) if one.job is not None), row.job)
    return None if job is None else workspace.logs / "jobs" / f"{job}.log"
