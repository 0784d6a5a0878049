"""What people do with monitors: set their thresholds, switch them off and on, silence them, have them read now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.errors import NotFound, UsageError
from core.query.fields import nearest
from core.recipes.sections import Watch
from core.recipes.units import parse_duration
from core.registry import jobs, monitors
from core.registry.acts import one_act
from core.registry.database import Transaction
from core.services import alerting, observing
from core.services import recipes as recipe_service
from core.settings import NotifySettings
from core.text import shortened
from core.vocabulary import EventKind, MonitorKind
from core.workspace import Workspace

OFF, RESOLVED, FOREVER, BY_PEOPLE = "off", "resolved", "forever", "set by people"
KEYS = tuple(name for name in Watch.model_fields if name != "enabled")


def threshold(
    workspace: Workspace, name: str, settings: Mapping[str, str], *, enabled: bool | None = None, default: bool = False
) -> str:
    """Set what a monitor goes by, over what its recipe says (`level`, `effect`, `min_rows`); `default`: as the recipe
    says again; `enabled`: off or on. Raises NotFound and UsageError."""
    wanted = {key: checked(key, text) for key, text in settings.items()}
    with one_act(), workspace.registry.write(workspace.actor) as tx:
        row = _named(tx, workspace, name)
        now = {} if default else dict(row["settings"])
        set_settings(tx, name, now | wanted, bool(row["enabled"]) if enabled is None else enabled)
        row = _named(tx, workspace, name)
    if not row["enabled"]:
        return f"{name} is off: it reads nothing (on: `footplate monitors threshold {name} --on`)"
    said = ", ".join(f"{key} {value}" for key, value in row["settings"].items())
    return f"{name} goes by {said or 'what its recipe says'} from its next reading on (undo: `footplate undo`)"


def silence(workspace: Workspace, name: str, how_long: str) -> str:
    """Nobody is told of a monitor for a while ("8h", "resolved": until its alert is, "forever"), or again ("off"); it
    goes on reading."""
    with one_act(), workspace.registry.write(workspace.actor) as tx:
        _named(tx, workspace, name)
        until = until_of(how_long, tx.now)
        set_silence(tx, name, until)
    if until is None:
        return f"{name} speaks again (silence: `footplate monitors silence {name} 8h`)"
    return f"{name} is silent {said(until)}; it goes on reading (back: `footplate monitors silence {name} off`)"


def until_of(how_long: str, now: datetime) -> datetime | None:
    """The end of a silence; None where there is to be none. UsageError."""
    word = how_long.strip().lower()
    fixed = {OFF: None, RESOLVED: monitors.UNTIL_RESOLVED, FOREVER: monitors.FOR_GOOD}
    if word in fixed:
        return fixed[word]
    try:
        return now + timedelta(seconds=_duration(how_long))
    except OverflowError:
        return monitors.FOR_GOOD


def said(until: datetime) -> str:
    """`for good`, `until its alert is resolved`, `until 2026-03-14 20:00 UTC`."""
    if until == monitors.FOR_GOOD:
        return "for good"
    if until == monitors.UNTIL_RESOLVED:
        return "until its alert is resolved"
    return f"until {until:%Y-%m-%d %H:%M} UTC"


def effective(workspace: Workspace, name: str) -> dict[str, tuple[Any, str]]:
    """What a monitor goes by: {"effect": (0.1, "recipe")}. What nobody set is told from its last reading, or None."""
    model, _, kind = name.rpartition("/")
    recipe = recipe_service.in_force(workspace, model).recipe
    with workspace.registry.read() as connection:
        row, last = monitors.get(connection, name), monitors.last(connection, name)
    own, used = (row["settings"] if row is not None else {}), (last or {}).get("evidence") or {}
    watch, found = getattr(recipe.monitors, kind, Watch()), dict[str, tuple[Any, str]]()
    for key in KEYS:
        if key in own:
            found[key] = own[key], BY_PEOPLE
        elif (value := getattr(watch, key)) is not None:
            found[key] = value, "recipe"
        else:
            found[key] = used.get(key), "default"
    return found


def check(workspace: Workspace, name: str) -> str:
    """Have what has arrived read now: of one monitor's model, or of a model. Raises NotFound."""
    model = name.rpartition("/")[0] or name
    recipe = recipe_service.in_force(workspace, model).recipe
    with workspace.registry.write(workspace.actor) as tx:
        waiting = observing.unread(tx.connection, recipe)
        if waiting:
            job, _ = jobs.enqueue(tx, observing.arrivals_request(recipe))
    if not waiting:
        return f"{model}: all that has arrived was read already (see `footplate monitors list --where model={model}`)"
    which = ", ".join(f"{row['dataset']}@{row['version']}" for row in waiting)
    return f"job {job} will read {which} (stop it: `footplate jobs cancel {job}`)"


def set_settings(tx: Transaction, name: str, settings: Mapping[str, Any], enabled: bool, **payload: Any) -> None:
    row = monitors.get(tx.connection, name)
    assert row is not None
    monitors.change(tx, name, settings=dict(settings), enabled=enabled)
    if not enabled:
        alerting.over(tx, row, "its monitor is off", NotifySettings(), known=True)  # who did it need not be told
    tx.emit(
        EventKind.MONITOR_CHANGED, f"monitor {name}", settings=dict(settings), enabled=enabled,
        before=row["settings"], enabled_before=bool(row["enabled"]), **payload,
    )


def set_silence(tx: Transaction, name: str, until: datetime | None, **payload: Any) -> None:
    row = monitors.get(tx.connection, name)
    assert row is not None
    before = row["silenced_until"]
    monitors.change(tx, name, silenced_until=until, silenced_by=tx.actor if until else None)
    tx.emit(
        EventKind.MONITOR_SILENCED, f"monitor {name}", until=until.isoformat() if until else None,
        before=before.isoformat() if before else None, **payload,
    )


def _named(tx: Transaction, workspace: Workspace, name: str) -> monitors.Row:
    """The monitor; made where its model is there and it has not read yet."""
    row = monitors.get(tx.connection, name)
    if row is not None:
        return row
    model, _, kind = name.rpartition("/")
    known = {recipe.name for recipe in recipe_service.known(workspace)}
    if model in known and kind in tuple(MonitorKind):
        return monitors.ensure(tx, model, MonitorKind(kind))
    names = [monitors.name_of(one, each) for one in sorted(known) for each in MonitorKind]
    near = nearest(name, names)
    hint = f"did you mean {near}?" if near else "`footplate monitors list` shows them"
    raise NotFound(f"there is no monitor {shortened(name)!r}", hint)


def checked(key: str, text: str) -> float | int:
    """What was typed for a key, by the bounds that the recipe's [monitors] have, too. UsageError."""
    if key not in KEYS:
        raise UsageError(f"a monitor has no {shortened(key)!r}", f"there are: {', '.join(KEYS)}")
    try:
        value: float | int = int(text) if key == "min_rows" else float(text)
        Watch.model_validate({key: value})
    except ValueError:
        raise UsageError(
            f"{key} cannot be {shortened(text)!r}", "level=0.01, effect=0.2 or min_rows=100, for example"
        ) from None
    return value


def _duration(text: str) -> float:
    try:
        return float(parse_duration(text))
    except ValueError as error:
        hint = "write it like 8h, 30m, 2d, resolved or forever; off: it speaks again"
        raise UsageError(f"{shortened(text)!r}: {error}", hint) from None
