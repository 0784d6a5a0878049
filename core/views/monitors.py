"""Monitors: is data late, is it odd, does the champion hold on rows that it has not seen.

They read what is recorded already, each time somebody looks. No bar can be set, nothing is raised and nobody is
told: thresholds, drift, alerts and retraining by them are not in this version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.errors import NotFound
from core.query.fields import nearest
from core.query.language import parse, parse_order
from core.query.memory import picked
from core.registry.tables import Dataset as DatasetRow
from core.text import shortened, visible
from core.views import flat, rhythm
from core.views.page import Cursor, Page, held
from core.views.run_fields import LOWER_IS_BETTER, RUN, VERSION
from core.views.shape import moment, number
from core.vocabulary import Cause, RunState, VersionState
from core.workspace import Workspace

STATEMENT = "readings of what is recorded; no bar can be set and nobody is alerted yet"
DATASET: Any = DatasetRow.__table__  # type: ignore[attr-defined]
FRESHNESS, QUALITY, PERFORMANCE = "freshness", "quality", "performance"
OK, WARNING, TOO_LITTLE = "ok", "warning", "insufficient_data"
WORST_FIRST = (WARNING, TOO_LITTLE, OK)
RUN_PREFIX = "run "
LAST = 24  # arrivals or runs that a monitor looks at


@dataclass(frozen=True)
class Reading:
    """`source` is the version (flights@7) or the run (run 12) that was read."""

    source: str
    at: datetime | None
    value: float | None
    note: str = ""

    @property
    def run(self) -> int | None:
        """The run that was read; None for a version."""
        return int(self.source.removeprefix(RUN_PREFIX)) if self.source.startswith(RUN_PREFIX) else None

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "at": moment(self.at), "value": number(self.value), "note": self.note}


@dataclass(frozen=True)
class Monitor:
    """`readings` are oldest first; their `unit` is seconds since the arrival before, warnings of a version, or the
    metric by which the champion of the day was measured. `verdict` is one of `WORST_FIRST`."""

    kind: str
    subject: str  # the dataset or the model
    verdict: str
    summary: str
    at: datetime | None
    unit: str
    readings: tuple[Reading, ...]

    @property
    def name(self) -> str:
        return f"{self.subject}/{self.kind}"

    @property
    def value(self) -> float | None:
        return self.readings[-1].value if self.readings else None

    def to_json(self) -> dict[str, Any]:
        return {
            "monitor": self.name, "kind": self.kind, "subject": self.subject, "verdict": self.verdict,
            "summary": self.summary, "at": moment(self.at), "unit": self.unit, "value": number(self.value),
            "readings": [one.to_json() for one in self.readings],
        }


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = 0, after: Cursor | None = None
) -> Page[Monitor]:
    """All monitors, what is odd first. Raises UsageError."""
    found = _all(workspace)
    kept = picked(found, parse(where), parse_order(order), _value, _words, workspace.clock.now())
    return held(kept, limit, after)


def show(workspace: Workspace, name: str) -> Monitor:
    """Raises NotFound with the nearest name."""
    found = {one.name: one for one in _all(workspace)}
    if name not in found:
        near = nearest(name, [*found])
        raise NotFound(
            f"there is no monitor {shortened(name)!r}",
            f"did you mean {near}?" if near else "`footplate monitors list` shows them",
        )
    return found[name]


def readings(workspace: Workspace, name: str, *, where: str = "", order: str = "") -> Page[Reading]:
    """What one monitor read, newest first. Raises NotFound and UsageError."""
    found = show(workspace, name).readings[::-1]
    kept = picked(found, parse(where), parse_order(order), _of_reading, _reading_words, workspace.clock.now())
    return Page(tuple(kept), None, len(kept))


def _value(name: str) -> flat.Value:
    flat.MONITORS.value(name)  # says what is wrong with a name
    return flat.MONITORS.known[name]


def _of_reading(name: str) -> flat.Value:
    flat.READINGS.value(name)
    return flat.READINGS.known[name]


def _words(one: Monitor) -> str:
    return f"{one.name} {one.verdict} {one.summary}"


def _reading_words(one: Reading) -> str:
    return f"{one.source} {one.note}"


def _all(workspace: Workspace) -> Sequence[Monitor]:
    now = workspace.clock.now()
    found: tuple[Monitor, ...] = ()
    with workspace.registry.read() as connection:
        for name in connection.execute(select(DATASET.c.name).order_by(DATASET.c.name)).scalars():
            rows = _arrivals(connection, name)
            found = (*found, _freshness(name, rows, now), _quality(name, rows))
        for name in _recipes(connection):
            found = (*found, _performance(connection, name))
    return sorted(found, key=lambda one: WORST_FIRST.index(one.verdict))


def _recipes(connection: Connection) -> Iterator[str]:
    """Those that have run, by name: from one to the next in the index, however many runs there are."""
    name = ""
    while (found := connection.execute(select(func.min(RUN.c.recipe)).where(RUN.c.recipe > name)).scalar()) is not None:
        yield (name := str(found))


def _arrivals(connection: Connection, dataset: str) -> Sequence[Any]:
    """The last ones, oldest first."""
    return connection.execute(
        select(VERSION.c.version, VERSION.c.added_at, VERSION.c.state, VERSION.c.warnings)
        .where(VERSION.c.dataset == dataset).order_by(VERSION.c.version.desc()).limit(LAST)
    ).mappings().all()[::-1]


def _freshness(name: str, rows: Sequence[Any], now: datetime) -> Monitor:
    times = [row["added_at"] for row in rows]
    pauses = (None, *rhythm.gaps(times))
    read = tuple(
        Reading(f"{name}@{row['version']}", row["added_at"], pause) for row, pause in zip(rows, pauses, strict=False)
    )

    def told(verdict: str, summary: str) -> Monitor:
        return Monitor(FRESHNESS, name, verdict, summary, times[-1] if times else None, "seconds", read)

    every = rhythm.usual(times)
    if not times:
        return told(TOO_LITTLE, "nothing has arrived yet")
    if every is None or every < rhythm.AT_ONCE:
        return told(TOO_LITTLE, "too few deliveries to tell how often they come")
    silent = rhythm.span((now - times[-1]).total_seconds())
    verdict = WARNING if rhythm.late(every, times[-1], now) else OK
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
        return Monitor(QUALITY, name, TOO_LITTLE, "nothing was accepted yet", None, "warnings", ())
    newest = read[-1]
    odd = int(newest.value or 0)
    summary = f"{odd} warning{'' if odd == 1 else 's'} in {newest.source}" if odd else f"nothing odd in {newest.source}"
    return Monitor(QUALITY, name, WARNING if odd else OK, summary, newest.at, "warnings", read)


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
        return Monitor(PERFORMANCE, recipe, TOO_LITTLE, "no champion met new rows yet", None, "", ())
    last = read[-1]
    better = "lower" if metric in LOWER_IS_BETTER else "higher"
    summary = f"{metric} {last.value:.4g} of {last.note} on new rows, {better} is better"
    return Monitor(PERFORMANCE, recipe, OK, summary, last.at, metric, read)


def _of_champion(row: Any) -> float | None:
    """What the champion of the day scored by the metric that decided, where new rows were there to tell."""
    if (row["basis"] or {}).get("against") != "champion":
        return None
    for reason in (row["gate"] or {}).get("reasons") or ():
        if reason["metric"] == row["primary_metric"] and reason["champion_value"] is not None:
            return float(reason["champion_value"])
    return None
