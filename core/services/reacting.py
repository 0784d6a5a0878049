"""What is done about an alert by itself: the model goes back, is trained again, or people are told; and when not.

Every breached reading asks; the rules that say no are, in order: the trigger is off, too few of the last readings
agree, no labels have come that a fit could learn from, the breaker, cooldown and budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from core.recipes.recipe import Recipe
from core.registry import alerts, champions, jobs, models, monitors, runs
from core.registry import recipes as recipe_rows
from core.registry.champions import BREACHED
from core.registry.database import Fence, Transaction
from core.services import release
from core.services.alerting import BREAKER
from core.services.learning import ask
from core.services.work import train_key
from core.vocabulary import Action, Cause, EventKind, MonitorKind, RunState

TRIGGERS: Final[Mapping[str, str]] = {  # which key of [triggers] a monitor pulls
    MonitorKind.DRIFT: "drift", MonitorKind.PREDICTION: "drift", MonitorKind.PERFORMANCE: "performance",
    MonitorKind.ESTIMATE: "performance", MonitorKind.QUALITY: "quality", MonitorKind.FRESHNESS: "freshness",
}
CAUSES: Final[Mapping[str, Cause]] = {
    "drift": Cause.DRIFT, "performance": Cause.PERFORMANCE, "quality": Cause.QUALITY, "freshness": Cause.FRESHNESS,
}
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Done:
    """`about`: what people have to be told besides the alert itself."""

    about: str = ""


def react(tx: Transaction, recipe: Recipe, monitor: Row, alert: Row, under_way: Fence | None) -> Done:
    """Pull the trigger of a breached monitor, or hold it back by a rule; either is an event."""
    key = TRIGGERS.get(monitor["kind"])
    deed = getattr(recipe.triggers, key) if key else False
    if key is None or deed is False:
        return Done()
    wanted, last = recipe.triggers.persistence
    agree = monitors.alarming(tx.connection, monitor["name"], last)
    if agree < wanted:
        return _held(tx, alert, "persistence", f"{agree} of the last {last} readings agree, {wanted} are needed")
    before = alert["evidence"].get("before") or {}
    if deed == Action.TELL:
        return _pulled(tx, alert, Action.TELL, "told")
    if deed == Action.ROLLBACK or (deed is True and key == "performance" and before.get("better")):
        return _back(tx, recipe, alert, before)
    return _retrain(tx, recipe, alert, key, under_way)


def call_off(tx: Transaction, recipe: Recipe, alert: Row) -> None:
    """The alert is over: a run that still waits because of it is not needed."""
    key = TRIGGERS.get(alert["kind"])
    if key is None or any(TRIGGERS.get(one["kind"]) == key for one in alerts.live(tx.connection, recipe.name)):
        return
    for job in jobs.live(tx.connection):
        if job["key"] == train_key(recipe.name, CAUSES[key]) and job["state"] in jobs.WAITING:
            jobs.cancel(tx, job["id"])


def _back(tx: Transaction, recipe: Recipe, alert: Row, before: Mapping[str, Any]) -> Done:
    """To the version before, which does better on the same rows. Nothing is held: while the alert is open only what
    is significantly better is promoted."""
    now = models.alias(tx.connection, recipe.name)
    version = champions.before(champions.moves(tx.connection, recipe.name), now)
    model = models.get(tx.connection, recipe.name)
    if version is None:
        return _held(tx, alert, "no version before", "there is no earlier champion to go back to")
    if model is not None and model["held"]:
        return _held(tx, alert, "held", "the model is held: a person decides what serves")
    if alert["evidence"].get("rolled_back"):
        return _held(tx, alert, "gone back already", "it went back once because of this alert, and that did not help")
    if now != alert["evidence"].get("model_version"):
        return _held(tx, alert, "another champion", f"v{now} is the champion by now")
    if before.get("worse"):
        return _held(tx, alert, "the version before", f"v{version} does no better on the same rows")
    release.move_champion(tx, recipe.name, version, seen=now, check_seen=True, why=BREACHED, alert=alert["id"])
    said = f" ({before['headline']})" if before.get("headline") else ""
    return _pulled(tx, alert, Action.ROLLBACK, f"went back to v{version}{said}", rolled_back=now, version=version)


def _retrain(tx: Transaction, recipe: Recipe, alert: Row, key: str, under_way: Fence | None) -> Done:
    refused = refused_in_a_row(tx.connection, recipe.name, alert["opened_at"])
    broken = refused >= recipe.triggers.breaker
    why = f"{refused} challengers in a row were refused since: retraining does not help, a person has to look"
    if under_way is not None:  # data came, and is learned from by another rule
        if broken:
            return _held(tx, alert, "breaker", why, about=BREAKER)
        return _pulled(tx, alert, Action.RETRAIN, f"job {under_way.job} learns from these rows", job=under_way.job)
    row = recipe_rows.get(tx.connection, recipe.name)
    if row is None or row["removed"] or row["paused"]:
        return _held(tx, alert, "paused", "the recipe is paused or removed")
    if not _can_help(tx.connection, recipe, alert):
        vain = "retraining cannot help: no labelled rows have come that the champion has not learned from"
        return _held(tx, alert, "no new labels", vain)
    if broken:
        return _held(tx, alert, "breaker", why, about=BREAKER)
    since = alert["evidence"].get("since")
    job = ask(tx, recipe, CAUSES[key], {"since": since, "alert": alert["id"]})
    asked = jobs.get(tx.connection, job)
    assert asked is not None
    if asked["not_before"] is not None:
        until = asked["not_before"].isoformat(timespec="seconds")
        return _held(tx, alert, "cooldown or budget", f"job {job} waits until {until}", job=job, until=until)
    return _pulled(tx, alert, Action.RETRAIN, f"job {job} trains it again", job=job)


def _can_help(connection: Connection, recipe: Recipe, alert: Row) -> bool:
    """Whether labels are there that the champion has not learned from."""
    champion = models.champion(connection, recipe.name)
    if champion is None:
        return False
    newest = runs.newest_used(connection, champion["run_id"])
    return runs.labelled_after(connection, recipe.dataset, newest) > 0


def refused_in_a_row(connection: Connection, recipe: str, since: datetime) -> int:
    """How many of the newest runs, one after the other, ended without a promotion since then."""
    rows = connection.execute(
        select(runs.RUN.c.outcome)
        .where(
            runs.RUN.c.recipe == recipe, runs.RUN.c.state == RunState.FINISHED, runs.RUN.c.ended_at >= since,
            ~runs.RUN.c.deleted, runs.RUN.c.cause != Cause.REPRODUCE,
        )
        .order_by(runs.RUN.c.id.desc()).limit(100)
    ).scalars()
    count = 0
    for outcome in rows:
        if outcome != "refused":
            break
        count += 1
    return count


def _pulled(tx: Transaction, alert: Row, action: Action, does: str, **payload: Any) -> Done:
    if action == Action.TELL and alert["evidence"].get("does") == does:
        return Done()
    kept = {"rolled_back": payload["rolled_back"]} if "rolled_back" in payload else {}
    _remember(tx, alert, does=does, held_back="", **kept)
    tx.emit(
        EventKind.TRIGGER_PULLED, f"alert {alert['id']}", monitor=alert["monitor"], model=alert["model"],
        action=action, does=does, **payload,
    )
    return Done()


def _held(tx: Transaction, alert: Row, rule: str, why: str, *, about: str = "", **payload: Any) -> Done:
    """Nothing is done, by this rule. It is said when the rule begins to hold, not at every reading."""
    if alert["evidence"].get("held_back") != rule:
        _remember(tx, alert, does=why, held_back=rule)
        tx.emit(
            EventKind.TRIGGER_HELD_BACK, f"alert {alert['id']}", monitor=alert["monitor"], model=alert["model"],
            rule=rule, why=why, **payload,
        )
    return Done(about)


def _remember(tx: Transaction, alert: Row, **facts: Any) -> None:
    now = alerts.get(tx.connection, alert["id"])
    assert now is not None
    alerts.change(tx, alert["id"], evidence={**now["evidence"], **facts})
