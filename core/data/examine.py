"""The verdict on one file: read once, profiled, and compared with what its dataset was so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.data import judging
from core.data.badrows import BadRow, BadRows
from core.data.checks import Checks, broken
from core.data.dialect import Dialect, agree, detect
from core.data.expectations import infer_expectations, odd
from core.data.findings import Finding
from core.data.passing import Pass
from core.data.readers import chunks, first_text, header
from core.data.rows import Hashes, repeats
from core.data.schema import Schema, retyped
from core.data.values import infer
from core.errors import BadData
from core.vocabulary import Kind


@dataclass(frozen=True)
class Request:
    """What to judge: `path` holds the bytes, `name` is what their owner calls them.

    `schema`, `dialect` and `expectations` are those of the dataset, None for its first version. `target`,
    `time`, `id` and `group` are columns that the recipe names. `classification` is None while the task is
    unknown. `bad_rows` is the share of rows, and of a column's values, that may be unreadable.
    """

    path: Path
    name: str
    schema: Schema | None
    dialect: Dialect | None
    target: str
    time: str | None = None
    id: str | None = None
    group: str | None = None
    classification: bool | None = None
    checks: Checks = field(default_factory=Checks)
    bad_rows: float = 0.001
    expectations: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Examination:
    """What was found. With `reasons` the file is quarantined; `warnings` only tell.

    What could not be read has None everywhere. `schema` are the columns as this file has them,
    `dialect` is how it has to be read, `row_hashes` is one uint64 a row in the file's order.
    """

    reasons: list[Finding]
    warnings: list[Finding] = field(default_factory=list)
    rows: int | None = None
    columns: int | None = None
    labelled: int | None = None
    bad_rows: int | None = None
    schema: Schema | None = None
    dialect: Dialect | None = None
    profile: dict[str, Any] | None = None
    row_hashes: Hashes | None = None
    time_min: str | None = None
    time_max: str | None = None
    expectations: Mapping[str, Any] | None = None

    @classmethod
    def unreadable(cls, finding: Finding) -> Examination:
        """The verdict on a file that gave nothing to judge."""
        return cls([finding])


def examine(request: Request) -> Examination:
    """Judge one file. Whatever is wrong with it becomes a reason; raises for no content of any file."""
    try:
        dialect = detect(request.path, request.name)
        differences: list[str] = []
        if request.dialect is not None:
            known = request.schema.names if request.schema else (request.target,)
            dialect, differences = agree(request.path, request.dialect, dialect, known)
        reasons = [Finding("dialect_changed", None, said) for said in differences]
        names = header(request.path, dialect)
        if twice := judging.ambiguous(names):
            return Examination(reasons + twice, columns=len(names), dialect=dialect)
        return _Examiner(request, dialect, names, reasons).judge()
    except BadData as error:
        return Examination.unreadable(Finding.of(error))


_GUESSED = 0.05  # of a column's values may at most be no numbers where its kind is only now inferred


class _Examiner:
    def __init__(self, request: Request, dialect: Dialect, names: list[str], reasons: list[Finding]) -> None:
        self.request, self.dialect, self.names, self.reasons = request, dialect, names, reasons
        self.warnings: list[Finding] = []
        self.first = request.schema is None
        self.guessed = min(request.bad_rows, _GUESSED)
        self.bad = BadRows()

    def judge(self) -> Examination:
        request, target = self.request, self.request.target
        roles = {"time": request.time, "id": request.id, "group": request.group}
        self._note(judging.lost(self.names, request.schema, target, roles))
        schema, seen, profile = self._read(self._schema())
        if not seen.rows and not self.bad.count:
            self.reasons.append(Finding("empty", None, "the file holds a header and no row"))
        self._note(judging.unreadable_rows(seen.rows, self.bad, request.bad_rows))
        self.reasons += broken(request.checks, profile, seen.first_outside)
        hashes, classes = seen.hashes(), seen.classes()
        repeated = repeats(hashes)
        named = None
        if target in schema and seen.labelled:
            kind, known = schema.kind(target), (request.expectations or {}).get("classes")
            pinned = request.schema.kind(target) if request.schema and target in request.schema else None
            self.reasons += judging.turned(target, kind, pinned, request.classification, known, classes)
            if request.classification or (request.classification is None and kind in _NAMES):
                named = classes
        if request.time in schema and seen.rows:
            self.warnings += judging.unread_times(str(request.time), profile["columns"][request.time], seen.texts)
        self.warnings += odd(request.expectations, profile, repeated, named, {request.id or "", request.time or ""})
        earliest, latest = seen.times(profile)
        return Examination(
            reasons=judging.unique(self.reasons), warnings=judging.unique(self.warnings), rows=seen.rows,
            columns=len(self.names), labelled=seen.labelled if target in schema else None,
            bad_rows=self.bad.count, schema=schema, dialect=self.dialect, profile=profile, row_hashes=hashes,
            time_min=earliest, time_max=latest,
            expectations=request.expectations or infer_expectations(profile, repeated, classes),
        )  # fmt: skip

    def _note(self, found: tuple[list[Finding], list[Finding]]) -> None:
        self.reasons += found[0]
        self.warnings += found[1]

    def _is_pinned(self, name: str) -> bool:
        pinned = self.request.schema
        return pinned is not None and name in pinned and pinned.kind(name) is not Kind.EMPTY

    def _schema(self) -> Schema:
        """The file's columns with the kinds to read them by: the dataset's, or what their text looks like."""
        pinned = self.request.schema
        kinds = {name: pinned.kind(name) if pinned and self._is_pinned(name) else Kind.EMPTY for name in self.names}
        free = [name for name, kind in kinds.items() if kind is Kind.EMPTY]
        if free:
            start = first_text(self.request.path, self.dialect, columns=free)
            for name in free:
                inferred = infer(start[name], self.guessed, self.dialect.decimal)
                kinds[name] = inferred.kind
                if inferred.nearly is not None and inferred.position is not None and self.first:
                    text, line = str(start[name].iloc[inferred.position]), int(start.index[inferred.position])
                    self.warnings.append(judging.mixed(name, inferred.nearly, text, line))
        return Schema.of(kinds)

    def _read(self, schema: Schema) -> tuple[Schema, Pass, dict[str, Any]]:
        """One pass; another where a column proves to be something else than its kind."""
        request = self.request
        identity = request.schema.names if request.schema is not None else schema.names
        while True:
            self.bad = BadRows()
            seen = Pass(schema, identity, target=request.target, time=request.time, ranges=request.checks.range)
            for frame in chunks(request.path, self.dialect, schema, bad_rows=self.bad):
                seen.add(frame)
            profile = seen.profile()
            changes = dict(seen.late)
            for name, misfits in self.bad.columns.items():
                column = profile["columns"][name]
                present = column["rows"] - column["missing"] + misfits.count
                if misfits.count / present > (request.bad_rows if self._is_pinned(name) else self.guessed):
                    changes[name] = Kind.CATEGORY
                    self._not_its_kind(name, schema.kind(name), misfits.count, present, misfits.first)
            if not changes:
                return schema, seen, profile
            schema = Schema.of({column.name: changes.get(column.name, column.kind) for column in schema.columns})

    def _not_its_kind(self, name: str, kind: Kind, count: int, present: int, first: BadRow) -> None:
        if self._is_pinned(name):
            self.reasons.append(retyped(name, kind, f"{count:,} of {present:,} values are not", first.text, first.line))
        elif self.first:
            self.warnings.append(judging.mixed(name, kind, first.text, first.line))


_NAMES = frozenset({Kind.CATEGORY, Kind.BOOLEAN})  # kinds that say by themselves that a target has classes
