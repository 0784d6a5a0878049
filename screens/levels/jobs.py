"""The queue: requests for work, what became of them, and their logs."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.views import activity as views
from core.views import flat
from core.views.activity import Job
from core.vocabulary import JobState
from core.workspace import Workspace
from screens import format as f
from screens.acts import jobs as acts
from screens.level import Column, Listing, Query, Slice, number
from screens.plain import plain
from screens.starting import first_steps

LAST_LINES = 12


class Jobs(Listing):
    table = flat.JOBS
    name, order, serial = "job", "-id", "id"
    actions = acts.ACTIONS
    lasting = "jobs stay: they are the record of what was asked for; acknowledge a failed one"
    columns = (
        number("job", lambda row, now: Text(f"{row.id}", "strong"), "j", "id"),
        Column("kind", lambda row, now: f.text(row.kind), order="kind", letter="k"),
        Column("about", lambda row, now: f.text(row.subject), 24, narrowest=8, order="subject", letter="n"),
        Column("state", lambda row, now: state(row), 20, order="state", letter="s"),
        Column("cause", lambda row, now: f.text(row.cause.replace("_", " "), "quiet"), order="cause", letter="c"),
        number("queued", lambda row, now: f.ago(row.queued_at, now), "q", "queued_at"),
        number("took", lambda row, now: took(row, now), "", "", field="seconds"),
        Column("says", lambda row, now: says(row), 60, narrowest=10),
        number("tries", lambda row, now: f.count(row.attempts), "t", "attempts"),
    )

    @property
    def crumb(self) -> str:
        return "queue"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.jobs(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count_jobs(workspace, where)

    def identity(self, row: Job) -> Hashable:
        return row.id

    def describe(self, workspace: Workspace, row: Job) -> list[Text]:
        job, now = views.job(workspace, row.id), workspace.clock.now()
        what = Text.assemble(f"{plain(job.kind)} ", f.text(job.subject, "strong"))
        lines = [
            f.joined([Text(f"job {job.id}", "title"), what, state(job)]),
            f.field("cause", f"{job.cause.replace('_', ' ')}, by {job.actor}"),
            f.field("queued", f.when(job.queued_at, now)),
            f.field("started", f.when(job.started_at, now)),
            f.field("ended", f.when(job.ended_at, now)),
        ]
        if job.not_before is not None and job.state == JobState.DEFERRED:
            lines.append(f.field("not before", f.when(job.not_before, now)))
        lines.append(f.field("tries", f"{job.attempts:,} failed by their own fault" if job.attempts else None))
        if job.progress:
            lines.append(f.field("progress", job.progress))
        if job.error:
            lines.append(f.field("error", f.text(job.error, "bad")))
        asked = {key: value for key, value in job.payload.items() if value not in (None, {}, False)}
        if asked:
            lines += [Text(), f.heading("Asked for")]
            lines += [f.field(plain(key), f.text(value)) for key, value in asked.items()]
        log = views.job_log(workspace, row.id, LAST_LINES)
        if log:
            lines += [Text(), f.heading("The end of its log"), *(Text(f"  {plain(line)}", "quiet") for line in log)]
        return lines

    def raw(self, workspace: Workspace, row: Job) -> object:
        return views.job(workspace, row.id)

    def log(self, workspace: Workspace, row: Job) -> Path | None:
        return row.log

    def row_command(self, row: Job) -> str:
        return f"footplate jobs show {row.id}"

    def command(self) -> str:
        return "footplate jobs list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "no job was ever queued")


def state(row: Job) -> Text:
    shown = f.status(row.state)
    return shown.append(", stopping", "warn") if row.cancelling and row.state == JobState.RUNNING else shown


def took(row: Job, now: datetime) -> Text:
    if row.started_at is None:
        return f.text(None)
    if row.ended_at is None:
        return f.ago(row.started_at, now)
    return Text(f.duration((row.ended_at - row.started_at).total_seconds()))


def says(row: Job) -> Text:
    """Its error, or how far it is, or until when it waits."""
    if row.error:
        return f.text(row.error, "bad")
    return f.text(row.progress, "quiet") if row.progress else Text()
