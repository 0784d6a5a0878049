"""The nodes of lineage, from their rows: files, data, recipes, runs, model versions and their aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from core.registry.tables import Alias, RecipeVersion
from core.text import visible
from core.views.run_fields import MODEL_VERSION, RUN, VERSION

ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
FILE, CODE, DATASET, RECIPE, RUNS, MODEL, ALIASES = "file", "code", "data", "recipe", "run", "model", "alias"
LAYER = {FILE: 0, CODE: 0, DATASET: 1, RECIPE: 1, RUNS: 2, MODEL: 3, ALIASES: 4}
MOST = 2_000  # rows that are read for a key, the newest


@dataclass(frozen=True)
class Node:
    """`key` names it among its kind: data `flights@7`, run `13`, model `flights@11`, alias `flights@champion`,
    recipe the id of its version, file `flights/month.csv`, code `features.py/HASH`. `fact` is what to know of it."""

    kind: str
    key: str
    label: str
    state: str = ""
    fact: str = ""

    @property
    def id(self) -> tuple[str, str]:
        return self.kind, self.key

    @property
    def layer(self) -> int:
        return LAYER[self.kind]

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "key": self.key, "label": self.label, "state": self.state, "fact": self.fact}


def data_node(row: Any) -> Node:
    times = f", {row['time_min'][:10]} to {row['time_max'][:10]}" if row["time_min"] and row["time_max"] else ""
    fact = f"{row['state']}, {row['rows'] or 0:,} rows, {row['labelled'] or 0:,} labelled{times}"
    return Node(DATASET, f"{row['dataset']}@{row['version']}", f"{row['dataset']}@{row['version']}", row["state"],
                visible(fact))


def file_node(row: Any) -> Node:
    size = sum(file["bytes"] or 0 for file in row["files"] or ())
    fact = f"a file of {row['dataset']}, {size:,} bytes, sha256 {(row['hash'] or '')[:12]}"
    return Node(FILE, f"{row['dataset']}/{row['file_name']}", visible(row["file_name"]), "", visible(fact))


def run_node(row: Any) -> Node:
    outcome = f", {row['outcome']}" if row["outcome"] else ""
    fact = f"{row['state']}{outcome}, {str(row['cause']).replace('_', ' ')}: {row['headline'] or 'not judged'}"
    return Node(RUNS, str(row["id"]), f"run {row['id']}", row["outcome"] or row["state"], visible(fact))


def recipe_node(row: Any) -> Node:
    settings = f", set by hand: {', '.join(row['settings'])}" if row["settings"] else ""
    fact = f"recipe {row['recipe']}, saved by {row['actor']}{settings}"
    return Node(RECIPE, str(row["id"]), f"recipe {row['hash'][:6]}", "", visible(fact))


def code_node(name: str, sha256: str) -> Node:
    return Node(CODE, f"{name}/{sha256}", visible(name), "", f"code, sha256 {sha256[:12]}")


def model_node(row: Any) -> Node:
    fit = "" if row["measured"] else ", fitted once more after the gate"
    fact = f"learned from {row['rows']:,} rows{fit}, {row['bytes']:,} bytes"
    return Node(MODEL, f"{row['model']}@{row['version']}", f"{row['model']} v{row['version']}", "", visible(fact))


def alias_node(row: Any) -> Node:
    fact = f"{row['model']} v{row['version']} since {row['moved_at']:%Y-%m-%d %H:%M} UTC"
    return Node(ALIASES, f"{row['model']}@{row['alias']}", row["alias"], row["alias"], visible(fact))


VERSION_COLUMNS = [VERSION.c[name] for name in (
    "dataset", "version", "state", "rows", "labelled", "files", "file_name", "hash", "time_min", "time_max"
)]
RUN_COLUMNS = [
    *(RUN.c[name] for name in ("id", "state", "cause")),
    func.json_extract(RUN.c.decision, "$.outcome").label("outcome"),
    func.json_extract(RUN.c.basis, "$.headline").label("headline"),
]


def split(keys: Iterable[str]) -> list[tuple[str, str]]:
    """`flights@7` as (flights, 7); keys that are none are left out."""
    return [(name, tail) for name, at, tail in (key.rpartition("@") for key in keys) if at]


def data_rows(connection: Connection, keys: Sequence[str]) -> Iterator[Any]:
    """Rows of dataset versions by their keys, newest first."""
    by_dataset: dict[str, list[int]] = {}
    for name, number in split(keys):
        by_dataset.setdefault(name, []).append(int(number))
    for name, numbers in by_dataset.items():
        yield from connection.execute(
            select(*VERSION_COLUMNS).where(VERSION.c.dataset == name, VERSION.c.version.in_(numbers))
            .order_by(VERSION.c.version.desc())
        ).mappings()


def file_rows(connection: Connection, keys: Sequence[str]) -> Iterator[Any]:
    """Rows of the dataset versions that came from files of these keys, newest first."""
    for key in keys:
        dataset, _, name = key.partition("/")
        yield from connection.execute(
            select(*VERSION_COLUMNS).where(VERSION.c.dataset == dataset, VERSION.c.file_name == name)
            .order_by(VERSION.c.version.desc()).limit(MOST)
        ).mappings()


def model_rows(connection: Connection, keys: Sequence[str]) -> Iterator[Any]:
    by_model: dict[str, list[int]] = {}
    for name, number in split(keys):
        by_model.setdefault(name, []).append(int(number))
    for name, numbers in by_model.items():
        yield from connection.execute(
            select(MODEL_VERSION).where(MODEL_VERSION.c.model == name, MODEL_VERSION.c.version.in_(numbers))
        ).mappings()


def alias_rows(connection: Connection, keys: Sequence[str]) -> Iterator[Any]:
    for name, alias in split(keys):
        yield from connection.execute(
            select(ALIAS).where(ALIAS.c.model == name, ALIAS.c.alias == alias)
        ).mappings()


def recipe_rows(connection: Connection, keys: Sequence[str]) -> Iterator[Any]:
    yield from connection.execute(
        select(RECIPE_VERSION).where(RECIPE_VERSION.c.id.in_(map(int, keys)))
    ).mappings()


NODES: dict[str, Callable[[Connection, Sequence[str]], Iterable[Node]]] = {
    FILE: lambda connection, keys: map(file_node, file_rows(connection, keys)),
    CODE: lambda connection, keys: (code_node(*key.rsplit("/", 1)) for key in keys),
    DATASET: lambda connection, keys: map(data_node, data_rows(connection, keys)),
    RECIPE: lambda connection, keys: map(recipe_node, recipe_rows(connection, keys)),
    RUNS: lambda connection, keys: map(run_node, connection.execute(
        select(*RUN_COLUMNS).where(RUN.c.id.in_(map(int, keys)))
    ).mappings()),
    MODEL: lambda connection, keys: map(model_node, model_rows(connection, keys)),
    ALIASES: lambda connection, keys: map(alias_node, alias_rows(connection, keys)),
}
