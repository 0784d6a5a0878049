"""What stands in a quarantined file at the very place of each reason, and what was expected there. Light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.data import excerpt
from core.data.checks import number
from core.data.dialect import Dialect
from core.data.excerpt import Excerpt
from core.errors import BadData, FootplateError
from core.registry import datasets
from core.services import recipes as recipe_service
from core.services.apart import answer_of
from core.services.rows import kept_file
from core.workspace import Workspace

DRAWN = 5  # reasons whose lines are shown
HEADER = ("missing_column", "no_target", "duplicate_columns")
WORDS = {"number": "a number", "boolean": "true or false", "date": "an ISO date", "category": "text"}


@dataclass(frozen=True)
class Place:
    """One reason with its place: `expected` there, and `found`; `nearest` is a column that may have been meant."""

    check: str
    column: str | None
    message: str
    line: int | None
    expected: str
    found: str
    nearest: str | None
    excerpt: Excerpt

    def to_json(self) -> dict[str, Any]:
        return {
            "check": self.check, "column": self.column, "message": self.message, "line": self.line,
            "expected": self.expected, "found": self.found, "nearest": self.nearest,
            "columns": [*self.excerpt.columns], "place": self.excerpt.place,
            "lines": [line.to_json() for line in self.excerpt.lines],
        }


def places(workspace: Workspace, text: str, findings: Sequence[Mapping[str, Any]] | None = None) -> list[Place]:
    """A place for each reason of the version (or for `findings` about it). NotFound; none where its bytes are gone."""
    try:
        row, path, dialect = kept_file(workspace, text)
    except FootplateError:
        if findings is not None:
            raise
        return []
    with workspace.registry.read() as connection:
        reference = datasets.get(connection, row["dataset"])
    known = {one["name"]: one["kind"] for one in (reference["schema"] if reference is not None else None) or ()}
    name = f"{row['dataset']}@{row['version']}"
    looker = _Looker(workspace, name, row["dataset"], path, dialect, known)
    told = row["reasons"] if findings is None else findings
    return [looker.place(one, drawn=at < DRAWN) for at, one in enumerate(told or ())]


class _Looker:
    def __init__(
        self, workspace: Workspace, version: str, dataset: str, path: Path, dialect: Dialect, known: Mapping[str, str]
    ) -> None:
        self.workspace, self.version, self.dataset = workspace, version, dataset
        self.path, self.dialect, self.known = path, dialect, known
        self.parquet = dialect.format == "parquet"
        self.names = self._parquet_names() if self.parquet else excerpt.names_of(path, dialect)

    def place(self, finding: Mapping[str, Any], *, drawn: bool) -> Place:
        check, column, line = finding["check"], finding.get("column"), finding.get("line")
        near = self._nearest(column) if column is not None and column not in self.names else None
        try:
            if check == "max_missing" and line is None and column is not None and not self.parquet:
                line = excerpt.first_missing(self.path, self.dialect, self.names, column)
            found = self._excerpt(check, column, line) if drawn else Excerpt()
        except (BadData, OSError):
            found = Excerpt()  # the reason itself says that it cannot be read
        return Place(
            check, column, finding["message"], line, self._expected(check, column), self._found(column, near, found),
            near, found,
        )

    def _excerpt(self, check: str, column: str | None, line: int | None) -> Excerpt:
        if check in HEADER and column is not None and column not in self.names:
            if self.parquet:
                return Excerpt((column,), 0, True)
            return excerpt.in_header(self.path, self.dialect, self.names, column, list(self.known))
        if self.parquet:
            return self._of_parquet(column, line)
        if line is None and check in (*HEADER, "dialect_changed"):
            line = 1
        if line is None:
            return Excerpt()
        return excerpt.around_cell(self.path, self.dialect, self.names, column, line)

    def _of_parquet(self, column: str | None, line: int | None) -> Excerpt:
        from core.data.pages import Record

        if column is None or line is None or column not in self.names:
            return Excerpt()
        after = max(0, line - 1 - excerpt.AROUND)
        page = answer_of(self.workspace, "parquet_page", self.version, str(after), str(2 * excerpt.AROUND + 1))
        records = [Record(after + at, after + at, tuple(cells)) for at, cells in enumerate(page["rows"], 1)]
        return excerpt.of_records(records, self.names, column, line)

    def _parquet_names(self) -> tuple[str, ...]:
        try:
            return tuple(answer_of(self.workspace, "parquet_page", self.version, "0", "0")["columns"])
        except FootplateError:
            return ()

    def _nearest(self, column: str) -> str | None:
        """A name of the file that may have been meant: like it, and none that the dataset knows."""
        new = [name for name in self.names if name not in self.known]
        folded = {name.casefold(): name for name in new}
        found = get_close_matches(column.casefold(), list(folded), 1, 0.5)
        return folded[found[0]] if found else None

    def _expected(self, check: str, column: str | None) -> str:
        if check in ("missing_column", "no_target") and column is not None:
            kind = self.known.get(column)
            return f"a column {column}" + (f" with {WORDS[kind]} in each row" if kind in WORDS else "")
        if check == "retyped_column" and column is not None:
            return WORDS.get(self.known.get(column, ""), "")
        if check in ("range", "max_missing") and column is not None:
            return self._bar(check, column)
        if check == "bad_rows":
            return WORDS.get(self.known.get(column, ""), "") if column else f"{len(self.names)} fields"
        return "each name once" if check == "duplicate_columns" else ""

    def _bar(self, check: str, column: str) -> str:
        try:
            checks = recipe_service.of_dataset(self.workspace, self.dataset).data.checks
        except FootplateError:
            return ""
        if check == "max_missing":
            most = checks.max_missing.get(column)
            return "" if most is None else f"at most {most:.1%} missing"
        low, high = checks.range.get(column, (None, None))
        if low is None:
            return "" if high is None else f"at most {number(high)}"
        return f"at least {number(low)}" if high is None else f"{number(low)} to {number(high)}"

    def _found(self, column: str | None, near: str | None, found: Excerpt) -> str:
        if found.gap or (column is not None and column not in self.names):
            return "no such column" if near is None else f"no such column; the nearest new one is {near}"
        here = next((line for line in found.lines if line.here), None)
        if here is None:
            return ""
        if found.place is not None and here.cells:
            return here.cells[found.place] or "nothing"
        return here.text
