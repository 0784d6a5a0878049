"""One run in full: why it was, what was compared, what it found, what it became, and on what it stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from core.views import runs as views
from core.views.pictures import points
from core.views.runs import Full
from core.views.why import Decision, why
from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.plain import plain
from screens.widgets.pictures import trend


class RunPage(Page):
    name = "run"

    def __init__(self, id: int) -> None:
        self.id = id

    @property
    def crumb(self) -> str:
        return f"run {self.id}"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        lines = read_run(workspace, self.id, now)
        curves = points(workspace, self.id)
        if curves:
            lines += [Text(), f.heading("Along the steps")]
            for name, series in curves.items():
                values = [value for _, value in series]
                shown = Text.assemble(trend(values, 40), f"  last {f.significant(values[-1])} at {series[-1][0]:,}")
                lines.append(f.field(plain(name), shown))
        return lines

    def raw(self, workspace: Workspace) -> object:
        return views.show(workspace, self.id)

    def log(self, workspace: Workspace) -> Path | None:
        return views.show(workspace, self.id).log

    def row_id(self) -> str:
        return str(self.id)

    def command(self) -> str:
        return f"footplate runs show {self.id}"


def read_run(workspace: Workspace, id: int, now: datetime) -> list[Text]:
    """Everything about a run, its decision record first."""
    return described(views.show(workspace, id), why(workspace, id), now)


def described(full: Full, record: Decision, now: datetime) -> list[Text]:
    """The decision record first, then the evidence."""
    run = full.run
    lines = [
        Text.assemble(
            (f"run {run.id}", "title"), "  ", f.text(run.recipe, "strong"), "  ", f.status(run.state),
            *((("  ", ""), f.status(run.verdict)) if run.verdict else ()),
        ),
        f.field("started", f.when(run.started_at, now)),
        f.field("took", f.duration(run.seconds)),
    ]
    if run.error:
        lines.append(f.field("error", f.text(run.error, "bad")))
    if run.tags:
        lines.append(f.field("tags", f.text(" ".join(f"#{tag}" for tag in run.tags), "title")))
    lines += [Text(), f.heading("Decision"), *decision(record)]
    if full.intervals:
        lines += [Text(), f.heading("Metrics, with 95 % intervals")]
        wide = max(14, *map(len, full.intervals))
        for name, one in full.intervals.items():
            mark = ("  decides", "title") if name == run.primary else ("", "")
            figures = Text.assemble(f.metric(one.value), "  ", f.interval(one.lower, one.upper), mark)
            lines.append(f.field(plain(name), figures, wide))
    lines += pairs("Parameters", run.params)
    if full.notes:
        lines += [Text(), f.heading("Notes")]
        for note in full.notes:
            who = (f"  {plain(note.actor)}, {f.moment(note.at)}", "quiet")
            lines.append(Text.assemble("  ", plain(note.text), who))
    return lines + standing(full)


def decision(record: Decision) -> list[Text]:
    """The record in its own words, a label once."""
    lines, before = [], ""
    for one in record.lines:
        tone = {"✓": "good", "✗": "bad"}.get(one.text[:1], "")
        value = Text(plain(one.text), "strong" if one.label == "outcome" else "")
        if tone:
            value.stylize(tone, 0, 1)
        lines.append(f.field(one.label if one.label != before else "", value))
        before = one.label
    return lines


def standing(full: Full) -> list[Text]:
    """On what the run stands: rows, seed, machine, packages, code, files."""
    run, environment = full.run, full.environment or {}
    lines = [Text(), f.heading("Record")]
    rows = [(run.rows_train, "to learn"), (run.rows_holdout, "to judge"), (full.rows_refit, "in the released fit")]
    lines.append(f.field("rows", ", ".join(f"{count:,} {what}" for count, what in rows if count is not None) or None))
    lines.append(f.field("seed", str(run.seed)))
    lines.append(f.field("CPU", f.duration(full.cpu_seconds) if full.cpu_seconds is not None else None))
    lines.append(f.field("peak memory", f.size(full.peak_memory)))
    lines.append(f.field("recipe", f.short(run.recipe_hash)))
    if full.git:
        dirty = ", with changes" if full.git.get("dirty") else ""
        lines.append(f.field("git", f"{f.short(str(full.git.get('commit')))}{dirty}"))
    for name in ("python", "platform", "cpus", "cpu"):
        if environment.get(name):
            lines.append(f.field(name, str(environment[name])))
    if environment.get("packages"):
        lines.append(f.field("packages", f"{len(environment['packages'])} (y shows them)"))
    for file in full.artifacts:
        facts = (f"  {f.size(file.bytes)}  {f.short(file.hash)}", "quiet")
        lines.append(f.field("file", Text.assemble(plain(file.name), facts)))
    if full.settings:
        lines += pairs("Set by hand", full.settings)
    if full.recipe_text:
        lines += [Text(), f.heading("The recipe as it was")]
        lines += [Text(f"  {plain(line)}") for line in full.recipe_text.splitlines()]
    return lines


def pairs(title: str, values: dict[str, Any]) -> list[Text]:
    if not values:
        return []
    wide = max(14, *(min(32, len(name)) for name in values))
    return [Text(), f.heading(title), *(f.field(plain(name), f.text(value), wide) for name, value in values.items())]
