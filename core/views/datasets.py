"""Datasets, their versions with verdict and reasons, and the stored profile."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, case, func, select, type_coerce

from core.errors import NotFound, UsageError
from core.query.fields import Field, Fields, Kind
from core.registry.tables import Dataset as DatasetRow
from core.registry.tables import DatasetVersion
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.shape import findings, moment
from core.vocabulary import Cause, VersionState
from core.workspace import Workspace

DATASET: Any = DatasetRow.__table__  # type: ignore[attr-defined]
VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
STATES = tuple(str(state) for state in VersionState)
CAUSES = tuple(str(cause) for cause in Cause)


@dataclass(frozen=True)
class Dataset:
    """A named source and what has come of it. `rows` and `labelled` are those of accepted versions."""

    name: str
    recipe: str
    versions: int
    accepted: int
    quarantined: int  # that nobody has released or discarded
    rows: int
    labelled: int
    newest: int | None  # the newest version, whatever its verdict
    newest_state: str | None
    added_at: datetime | None  # of the newest version

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "recipe": self.recipe, "versions": self.versions, "accepted": self.accepted,
            "quarantined": self.quarantined, "rows": self.rows, "labelled": self.labelled, "newest": self.newest,
            "newest_state": self.newest_state, "added_at": moment(self.added_at),
        }


@dataclass(frozen=True)
class Version:
    """One arrival. What could not be read has no `rows` and `columns`."""

    dataset: str
    version: int
    hash: str | None
    files: tuple[dict[str, Any], ...]
    rows: int | None
    columns: int | None
    labelled: int | None
    bad_rows: int
    state: str
    reasons: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]
    added_at: datetime
    cause: str
    # beside the contract, for screens
    id: int
    file_name: str
    actor: str
    discarded: bool
    has_profile: bool
    time_min: str | None
    time_max: str | None
    superseded_by: int | None  # number of the version that holds its rows again

    @property
    def name(self) -> str:
        """`flights@7`."""
        return f"{self.dataset}@{self.version}"

    @property
    def bytes(self) -> int:
        return sum(file["bytes"] for file in self.files)

    def to_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset, "version": self.version, "hash": self.hash, "files": [*self.files],
            "rows": self.rows, "columns": self.columns, "labelled": self.labelled, "bad_rows": self.bad_rows,
            "state": self.state, "reasons": [*self.reasons], "warnings": [*self.warnings],
            "added_at": moment(self.added_at), "cause": self.cause,
        }


_TALLY = (
    select(
        VERSION.c.dataset.label("dataset"),
        func.count().label("versions"),
        func.sum(case((VERSION.c.state == VersionState.ACCEPTED, 1), else_=0)).label("accepted"),
        func.sum(
            case(((VERSION.c.state == VersionState.QUARANTINED) & ~VERSION.c.discarded, 1), else_=0)
        ).label("quarantined"),
        func.sum(case((VERSION.c.state == VersionState.ACCEPTED, VERSION.c.rows), else_=0)).label("rows"),
        func.sum(case((VERSION.c.state == VersionState.ACCEPTED, VERSION.c.labelled), else_=0)).label("labelled"),
        func.max(VERSION.c.version).label("newest"),
    ).group_by(VERSION.c.dataset).subquery("tally")
)
_NEWEST = VERSION.alias("newest")
_SUPERSEDER = VERSION.alias("superseder")
_PARTS = ("versions", "accepted", "quarantined", "rows", "labelled")

DATASETS = Listing(
    select(
        DATASET.c.name, DATASET.c.recipe,
        *(func.coalesce(_TALLY.c[name], 0).label(name) for name in _PARTS),
        _TALLY.c.newest, _NEWEST.c.state.label("newest_state"), _NEWEST.c.added_at.label("added_at"),
    )
    .join_from(DATASET, _TALLY, _TALLY.c.dataset == DATASET.c.name, isouter=True)
    .join(_NEWEST, (_NEWEST.c.dataset == DATASET.c.name) & (_NEWEST.c.version == _TALLY.c.newest), isouter=True),
    Fields(
        {
            "name": Field(DATASET.c.name), "recipe": Field(DATASET.c.recipe),
            **{name: Field(func.coalesce(_TALLY.c[name], 0), Kind.NUMBER) for name in _PARTS},
            "newest": Field(_TALLY.c.newest, Kind.NUMBER),
            "newest_state": Field(_NEWEST.c.state, choices=STATES, joined=True),
            "added_at": Field(_NEWEST.c.added_at, Kind.TIME, joined=True),
        },
        words=(DATASET.c.name, DATASET.c.recipe),
    ),
    tie=DATASET.c.name, newest_first=False,
)

_SHOWN = (
    "id", "dataset", "version", "hash", "files", "rows", "columns", "labelled", "bad_rows", "state", "reasons",
    "warnings", "added_at", "cause", "file_name", "actor", "discarded", "time_min", "time_max",
)
_STATEMENT = select(
    *(VERSION.c[name] for name in _SHOWN), VERSION.c.profile.is_not(None).label("has_profile"),
    _SUPERSEDER.c.version.label("superseded_by"),
).join_from(VERSION, _SUPERSEDER, _SUPERSEDER.c.id == VERSION.c.superseded_by, isouter=True)
_REASONS = type_coerce(VERSION.c.reasons, Text)  # looked into as the text that is stored

VERSIONS = Fields(
    {
        "dataset": Field(VERSION.c.dataset), "version": Field(VERSION.c.version, Kind.NUMBER),
        "state": Field(VERSION.c.state, choices=STATES), "cause": Field(VERSION.c.cause, choices=CAUSES),
        "rows": Field(VERSION.c.rows, Kind.NUMBER), "columns": Field(VERSION.c.columns, Kind.NUMBER),
        "labelled": Field(VERSION.c.labelled, Kind.NUMBER), "bad_rows": Field(VERSION.c.bad_rows, Kind.NUMBER),
        "file": Field(VERSION.c.file_name), "hash": Field(VERSION.c.hash), "actor": Field(VERSION.c.actor),
        "added_at": Field(VERSION.c.added_at, Kind.TIME), "discarded": Field(VERSION.c.discarded, Kind.FLAG),
        "reason": Field(_REASONS), "warning": Field(type_coerce(VERSION.c.warnings, Text)),
        "time_min": Field(VERSION.c.time_min), "time_max": Field(VERSION.c.time_max),
    },
    words=(VERSION.c.dataset, VERSION.c.file_name, VERSION.c.state, _REASONS),
)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Dataset]:
    """Datasets, by name."""
    with workspace.registry.read() as connection:
        rows, cursor = DATASETS.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(Dataset(**_only(row, Dataset)) for row in rows), cursor)


def versions(
    workspace: Workspace, name: str, *, where: str = "", order: str = "", limit: int = LIMIT,
    after: Cursor | None = None,
) -> Page[Version]:
    """Versions of a dataset, the quarantined too, newest first. Raises NotFound."""
    listing = Listing(_STATEMENT.where(VERSION.c.dataset == name), VERSIONS, tie=VERSION.c.version)
    with workspace.registry.read() as connection:
        _need_dataset(connection, name)
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_version, rows)), cursor)


def all_versions(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Version]:
    """Versions of all datasets, newest first; a filter may name one: `dataset=flights`."""
    with workspace.registry.read() as connection:
        listing = Listing(_STATEMENT, VERSIONS, tie=VERSION.c.id)
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_version, rows)), cursor)


def count_versions(workspace: Workspace, name: str, where: str = "") -> int:
    """How many versions of a dataset a filter finds."""
    listing = Listing(_STATEMENT.where(VERSION.c.dataset == name), VERSIONS, tie=VERSION.c.version)
    with workspace.registry.read() as connection:
        return listing.count(connection, where, workspace.clock.now())


def quarantine(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Version]:
    """Quarantined versions of all datasets that nobody has released or discarded, newest first.

    Their `reasons` name the column, and the user's own line where there is one.
    """
    listing = Listing(
        _STATEMENT.where(VERSION.c.state == VersionState.QUARANTINED, ~VERSION.c.discarded), VERSIONS, tie=VERSION.c.id
    )
    with workspace.registry.read() as connection:
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_version, rows)), cursor)


def show(workspace: Workspace, text: str) -> Version:
    """The version that `NAME@V` means. Raises UsageError and NotFound."""
    name, number = parse_name(text)
    with workspace.registry.read() as connection:
        row = connection.execute(
            _STATEMENT.where(VERSION.c.dataset == name, VERSION.c.version == number)
        ).mappings().fetchone()
        if row is None:
            _need_dataset(connection, name)
            raise NotFound(f"there is no {name}@{number}", f"`footplate data versions {name}` lists them")
    return _version(row)


def profile(workspace: Workspace, text: str) -> dict[str, Any]:
    """The stored profile of a version: see `core.data.profile` for its shape. NotFound where it has none."""
    name, number = parse_name(text)
    with workspace.registry.read() as connection:
        row = connection.execute(
            select(VERSION.c.profile, VERSION.c.state).where(VERSION.c.dataset == name, VERSION.c.version == number)
        ).fetchone()
    if row is None:
        raise NotFound(f"there is no {name}@{number}", f"`footplate data versions {name}` lists them")
    if row[0] is None:
        raise NotFound(
            f"{name}@{number} has no profile: it could not be read", f"see `footplate data show {name}@{number}`"
        )
    found: dict[str, Any] = json.loads(zlib.decompress(workspace.store.read(row[0])))
    return found


def before(workspace: Workspace, text: str) -> str | None:
    """The version that one is compared with: the newest with a profile that arrived earlier and is not quarantined."""
    name, number = parse_name(text)
    with workspace.registry.read() as connection:
        found = connection.execute(
            select(func.max(VERSION.c.version)).where(
                VERSION.c.dataset == name, VERSION.c.version < number, VERSION.c.profile.is_not(None),
                VERSION.c.state != VersionState.QUARANTINED,
            )
        ).scalar()
    return None if found is None else f"{name}@{found}"


def parse_name(text: str) -> tuple[str, int]:
    """("flights", 7) of "flights@7" (also "flights@v7")."""
    name, at, number = text.rpartition("@")
    number = number.removeprefix("v")
    if not at or not name or not number.isascii() or not number.isdecimal():
        raise UsageError(f"{text!r} names no version", "write NAME@V, for example flights@7")
    return name, int(number)


def _need_dataset(connection: Connection, name: str) -> None:
    if connection.execute(select(DATASET.c.name).where(DATASET.c.name == name)).fetchone() is not None:
        return
    from difflib import get_close_matches

    names = tuple(connection.execute(select(DATASET.c.name)).scalars())
    near = get_close_matches(name, names, 1)
    raise NotFound(
        f"there is no dataset {name!r}", f"did you mean {near[0]!r}?" if near else "`footplate data list` shows them"
    )


def _version(row: Any) -> Version:
    values = _only(row, Version)
    values["files"] = tuple({key: file.get(key) for key in ("name", "bytes", "hash")} for file in row["files"] or ())
    values["reasons"], values["warnings"] = tuple(findings(row["reasons"])), tuple(findings(row["warnings"]))
    values["discarded"], values["has_profile"] = bool(row["discarded"]), bool(row["has_profile"])
    return Version(**values)


def _only(row: Any, kind: Any) -> dict[str, Any]:
    return {name: row[name] for name in kind.__dataclass_fields__}
