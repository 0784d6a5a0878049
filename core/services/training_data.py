"""The rows of a run: which versions, read from the store, typed, and in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data import readers
from core.data.dialect import Dialect
from core.data.order import natural_key, time_key
from core.data.rows import row_hashes
from core.data.schema import Schema
from core.errors import BadRecipe, Corrupted, FootplateError, NotFound
from core.recipes.recipe import Recipe, missing_columns
from core.recipes.units import parse_duration
from core.registry import alerts, datasets, models, runs
from core.services.versions import parse_version
from core.training.rows import Columns, Part, Rows, assemble
from core.vocabulary import Kind
from core.workspace import Workspace

TEXT_BYTES = 70  # what one cell of text takes in memory, on average
COPIES = 4  # the typed rows, their encoded form, and what the estimator makes of them
BASE = 300 << 20  # interpreter and libraries
FEWEST = 5_000  # rows; if not even these fit, the run is refused

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Chosen:
    """The versions that a run learns from, and those that `train_on` leaves out."""

    used: list[Row]
    left_out: list[Row]


def choose(workspace: Workspace, recipe: Recipe, data: str | None, newest: int | None = None) -> Chosen:
    """All accepted labelled versions whose labels are not in doubt, as `train_on` cuts them; or the one that `data`
    (NAME@V) names. What has a higher id than `newest` is for a later run."""
    with workspace.registry.read() as connection:
        found = [
            row for row in datasets.learnable(connection, recipe.dataset) if newest is None or row["id"] <= newest
        ]
        doubted = {row["version_id"] for row in alerts.suspects(connection, recipe.dataset)}
    if data is not None:
        dataset, number = parse_version(data)
        named = [row for row in found if row["version"] == number and dataset == recipe.dataset]
        if not named:
            raise NotFound(f"{data} is no accepted version with labels", f"`footplate data versions {recipe.dataset}`")
        return Chosen(named, [])
    trusted = [row for row in found if row["id"] not in doubted] or found
    ordered = sorted(
        trusted, key=lambda row: (time_key(row["time_max"]), natural_key(row["file_name"]), row["version"])
    )
    kind, _, amount = recipe.data.train_on.partition(":")
    if kind == "last":
        used = ordered[-int(amount) :]
    elif kind == "since":
        border = workspace.clock.now() - timedelta(seconds=parse_duration(amount))
        used = [row for row in ordered if row["added_at"] >= border]
    else:
        used = ordered
    taken = {row["id"] for row in used}
    return Chosen(sorted(used, key=lambda row: int(row["version"])), [row for row in found if row["id"] not in taken])


@dataclass(frozen=True)
class Reading:
    """Typed rows, a part a version. `sampled`: the share of rows that fits into memory, 1.0 where all do;
    `spelling`: how false and true are written, where the target is boolean."""

    parts: list[Part]
    schema: Schema
    sampled: float
    spelling: tuple[str, str] | None


@dataclass(frozen=True)
class Loaded:
    """The rows of a run in order; the rest as `Reading` says."""

    rows: Rows
    schema: Schema
    sampled: float
    spelling: tuple[str, str] | None


def load(workspace: Workspace, recipe: Recipe, versions: Sequence[Row], *, seen: frozenset[int] | None) -> Loaded:
    """Read the versions and mark who may judge; `seen` are the ids that the champion learned from (None: no champion).

    Raises as `read` does.
    """
    found = read(workspace, recipe, versions)
    read_whole = versions if found.sampled >= 1 else [row for row in versions if row["id"] not in (seen or ())]
    rows = assemble(found.parts, columns_of(recipe), seen=seen, older=older_rows(workspace, recipe, read_whole, seen))
    return Loaded(rows, found.schema, found.sampled, found.spelling)


def columns_of(recipe: Recipe) -> Columns:
    return Columns(recipe.data.target, recipe.data.time, recipe.data.group)


def read(workspace: Workspace, recipe: Recipe, versions: Sequence[Row]) -> Reading:
    """The rows of some versions from the store, checked against their hashes.

    Raises Corrupted where a stored byte changed, FootplateError where not even a sample fits into memory.
    """
    with workspace.registry.read() as connection:
        reference = datasets.get(connection, recipe.dataset)
    if reference is None or not reference["schema"]:
        raise FootplateError(f"{recipe.dataset} has no accepted version yet", "let data arrive first")
    schema = Schema.from_json(reference["schema"])
    _need_columns(recipe, schema)
    share = _share_that_fits(recipe, schema, sum(int(row["rows"]) for row in versions))
    boolean = schema.kind(recipe.data.target) is Kind.BOOLEAN
    parts = []
    spelling: tuple[str, str] | None = None
    for row in versions:
        path = verified(workspace, row)
        dialect = Dialect.from_json(row["dialect"])
        sample = None if share >= 1 else max(1, int(row["rows"] * share))
        frame = readers.read(path, dialect, schema, sample=sample, seed=recipe.model.seed)
        if boolean and spelling is None:
            spelling = boolean_words(readers.first_text(path, dialect, 10_000)[recipe.data.target])
        hashes = row_hashes(frame, schema)
        parts.append(Part(row["id"], row["version"], row["file_name"], frame.reset_index(drop=True), hashes))
    return Reading(parts, schema, share, spelling)


def few_rows(workspace: Workspace, model: str, version: int, count: int) -> pd.DataFrame:
    """The first rows of the newest data that a model version learned from, typed. Raises NotFound, Corrupted."""
    with workspace.registry.read() as connection:
        row = models.version(connection, model, version)
        used = datasets.by_id(connection, runs.data(connection, row["run_id"])) if row is not None else []
        newest = max(used, key=lambda one: int(one["version"]), default=None)
        reference = datasets.get(connection, newest["dataset"]) if newest is not None else None
    if newest is None or reference is None or not reference["schema"]:
        raise NotFound(f"the data that {model} v{version} learned from is gone", f"`footplate models show {model}`")
    path, schema = verified(workspace, newest), Schema.from_json(reference["schema"])
    for frame in readers.chunks(path, Dialect.from_json(newest["dialect"]), schema, rows=count):
        return frame.reset_index(drop=True)
    raise NotFound(f"{newest['dataset']}@{newest['version']} has no rows", "let other data arrive")


def verified(workspace: Workspace, row: Row) -> Path:
    """The stored bytes of a version; Corrupted names the file as its owner knows it."""
    try:
        return workspace.store.verified(row["hash"])
    except Corrupted as error:
        name = f"{row['dataset']}@{row['version']} ({row['file_name']})"
        raise Corrupted(f"{name}: {error.message}", error.hint) from None


def older_rows(
    workspace: Workspace, recipe: Recipe, versions: Sequence[Row], seen: frozenset[int] | None
) -> dict[int, np.ndarray]:
    """Row hashes of versions that the champion may know, besides those whose rows were all read (`versions`)."""
    if not seen:
        return {}
    with workspace.registry.read() as connection:
        newest = max((int(row["version"]) for row in datasets.by_id(connection, sorted(seen))), default=0)
        names = datasets.older_hashes(connection, recipe.dataset, newest, [row["id"] for row in versions])
    return {
        number: np.frombuffer(workspace.store.read(name), dtype="<u8").astype(np.uint64)
        for number, name in names.items()
    }


def _need_columns(recipe: Recipe, schema: Schema) -> None:
    for key, message, hint in missing_columns(recipe, schema.names):
        raise BadRecipe(f"recipe {recipe.name}: {key}: {message}", hint, key=key)


def _share_that_fits(recipe: Recipe, schema: Schema, rows: int) -> float:
    """Which share of the rows can be learned from within [resources] memory, by a plain estimate."""
    text = sum(column.kind in (Kind.CATEGORY, Kind.EMPTY) for column in schema.columns)
    bytes_a_row = (8 * (len(schema.columns) - text) + TEXT_BYTES * text) * COPIES
    room = max(0, recipe.resources.memory - BASE)
    fits = room // max(1, bytes_a_row)
    if fits >= rows:
        return 1.0
    if fits < FEWEST:
        raise FootplateError(
            f"{rows:,} rows of {len(schema.columns)} columns need more than the"
            f" {recipe.resources.memory / 2**30:.1f} GiB that the recipe allows, and so does any useful sample of them",
            "raise [resources] memory, or drop columns with [data] drop",
        )
    return fits / rows


def boolean_words(text: pd.Series) -> tuple[str, str] | None:
    """How false and true are written in the data."""
    words = {str(word).strip().lower(): str(word).strip() for word in text.dropna().unique()}
    if not words or not {"true", "false"} >= words.keys():
        return None
    known = next(iter(words.values()))
    like = str.upper if known.isupper() else str.capitalize if known[0].isupper() else str.lower
    return words.get("false", like("false")), words.get("true", like("true"))

