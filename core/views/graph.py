"""Lineage as a graph: from a file to the aliases of what was learned from it, and back.

    file ─ data ─┐
                 ├─ run ─ model version ─ alias
    code ─ recipe┘

Neighbours are read for all nodes of a level together, so that a run with thousands of versions costs a few queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from core.errors import NotFound
from core.text import visible
from core.views.models import version_number
from core.views.nodes import (
    ALIAS,
    ALIASES,
    CODE,
    DATASET,
    FILE,
    MODEL,
    MOST,
    NODES,
    RECIPE,
    RECIPE_VERSION,
    RUN_COLUMNS,
    RUNS,
    VERSION_COLUMNS,
    Node,
    alias_node,
    alias_rows,
    code_node,
    data_node,
    data_rows,
    file_node,
    file_rows,
    model_node,
    model_rows,
    recipe_node,
    recipe_rows,
    run_node,
    split,
)
from core.views.run_fields import DATA, MODEL_VERSION, RUN, VERSION
from core.workspace import Workspace

CHUNK = 500  # keys of one query


@dataclass(frozen=True)
class Branch:
    """A node, and what lies beyond it in the same direction."""

    node: Node
    beyond: tuple[Branch, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return self.node.to_json() | {"beyond": [one.to_json() for one in self.beyond]}


@dataclass(frozen=True)
class Around:
    """A node with all that it came from (`parents`) and all that came of it (`children`)."""

    node: Node
    parents: tuple[Branch, ...]
    children: tuple[Branch, ...]

    def to_json(self) -> dict[str, Any]:
        return self.node.to_json() | {
            "parents": [one.to_json() for one in self.parents], "children": [one.to_json() for one in self.children],
        }


Pair = tuple[str, Node]  # (key of the node that was asked for, its neighbour)
Neighbours = Callable[[Connection, Sequence[str]], Iterable[Pair]]


def of_version(workspace: Workspace, text: str) -> Node:
    """The node of a model version: NAME@V or NAME@ALIAS. Raises NotFound."""
    name, _, which = text.rpartition("@")
    with workspace.registry.read() as connection:
        number = version_number(connection, name, which)
    return node(workspace, MODEL, f"{name}@{number}")


def node(workspace: Workspace, kind: str, key: str) -> Node:
    """The node itself, as it is by now. Raises NotFound."""
    with workspace.registry.read() as connection:
        found = next(iter(NODES[kind](connection, [key])), None)
    if found is None:
        raise NotFound(f"there is no {kind} {visible(key)} any more", "look again")
    return found


def around(workspace: Workspace, kind: str, key: str) -> Around:
    """A node with its whole past and all that came of it. Raises NotFound."""
    here = node(workspace, kind, key)
    with workspace.registry.read() as connection:
        return Around(here, _tree(connection, here, _PARENTS), _tree(connection, here, _CHILDREN))


def _tree(connection: Connection, here: Node, ways: dict[str, tuple[Neighbours, ...]]) -> tuple[Branch, ...]:
    """Level by level, then put together from the far end; a node that is reached twice hangs where it was first."""
    levels: list[dict[tuple[str, str], list[Node]]] = []
    seen, level = {here.id}, [here]
    while level:
        found: dict[tuple[str, str], list[Node]] = {}
        for kind in dict.fromkeys(one.kind for one in level):
            keys = [one.key for one in level if one.kind == kind]
            for way in ways.get(kind, ()):
                for key, neighbour in _chunked(connection, way, keys):
                    if neighbour.id not in seen:
                        seen.add(neighbour.id)
                        found.setdefault((kind, key), []).append(neighbour)
        if found:
            levels.append(found)
        level = [one for group in found.values() for one in group]

    def beyond(one: Node, depth: int) -> tuple[Branch, ...]:
        group = levels[depth].get(one.id, []) if depth < len(levels) else []
        return tuple(Branch(next_, beyond(next_, depth + 1)) for next_ in group)

    return beyond(here, 0)


def _chunked(connection: Connection, way: Neighbours, keys: Sequence[str]) -> Iterator[Pair]:
    for start in range(0, len(keys), CHUNK):
        yield from way(connection, keys[start : start + CHUNK])


# -- back


def _files_of_data(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    for row in data_rows(connection, keys):
        yield f"{row['dataset']}@{row['version']}", file_node(row)


def _code_of_recipes(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    for row in recipe_rows(connection, keys):
        for file in row["code"] or ():
            yield str(row["id"]), code_node(file["name"], file["sha256"])


def _data_of_runs(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    rows = connection.execute(
        select(DATA.c.run_id, *VERSION_COLUMNS).join(VERSION, VERSION.c.id == DATA.c.version_id)
        .where(DATA.c.run_id.in_(map(int, keys)), DATA.c.used)
        .order_by(VERSION.c.dataset, VERSION.c.version.desc()).limit(MOST)
    ).mappings()
    for row in rows:
        yield str(row["run_id"]), data_node(row)


def _recipes_of_runs(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    rows = connection.execute(
        select(RUN.c.id.label("run"), RECIPE_VERSION)
        .join(RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id).where(RUN.c.id.in_(map(int, keys)))
    ).mappings()
    for row in rows:
        yield str(row["run"]), recipe_node(row)


def _runs_of_models(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    owners = {row["run_id"]: f"{row['model']}@{row['version']}" for row in model_rows(connection, keys)}
    for row in connection.execute(select(*RUN_COLUMNS).where(RUN.c.id.in_([*owners]))).mappings():
        yield owners[row["id"]], run_node(row)


def _models_of_aliases(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    owners = {f"{row['model']}@{row['version']}": f"{row['model']}@{row['alias']}"
              for row in alias_rows(connection, keys)}
    for row in model_rows(connection, [*owners]):
        yield owners[f"{row['model']}@{row['version']}"], model_node(row)


# -- forth


def _data_of_files(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    for row in file_rows(connection, keys):
        yield f"{row['dataset']}/{row['file_name']}", data_node(row)


def _recipes_of_code(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    for key in keys:
        sha256 = key.rpartition("/")[2]
        rows = connection.execute(
            select(RECIPE_VERSION).where(func.instr(RECIPE_VERSION.c.code, sha256) > 0)
            .order_by(RECIPE_VERSION.c.id.desc()).limit(MOST)
        ).mappings()
        for row in rows:
            yield key, recipe_node(row)


def _runs_of_data(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    for name, number in split(keys):
        rows = connection.execute(
            select(*RUN_COLUMNS).join(DATA, DATA.c.run_id == RUN.c.id).join(VERSION, VERSION.c.id == DATA.c.version_id)
            .where(VERSION.c.dataset == name, VERSION.c.version == int(number), DATA.c.used)
            .order_by(RUN.c.id.desc()).limit(MOST)
        ).mappings()
        for row in rows:
            yield f"{name}@{number}", run_node(row)


def _runs_of_recipes(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    for one in recipe_rows(connection, keys):
        rows = connection.execute(  # by the recipe's name, since runs have an index on that
            select(*RUN_COLUMNS).where(RUN.c.recipe == one["recipe"], RUN.c.recipe_version_id == one["id"])
            .order_by(RUN.c.id.desc()).limit(MOST)
        ).mappings()
        for row in rows:
            yield str(one["id"]), run_node(row)


def _models_of_runs(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    rows = connection.execute(
        select(MODEL_VERSION).where(MODEL_VERSION.c.run_id.in_(map(int, keys)))
    ).mappings()
    for row in rows:
        yield str(row["run_id"]), model_node(row)


def _aliases_of_models(connection: Connection, keys: Sequence[str]) -> Iterator[Pair]:
    wanted = set(keys)
    names = {name for name, _ in split(keys)}
    rows = connection.execute(select(ALIAS).where(ALIAS.c.model.in_(names)).order_by(ALIAS.c.alias)).mappings()
    for row in rows:
        if (key := f"{row['model']}@{row['version']}") in wanted:
            yield key, alias_node(row)


_PARENTS: dict[str, tuple[Neighbours, ...]] = {
    DATASET: (_files_of_data,), RECIPE: (_code_of_recipes,), RUNS: (_data_of_runs, _recipes_of_runs),
    MODEL: (_runs_of_models,), ALIASES: (_models_of_aliases,),
}
_CHILDREN: dict[str, tuple[Neighbours, ...]] = {
    FILE: (_data_of_files,), CODE: (_recipes_of_code,), DATASET: (_runs_of_data,), RECIPE: (_runs_of_recipes,),
    RUNS: (_models_of_runs,), MODEL: (_aliases_of_models,),
}
