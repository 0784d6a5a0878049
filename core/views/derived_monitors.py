"""What can be told of data and models before any monitor has read: from what is recorded of arrivals and runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.registry.tables import Dataset as DatasetRow
from core.text import visible
from core.views import rhythm
from core.views.monitored import LAST, RUN_PREFIX, Monitor, Reading
from core.views.run_fields import LOWER_IS_BETTER, RUN, VERSION
from core.vocabulary import Cause, MonitorKind, RunState, VersionState
from core.vocabulary import Reading as Said

DATASET: Any = DatasetRow.__table__  # type: ignore[attr-defined]


def derived(connection: Connection, now: datetime, known: set[tuple[str, str]]) -> Iterator[Monitor]:
    """Freshness and quality of every dataset, performance of every recipe that has run; without those that are
    `known`, by the recipe (or the dataset) and kind."""
    for name, recipe in connection.execute(select(DATASET.c.name, DATASET.c.recipe).order_by(DATASET.c.name)):
        rows = arrivals(connection, name)
        if (recipe, MonitorKind.FRESHNESS) not in known:
            yield freshness(name, name, rows, now)
        if (recipe, MonitorKind.QUALITY) not in known:
            yield _quality(name, rows)
    for name in _recipes(connection):
        if (name, MonitorKind.PERFORMANCE) not in known:
            yield _performance(connection, name)


def _recipes(connection: Connection) -> Iterator[str]:
    """Those that have run, by name: from one to the next in the index, however many runs there are."""
    name = ""
    while (found := connection.execute(select(func.min(RUN.c.recipe)).where(RUN.c.recipe > name)).scalar()) is not None:
        yield (name := str(found))


def arrivals(connection: Connection, dataset: str) -> Sequence[Any]:
    """The last ones, oldest first."""
    return connection.execute(
        select(VERSION.c.version, VERSION.c.added_at, VERSION.c.state, VERSION.c.warnings)
        .where(VERSION.c.dataset == dataset).order_by(VERSION.c.version.desc()).limit(LAST)
    ).mappings().all()[::-1]


def freshness(subject: str, name: str, rows: Sequence[Any], now: datetime) -> Monitor:
    """Of the dataset `name`, as a monitor of `subject`."""
    times = [row["added_at"] for row in rows]
    pauses = (None, *rhythm.gaps(times))
    read = tuple(
        Reading(f"{name}@{row['version']}", row["added_at"], pause) for row, pause in zip(rows, pauses, strict=False)
    )

    def told(verdict: str, summary: str) -> Monitor:
        return Monitor(MonitorKind.FRESHNESS, subject, verdict, summary, times[-1] if times else None, "seconds", read)

    every = rhythm.usual(times)
    if not times:
        return told(Said.INSUFFICIENT_DATA, "nothing has arrived yet")
    if every is None or every < rhythm.AT_ONCE:
        return told(Said.INSUFFICIENT_DATA, "too few deliveries to tell how often they come")
    silent = rhythm.span((now - times[-1]).total_seconds())
    verdict = Said.WARNING if rhythm.late(every, times[-1], now) else Said.OK
    return told(verdict, f"comes every {rhythm.span(every)}, silent for {silent}")


def _quality(name: str, rows: Sequence[Any]) -> Monitor:
    read = tuple(
        Reading(
            f"{name}@{row['version']}", row["added_at"], float(len(row["warnings"] or ())),
            visible("; ".join(one["message"] for one in row["warnings"] or ())),
        )
        for row in rows if row["state"] != VersionState.QUARANTINED
    )
    if not read:
        nothing = "nothing was accepted yet"
        return Monitor(MonitorKind.QUALITY, name, Said.INSUFFICIENT_DATA, nothing, None, "warnings", ())
    newest = read[-1]
    odd = int(newest.value or 0)
    summary = f"{odd} warning{'' if odd == 1 else 's'} in {newest.source}" if odd else f"nothing odd in {newest.source}"
    return Monitor(MonitorKind.QUALITY, name, Said.WARNING if odd else Said.OK, summary, newest.at, "warnings", read)


def _performance(connection: Connection, recipe: str) -> Monitor:
    """The champion of the day, as each run's gate measured it on rows that it had not seen."""
    rows = connection.execute(
        select(RUN.c.id, RUN.c.ended_at, RUN.c.gate, RUN.c.basis, RUN.c.primary_metric)
        .where(
            RUN.c.recipe == recipe, RUN.c.state.concat("") == RunState.FINISHED,  # by the index of recipes
            RUN.c.cause != Cause.REPRODUCE, ~RUN.c.deleted,
        )
        .order_by(RUN.c.id.desc()).limit(LAST)
    ).mappings().all()
    metric = next((row["primary_metric"] for row in rows if _of_champion(row) is not None), None)
    read = tuple(
        Reading(f"{RUN_PREFIX}{row['id']}", row["ended_at"], value, f"champion v{row['basis']['champion']}")
        for row in rows[::-1]
        if row["primary_metric"] == metric and (value := _of_champion(row)) is not None
    )
    if not read or metric is None:
        nothing = "no champion met new rows yet"
        return Monitor(MonitorKind.PERFORMANCE, recipe, Said.INSUFFICIENT_DATA, nothing, None, "", ())
    last = read[-1]
    better = "lower" if metric in LOWER_IS_BETTER else "higher"
    summary = f"{metric} {last.value:.4g} of {last.note} on new rows, {better} is better"
    return Monitor(MonitorKind.PERFORMANCE, recipe, Said.OK, summary, last.at, metric, read)


def _of_champion(row: Any) -> float | None:
    """What the champion of the day scored by the metric that decided, where new rows were there to tell."""
    if (row["basis"] or {}).get("against") != "champion":
        return None
    for reason in (row["gate"] or {}).get("reasons") or ():
        if reason["metric"] == row["primary_metric"] and reason["champion_value"] is not None:
            return float(reason["champion_value"])
    return None
