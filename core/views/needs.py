"""What needs a person, and the command or key that answers it. A held or paused model is a state, not a need."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, func, literal, select, text

from core.registry import alerts, deployments
from core.registry.tables import Alert, Alias, DatasetVersion, Delivery, Deployment, Event, Job, Monitor, Source
from core.registry.tables import Dataset as DatasetRow
from core.registry.tables import Model as ModelRow
from core.registry.tables import Recipe as RecipeRow
from core.text import visible
from core.views.daemon import Status, live_jobs
from core.views.recipes import Recipe
from core.views.refusals import MANY, refusals
from core.views.run_fields import MODEL_VERSION, RUN
from core.views.shape import moment
from core.vocabulary import (
    AlertState,
    AliasName,
    Cause,
    DeploymentState,
    EventKind,
    JobKind,
    JobState,
    SourceState,
    Verdict,
    VersionState,
)
from core.workspace import Workspace

DATASET: Any = DatasetRow.__table__  # type: ignore[attr-defined]
VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
RECIPE: Any = RecipeRow.__table__  # type: ignore[attr-defined]
MODEL: Any = ModelRow.__table__  # type: ignore[attr-defined]
ALERT: Any = Alert.__table__  # type: ignore[attr-defined]
MONITOR: Any = Monitor.__table__  # type: ignore[attr-defined]
ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
EVENT: Any = Event.__table__  # type: ignore[attr-defined]
SOURCE: Any = Source.__table__  # type: ignore[attr-defined]
JOB: Any = Job.__table__  # type: ignore[attr-defined]
DELIVERY: Any = Delivery.__table__  # type: ignore[attr-defined]
DEPLOYMENT: Any = Deployment.__table__  # type: ignore[attr-defined]
SILENT = timedelta(seconds=120)  # a daemon that has not beaten for so long hangs
LOW_DISK = 1 << 30
# the newest job of each lane that was not cancelled: two steps in an index a lane, however many jobs there were
_LAST_OF_LANES = text(
    "WITH RECURSIVE hop(lane) AS (SELECT min(lane) FROM job UNION ALL"
    " SELECT (SELECT min(job.lane) FROM job WHERE job.lane > hop.lane) FROM hop WHERE hop.lane IS NOT NULL)"
    " SELECT (SELECT job.id FROM job WHERE job.lane = hop.lane AND job.state != 'cancelled'"
    " ORDER BY job.id DESC LIMIT 1) FROM hop WHERE hop.lane IS NOT NULL"
)


@dataclass(frozen=True)
class Need:
    """`kind`: daemon, disk, recipe, folder, alert, suspect, approval, job, deployment, refused, quarantine, file,
    unanswered. `key` is the console's, on the screen named."""

    kind: str
    subject: str  # flights@5, churn v8, job 3, recipe churn
    name: str  # of the recipe or dataset, empty where it is about the whole
    text: str
    command: str
    screen: str
    key: str
    at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "subject": self.subject, "name": self.name, "text": self.text, "command": self.command,
            "at": moment(self.at),
        }


def needs(
    connection: Connection, workspace: Workspace, daemon: Status, free: int, recipes: Sequence[Recipe]
) -> tuple[Need, ...]:
    """Worst first: what stops everything, then what stops one model, then what waits."""
    return (
        *_daemon(connection, workspace, daemon), *_disk(free), *_recipes(connection),
        *_folders(connection, workspace, recipes), *_alerts(connection, workspace), *_suspects(connection),
        *_jobs(connection), *_approvals(connection), *_deployments(connection), *_refused(connection, recipes),
        *_quarantined(connection), *_unusable(connection, workspace), *_unanswered(connection),
    )


def _daemon(connection: Connection, workspace: Workspace, daemon: Status) -> Iterator[Need]:
    if not daemon.running:
        waiting = sum(live_jobs(connection).values())
        recipes = connection.execute(select(func.count()).select_from(RECIPE).where(~RECIPE.c.removed)).scalar_one()
        if waiting or recipes:
            work = f" and {waiting} jobs wait" if waiting > 1 else " and a job waits" if waiting else ""
            yield Need("daemon", "daemon", "", f"no daemon runs{work}", "footplate daemon start", "overview", "S", None)
    elif daemon.heartbeat_at is not None and workspace.clock.now() - daemon.heartbeat_at > SILENT:
        text = f"the daemon (pid {daemon.pid}) gives no sign of life"
        yield Need("daemon", "daemon", "", text, "footplate daemon stop", "overview", "S", daemon.heartbeat_at)


def _disk(free: int) -> Iterator[Need]:
    if free < LOW_DISK:
        text = f"only {free >> 20:,} MiB of disk are free"
        yield Need("disk", "disk", "", text, "footplate doctor", "overview", "", None)


def _recipes(connection: Connection) -> Iterator[Need]:
    rows = connection.execute(
        select(RECIPE.c.name, RECIPE.c.problems).where(~RECIPE.c.valid, ~RECIPE.c.removed).order_by(RECIPE.c.name)
    )
    for name, problems in rows:
        why = problems[0]["message"] if problems else "it cannot be read"
        text = visible(f"recipe {name} cannot be used: {why}")
        command = f"footplate recipes check {quote(name)}"
        yield Need("recipe", f"recipe {name}", name, text, command, "automation", "e", None)


def _folders(connection: Connection, workspace: Workspace, recipes: Sequence[Recipe]) -> Iterator[Need]:
    """Folders that files came from, and that are gone: a share that is not mounted, or a folder that was moved."""
    for recipe in recipes:
        if recipe.watch is None or recipe.paused:
            continue
        folder = workspace.locate(recipe.watch)
        known = select(1).where(SOURCE.c.dataset == recipe.dataset).exists()
        if not folder.is_dir() and connection.execute(select(known)).scalar():
            text = visible(f"the folder that {recipe.name} watches is gone: {folder}")
            command = f"footplate recipes show {quote(recipe.name)}"
            yield Need("folder", f"recipe {recipe.name}", recipe.name, text, command, "automation", "e", None)


def _alerts(connection: Connection, workspace: Workspace) -> Iterator[Need]:
    """Open alerts of monitors that nobody has silenced; one that a person has acknowledged needs nobody any more."""
    now = workspace.clock.now()
    rows = connection.execute(
        select(ALERT.c.id, ALERT.c.monitor, ALERT.c.model, ALERT.c.evidence, ALERT.c.opened_at)
        .join(MONITOR, MONITOR.c.name == ALERT.c.monitor)
        .where(
            text("alert.state IN ('open', 'acknowledged')"), ALERT.c.state == AlertState.OPEN,  # the first by an index
            MONITOR.c.silenced_until.is_(None) | (MONITOR.c.silenced_until <= now),
        )
    )
    for id, monitor, model, evidence, at in sorted(map(tuple, rows), key=lambda row: int(row[0])):
        does = f" -> {evidence['does']}" if evidence.get("does") else ""
        said = visible(f"{monitor}: {evidence.get('what', 'breached')}{does}")
        yield Need("alert", f"alert {id}", model, said, f"footplate alerts ack {id}", "monitors", "a", at)


def _suspects(connection: Connection) -> Iterator[Need]:
    """Data on which a champion did far worse than before and after it: it is not learned from until a person says."""
    for row in alerts.suspects(connection):
        name = f"{row['dataset']}@{row['number']}"
        text = visible(
            f"{name} is not learned from: {row['model']} v{row['champion']} did far worse on it than before and after;"
            f" are its labels right? `footplate alerts ack {row['alert']}` if they are"
        )
        yield Need(
            "suspect", name, row["dataset"], text, f"footplate data retire {quote(name)}", "data", "X", row["at"]
        )


def _jobs(connection: Connection) -> Iterator[Need]:
    """Failed jobs after which nothing of their lane was tried again, and that nobody has acknowledged.

    One that a saved recipe had asked for is over with the next text of that recipe.
    """
    last = [id for (id,) in connection.execute(_LAST_OF_LANES) if id is not None]
    subject = literal("job ") + cast(JOB.c.id, Text)
    failed, again = EVENT.alias(), EVENT.alias()
    when = select(func.max(failed.c.id)).where(failed.c.subject == subject, failed.c.kind == EventKind.JOB_FAILED)
    rows = connection.execute(
        select(JOB.c.id, JOB.c.kind, JOB.c.payload, JOB.c.error, JOB.c.ended_at)
        .where(
            JOB.c.id.in_(last), JOB.c.state == JobState.FAILED,
            ~select(1).where(
                EVENT.c.kind == EventKind.JOB_ACKNOWLEDGED, EVENT.c.subject == subject,
                ~select(1).where(
                    again.c.kind == EventKind.JOB_REOPENED, again.c.subject == EVENT.c.subject, again.c.id > EVENT.c.id
                ).exists(),
            ).exists(),
            ~and_(
                JOB.c.cause == Cause.RECIPE_CHANGE,
                select(1).where(
                    EVENT.c.subject == literal("recipe ") + func.json_extract(JOB.c.payload, "$.recipe"),
                    EVENT.c.kind.in_((EventKind.RECIPE_CHANGED, EventKind.RECIPE_REMOVED)),
                    EVENT.c.id > when.scalar_subquery(),
                ).exists(),
            ),
        )
        .order_by(JOB.c.id.desc())
    )
    for id, kind, payload, error, ended_at in rows:
        name = payload.get("recipe") or payload.get("dataset") or ""
        text = visible(f"job {id} ({kind} {name}) failed: {error}")
        yield Need("job", f"job {id}", name, text, f"footplate jobs retry {id}", "automation", "r", ended_at)


def _approvals(connection: Connection) -> Iterator[Need]:
    rows = connection.execute(
        select(ALIAS.c.model, ALIAS.c.version, ALIAS.c.moved_at, RUN.c.basis)
        .join(MODEL_VERSION, (MODEL_VERSION.c.model == ALIAS.c.model) & (MODEL_VERSION.c.version == ALIAS.c.version))
        .join(RUN, RUN.c.id == MODEL_VERSION.c.run_id)
        .where(
            ALIAS.c.alias == AliasName.CHALLENGER,
            func.json_extract(RUN.c.gate, "$.verdict") == Verdict.NEEDS_APPROVAL,
        )
        .order_by(ALIAS.c.model)
    )
    for model, version, at, basis in rows:
        headline = (basis or {}).get("headline") or ""
        text = visible(f"{model} v{version} waits for approval{': ' if headline else ''}{headline}")
        command = f"footplate models approve {quote(model)}"
        yield Need("approval", f"{model} v{version}", model, text, command, "models", "A", at)


def _refused(connection: Connection, recipes: Sequence[Recipe]) -> Iterator[Need]:
    """Recipes whose runs are refused one after the other; of one that is paused or held a person knows."""
    held = {name for (name,) in connection.execute(select(MODEL.c.name).where(MODEL.c.held))}
    asked = [recipe for recipe in recipes if not recipe.paused and recipe.name not in held]
    for name, found in refusals(connection, asked).items():
        if found.count >= MANY:
            last = f", the last with {found.headline}" if found.headline else ""
            text = visible(f"the last {found.count} runs of {name} were refused{last}")
            yield Need(
                "refused", f"run {found.run}", name, text, f"footplate why {found.run}", "experiments", "d", found.at
            )


def _deployments(connection: Connection) -> Iterator[Need]:
    """What was rolled back by itself, until something else comes in or a person knows; what waits at a door."""
    rows = connection.execute(select(DEPLOYMENT).order_by(DEPLOYMENT.c.model, DEPLOYMENT.c.environment)).mappings()
    unanswered = deployments.unanswered(connection)
    for row in rows.all():
        model, environment = row["model"], row["environment"]
        subject, where = f"{model}/{environment}", "" if environment == "production" else f" --env {quote(environment)}"
        if row["state"] == DeploymentState.WAITING:
            text = visible(f"{model} v{row['candidate']} waits to be let into {environment}: {row['why']}")
            command = f"footplate deployments approve {quote(model)}{where}"
            yield Need("deployment", subject, model, text, command, "models", "A", row["changed_at"])
        elif (gone := unanswered.get((model, environment))) is not None:
            left = f"{gone['what']} of {model} v{gone['left']}"
            text = visible(f"{left} rolled back in {environment}: {gone['why']}")
            command = f"footplate deployments acknowledge {quote(model)}{where}"
            yield Need("deployment", subject, model, text, command, "models", "a", row["changed_at"])


def _quarantined(connection: Connection) -> Iterator[Need]:
    """One need a dataset: its newest quarantined version, and how many more there are.

    A file of the same name that was accepted later has mended it: nobody has to decide then.
    """
    waiting = (VERSION.c.state == VersionState.QUARANTINED) & ~VERSION.c.discarded
    one = VERSION.alias()
    later = (  # of each name once: asked for each quarantined version, many of both would take long
        select(one.c.dataset, one.c.file_name, func.max(one.c.version).label("version"))
        .where(
            one.c.dataset.in_(
                select(DATASET.c.name).where(select(1).where(VERSION.c.dataset == DATASET.c.name, waiting).exists())
            ),
            one.c.state.in_((VersionState.ACCEPTED, VersionState.SUPERSEDED)),
        )
        .group_by(one.c.dataset, one.c.file_name).cte("later")
    )
    same = (later.c.dataset == VERSION.c.dataset) & (later.c.file_name == VERSION.c.file_name)
    tally = connection.execute(
        select(VERSION.c.dataset, func.count(), func.max(VERSION.c.version))
        .join_from(DATASET, VERSION, VERSION.c.dataset == DATASET.c.name).outerjoin(later, same)
        .where(waiting, later.c.version.is_(None) | (later.c.version < VERSION.c.version))
        .group_by(VERSION.c.dataset).order_by(VERSION.c.dataset)
    ).fetchall()
    for dataset, count, newest in tally:
        row = connection.execute(
            select(VERSION.c.reasons, VERSION.c.added_at)
            .where(VERSION.c.dataset == dataset, VERSION.c.version == newest)
        ).one()
        why = row.reasons[0]["message"] if row.reasons else "no reason was left"
        more = f" (and {count - 1} more)" if count > 1 else ""
        name = f"{dataset}@{newest}"
        yield Need(
            "quarantine", name, dataset, visible(f"{name} is quarantined{more}: {why}"),
            f"footplate data quarantine release {quote(name)}" if count == 1
            else "footplate data quarantine list", "data", "X", row.added_at,
        )


def _unusable(connection: Connection, workspace: Workspace) -> Iterator[Need]:
    """One need a model and folder: its newest file that cannot be used, and how many more there are."""
    tally = connection.execute(
        select(DELIVERY.c.model, DELIVERY.c.purpose, func.count(), func.max(DELIVERY.c.id))
        .where(DELIVERY.c.state == SourceState.REFUSED)
        .group_by(DELIVERY.c.model, DELIVERY.c.purpose).order_by(DELIVERY.c.model, DELIVERY.c.purpose)
    ).fetchall()
    for model, purpose, count, newest in tally:
        row = connection.execute(select(DELIVERY).where(DELIVERY.c.id == newest)).mappings().one()
        path = Path(os.fsdecode(row["path"]))
        shown = path.relative_to(workspace.root) if path.is_relative_to(workspace.root) else path
        what = "holds no labels that can be used" if purpose == JobKind.LABEL else "cannot be scored"
        more = f" (and {count - 1} more)" if count > 1 else ""
        command = f"footplate label {quote(model)}" if purpose == JobKind.LABEL else "footplate explore"
        yield Need(
            "file", visible(f"{model} {shown}"), model, visible(f"{shown} {what}{more}: {row['error']}"),
            f"{command} {quote(str(path))}", "overview", "", row["done_at"],
        )


def _unanswered(connection: Connection) -> Iterator[Need]:
    """Files that wait to be scored by a model of which nothing serves in production."""
    rows = connection.execute(
        select(DELIVERY.c.model, func.count(), func.min(DELIVERY.c.seen_at))
        .where(
            DELIVERY.c.state == SourceState.PENDING, DELIVERY.c.purpose == JobKind.SCORE,
            select(1).where(MODEL_VERSION.c.model == DELIVERY.c.model).exists(),
            ~select(1).where(
                DEPLOYMENT.c.model == DELIVERY.c.model, DEPLOYMENT.c.environment == "production",
                DEPLOYMENT.c.version.is_not(None),
            ).exists(),
        )
        .group_by(DELIVERY.c.model).order_by(DELIVERY.c.model)
    )
    for model, count, since in rows:
        files = f"{count:,} files wait" if count > 1 else "a file waits"
        text = visible(f"{files} to be scored by {model}, of which nothing serves in production")
        yield Need("unanswered", f"model {model}", model, text, f"footplate deploy {quote(model)}", "models", "", since)
