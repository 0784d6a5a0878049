"""A line a model: its state, its metric and its change, its newest data, its last decision, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.registry.tables import Alias, DatasetVersion, Job
from core.registry.tables import Model as ModelRow
from core.text import visible
from core.views import rhythm
from core.views.daemon import LIVE
from core.views.needs import Need
from core.views.reasons import changes
from core.views.recipes import Recipe
from core.views.refusals import Refusals, refusals
from core.views.run_fields import LOWER_IS_BETTER, METRIC, MODEL_VERSION, RUN
from core.views.shape import gate, moment, number
from core.vocabulary import AliasName, Cause, JobState, RunState, Verdict, VersionState

VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
MODEL: Any = ModelRow.__table__  # type: ignore[attr-defined]
ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
JOB: Any = Job.__table__  # type: ignore[attr-defined]
TREND = 12
RANK = (  # worst first
    "broken", "failed", "alert", "needs_approval", "quarantined", "held", "paused", "removed", "refused",
    "insufficient_data", "running", "queued", "waiting", "well",
)


@dataclass(frozen=True)
class ModelLine:
    """What there is to know of a model at one look. `state` is one of `RANK`."""

    name: str
    state: str
    task: str | None
    champion: int | None
    metric: str | None
    value: float | None  # of the champion's evaluated fit
    change: float | None  # against the version before it, each on its own rows
    gain: float | None  # against the champion before it, on the same rows
    lower_is_better: bool
    trend: tuple[float | None, ...]  # of the last versions, oldest first
    held: bool
    paused: bool
    newest: str | None  # flights@7
    newest_state: str | None
    newest_at: datetime | None
    every: float | None  # seconds between the last arrivals, in the median
    last: str  # the last decision in a few words
    last_outcome: str | None
    last_run: int | None
    last_at: datetime | None
    next: str  # what comes next, or what blocks it
    next_at: datetime | None

    @property
    def rank(self) -> int:
        return RANK.index(self.state)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "state": self.state, "task": self.task, "champion": self.champion,
            "metric": self.metric, "value": number(self.value), "change": number(self.change),
            "gain": number(self.gain), "held": self.held, "paused": self.paused, "newest": self.newest,
            "newest_state": self.newest_state, "newest_at": moment(self.newest_at), "last": self.last,
            "last_outcome": self.last_outcome, "last_run": self.last_run, "last_at": moment(self.last_at),
            "next": self.next, "next_at": moment(self.next_at),
        }


def lines(
    connection: Connection, recipes: Sequence[Recipe], needs: Sequence[Need]
) -> tuple[ModelLine, ...]:
    """A line for every recipe, and for every model whose recipe is gone; worst first, then by name."""
    models = {row["name"]: row for row in connection.execute(select(MODEL)).mappings()}
    aliases: dict[str, dict[str, int]] = {}
    for model, alias, version in connection.execute(select(ALIAS.c.model, ALIAS.c.alias, ALIAS.c.version)):
        aliases.setdefault(model, {})[alias] = version
    live, refused = _live(connection), refusals(connection, recipes)
    by_name = {recipe.name: recipe for recipe in recipes}
    orphans = [name for name in models if name not in by_name and AliasName.CHAMPION in aliases.get(name, {})]
    made = [
        _line(
            connection, name, by_name.get(name), models.get(name), aliases.get(name, {}), live.get(name, ()), needs,
            refused.get(name),
        )
        for name in [*by_name, *orphans]
    ]
    return tuple(sorted(made, key=lambda line: (line.rank, line.name)))


def _live(connection: Connection) -> dict[str, tuple[Mapping[Any, Any], ...]]:
    """Jobs that wait or run, by recipe; ingest jobs by their dataset."""
    found: dict[str, tuple[Mapping[Any, Any], ...]] = {}
    rows = connection.execute(
        select(JOB.c.kind, JOB.c.state, JOB.c.payload, JOB.c.progress, JOB.c.not_before, JOB.c.error)
        .where(LIVE).order_by(JOB.c.id)
    ).mappings()
    for row in rows:
        name = row["payload"].get("recipe") or row["payload"].get("dataset") or ""
        found[name] = (*found.get(name, ()), row)
    return found


def _line(
    connection: Connection, name: str, recipe: Recipe | None, model: Mapping[Any, Any] | None,
    aliases: Mapping[str, int], live: Sequence[Mapping[Any, Any]], needs: Sequence[Need], refused: Refusals | None,
) -> ModelLine:
    champion = aliases.get(AliasName.CHAMPION)
    primary = model["primary_metric"] if model else None
    values = _values(connection, name, primary) if primary else ()
    value, before = _champion_value(values, champion)
    arrivals = _arrivals(connection, recipe.dataset if recipe and recipe.dataset else name)
    decided = _decided(connection, name)
    judged = gate(decided["gate"]) if decided else None
    outcome = _outcome(decided)
    newest = arrivals[0] if arrivals else None
    held, paused = bool(model and model["held"]), bool(recipe and recipe.paused)
    mine = [need for need in needs if need.name == name]
    state = _state(recipe, mine, held, paused, judged, live, champion, newest, refused)
    upcoming, next_at = _next(state, recipe, model, mine, judged, live, refused)
    return ModelLine(
        name=name, state=state, task=model["task"] if model else None, champion=champion, metric=primary, value=value,
        change=None if value is None or before is None else value - before,
        gain=_gain(connection, name, champion, primary),
        lower_is_better=primary in LOWER_IS_BETTER, trend=tuple(one for _, one in values), held=held, paused=paused,
        newest=f"{newest['dataset']}@{newest['version']}" if newest else None,
        newest_state=newest["state"] if newest else None, newest_at=newest["added_at"] if newest else None,
        every=rhythm.usual([row["added_at"] for row in arrivals]),
        last=visible(_last(decided, judged, outcome)), last_outcome=outcome,
        last_run=decided["id"] if decided else None, last_at=decided["ended_at"] if decided else None,
        next=visible(upcoming), next_at=next_at,
    )


def _values(connection: Connection, model: str, metric: str) -> tuple[tuple[int, float | None], ...]:
    """(version, value) of the last versions, oldest first."""
    rows = connection.execute(
        select(MODEL_VERSION.c.version, METRIC.c.value)
        .join(METRIC, (METRIC.c.run_id == MODEL_VERSION.c.run_id) & (METRIC.c.name == metric), isouter=True)
        .where(MODEL_VERSION.c.model == model).order_by(MODEL_VERSION.c.version.desc()).limit(TREND)
    ).fetchall()
    return tuple((version, value) for version, value in reversed(rows))


def _champion_value(
    values: Sequence[tuple[int, float | None]], champion: int | None
) -> tuple[float | None, float | None]:
    """The champion's value, and that of the version before it."""
    own = before = None
    for version, value in values:
        if champion is not None and version < champion:
            before = value
        elif version == champion:
            own = value
    return own, before


def _gain(connection: Connection, model: str, champion: int | None, metric: str | None) -> float | None:
    if champion is None:
        return None
    row = connection.execute(
        select(RUN.c.gate, RUN.c.basis).join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id)
        .where(MODEL_VERSION.c.model == model, MODEL_VERSION.c.version == champion)
    ).fetchone()
    if row is None or not row.gate or (row.basis or {}).get("against") == "dummy":
        return None
    for reason in row.gate.get("reasons") or ():
        if reason["metric"] == metric and reason["value"] is not None and reason["champion_value"] is not None:
            return float(reason["value"] - reason["champion_value"])
    return None


def _arrivals(connection: Connection, dataset: str) -> list[Mapping[Any, Any]]:
    return [*connection.execute(
        select(VERSION.c.dataset, VERSION.c.version, VERSION.c.state, VERSION.c.added_at)
        .where(VERSION.c.dataset == dataset).order_by(VERSION.c.version.desc()).limit(TREND)
    ).mappings()]


def _decided(connection: Connection, recipe: str) -> Mapping[Any, Any] | None:
    """The newest run that ended, one way or another."""
    return connection.execute(
        select(RUN.c.id, RUN.c.state, RUN.c.gate, RUN.c.basis, RUN.c.decision, RUN.c.error, RUN.c.ended_at)
        .where(
            RUN.c.recipe == recipe, RUN.c.state.in_((RunState.FINISHED, RunState.FAILED)), ~RUN.c.deleted,
            RUN.c.cause != Cause.REPRODUCE,
        )
        .order_by(RUN.c.id.desc()).limit(1)
    ).mappings().fetchone()


def _outcome(decided: Mapping[Any, Any] | None) -> str | None:
    if decided is None:
        return None
    return "failed" if decided["state"] == RunState.FAILED else (decided["decision"] or {}).get("outcome")


def _last(decided: Mapping[Any, Any] | None, judged: dict[str, Any] | None, outcome: str | None) -> str:
    """`promoted .812 against .806`."""
    if decided is None:
        return "nothing was decided yet"
    if outcome == "failed":
        return f"run {decided['id']} failed: {decided['error'] or 'no reason was left'}"
    version = (decided["decision"] or {}).get("model_version")
    headline = str((decided["basis"] or {}).get("headline") or "")
    short = headline.split(" on ")[0] if judged and judged["verdict"] != Verdict.INSUFFICIENT_DATA else headline
    return " ".join(part for part in (f"v{version}" if version else "", outcome or "", short) if part)


def _state(
    recipe: Recipe | None, needs: Sequence[Need], held: bool, paused: bool, judged: dict[str, Any] | None,
    live: Sequence[Mapping[Any, Any]], champion: int | None, newest: Mapping[Any, Any] | None,
    refused: Refusals | None,
) -> str:
    kinds = {need.kind for need in needs}
    rules = (
        ("broken", recipe is not None and (not recipe.valid or "folder" in kinds)),
        ("failed", "job" in kinds),
        ("alert", "alert" in kinds),
        ("needs_approval", "approval" in kinds),
        ("quarantined", newest is not None and newest["state"] == VersionState.QUARANTINED and "quarantine" in kinds),
        ("held", held), ("paused", paused), ("removed", recipe is None),
        ("running", any(job["state"] == JobState.RUNNING for job in live)),
        ("queued", any(job["state"] != JobState.RUNNING for job in live)),
        ("insufficient_data", judged is not None and judged["verdict"] == Verdict.INSUFFICIENT_DATA),
        ("refused", refused is not None and refused.tells),
        ("waiting", champion is None),
    )
    return next((word for word, holds in rules if holds), "well")


def _next(
    state: str, recipe: Recipe | None, model: Mapping[Any, Any] | None, needs: Sequence[Need],
    judged: dict[str, Any] | None, live: Sequence[Mapping[Any, Any]], refused: Refusals | None,
) -> tuple[str, datetime | None]:
    """What comes next, and when; or what blocks it."""
    first = next((need for need in needs if need.kind in ("recipe", "folder", "job", "alert", "approval")), None)
    if first is not None and state in ("broken", "failed", "alert", "needs_approval"):
        return first.text, None
    if state == "held" and model is not None:
        return _with(f"held by {model['held_by']}", model["held_reason"]), None
    if state == "paused":
        return "paused: nothing is ingested or trained", None
    if state == "removed":
        return "its recipe is gone; the champion stays", None
    if live:
        return _job(live[-1])
    if state == "insufficient_data" and judged is not None:
        needed = changes(judged["verdict"], judged["reasons"], "")
        return f"needs {needed[0].split(':')[0]}" if needed else "waits for more rows", None
    if recipe is not None and recipe.next_at is not None:
        return "next by schedule", recipe.next_at
    if state == "refused" and refused is not None:
        times = f"{refused.count} times in a row" if refused.count > 1 else "the only time that it was judged"
        return f"the recipe was refused {times}: `footplate why {refused.run}`", None
    return "waits for new data", None


def _job(job: Mapping[Any, Any]) -> tuple[str, datetime | None]:
    if job["state"] == JobState.RUNNING:
        return _with(f"{job['kind']} runs", job["progress"]), None
    if job["state"] == JobState.DEFERRED:
        return _with(f"{job['kind']} deferred", job["error"]), job["not_before"]
    return f"{job['kind']} queued", None


def _with(text: str, more: str | None) -> str:
    return f"{text}: {more}" if more else text
