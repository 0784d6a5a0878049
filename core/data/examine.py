"""The verdict on one file: read once, profiled, and compared with what its dataset was so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pandas as pd

from core.data.badrows import BadRow, BadRows
from core.data.checks import Checks, broken
from core.data.dialect import Dialect, agree, detect
from core.data.expectations import infer_expectations, odd
from core.data.findings import Finding
from core.data.passing import Pass
from core.data.readers import chunks, first_text, header
from core.data.rows import Hashes
from core.data.schema import Schema, compare, retyped
from core.data.values import infer
from core.errors import BadData
from core.text import shortened, visible
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
        if twice := _ambiguous(names):
            return Examination(reasons + twice, columns=len(names), dialect=dialect)
        return _Examiner(request, dialect, names, reasons).judge()
    except BadData as error:
        return Examination.unreadable(Finding.of(error))


def _ambiguous(names: list[str]) -> list[Finding]:
    """Columns that cannot be told apart."""
    found = []
    for name, times in Counter(names).items():
        places = " and ".join(str(place) for place, other in enumerate(names, 1) if other == name)
        if not name:
            found.append(Finding("duplicate_columns", None, f"the header has no name for column {places}", 1))
        elif times > 1:
            said = f"the header names column {visible(name)} {times} times (columns {places})"
            found.append(Finding("duplicate_columns", name, said, 1))
    return found


_GUESSED = 0.05  # of a column's values may at most be no numbers where its kind is only now inferred


class _Examiner:
    def __init__(self, request: Request, dialect: Dialect, names: list[str], reasons: list[Finding]) -> None:
        self.request, self.dialect, self.names, self.reasons = request, dialect, names, reasons
        self.warnings: list[Finding] = []
        self.first = request.schema is None
        self.guessed = min(request.bad_rows, _GUESSED)
        self.bad = BadRows()

    def judge(self) -> Examination:
        request = self.request
        self._header()
        schema, seen, profile = self._read(self._schema())
        if not seen.rows and not self.bad.count:
            self.reasons.append(Finding("empty", None, "the file holds a header and no row"))
        self._bad_rows(seen.rows)
        self._target(schema, seen)
        self.reasons += broken(request.checks, profile, seen.first_outside)
        self._time(schema, seen, profile)
        hashes = seen.hashes()
        repeated = len(hashes) - len(pd.unique(hashes))
        classes = seen.classes()
        named = classes if self._is_classes(schema) else None
        self.warnings += odd(request.expectations, profile, repeated, named)
        earliest, latest = seen.times(profile)
        expectations = request.expectations or infer_expectations(profile, repeated, classes)
        return Examination(
            reasons=self._unique(self.reasons), warnings=self._unique(self.warnings), rows=seen.rows,
            columns=len(self.names), labelled=seen.labelled if request.target in schema else None,
            bad_rows=self.bad.count, schema=schema, dialect=self.dialect, profile=profile, row_hashes=hashes,
            time_min=earliest, time_max=latest, expectations=expectations,
        )  # fmt: skip

    # -- columns

    def _header(self) -> None:
        """Columns that are lost or new, before anything is read."""
        request, here = self.request, set(self.names)
        if request.target not in here:
            near = nearest(request.target, self.names)
            said = f"the target column {visible(request.target)} is missing"
            also = f"; the nearest column is {visible(near)}" if near else ""
            self.reasons.append(Finding("no_target", request.target, said + also))
        if request.schema is not None:
            found = Schema.of(dict.fromkeys(self.names, Kind.EMPTY))  # kinds are judged by what can be read
            for finding in compare(request.schema, found):
                if finding.check == "new_column":
                    self.warnings.append(finding)
                elif finding.column != request.target:
                    self.reasons.append(finding)
        for role, name in (("time", request.time), ("id", request.id), ("group", request.group)):
            if name is not None and name not in here:
                near = nearest(name, self.names)
                also = f"; the nearest column is {visible(near)}" if near else ""
                said = f"column {visible(name)}, the recipe's {role}, is missing{also}"
                self.reasons.append(Finding("missing_column", name, said))

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
                    line = int(start.index[inferred.position])
                    self._mixed(name, inferred.nearly, str(start[name].iloc[inferred.position]), line)
        return Schema.of(kinds)

    def _read(self, schema: Schema) -> tuple[Schema, Pass, dict[str, Any]]:
        """One pass; another where a column proves to be something else than its kind."""
        request = self.request
        while True:
            self.bad = BadRows()
            identity = request.schema.names if request.schema is not None else schema.names
            seen = Pass(
                schema, identity, target=request.target, time=request.time, ranges=request.checks.range
            )
            for frame in chunks(request.path, self.dialect, schema, bad_rows=self.bad):
                seen.add(frame)
            profile = seen.profile()
            changes = dict(seen.late)
            for name, misfits in self.bad.columns.items():
                column = profile["columns"][name]
                present = column["rows"] - column["missing"] + misfits.count
                if misfits.count > (request.bad_rows if self._is_pinned(name) else self.guessed) * present:
                    changes[name] = Kind.CATEGORY
                    self._not_its_kind(name, schema.kind(name), misfits.count, present, misfits.first)
            if not changes:
                return schema, seen, profile
            schema = Schema.of({column.name: changes.get(column.name, column.kind) for column in schema.columns})

    def _is_pinned(self, name: str) -> bool:
        pinned = self.request.schema
        return pinned is not None and name in pinned and pinned.kind(name) is not Kind.EMPTY

    def _not_its_kind(self, name: str, kind: Kind, count: int, present: int, first: BadRow) -> None:
        if self._is_pinned(name):
            self.reasons.append(retyped(name, kind, f"{count:,} of {present:,} values", first.text, first.line))
        elif self.first:
            self._mixed(name, kind, first.text, first.line)

    def _mixed(self, name: str, nearly: Kind, text: str, line: int) -> None:
        said = f"column {visible(name)} is nearly all {_PLURAL[nearly]}, and is read as text"
        self.warnings.append(Finding("mixed_column", name, f"{said}: line {line:,} holds '{shortened(text)}'", line))

    # -- rows and values

    def _bad_rows(self, rows: int) -> None:
        bad, total = self.bad.count, rows + self.bad.count
        if not bad:
            return
        first = min(self.bad.first, key=lambda row: row.line)
        where = f"line {first.line:,}" + (f", column {visible(first.column)}" if first.column else "")
        said = f"{bad:,} of {total:,} rows cannot be read ({bad / total:.2%}"
        if bad > self.request.bad_rows * total:
            message = f"{said}; {self.request.bad_rows:.2%} are allowed): {where}: {first.message}"
            self.reasons.append(Finding("bad_rows", first.column, message, first.line))
        else:
            message = f"{said}) and are set aside: {where}: {first.message}"
            self.warnings.append(Finding("bad_rows", first.column, message, first.line))

    def _is_classes(self, schema: Schema) -> bool:
        target, told = self.request.target, self.request.classification
        if target not in schema or told is False:
            return False
        return told is True or schema.kind(target) in (Kind.CATEGORY, Kind.BOOLEAN)

    def _target(self, schema: Schema, seen: Pass) -> None:
        """A target that is text where numbers are wanted, or numbers where it had names."""
        request = self.request
        name, pinned = request.target, request.schema
        if name not in schema or not seen.labelled:
            return
        kind = schema.kind(name)
        if request.classification is False and kind in (Kind.CATEGORY, Kind.DATE):
            if pinned is None or pinned.kind(name) is Kind.EMPTY:
                said = f"the target {visible(name)} of a regression must be numbers and holds {_PLURAL[kind]}"
                self.reasons.append(Finding("retyped_column", name, said))
            return
        known = (request.expectations or {}).get("classes")
        classes = seen.classes()
        if pinned is None or kind is not Kind.CATEGORY or not known or not classes:
            return
        if not set(known) & set(classes) and all(map(_is_number, classes)) and not any(map(_is_number, known)):
            was, now = shortened(known[0]), shortened(classes[0])
            said = f"the target {visible(name)} held names ('{was}' ...) and holds numbers ('{now}' ...)"
            self.reasons.append(Finding("retyped_column", name, said))

    def _time(self, schema: Schema, seen: Pass, profile: Mapping[str, Any]) -> None:
        name = self.request.time
        if name is None or name not in schema or not seen.rows:
            return
        column = profile["columns"][name]
        if seen.texts is not None and seen.texts.misfit is not None:
            text, line = seen.texts.misfit
            said = f"the times in column {visible(name)} do not sort as they stand"
            said += f" ('{shortened(text)}' on line {line:,}): write them like 2024-05-31"
            self.warnings.append(Finding("unread_time", name, said, line))
        elif column["missing"]:
            said = f"{column['missing']:,} of {column['rows']:,} rows have no time in column {visible(name)}"
            self.warnings.append(Finding("unread_time", name, f"{said}; they count as the oldest"))

    @staticmethod
    def _unique(findings: list[Finding]) -> list[Finding]:
        """One finding a check and column: the first tells most."""
        kept: dict[tuple[str, str | None, str | None], Finding] = {}
        for finding in findings:
            kept.setdefault((finding.check, finding.column, None if finding.column else finding.message), finding)
        return list(kept.values())


def nearest(name: str, names: list[str]) -> str | None:
    """The most similar of `names`, whatever their case; None where there are none."""
    wanted = name.casefold()
    return max(names, key=lambda other: SequenceMatcher(None, wanted, other.casefold()).ratio(), default=None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_PLURAL = {
    Kind.NUMBER: "numbers", Kind.BOOLEAN: "true and false", Kind.DATE: "dates", Kind.CATEGORY: "text",
    Kind.EMPTY: "nothing",
}  # fmt: skip
