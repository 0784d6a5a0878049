"""What is watched by the clock, without any data frame: whether data comes, whether what serves is well, and whether
the other monitors read. The daemon calls it every few seconds; a reading is kept when there is something new to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from core.clock import iso
from core.monitoring import rhythm
from core.monitoring.service import Served, chance_of_more, milliseconds, percent
from core.recipes.recipe import Recipe
from core.registry import audit, deliveries, deployments, jobs, models, monitors
from core.registry import recipes as recipe_rows
from core.services import observing, readings
from core.services import recipes as recipe_service
from core.services.readings import Taken, settings_of
from core.vocabulary import EventKind, JobKind, MonitorKind, Reading
from core.workspace import Workspace

VERSION: Any = observing.VERSION
PRODUCTION: Final = "production"
LAST: Final = 24  # arrivals that tell how often they come
WINDOW: Final = timedelta(minutes=5)  # of requests, that are judged together
SERVED: Final = timedelta(minutes=15)  # of requests, whose rows are read together where there are many
LONGEST: Final = timedelta(days=7)  # of requests, where there are few
SETTLED: Final = timedelta(minutes=1)  # within which servers have told what they answered
FEWEST: Final = 20  # requests of a window
ROWS: Final = 200  # rows that are read together, at least
TRUTH: Final = 50  # or labels
MANY: Final = 200_000  # at most
ERRORS: Final = 0.01  # share of requests that may fail
SLOWER: Final = 3.0  # times the usual
SLOWEST: Final = 0.050  # seconds more than usual, at least
SURE: Final = 0.001  # of an error rate that chance explains
GRACE: Final = timedelta(minutes=15)  # within which an arrival has to be read, once a job was asked to
Row = Mapping[Any, Any]


def beat(workspace: Workspace) -> list[str]:
    """One look at every model; returns what is worth a line in the daemon's diary."""
    said: list[str] = []
    for recipe in recipe_service.known(workspace):
        with workspace.registry.read() as connection:
            row = recipe_rows.get(connection, recipe.name)
            if row is None or row["removed"] or models.champion(connection, recipe.name) is None:
                continue
            now = workspace.clock.now()
            taken = [
                *([] if row["paused"] else _freshness(connection, recipe, now)), *_service(connection, recipe, now),
                *_watch(connection, recipe, now),
            ]
            wanted = _wanted(connection, recipe, now)
        if not taken and not wanted:
            continue
        with workspace.registry.write(workspace.actor) as tx:
            for one in taken:
                if readings.keep(tx, recipe, one, tell=workspace.settings.notify) and one.verdict == Reading.ALERT:
                    said.append(f"{recipe.name}/{one.kind}: {one.summary}")
            for request in wanted:
                jobs.enqueue(tx, request)
    return said


# -- does data come

def _freshness(connection: Connection, recipe: Recipe, now: datetime) -> Iterator[Taken]:
    """One reading an arrival, and one when the next is overdue."""
    settings = settings_of(connection, recipe, MonitorKind.FRESHNESS)
    rows = connection.execute(
        select(VERSION.c.version, VERSION.c.added_at).where(VERSION.c.dataset == recipe.dataset)
        .order_by(VERSION.c.version.desc()).limit(LAST)
    ).fetchall()[::-1]
    times = [row[1] for row in rows]
    every = rhythm.usual(times)
    if not settings.enabled or every is None or every < rhythm.AT_ONCE:
        return
    source = f"{recipe.dataset}@{rows[-1][0]}"
    bar = rhythm.overdue(times, settings.effect or rhythm.USUAL)
    silent = (now - times[-1]).total_seconds()
    comes = f"comes every {rhythm.span(every)}"
    if silent > bar:
        summary = f"{comes}, silent for {rhythm.span(silent)} since {source}"
        verdict, source, value = Reading.ALERT, f"after {source}", silent
    else:
        value = rhythm.gaps(times)[-1]
        verdict, summary = Reading.OK, f"{comes}, {source} after {rhythm.span(value)}"
    if not _was_last(connection, recipe.name, MonitorKind.FRESHNESS, source):
        yield Taken(MonitorKind.FRESHNESS, source, None, 0, verdict, summary, value=value, threshold=bar)


# -- is what serves well

def _service(connection: Connection, recipe: Recipe, now: datetime) -> Iterator[Taken]:
    """Errors and latency of the last whole window that was answered."""
    settings = settings_of(connection, recipe, MonitorKind.SERVICE)
    until = _floor(now - SETTLED, WINDOW)
    source = f"{PRODUCTION} {iso(until - WINDOW)[:16]}"
    if not settings.enabled or _was_last(connection, recipe.name, MonitorKind.SERVICE, source):
        return
    rows = deployments.traffic(connection, recipe.name, PRODUCTION, since=until - WINDOW, until=until)
    served = Served.of(row for row in rows if row["role"] != "shadow")
    version = max((int(row["version"]) for row in rows), default=None)
    if served.requests < (settings.min_rows or FEWEST):
        return
    slow = served.quantile(0.99) or 0.0
    past = [
        row["value"] / 1000 for row in monitors.recent(connection, _name(recipe, MonitorKind.SERVICE), LAST)
        if row["verdict"] == Reading.OK and row["value"] is not None
    ]
    usual = sorted(past)[len(past) // 2] if len(past) >= 3 else None
    bar = None if usual is None else max(usual * (settings.effect or SLOWER), usual + SLOWEST)
    failing = served.error_rate > ERRORS and _by_chance(served.errors, served.requests) < SURE
    slower = bar is not None and slow > bar
    verdict = Reading.ALERT if failing or slower else Reading.OK
    told = f"{served.requests:,} requests, {percent(served.error_rate)} failed, 99 % within {milliseconds(slow)}"
    if slower and usual is not None:
        told += f" where {milliseconds(usual)} is usual"
    yield Taken(
        MonitorKind.SERVICE, source, version, served.rows, verdict, told, value=1000 * slow,
        threshold=None if bar is None else 1000 * bar,
        evidence={"requests": served.requests, "errors": served.errors, "latency": list(served.latency)},
    )


def _by_chance(errors: int, requests: int) -> float:
    """How likely so many errors are where a share of ERRORS is what there is."""
    of = 100 * max(1, requests)
    return chance_of_more(errors, requests, round(of * ERRORS), of)


# -- do the monitors read

def _watch(connection: Connection, recipe: Recipe, now: datetime) -> Iterator[Taken]:
    """An arrival that nobody read in time is an alert; when it was read, all is well again."""
    late = observing.unread(connection, recipe)
    asked = jobs.last_asked(connection, observing.arrivals_request(recipe).key) if late else None
    if late and (asked is None or asked < late[-1]["added_at"] or now - asked < GRACE):
        return
    if late and not _under_way(connection, recipe):
        which = ", ".join(f"{row['dataset']}@{row['version']}" for row in late)
        source = f"{late[-1]['dataset']}@{late[-1]['version']} unread"
        verdict, summary = Reading.ALERT, f"the monitors have not read {which}: look at `footplate jobs list`"
    else:
        known = monitors.get(connection, _name(recipe, MonitorKind.WATCH))
        if known is None or known["last_verdict"] != Reading.ALERT:
            return
        source, verdict, summary = f"all read {iso(now)[:19]}", Reading.OK, "all that has arrived was read"
    if not _was_last(connection, recipe.name, MonitorKind.WATCH, source):
        yield Taken(MonitorKind.WATCH, source, None, 0, verdict, summary, value=float(len(late)))


# -- what has to be read

def _wanted(connection: Connection, recipe: Recipe, now: datetime) -> Sequence[jobs.Request]:
    """Jobs that read what arrived and nothing else reads, and what was served."""
    wanted = []
    left = observing.unread(connection, recipe)
    if left and not _under_way(connection, recipe):
        asked = jobs.last_asked(connection, observing.arrivals_request(recipe).key)
        if asked is None or asked < max(row["added_at"] for row in left):  # what failed is not asked for again
            wanted.append(observing.arrivals_request(recipe))
    if (window := _window(connection, recipe, now)) is not None:
        wanted.append(window)
    return wanted


def _window(connection: Connection, recipe: Recipe, now: datetime) -> jobs.Request | None:
    """All that was answered since the last window that was asked for, once it is enough to tell anything: where much
    is asked every SERVED, else over up to LONGEST. What was scored in folders counts, too, and so does the truth that
    came for what was answered, whenever that was."""
    until = _floor(now - SETTLED, SERVED)
    since = until - LONGEST
    asked = jobs.last_asked(connection, observing.window_request(recipe, PRODUCTION, "", "").key)
    if asked is not None:
        since = max(since, _floor(asked - SETTLED, SERVED))
    if since >= until:
        return None
    rows = deployments.answered(connection, recipe.name, PRODUCTION, since, until)
    rows += deliveries.scored(connection, recipe.name, since, until)
    if rows > MANY:  # nobody asked for a while: the newest will do
        since = max(since, until - SERVED)
    truth = audit.total(
        connection, EventKind.LABELS_TAKEN, f"model {recipe.name}", "rows", iso(since), iso(until)
    )
    enough = rows >= ROWS or truth >= TRUTH
    return observing.window_request(recipe, PRODUCTION, iso(since), iso(until)) if enough else None


def _under_way(connection: Connection, recipe: Recipe) -> bool:
    """Whether a job waits or runs that reads what has arrived: none that waits for a time of its own."""
    return any(
        job["payload"].get("recipe") == recipe.name and job["not_before"] is None
        and job["kind"] in (JobKind.TRAIN, JobKind.OBSERVE) and "window" not in job["payload"]
        for job in jobs.live(connection)
    )


def _was_last(connection: Connection, model: str, kind: MonitorKind, source: str) -> bool:
    return monitors.last_source(connection, monitors.name_of(model, kind), source) == source


def _name(recipe: Recipe, kind: MonitorKind) -> str:
    return monitors.name_of(recipe.name, kind)


def _floor(now: datetime, step: timedelta) -> datetime:
    """The last full step of the clock."""
    return now - timedelta(seconds=now.timestamp() % step.total_seconds())
