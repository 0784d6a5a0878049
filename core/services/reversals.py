"""What takes one fact back: the change that makes the registry what it was before, and the event that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from core.errors import Stale
from core.registry import baselines, datasets, models
from core.registry import recipes as recipe_rows
from core.registry.champions import REDONE, UNDONE
from core.registry.changes import EVENT, REDOES, Fact
from core.registry.database import Transaction
from core.registry.tables import RunTag
from core.services import alerting, monitoring, release, versions
from core.vocabulary import AlertState, AliasName, EventKind, VersionState
from core.workspace import Workspace

TAG: Any = RunTag.__table__  # type: ignore[attr-defined]
Link = Mapping[str, Any]  # {"undoes": event} or {"redoes": event}
Reversal = Callable[[Transaction, Workspace, Fact, Link], None]


def _name(fact: Fact) -> str:
    return fact.subject.partition(" ")[2]


def _champion(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    """Back to the champion before; a version that waited as challenger waits again."""
    model, version, before = _name(fact), int(fact.payload["version"]), int(fact.payload["before"])
    why = REDONE if REDOES in link else UNDONE
    release.move_champion(tx, model, before, seen=version, check_seen=True, why=why, **link)
    if fact.payload.get("challenger") and models.alias(tx.connection, model, AliasName.CHALLENGER) is None:
        models.set_alias(tx, model, AliasName.CHALLENGER, version)


def _resume(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    models.change(tx, _name(fact), held=False, held_by=None, held_reason=None)
    tx.emit(EventKind.MODEL_RESUMED, fact.subject, reason="", **link)


def _hold(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    """Held again as it was: by whom, and why."""
    row = tx.execute(
        select(EVENT.c.actor, EVENT.c.payload)
        .where(EVENT.c.kind == EventKind.MODEL_HELD, EVENT.c.subject == fact.subject, EVENT.c.id < fact.id)
        .order_by(EVENT.c.id.desc()).limit(1)
    ).fetchone()
    by = row[0] if row is not None else tx.actor
    reason = _payload(row[1]).get("reason", "") if row is not None else ""
    models.change(tx, _name(fact), held=True, held_by=by, held_reason=reason)
    tx.emit(EventKind.MODEL_HELD, fact.subject, reason=reason, **link)


def _restore(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    _version(tx, fact, VersionState.RETIRED, VersionState.ACCEPTED)
    tx.emit(EventKind.VERSION_RESTORED, fact.subject, **link)
    versions.learn(tx, workspace, versions.parse_version(fact.subject)[0])


def _retire(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    """Also of what was released: it does not go back to quarantine, and nothing learns from it any more."""
    _version(tx, fact, VersionState.ACCEPTED, VersionState.RETIRED)
    tx.emit(EventKind.VERSION_RETIRED, fact.subject, **link)


def _version(tx: Transaction, fact: Fact, now: VersionState, then: VersionState) -> None:
    row = versions.find(tx.connection, fact.subject)
    if row["state"] != now:
        raise Stale(f"{fact.subject} is {row['state']} by now", f"look again: `footplate data show {fact.subject}`")
    datasets.change(tx, row["id"], state=then)


def _reopen(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    tx.emit(EventKind.JOB_REOPENED, fact.subject, **link)


def _acknowledge(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    tx.emit(EventKind.JOB_ACKNOWLEDGED, fact.subject, **link)


def _pause(paused: bool) -> Reversal:
    def reverse(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
        recipe_rows.change(tx, _name(fact), paused=paused)
        tx.emit(EventKind.RECIPE_PAUSED if paused else EventKind.RECIPE_RESUMED, fact.subject, **link)

    return reverse


def _tag(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    run, tag, on = int(_name(fact)), fact.payload["tag"], not fact.payload["on"]
    if on:
        tx.execute(upsert(TAG).values(run_id=run, tag=tag).on_conflict_do_nothing())
    else:
        tx.execute(delete_rows(TAG).where(TAG.c.run_id == run, TAG.c.tag == tag))
    tx.emit(EventKind.RUN_TAGGED, fact.subject, tag=tag, on=on, **link)


def _unpin(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    """The baseline before is the baseline again; where there was none, there is none."""
    recipe, before = fact.payload["recipe"], fact.payload.get("before")
    if before is None:
        baselines.unpin(tx, int(_name(fact)))
        tx.emit(EventKind.BASELINE_UNPINNED, fact.subject, recipe=recipe, **link)
    else:
        baselines.pin(tx, recipe, int(before))
        tx.emit(EventKind.BASELINE_PINNED, f"run {before}", recipe=recipe, before=int(_name(fact)), **link)


def _pin(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    recipe = fact.payload["recipe"]
    baselines.pin(tx, recipe, int(_name(fact)))
    tx.emit(EventKind.BASELINE_PINNED, fact.subject, recipe=recipe, before=None, **link)


def _alert(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    """Open again, or acknowledged again; what was resolved meanwhile stays so."""
    row = alerting.find(tx.connection, int(_name(fact)))
    on = bool(fact.payload["on"])
    live = row["state"] == (AlertState.ACKNOWLEDGED if on else AlertState.OPEN)
    over = row["state"] == AlertState.RESOLVED and datetime.fromisoformat(fact.at) >= row["resolved_at"]
    if not live and not over:  # of one that was over already, its data was said to be right
        raise Stale(f"{fact.subject} is {row['state']} by now", "look again: `footplate alerts list`")
    alerting.set_acknowledged(tx, row, not on, **link)


def _silence(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    before = fact.payload.get("before")
    monitoring.set_silence(tx, _name(fact), datetime.fromisoformat(before) if before else None, **link)


def _monitor(tx: Transaction, workspace: Workspace, fact: Fact, link: Link) -> None:
    monitoring.set_settings(tx, _name(fact), fact.payload["before"], bool(fact.payload["enabled_before"]), **link)


def _payload(text: str) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(text)
    return found


REVERSALS: Final[dict[str, Reversal]] = {
    EventKind.ALIAS_MOVED: _champion,
    EventKind.MODEL_HELD: _resume, EventKind.MODEL_RESUMED: _hold,
    EventKind.VERSION_RETIRED: _restore, EventKind.VERSION_RESTORED: _retire, EventKind.VERSION_RELEASED: _retire,
    EventKind.JOB_ACKNOWLEDGED: _reopen, EventKind.JOB_REOPENED: _acknowledge,
    EventKind.RECIPE_PAUSED: _pause(False), EventKind.RECIPE_RESUMED: _pause(True),
    EventKind.RUN_TAGGED: _tag,
    EventKind.BASELINE_PINNED: _unpin, EventKind.BASELINE_UNPINNED: _pin,
    EventKind.ALERT_ACKNOWLEDGED: _alert, EventKind.MONITOR_SILENCED: _silence, EventKind.MONITOR_CHANGED: _monitor,
}
