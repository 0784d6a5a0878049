"""A line a model, worst first.

The console's first rows wait for this module and what it imports: what is only needed later is imported later.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.query.language import Op, Term
from core.views import flat, model_lines, rhythm
from core.views.model_line import ModelLine
from core.views.overview import Disk, Overview, overview
from core.views.telling import Told
from core.workspace import Workspace
from screens import format as f
from screens.acts import models as acts
from screens.level import Column, Level, Listing, Query, Slice
from screens.plain import plain
from screens.widgets.pictures import trend

TREND = 10
UNMEASURED = Disk(0, 0, 0, 0)
TOLD = 20  # of the last decisions


class ModelLines(Listing):
    """`seen` is the overview that the rows came from, `story` the last decisions; the screen shows them around."""

    name = "model"
    table = flat.MODEL_LINES
    actions = acts.ACTIONS
    lasting = "models stay, so that what was served can be told; hold one"
    columns = (
        Column("model", lambda row, now: f.text(row.name, "strong"), 28, narrowest=10, order="name", letter="n"),
        Column("state", lambda row, now: f.status(row.state), order="state", letter="s"),
        Column("score", lambda row, now: score(row), 26, order="value", letter="v", down=True),
        Column(
            "newest data", lambda row, now: newest(row, now), 24, order="newest_at", letter="a", down=True,
            field="newest",
        ),
        Column("last decision", lambda row, now: last(row), 44, narrowest=14, field="last"),
        Column("next", lambda row, now: upcoming(row, now), 48, narrowest=10),
        Column("trend", lambda row, now: trend(row.trend, TREND), TREND),
        Column("champion", lambda row, now: f.version(row.champion), right=True),
    )

    def __init__(self) -> None:
        self.seen: Overview | None = None
        self.disk: Disk | None = None  # measured apart: it takes long where there are many runs
        self.story: Sequence[Told] = ()

    @property
    def crumb(self) -> str:
        return "models"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        """All models at once."""
        from core.views import activity

        self.story = activity.decisions(workspace, limit=TOLD).rows
        rows = self.rows(workspace, query)
        return Slice(rows, None, len(rows))

    def rows(self, workspace: Workspace, query: Query) -> Sequence[ModelLine]:
        """Without the story."""
        return model_lines.lines(workspace, self.look(workspace).models, query.where, query.order)

    def look(self, workspace: Workspace) -> Overview:
        """The overview as it is now."""
        self.seen = overview(workspace, self.disk or UNMEASURED)
        return self.seen

    def identity(self, row: ModelLine) -> Hashable:
        return row.name

    def open(self, row: ModelLine) -> Level:
        from screens.levels.models import ModelVersions
        from screens.levels.runs import Runs

        return ModelVersions(row.name) if row.task is not None else Runs(str(Term("recipe", Op.EQ, row.name)))

    def describe(self, workspace: Workspace, row: ModelLine) -> list[Text]:
        now = workspace.clock.now()
        lines = [
            Text.assemble((plain(row.name), "title"), "  ", f.status(row.state)),
            f.field("champion", Text.assemble(f.version(row.champion), "  ", score(row))),
            f.field("newest data", newest(row, now)),
            f.field("comes every", f.duration(row.every) if row.every is not None else None),
            f.field("last", f.text(row.last)),
            f.field("next", upcoming(row, now)),
        ]
        if row.last_run is not None:
            from screens.levels.run import read_run

            lines += [Text(), *read_run(workspace, row.last_run, now)]
        return lines

    def log(self, workspace: Workspace, row: ModelLine) -> Path | None:
        from core.views import runs as run_views

        return run_views.show(workspace, row.last_run).log if row.last_run is not None else None

    def row_command(self, row: ModelLine) -> str:
        return f"footplate why {f.quoted(row.name)}"

    def command(self) -> str:
        return "footplate status"

    def nothing(self, workspace: Workspace) -> list[Text]:
        from screens.starting import first_steps

        return first_steps(workspace, "nothing is watched here yet")


def score(row: ModelLine) -> Text:
    """The metric that decides, and its change since the version before."""
    if row.value is None:
        return f.text(None)
    shown = Text.assemble((f"{plain(row.metric)} ", "quiet"), f.significant(row.value))
    if row.change:
        better = (row.change < 0) == row.lower_is_better
        shown.append(f" {f.signed(row.change)}", "good" if better else "warn")
    return shown


def newest(row: ModelLine, now: datetime) -> Text:
    """The newest version and its age, marked where it is late by what came before."""
    if row.newest is None:
        return Text("none yet", "quiet")
    glyph = f.status(row.newest_state).plain[:1]
    tone = "bad" if row.newest_state == "quarantined" else ""
    shown = Text.assemble((f"{glyph} v{row.newest.rpartition('@')[2]}", tone), " ", f.ago(row.newest_at, now))
    if rhythm.late(row.every, row.newest_at, now):
        shown.append(" ! late", "warn")
    return shown


def last(row: ModelLine) -> Text:
    return f.text(row.last, {"promoted": "good", "failed": "bad", "refused": "warn"}.get(row.last_outcome or "", ""))


def upcoming(row: ModelLine, now: datetime) -> Text:
    shown = f.text(row.next, "quiet")
    return shown.append_text(Text(" ").append_text(f.ago(row.next_at, now))) if row.next_at else shown
