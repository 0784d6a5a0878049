"""Is everything as it should be? What `doctor` looks at, and what it says to do."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from core.errors import BadInput, Corrupted
from core.events import verify
from core.registry import audit
from core.registry import recipes as recipe_rows
from core.services.predict import find_version
from core.store.files import half_written, publish_file
from core.store.objects import Store
from core.vocabulary import EventKind
from core.workspace import Workspace

LOW_DISK = 1 << 30
WAL_LARGE = 256 << 20


@dataclass(frozen=True)
class Problem:
    check: str
    message: str
    hint: str


@dataclass
class Report:
    """`problems` are broken things; `notes` are worth knowing and break nothing."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        return {
            "healthy": self.healthy, "checked": self.checked, "notes": self.notes,
            "problems": [{"check": one.check, "message": one.message, "hint": one.hint} for one in self.problems],
        }


def doctor(workspace: Workspace) -> Report:
    """Look at the registry, the event log, every stored byte, the aliases, the recipes and the disk."""
    report = Report()
    with workspace.registry.read() as connection:
        _registry(connection, report)
        _events(connection, report)
        _aliases(connection, report)
        _recipes(connection, report)
        needed = list(_needed(connection))
        quarantined = list(_quarantined(connection))
    _objects(workspace.store, needed, report, "store")
    _objects(workspace.quarantine, quarantined, report, "quarantine")
    _predictions(workspace, report)
    _half_written(workspace, report)
    _room(workspace, report)
    return report


def _registry(connection: Connection, report: Report) -> None:
    said = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
    if said != ["ok"]:
        report.problems.append(Problem("registry", f"the registry is damaged: {said[0]}", "restore a backup"))
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        report.problems.append(
            Problem("registry", f"{len(broken)} rows of {broken[0][0]} refer to nothing", "restore a backup")
        )


def _events(connection: Connection, report: Report) -> None:
    seen, _, broken = verify(audit.chain(connection))
    report.checked["events"] = seen
    if broken is not None:
        report.problems.append(Problem("events", broken.message, "the history was changed: compare with a backup"))


def _aliases(connection: Connection, report: Report) -> None:
    lost = connection.execute(text(
        "SELECT a.model, a.alias, a.version FROM alias a LEFT JOIN modelversion v"
        " ON v.model = a.model AND v.version = a.version WHERE v.id IS NULL"
    )).fetchall()
    for model, alias, version in lost:
        report.problems.append(
            Problem("aliases", f"{alias} of {model} is v{version}, which is not there", f"see `models show {model}`")
        )


def _recipes(connection: Connection, report: Report) -> None:
    for row in recipe_rows.all(connection):
        if not row["valid"] and not row["removed"]:
            first = (row["problems"] or [{"message": "cannot be read"}])[0]
            report.notes.append(f"recipe {row['name']}: {first['message']}")


def _needed(connection: Connection) -> Iterator[tuple[str, str]]:
    """(object, what it is) of everything in the store that rows refer to."""
    versions = connection.execute(text(
        "SELECT dataset, version, file_name, hash, profile, row_hashes, state FROM datasetversion"
    ))
    for dataset, version, name, hash, profile, row_hashes, state in versions:
        what = f"{dataset}@{version} ({name})"
        if state != "quarantined" and hash:
            yield hash, what
        if profile:
            yield profile, f"the profile of {what}"
        if row_hashes:
            yield row_hashes, f"the row hashes of {what}"
    for run, name, hash in connection.execute(text("SELECT run_id, name, hash FROM artifact")):
        yield hash, f"{name} of run {run}"
    replayed = text("SELECT subject, payload FROM event WHERE kind = :kind")
    for subject, payload in connection.execute(replayed, {"kind": EventKind.RECIPE_REPLAYED}):
        yield json.loads(payload)["result"], f"a replay of {subject}"
    for recipe, code in connection.execute(text("SELECT recipe, code FROM recipeversion")):
        for file in json.loads(code):
            yield file["sha256"], f"{file['name']} of recipe {recipe}"


def _quarantined(connection: Connection) -> Iterator[tuple[str, str]]:
    rows = connection.execute(text(
        "SELECT dataset, version, file_name, hash FROM datasetversion"
        " WHERE state = 'quarantined' AND hash IS NOT NULL AND discarded = 0"
    ))
    for dataset, version, name, hash in rows:
        yield hash, f"{dataset}@{version} ({name})"


def _objects(store: Store, needed: list[tuple[str, str]], report: Report, place: str) -> None:
    """Every object that is needed is there, and its bytes still give its name."""
    for hash, what in dict(needed).items():
        path = store.path(hash)
        try:
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            report.problems.append(Problem(place, f"{what} is missing: {path}", "restore it from a backup"))
            continue
        if found != hash:
            report.problems.append(Problem(place, f"{what} was changed: {path}", "restore it from a backup"))
    report.checked[place] = len(dict(needed))
    extra = set(store.hashes()) - {hash for hash, _ in needed}
    if extra:
        report.notes.append(f"{len(extra):,} objects in the {place} belong to nothing (of a killed process; harmless)")


def _predictions(workspace: Workspace, report: Report) -> None:
    """Every sealed file of the prediction log says what it holds; what could not be read is told."""
    from core.serving import sealed, segments

    found = torn = 0
    for folder in segments.models(workspace.predictions):
        for path in folder.rglob(f"*{segments.SEALED}"):
            try:
                torn += int(sealed.head(path).get("torn", 0))
                found += 1
            except Corrupted as error:
                report.problems.append(Problem("predictions", error.message, error.hint))
            except FileNotFoundError:
                continue  # too old: removed a moment ago
        for path in folder.glob("*.unreadable"):
            report.notes.append(f"{path} held no answers that could be read: a crash of the machine cut it off")
    report.checked["predictions"] = found
    if torn:
        report.notes.append(f"{torn:,} lines of the prediction log were cut off, by a crash or a full disk")


def _half_written(workspace: Workspace, report: Report) -> None:
    left = [*workspace.store.leftovers(), *workspace.quarantine.leftovers()]
    left += [*half_written(workspace.recipes), *half_written(workspace.root)]
    for path in left:
        report.problems.append(
            Problem("half-written", f"{path} was never finished", "start the daemon: it removes what is left over")
        )


def _room(workspace: Workspace, report: Report) -> None:
    free = shutil.disk_usage(workspace.hidden).free
    if free < LOW_DISK:
        report.problems.append(
            Problem("disk", f"only {free / 2**20:,.0f} MiB are free at {workspace.hidden}", "make room there")
        )
    wal = Path(f"{workspace.registry.path}-wal")
    if wal.exists() and wal.stat().st_size > WAL_LARGE:
        size = wal.stat().st_size / 2**20
        report.notes.append(f"the write-ahead log has {size:,.0f} MiB: is a program reading for hours?")


def export_model(workspace: Workspace, model: str, out: Path) -> str:
    """Write a model version (NAME, NAME@V, NAME@alias) as one file: a zip of manifest, skops weights and user code."""
    row = find_version(workspace, model)
    data = workspace.store.read(row["artifact"])
    try:
        publish_file(out, data)
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror}", "name a file where you may write") from None
    return f"{row['model']} v{row['version']} -> {out} ({len(data):,} bytes, sha256 {row['artifact'][:12]})"
