"""The card of a model version: what it is, from which data, by which recipe, how good, and where its limits are.

It is put together from what is recorded, as Markdown that can be kept beside the model. Nothing is claimed that
was not measured; what nobody looked at stands among the limits.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from core.registry.tables import RecipeVersion
from core.views import evaluations, models, runs
from core.views.card_text import CardText
from core.views.models import Version
from core.views.run_fields import DATA, RUN, VERSION
from core.views.run_rows import Interval
from core.views.runs import Full
from core.views.shape import findings, moment
from core.views.why import Decision, why
from core.workspace import Workspace

RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
MOST_FILES = 40  # of the data, that are listed one by one: the newest
MOST_FEATURES = 200


@dataclass(frozen=True)
class Source:
    """A version of data that the model learned from."""

    name: str
    file: str
    rows: int
    labelled: int
    begins: str | None
    ends: str | None
    hash: str
    state: str

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "file": self.file, "rows": self.rows, "labelled": self.labelled, "from": self.begins,
            "to": self.ends, "hash": self.hash, "state": self.state,
        }


@dataclass(frozen=True)
class Card:
    """`markdown` is the whole; the rest is the same for programs. `sources` are the newest, `versions` how many."""

    model: str
    version: int
    facts: dict[str, str]
    sources: tuple[Source, ...]
    versions: int
    warnings: tuple[str, ...]
    features: tuple[tuple[str, str], ...]  # name, kind
    metrics: dict[str, Interval]
    limits: tuple[str, ...]
    code: tuple[tuple[str, str], ...]  # name, sha256
    packages: dict[str, str]
    markdown: str

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "version": self.version, "facts": self.facts,
            "data": [one.to_json() for one in self.sources], "data_versions": self.versions,
            "warnings": [*self.warnings], "features": [{"name": name, "kind": kind} for name, kind in self.features],
            "metrics": {name: one.to_json() for name, one in self.metrics.items()}, "limits": [*self.limits],
            "code": [{"name": name, "sha256": sha256} for name, sha256 in self.code], "packages": self.packages,
            "markdown": self.markdown,
        }


def card(workspace: Workspace, text: str) -> Card:
    """The card of NAME, NAME@V or NAME@ALIAS. Raises NotFound."""
    version = models.version(workspace, text)
    full, record = runs.show(workspace, version.run), why(workspace, version.run)
    manifest = _manifest(workspace, version)
    with workspace.registry.read() as connection:
        sources, count, warnings, unlabelled = _data(connection, version.run)
        code = _code(connection, version.run)
    again = evaluations.list(workspace, version.model, version=version.version, limit=10).rows
    environment = full.environment or {}
    features = tuple((one["name"], one["kind"]) for one in manifest.get("features", ())[:MOST_FEATURES])
    facts = _facts(version, full, manifest, moment(workspace.clock.now()) or "")
    limits = tuple(_limits(version, full, record, manifest, unlabelled, warnings))
    packages = {str(name): str(number) for name, number in (environment.get("packages") or {}).items()}
    made = CardText(version, full, record, facts, sources, count, warnings, features, again, limits, code, packages)
    return Card(
        model=version.model, version=version.version, facts=facts, sources=sources, versions=count, warnings=warnings,
        features=features, metrics=full.intervals, limits=limits, code=code, packages=packages,
        markdown=made.markdown(environment),
    )


# -- what is recorded


def _manifest(workspace: Workspace, version: Version) -> dict[str, Any]:
    """What the stored model says of itself; {} where its file is gone."""
    try:
        with zipfile.ZipFile(workspace.store.path(version.artifact)) as archive:
            found: dict[str, Any] = json.loads(archive.read("manifest.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}
    return found


def _data(connection: Connection, run: int) -> tuple[tuple[Source, ...], int, tuple[str, ...], int]:
    """The newest versions, how many there are, what was odd in any of them, and rows without a label."""
    used = (DATA.c.run_id == run) & DATA.c.used
    joined = select(VERSION).join(DATA, DATA.c.version_id == VERSION.c.id).where(used)
    rows = connection.execute(joined.order_by(VERSION.c.version.desc()).limit(MOST_FILES)).mappings().all()
    sources = tuple(
        Source(
            f"{row['dataset']}@{row['version']}", row["file_name"], row["rows"] or 0, row["labelled"] or 0,
            row["time_min"], row["time_max"], row["hash"] or "", row["state"],
        )
        for row in rows
    )
    warned = (
        f"{row['dataset']}@{row['version']}: {one['message']}" for row in rows for one in findings(row["warnings"])
    )
    count, unlabelled = connection.execute(
        select(func.count(), func.sum(VERSION.c.rows - VERSION.c.labelled)).select_from(VERSION)
        .join(DATA, DATA.c.version_id == VERSION.c.id).where(used)
    ).one()
    return sources, int(count), tuple(warned), int(unlabelled or 0)


def _code(connection: Connection, run: int) -> tuple[tuple[str, str], ...]:
    code = connection.execute(
        select(RECIPE_VERSION.c.code).join(RUN, RUN.c.recipe_version_id == RECIPE_VERSION.c.id).where(RUN.c.id == run)
    ).scalar()
    return tuple((file["name"], file["sha256"]) for file in code or ())


def _facts(version: Version, full: Full, manifest: dict[str, Any], now: str) -> dict[str, str]:
    run = full.run
    facts = {
        "model": f"{version.model} v{version.version}",
        "bears": ", ".join(version.aliases) or "no alias",
        "as of": now[:16].replace("T", " ") + " UTC",
        "task": manifest.get("task", ""), "target": manifest.get("target", ""),
        "classes": ", ".join(manifest.get("classes", ())), "estimator": manifest.get("estimator", ""),
        "registered": (moment(version.registered_at) or "")[:16].replace("T", " ") + " UTC",
        "run": f"{run.id}, {run.cause.replace('_', ' ')}, by {run.actor}",
        "gate": (run.verdict or "").replace("_", " "),
        "file": f"{version.bytes:,} bytes, sha256 {version.artifact}",
    }
    return {name: value for name, value in facts.items() if value}


def _limits(
    version: Version, full: Full, record: Decision, manifest: dict[str, Any], unlabelled: int, warnings: Sequence[str]
) -> Iterator[str]:
    """What the numbers do not say."""
    basis, run = full.basis or {}, full.run
    if not version.measured:
        yield (
            f"The released fit was fitted once more on all {version.rows:,} rows after the gate. The numbers are those"
            " of the fit before it, which had fewer rows; the released fit itself was not measured."
        )
    if run.rows_holdout:
        yield f"It was judged on {run.rows_holdout:,} rows: {basis.get('how') or 'not told which'}."
    if basis.get("kind") == "first":
        yield "There was no champion: it was judged against a dummy that knows only how often each outcome comes."
    if basis.get("kind") == "recipes":
        yield "No row was new to the champion then: recipes were compared, not the two fitted models."
    if (basis.get("sampled") or 1.0) < 1:
        yield f"Memory allowed {basis['sampled']:.0%} of the rows: it learned from a uniform sample."
    for note in basis.get("notes") or ():
        yield f"{note[:1].upper()}{note[1:]}."
    if unlabelled > 0:
        yield f"{unlabelled:,} rows of its data bore no label and were left out."
    if warnings:
        yield f"Something was odd in its data ({len(warnings):,} warnings, above); it was learned from all the same."
    if full.settings:
        yield "It was trained with settings that were given by hand; the recipe alone does not make it."
    if not manifest:
        yield "Its stored file could not be read when this card was written: features and classes are not told."
    yield "Nobody looked at groups of people or things by themselves: whether it is worse for some is not known."
    yield "Drift, calibration over time and service are not watched by this version of Footplate."
    if record.outcome == "waiting" or run.verdict == "needs_approval":
        yield "Its gate asked for a person's approval; what became of that stands under Decision."
