"""The decision record: what caused a run, what was compared on which rows, what came of it, what would have changed it.

It is put together from what the run's last transaction wrote (basis, gate, decision), the versions that it
learned from, and the events that followed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.errors import NotFound
from core.registry.tables import Alias, Event, Job, RecipeVersion
from core.registry.tables import Model as ModelRow
from core.text import visible
from core.views.afterwards import LATER, after
from core.views.reasons import changes, told
from core.views.run_fields import DATA, MODEL_VERSION, RUN, VERSION
from core.views.shape import CAUSES, gate, moment
from core.views.spans import spans
from core.vocabulary import AliasName, Cause, EventKind, RunState, Verdict
from core.workspace import Workspace

MODEL: Any = ModelRow.__table__  # type: ignore[attr-defined]
ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
EVENT: Any = Event.__table__  # type: ignore[attr-defined]
JOB: Any = Job.__table__  # type: ignore[attr-defined]
RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
MOST_LATER = 20
AGAINST = {
    "dummy": "a dummy that knows only how often each outcome comes",
    "champion recipe": "the champion's recipe, fitted on the challenger's training rows",
}
BASIS = {
    "first": "there was no champion: the first model has to beat a dummy",
    "unseen": "challenger and champion were scored on the same rows, none of which the champion had seen",
    "recipes": "no row was new to the champion, so its recipe stood in for it: both were fitted on the same rows"
    " and scored on the same others",
}


@dataclass(frozen=True)
class Line:
    label: str
    text: str

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "text": self.text}


@dataclass(frozen=True)
class Decision:
    """Why a run ended as it did. `lines` are the record in words, in the order to be read."""

    model: str
    version: int | None  # the model version that came of it
    run: int
    state: str
    cause: str
    verdict: str | None
    outcome: str | None
    headline: str
    text: str
    at: datetime | None
    gate: dict[str, Any] | None
    basis: dict[str, Any] | None
    data: tuple[tuple[str, int], ...]
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "version": self.version, "run": self.run, "state": self.state, "cause": self.cause,
            "verdict": self.verdict, "outcome": self.outcome, "headline": self.headline, "text": self.text,
            "at": moment(self.at), "gate": self.gate, "basis": self.basis,
            "data": [{"dataset": dataset, "version": version} for dataset, version in self.data],
            "lines": [line.to_json() for line in self.lines],
        }


def why(workspace: Workspace, text: str | int) -> Decision:
    """The record of MODEL (its newest decision), MODEL@V, MODEL@ALIAS or a run's id. Raises NotFound."""
    with workspace.registry.read() as connection:
        run = _run_of(connection, str(text).strip())
        row = connection.execute(
            select(RUN, RECIPE_VERSION.c.hash.label("recipe_hash"), RECIPE_VERSION.c.settings,
                   MODEL_VERSION.c.version.label("model_version"), MODEL_VERSION.c.rows.label("released_rows"))
            .join(RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id)
            .join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id, isouter=True).where(RUN.c.id == run)
        ).mappings().one()
        return _decision(connection, row)


# -- which run is meant


def _run_of(connection: Connection, text: str) -> int:
    words = text.removeprefix("run").strip()
    if words.isascii() and words.isdecimal():
        id = int(words)
        if connection.execute(select(RUN.c.id).where(RUN.c.id == id)).scalar() is None:
            raise NotFound(f"there is no run {id}", "`footplate runs list` shows them")
        return id
    name, at, which = text.rpartition("@")
    return _run_of_version(connection, name, which) if at else _newest(connection, text)


def _run_of_version(connection: Connection, name: str, which: str) -> int:
    number: Any = which.removeprefix("v")
    if which in tuple(AliasName):
        number = connection.execute(
            select(ALIAS.c.version).where(ALIAS.c.model == name, ALIAS.c.alias == which)
        ).scalar()
    elif not (number.isascii() and number.isdecimal()):
        number = None
    run = None if number is None else connection.execute(
        select(MODEL_VERSION.c.run_id).where(MODEL_VERSION.c.model == name, MODEL_VERSION.c.version == int(number))
    ).scalar()
    if run is None:
        raise NotFound(f"{name} has no version {which}", f"`footplate models show {name}` lists them")
    return int(run)


def _newest(connection: Connection, name: str) -> int:
    """The newest run of a recipe that was decided; where none was, the newest that ended or began."""
    of_recipe = (
        select(RUN.c.id).where(RUN.c.recipe == name, RUN.c.cause != Cause.REPRODUCE, ~RUN.c.deleted)
        .order_by(RUN.c.id.desc()).limit(1)
    )
    ended = of_recipe.where(RUN.c.state.in_((RunState.FINISHED, RunState.FAILED)))
    found = connection.execute(ended).scalar() or connection.execute(of_recipe).scalar()
    if found is not None:
        return int(found)
    from difflib import get_close_matches

    near = get_close_matches(name, tuple(connection.execute(select(MODEL.c.name)).scalars()), 1)
    hint = f"did you mean {near[0]!r}?" if near else "`footplate runs list` shows what has run"
    raise NotFound(f"nothing was decided about {name!r}", hint)


# -- the record


def _decision(connection: Connection, row: Any) -> Decision:
    basis, decision, judged = row["basis"] or {}, row["decision"] or {}, gate(row["gate"])
    used = _used(connection, row["id"])
    data = tuple((dataset, version) for dataset, version, _, _ in used)
    lines = [
        _line("run", _what(row)), _line("cause", _cause(connection, row)), _line("data", _data(used)),
        _line("compared", _compared(row, basis)), _line("rows", _rows(row, basis)),
        _line("basis", _basis(basis, judged)),
        *(_line("note", note) for note in _notes(basis, decision)),
        *(_line("gate", told(reason)) for reason in (judged or {}).get("reasons", ())),
        _line("verdict", (judged or {}).get("verdict", "").replace("_", " ")),
        _line("outcome", _outcome(row, decision)), _line("released", _released(row, decision)),
        *(_line("would change", one) for one in _would_change(row, judged, decision)),
        *(_line("since then", one) for one in _later(connection, row)),
    ]
    return Decision(
        model=row["recipe"], version=row["model_version"], run=row["id"], state=row["state"], cause=row["cause"],
        verdict=(judged or {}).get("verdict"), outcome=decision.get("outcome"), headline=basis.get("headline") or "",
        text=decision.get("text") or row["error"] or "", at=row["ended_at"], gate=judged, basis=row["basis"],
        data=data, lines=tuple(line for line in lines if line.text),
    )


def _line(label: str, text: str) -> Line:
    return Line(label, visible(text))


def _what(row: Any) -> str:
    made = f", which made {row['recipe']} v{row['model_version']}" if row["model_version"] else ""
    return f"run {row['id']} of recipe {row['recipe']} ({row['recipe_hash'][:8]}){made}"


def _used(connection: Connection, run: int) -> tuple[tuple[str, int, int, bool], ...]:
    """(dataset, version, labelled rows, whether its rows could judge) of what the run learned from."""
    rows = connection.execute(
        select(VERSION.c.dataset, VERSION.c.version, VERSION.c.labelled, DATA.c.fresh)
        .join(VERSION, VERSION.c.id == DATA.c.version_id)
        .where(DATA.c.run_id == run, DATA.c.used).order_by(VERSION.c.dataset, VERSION.c.version)
    )
    return tuple((dataset, version, labelled or 0, bool(fresh)) for dataset, version, labelled, fresh in rows)


def ending(decision: dict[str, Any]) -> str:
    """`refused: the champion stays`; a text that begins with the outcome's word says it alone.

    >>> ending({"outcome": "waiting", "text": "waiting for more unseen rows"})
    'waiting for more unseen rows'
    """
    outcome, said = str(decision.get("outcome") or ""), str(decision.get("text") or "")
    return said if outcome and said.startswith(outcome) else ": ".join(part for part in (outcome, said) if part)


def news(connection: Connection, run: int, recipe: str) -> tuple[tuple[str, int, int], ...]:
    """(dataset, version, rows) that a run took up and the new_data run before it did not."""
    before = connection.execute(
        select(RUN.c.id).where(
            RUN.c.recipe == recipe, RUN.c.id < run, RUN.c.cause == Cause.NEW_DATA, RUN.c.state == RunState.FINISHED
        )
        .order_by(RUN.c.id.desc()).limit(1)
    ).scalar()
    new = select(DATA.c.version_id).where(DATA.c.run_id == run).except_(
        select(DATA.c.version_id).where(DATA.c.run_id == before)
    )
    rows = connection.execute(
        select(VERSION.c.dataset, VERSION.c.version, VERSION.c.rows)
        .where(VERSION.c.id.in_(new)).order_by(VERSION.c.dataset, VERSION.c.version)
    )
    return tuple((dataset, version, rows_ or 0) for dataset, version, rows_ in rows)


def _cause(connection: Connection, row: Any) -> str:
    cause, words = row["cause"], CAUSES.get(row["cause"], row["cause"])
    if cause == Cause.NEW_DATA:
        new = news(connection, row["id"], row["recipe"])
        which = spans((dataset, version) for dataset, version, _ in new)
        rows = sum(rows for _, _, rows in new)
        return f"{words}: {which} with {rows:,} rows" if new else f"{words}, taken up by an earlier run already"
    if cause == Cause.RECIPE_CHANGE:
        return f"{words}: {row['recipe_hash'][:8]}"
    if cause == Cause.MANUAL:
        settings = ", ".join(f"{key}={value}" for key, value in (row["settings"] or {}).items())
        return f"{words}: {row['actor']}{f' with {settings}' if settings else ''}"
    if cause == Cause.REPRODUCE and (row["basis"] or {}).get("reproduces"):
        return f"{words} of run {row['basis']['reproduces']} by {row['actor']}"
    return str(words)


def _data(used: tuple[tuple[str, int, int, bool], ...]) -> str:
    if not used:
        return ""
    total = sum(labelled for _, _, labelled, _ in used)
    fresh = spans((dataset, version) for dataset, version, _, fresh in used if fresh)
    learned = f"learned from {spans((dataset, version) for dataset, version, _, _ in used)}: {total:,} labelled rows"
    return f"{learned}; rows of {fresh} could judge" if fresh else learned


def _compared(row: Any, basis: dict[str, Any]) -> str:
    if not row["rows_holdout"] or not basis.get("headline"):
        return basis.get("headline") or ""
    opponent = AGAINST.get(basis.get("against", ""))
    if opponent is None:
        opponent = f"the champion v{basis.get('champion')} (run {basis.get('champion_run')})"
    return f"the challenger against {opponent}, {row['primary_metric']}: {basis['headline']}"


def _basis(basis: dict[str, Any], judged: dict[str, Any] | None) -> str:
    if judged and judged["verdict"] == Verdict.INSUFFICIENT_DATA:
        return "too little data to tell: nothing was fitted or scored" if basis else ""
    return BASIS.get(basis.get("kind", ""), "")


def _rows(row: Any, basis: dict[str, Any]) -> str:
    if row["rows_holdout"] is None:
        return ""
    return f"{row['rows_train']:,} to learn from, {row['rows_holdout']:,} to judge on: {basis.get('how') or 'not told'}"


def _notes(basis: dict[str, Any], decision: dict[str, Any]) -> list[str]:
    return [*dict.fromkeys([*(basis.get("notes") or ()), *(decision.get("notes") or ())])]


def _outcome(row: Any, decision: dict[str, Any]) -> str:
    if row["state"] in (RunState.FAILED, RunState.CANCELLED):
        said = row["error"] or "no reason was left"
        return f"{row['state']}: {said}" if said != row["state"] else str(said)
    if not decision:
        return str(row["state"]) if row["state"] != RunState.FINISHED else ""
    return ending(decision)


def _released(row: Any, decision: dict[str, Any]) -> str:
    if not row["model_version"]:
        return ""
    if decision.get("measured"):
        return "the model that was measured"
    rows = decision.get("refit_rows") or row["released_rows"]
    return f"the recipe, fitted once more on all {rows:,} rows; that fit was not itself measured"


def _would_change(row: Any, judged: dict[str, Any] | None, decision: dict[str, Any]) -> list[str]:
    model = row["recipe"]
    if row["state"] == RunState.FAILED:
        return [f"what the error says; then `footplate jobs retry {row['job_id']}`"] if row["job_id"] else []
    if judged is None:
        return []
    lines = changes(judged["verdict"], judged["reasons"], model)
    if decision.get("outcome") == "registered":
        lines.insert(0, f"a person's word: `footplate models promote {model} {row['model_version']}`")
    return lines


def _later(connection: Connection, row: Any) -> list[str]:
    """What happened to the model version after the run's own transaction."""
    version = row["model_version"]
    if version is None or row["ended_at"] is None:
        return []
    own = connection.execute(
        select(EVENT.c.id).where(EVENT.c.subject == f"run {row['id']}", EVENT.c.kind == EventKind.RUN_FINISHED)
    ).scalar() or 0
    rows = connection.execute(
        select(EVENT.c.kind, EVENT.c.at, EVENT.c.actor, EVENT.c.payload)
        .where(EVENT.c.subject == f"model {row['recipe']}", EVENT.c.kind.in_(LATER), EVENT.c.id > own)
        .order_by(EVENT.c.id)
    )
    told_ = []
    for kind, at, actor, payload in rows:
        line = after(kind, json.loads(payload), version, row["id"])
        if line:
            told_.append(f"{at[:16].replace('T', ' ')} UTC {line} ({actor})")
    return told_[:MOST_LATER]
