"""Alerts: a breached monitor, raised once, until it is well again; and what people do about them.

    ALERT -> open -> (a person knows) acknowledged -> (well again) resolved
              ^                                          |
              +---- breached again within QUIET ---------+   the same alert: nobody is told twice

A decline of another version is another alert, however soon: who knew of the one before knows nothing of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import Any, Final

from sqlalchemy import Connection

from core.errors import Conflict, NotFound
from core.registry import alerts, monitors, notifications
from core.registry.acts import one_act
from core.registry.database import Transaction
from core.settings import NotifySettings
from core.vocabulary import AlertState, EventKind, MonitorKind
from core.workspace import Workspace

QUIET: Final = timedelta(hours=1)  # after which people are told that it is over, and another breach is another alert
KEPT: Final = (  # of the evidence that it began with
    "since", "usual", "bar", "guard", "does", "held_back", "rolled_back",
)
OF_A_VERSION: Final = (MonitorKind.PERFORMANCE, MonitorKind.ESTIMATE)  # what they read is the worth of one version
RAISED, RESOLVED, BREAKER = "raised", "resolved", "breaker"  # what a message is about
Row = Mapping[Any, Any]


def breached(tx: Transaction, monitor: Row, report: int, evidence: Mapping[str, Any]) -> Row:
    """The reading `report` is an alert: raise it, raise it again, or add the reading to the one that is live."""
    found = alerts.newest(tx.connection, monitor["name"])
    if found is not None and found["state"] in alerts.LIVE:
        alerts.change(
            tx, found["id"], last_report_id=report, readings=found["readings"] + 1,
            evidence=_newer(found["evidence"], evidence),
        )
    elif found is not None and _comes_again(tx, found, evidence):
        state = AlertState.OPEN if found["acknowledged_at"] is None else AlertState.ACKNOWLEDGED
        alerts.change(
            tx, found["id"], state=state, resolved_at=None, last_report_id=report, readings=found["readings"] + 1,
            evidence=_newer(found["evidence"], evidence),
        )
        notifications.withdraw(tx, found["id"], RESOLVED)
        _raised(tx, found["id"], monitor, evidence, again=True)
    else:
        id = alerts.add(tx, monitor, report, evidence)
        _raised(tx, id, monitor, evidence, again=False)
    made = alerts.newest(tx.connection, monitor["name"])
    assert made is not None
    return made


def _comes_again(tx: Transaction, found: Row, evidence: Mapping[str, Any]) -> bool:
    """Whether what was over is back: soon, and where it is about a model's worth, of the same version."""
    if found["resolved_at"] is None or tx.now - found["resolved_at"] >= QUIET:
        return False
    return found["kind"] not in OF_A_VERSION or (
        found["evidence"].get("model_version") == evidence.get("model_version")
    )


def _raised(tx: Transaction, id: int, monitor: Row, evidence: Mapping[str, Any], *, again: bool) -> None:
    tx.emit(
        EventKind.ALERT_RAISED, f"alert {id}", monitor=monitor["name"], model=monitor["model"], what=evidence["what"],
        source=evidence.get("source"), since=evidence.get("since"), again=again,
    )


def _newer(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The newest evidence; what it began with, and what was done about it, stays."""
    kept = {key: before[key] for key in KEPT if key in before}
    return {**now, **kept}


def well_again(
    tx: Transaction, monitor: Row, report: int, summary: str, tell: NotifySettings, *, now_normal: bool = False
) -> Row | None:
    """Resolve the monitor's alert, if it has one; people hear of it once it has been quiet for a while."""
    facts = {"new_normal": True} if now_normal else {}
    return _resolved(tx, monitor, summary, tell, facts, last_report_id=report)


def over(tx: Transaction, monitor: Row, why: str, tell: NotifySettings, *, known: bool = False) -> Row | None:
    """Resolve the monitor's alert, if it has one, where no reading of its own will. `known`: a person wanted it so."""
    said = {"acknowledged_at": tx.now, "acknowledged_by": tx.actor} if known else {}
    return _resolved(tx, monitor, why, tell, {}, **said)


def _resolved(
    tx: Transaction, monitor: Row, summary: str, tell: NotifySettings, facts: Mapping[str, Any], **values: Any
) -> Row | None:
    found = alerts.open_for(tx.connection, monitor["model"], monitor["kind"])
    if found is None:
        return None
    evidence = {**found["evidence"], "resolved": summary, **facts}
    alerts.change(tx, found["id"], state=AlertState.RESOLVED, resolved_at=tx.now, evidence=evidence, **values)
    tx.emit(
        EventKind.ALERT_RESOLVED, f"alert {found['id']}", monitor=monitor["name"], model=monitor["model"], why=summary
    )
    if monitor["silenced_until"] == monitors.UNTIL_RESOLVED:
        monitors.change(tx, monitor["name"], silenced_until=None, silenced_by=None)
    if not monitors.silenced(monitor, tx.now):
        body = message(found, RESOLVED) | {"text": f"over: {monitor['name']}: {summary}"}
        for channel in channels(tell):
            notifications.add(tx, found["id"], channel, RESOLVED, body, tx.now + QUIET)
    return found


def announce(tx: Transaction, monitor: Row, alert: Row, tell: NotifySettings, also: str = "") -> None:
    """Tell people of it, once a channel; `also`: of something else about it, once."""
    if alert["state"] != AlertState.OPEN or monitors.silenced(monitor, tx.now):
        return
    for about in dict.fromkeys([RAISED, *([also] if also else [])]):
        for channel in channels(tell):
            notifications.add(tx, alert["id"], channel, about, message(alert, about))


def channels(tell: NotifySettings) -> Sequence[str]:
    """The ways by which people want to be told."""
    wanted = {"webhook": bool(tell.webhook), "smtp": bool(tell.smtp and tell.to), "apprise": bool(tell.apprise)}
    return [name for name, on in wanted.items() if on]


def message(alert: Row, about: str) -> dict[str, Any]:
    """What is sent: plain values only, and nothing of the data but names of columns and counts."""
    evidence = alert["evidence"]
    does = evidence.get("does", "")
    return {
        "about": about, "alert": alert["id"], "monitor": alert["monitor"], "model": alert["model"],
        "kind": alert["kind"], "opened_at": alert["opened_at"].isoformat(), "since": evidence.get("since"),
        "rows": evidence.get("rows"), "columns": evidence.get("columns", []), "does": does,
        "text": f"{alert['monitor']}: {evidence['what']}{f' -> {does}' if does else ''}",
        "commands": evidence["commands"],
    }


def commands(model: str, monitor: str) -> dict[str, str]:
    """What a person can do about it."""
    return {
        "why": f"footplate monitors show {quote(monitor)}",
        "roll back and hold": f"footplate models rollback {quote(model)}",
        "silence": f"footplate monitors silence {quote(monitor)} 8h",
    }


# -- people

def acknowledge(workspace: Workspace, alert: int) -> str:
    """Somebody knows: it needs nobody any more, and still holds."""
    with one_act(), workspace.registry.write(workspace.actor) as tx:
        row = find(tx.connection, alert)
        doubted = [one for one in alerts.suspects(tx.connection) if one["alert"] == alert]
        if row["state"] != AlertState.OPEN and not doubted:
            said = f"alert {alert} is {row['state']}: only an open one is acknowledged"
            raise Conflict(said, "`footplate alerts list`")
        set_acknowledged(tx, row, True)
    if doubted:
        names = ", ".join(f"{one['dataset']}@{one['number']}" for one in doubted)
        return f"{names} is learned from by the next run (undo: `footplate undo`)"
    return f"alert {alert} ({row['monitor']}) is acknowledged: it needs nobody any more (undo: `footplate undo`)"


def set_acknowledged(tx: Transaction, row: Row, on: bool, **payload: Any) -> None:
    live = AlertState.ACKNOWLEDGED if on else AlertState.OPEN
    alerts.change(
        tx, row["id"], state=row["state"] if row["state"] == AlertState.RESOLVED else live,
        acknowledged_at=tx.now if on else None, acknowledged_by=tx.actor if on else None,
    )
    if on:
        notifications.withdraw(tx, row["id"], RAISED)
    tx.emit(EventKind.ALERT_ACKNOWLEDGED, f"alert {row['id']}", monitor=row["monitor"], on=on, **payload)


def find(connection: Connection, alert: int) -> Row:
    row = alerts.get(connection, alert)
    if row is None:
        raise NotFound(f"there is no alert {alert}", "`footplate alerts list` shows them")
    return row
