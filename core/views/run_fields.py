"""What runs can be asked: their own columns, and the metrics and parameters that they brought."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, cast, select, text

from core.query.fields import Elsewhere, Field, Fields, Kind, Test
from core.registry.tables import (
    DatasetVersion,
    ModelVersion,
    RecipeVersion,
    Run,
    RunData,
    RunMetric,
    RunParam,
    RunTag,
)
from core.vocabulary import Cause, RunState, Verdict

RUN: Any = Run.__table__  # type: ignore[attr-defined]
METRIC: Any = RunMetric.__table__  # type: ignore[attr-defined]
PARAM: Any = RunParam.__table__  # type: ignore[attr-defined]
TAG: Any = RunTag.__table__  # type: ignore[attr-defined]
DATA: Any = RunData.__table__  # type: ignore[attr-defined]
VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
MODEL_VERSION: Any = ModelVersion.__table__  # type: ignore[attr-defined]

METRICS = (  # that can be asked for before any run has brought them
    "roc_auc", "average_precision", "brier", "log_loss", "accuracy", "f1", "f1_macro", "balanced_accuracy", "rmse",
    "mae", "mape", "r2",
)
LOWER_IS_BETTER = frozenset({"brier", "log_loss", "rmse", "mae", "mape"})
OUTCOMES = ("promoted", "registered", "waiting", "refused", "none")


def _words(kind: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in kind)


_OWN = {
    "id": Field(RUN.c.id, Kind.NUMBER),
    "recipe": Field(RUN.c.recipe),
    "recipe_hash": Field(RECIPE_VERSION.c.hash),
    "state": Field(RUN.c.state, choices=_words(RunState)),
    "cause": Field(RUN.c.cause, choices=_words(Cause)),
    "verdict": Field(RUN.c.verdict, choices=_words(Verdict)),
    "outcome": Field(RUN.c.outcome, choices=OUTCOMES),
    "seed": Field(RUN.c.seed, Kind.NUMBER),
    "rows_train": Field(RUN.c.rows_train, Kind.NUMBER),
    "rows_holdout": Field(RUN.c.rows_holdout, Kind.NUMBER),
    "model_version": Field(MODEL_VERSION.c.version, Kind.NUMBER, joined=True),
    "error": Field(RUN.c.error),
    "actor": Field(RUN.c.actor),
    "started_at": Field(RUN.c.started_at, Kind.TIME),
    "ended_at": Field(RUN.c.ended_at, Kind.TIME),
    "seconds": Field(RUN.c.seconds, Kind.NUMBER),
    "cpu_seconds": Field(RUN.c.cpu_seconds, Kind.NUMBER),
    "peak_memory": Field(RUN.c.peak_memory, Kind.NUMBER),
}


def _in(keys: Callable[[Test], Select[Any]], owner: Any) -> Elsewhere:
    """A field of which there are few rows: runs are found through them."""
    return Elsewhere(lambda test: RUN.c.id.in_(keys(test)), keys, owner)


def _tagged(test: Test) -> Select[Any]:
    return select(TAG.c.run_id).where(test)


def _learned_from(test: Test) -> Select[Any]:
    return select(DATA.c.run_id).join(VERSION, VERSION.c.id == DATA.c.version_id).where(DATA.c.used, test)


_RELATED = {
    "tag": Field(TAG.c.tag, elsewhere=_in(_tagged, RUN.c.id)),
    "data": Field(VERSION.c.dataset + "@" + cast(VERSION.c.version, Text), elsewhere=_in(_learned_from, RUN.c.id)),
}


def _named(table: Any, name: str) -> Elsewhere:
    """The row of that name of each run."""
    def exists(test: Test) -> Test:
        return select(1).where(table.c.run_id == RUN.c.id, table.c.name == name, test).exists()

    def keys(test: Test) -> Select[Any]:
        return select(table.c.run_id).where(table.c.name == name, test)

    def join(statement: Select[Any], by_key: bool) -> Select[Any]:
        named = table.c.name + "" if by_key else table.c.name  # SQLite takes no index for an expression
        return statement.join(table, and_(table.c.run_id == RUN.c.id, named == name))

    return Elsewhere(exists, keys, RUN.c.id, join, table.c.run_id)


def metric(name: str) -> Field:
    """A metric as a field: sorted by its index."""
    table = METRIC.alias()
    return Field(table.c.value, Kind.NUMBER, elsewhere=_named(table, name))


def param(name: str, number: bool) -> Field:
    """A parameter as a field: a number where it is one in any run, else text."""
    table = PARAM.alias()
    if not number:
        return Field(table.c.value, elsewhere=_named(table, name))
    return Field(table.c.number, Kind.NUMBER, elsewhere=_named(table, name), text=table.c.value)


def fields(connection: Connection) -> Fields:
    """All that can be asked of the runs in this registry."""

    def more(name: str) -> Field | None:
        if name.startswith("params."):
            name = name.removeprefix("params.")
            return param(name, _is_number(connection, name)) if _there(connection, "runparam", name) else None
        name = name.removeprefix("metrics.")
        return metric(name) if name in METRICS or _there(connection, "runmetric", name) else None

    def others() -> Iterator[str]:
        yield from METRICS
        yield from (name for name in _names(connection, "runmetric") if name not in METRICS)
        yield from (f"params.{name}" for name in _names(connection, "runparam"))

    return Fields(
        _OWN | _RELATED, words=(RUN.c.recipe, RUN.c.state, RUN.c.cause, RUN.c.actor, RUN.c.error), more=more,
        others=others,
    )


def metric_names(connection: Connection) -> list[str]:
    """The metrics that runs have brought so far, the known ones in their own order first."""
    found = _names(connection, "runmetric")
    return [name for name in METRICS if name in found] + [name for name in found if name not in METRICS]


def param_names(connection: Connection) -> list[str]:
    """The parameters that runs have brought so far."""
    return _names(connection, "runparam")


def _there(connection: Connection, table: str, name: str) -> bool:
    """Whether any run has it; where no run has any, nothing is wrong with asking."""
    found = connection.execute(
        text(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE name = :name) OR NOT EXISTS (SELECT 1 FROM {table})"),
        {"name": name},
    ).scalar_one()
    return bool(found)


def _is_number(connection: Connection, param: str) -> bool:
    return bool(connection.execute(
        text(
            "SELECT EXISTS (SELECT 1 FROM runparam WHERE name = :name AND number IS NOT NULL)"
            " OR NOT EXISTS (SELECT 1 FROM runparam WHERE name = :name)"
        ),
        {"name": param},
    ).scalar_one())


def _names(connection: Connection, table: str) -> list[str]:
    """The distinct names, by hopping through the index on (name, ...)."""
    return list(connection.execute(text(
        f"WITH RECURSIVE hop(name) AS (SELECT min(name) FROM {table} UNION ALL"
        f" SELECT (SELECT min(name) FROM {table} WHERE name > hop.name) FROM hop WHERE hop.name IS NOT NULL)"
        " SELECT name FROM hop WHERE name IS NOT NULL LIMIT 2000"
    )).scalars())
