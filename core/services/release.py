"""Which version of a model is the champion: promoted by a passed gate or a person, rolled back, held, undone.

Every move is compare-and-set on the champion that the mover saw, and is an event with an actor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from core.errors import Conflict, NotFound, Stale
from core.registry import champions, models, runs
from core.registry.acts import one_act
from core.registry.champions import BACKWARD, ROLLED_BACK, UNDONE
from core.registry.database import Transaction
from core.services import deploy
from core.vocabulary import AliasName, EventKind, Verdict
from core.workspace import Workspace

Row = Mapping[str, Any]


def move_champion(
    tx: Transaction, model: str, version: int, *, seen: int | None, check_seen: bool, why: str, **payload: Any
) -> int | None:
    """Give the alias `champion` to a version; returns the one before. Stale where `seen` is not the champion."""
    now = models.alias(tx.connection, model)
    if check_seen and now != seen:
        raise Stale(
            f"the champion of {model} is {_v(now)} by now, not {_v(seen)}",
            f"look again: `footplate models show {model}`",
        )
    models.set_alias(tx, model, AliasName.CHAMPION, version)
    if models.alias(tx.connection, model, AliasName.CHALLENGER) == version:
        models.set_alias(tx, model, AliasName.CHALLENGER, None)
        payload = {**payload, "challenger": True}  # that it was one, so that an undo makes it one again
    tx.emit(
        EventKind.ALIAS_MOVED, f"model {model}", alias=AliasName.CHAMPION, version=version, before=now, why=why,
        **payload,
    )
    deploy.follow(tx, model, version, back=why in BACKWARD, why=why)
    return now


def promote(workspace: Workspace, model: str, version: int, *, seen_champion: int | None = None) -> str:
    """Make a version the champion because a person says so."""
    with workspace.registry.write(workspace.actor) as tx:
        _model(tx.connection, model)
        _version(tx.connection, model, version)
        if models.alias(tx.connection, model) == version and seen_champion in (None, version):
            return f"{model} v{version} is the champion already"
        before = move_champion(
            tx, model, version, seen=seen_champion, check_seen=seen_champion is not None, why="promoted by a person"
        )
    return f"{model} v{version} is the champion, before it was {_v(before)} (undo: `footplate models undo {model}`)"


def rollback(workspace: Workspace, model: str, *, seen_champion: int | None = None) -> str:
    """Back to the champion before, and hold: nothing is promoted until `resume`."""
    with one_act(), workspace.registry.write(workspace.actor) as tx:
        _model(tx.connection, model)
        now = models.alias(tx.connection, model)
        before = champions.before(champions.moves(tx.connection, model), now)
        if before is None:
            raise Conflict(
                f"{model} has no earlier champion to go back to", f"see `footplate models show {model}`"
            )
        seen = now if seen_champion is None else seen_champion
        move_champion(tx, model, before, seen=seen, check_seen=True, why=ROLLED_BACK)
        _set_held(tx, model, True, f"rolled back from v{now}")
    return (
        f"{model} is back at v{before} and held (undo: `footplate undo`); data, training and monitors go on"
    )


def hold(workspace: Workspace, model: str, reason: str = "") -> str:
    """Stop promotion, and nothing else."""
    with workspace.registry.write(workspace.actor) as tx:
        if _model(tx.connection, model)["held"]:
            return f"{model} is held already"
        _set_held(tx, model, True, reason)
    return f"{model} is held: nothing is promoted until `footplate models resume {model}`"


def resume(workspace: Workspace, model: str) -> str:
    """Promotion goes on with the next challenger that passes."""
    with workspace.registry.write(workspace.actor) as tx:
        if not _model(tx.connection, model)["held"]:
            return f"{model} is not held"
        _set_held(tx, model, False, "")
        waiting = models.alias(tx.connection, model, AliasName.CHALLENGER)
    more = f"; v{waiting} passed meanwhile: `footplate models promote {model} {waiting}`" if waiting else ""
    return f"{model} promotes again (hold: `footplate models hold {model}`){more}"


def approve(workspace: Workspace, model: str, run: int | None = None) -> str:
    """Say yes to a version that waits for a person: the challenger becomes the champion."""
    with workspace.registry.write(workspace.actor) as tx:
        _model(tx.connection, model)
        waiting = models.alias(tx.connection, model, AliasName.CHALLENGER)
        row = models.version(tx.connection, model, waiting) if waiting else None
        if row is None or (run is not None and row["run_id"] != run) or not _needs_approval(tx.connection, row):
            raise Conflict(
                f"nothing of {model} waits for approval" if run is None else f"run {run} does not wait for approval",
                f"see `footplate models show {model}`",
            )
        tx.emit(EventKind.APPROVAL_GIVEN, f"model {model}", version=waiting, run=row["run_id"])
        before = move_champion(tx, model, row["version"], seen=None, check_seen=False, why="approved by a person")
    return (
        f"{model} v{waiting} is approved and the champion, before it was {_v(before)}"
        f" (undo: `footplate models undo {model}`)"
    )


def undo(workspace: Workspace, model: str) -> str:
    """Take back the last move of the champion; undoing twice does it again. A hold stays."""
    with workspace.registry.write(workspace.actor) as tx:
        held = _model(tx.connection, model)["held"]
        now, moves = models.alias(tx.connection, model), champions.moves(tx.connection, model)
        before = champions.undone(moves, now)
        if before is None:
            raise Conflict(f"there is no move of {model}'s champion to undo", f"see `footplate models show {model}`")
        link = "redoes" if moves[-1].get("undoes") is not None else "undoes"
        move_champion(tx, model, before, seen=now, check_seen=True, why=UNDONE, **{link: moves[-1]["event"]})
    more = f", still held (promote again: `footplate models resume {model}`)" if held else ""
    return f"{model} is back at v{before}{more} (undo: `footplate models undo {model}`)"


def _set_held(tx: Transaction, model: str, held: bool, reason: str) -> None:
    models.change(
        tx, model, held=held, held_by=tx.actor if held else None, held_reason=reason if held else None
    )
    kind = EventKind.MODEL_HELD if held else EventKind.MODEL_RESUMED
    tx.emit(kind, f"model {model}", reason=reason)


def _needs_approval(connection: Connection, version: Row) -> bool:
    run = runs.get(connection, version["run_id"])
    return run is not None and bool(run["gate"]) and run["gate"]["verdict"] == Verdict.NEEDS_APPROVAL


def _model(connection: Connection, name: str) -> Row:
    row = models.get(connection, name)
    if row is None:
        raise NotFound(f"there is no model {name!r}", "`footplate models list` shows them")
    return row


def _version(connection: Connection, model: str, version: int) -> Row:
    row = models.version(connection, model, version)
    if row is None:
        raise NotFound(f"{model} has no version {version}", f"`footplate models show {model}` lists them")
    return row


def _v(version: int | None) -> str:
    return "none" if version is None else f"v{version}"
