"""Rows as clients send them, against what the model reads: each cell as a file's cell would be read.

Nothing heavy is imported: what is wrong with a request is told without pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from core.data import cells
from core.data.schema import Column, Schema
from core.errors import BadInput
from core.text import shortened, visible
from core.vocabulary import Kind

if TYPE_CHECKING:
    import pandas as pd

Cell = float | int | str | None

KEPT: Final = 20  # errors that are told of one request
NAMED: Final = 10  # columns that a hint names
COMPARED: Final = 200  # names that a missing one is compared with
LONGEST: Final = 100  # characters of such a name
READERS: Final[Mapping[Kind, Callable[[object], Cell]]] = {
    Kind.NUMBER: cells.number, Kind.BOOLEAN: cells.boolean, Kind.DATE: cells.date, Kind.CATEGORY: cells.text,
    Kind.EMPTY: cells.text,
}
EXPECTED: Final = {
    Kind.NUMBER: "a number", Kind.BOOLEAN: "true or false",
    Kind.DATE: "an ISO date, like 2024-05-31 or 2024-05-31T08:15", Kind.CATEGORY: "a text", Kind.EMPTY: "a text",
}  # fmt: skip
_REFUSED = (LookupError, TypeError, ValueError, OverflowError, RecursionError)


class BadRows(BadInput):
    """Rows that the model cannot read. `errors`: [{"row", "column", "found", "expected"}], rows counted from 0.

    At most KEPT errors are told; `column` is None where the row itself is none.
    """

    def __init__(self, errors: Sequence[Mapping[str, Any]], hint: str = "") -> None:
        first = errors[0]
        column = "" if first["column"] is None else f", column {first['column']}"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"row {first['row']}{column}: {first['found']}; expected {first['expected']}{more}", hint)
        self.errors = [dict(error) for error in errors]


@dataclass(frozen=True)
class Table:
    """Checked rows, each a list of cells in the order of `schema`, as `core.data.cells` reads them."""

    schema: Schema
    rows: Sequence[Sequence[Cell]]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Table:
        return Table(self.schema, self.rows[part])

    def frame(self) -> pd.DataFrame:
        """The typed frame of `core.data.values`, numbered from 0."""
        import numpy as np
        import pandas as pd

        columns: dict[str, Any] = {}
        for place, column in enumerate(self.schema.columns):
            values: list[Any] = [row[place] for row in self.rows]
            if column.kind in (Kind.NUMBER, Kind.BOOLEAN):
                columns[column.name] = np.array(values, dtype=np.float64)
            elif column.kind is Kind.DATE:
                nat = np.iinfo(np.int64).min
                moments = np.array([nat if value is None else value for value in values], dtype=np.int64)
                columns[column.name] = moments.view("datetime64[us]")
            else:
                columns[column.name] = pd.array(values, dtype="str")
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.rows)))

    @classmethod
    def of(cls, frame: pd.DataFrame, schema: Schema) -> Table:
        """The rows of a typed frame."""
        import numpy as np

        columns: list[list[Cell]] = []
        for column in schema.columns:
            series = frame[column.name]
            if column.kind in (Kind.NUMBER, Kind.BOOLEAN):
                columns.append(series.to_numpy(np.float64).tolist())
                continue
            missing = series.isna().to_numpy()
            values = series.to_numpy()
            plain = values.astype("datetime64[us]").astype(np.int64) if column.kind is Kind.DATE else values
            columns.append([None if gone else one for one, gone in zip(plain.tolist(), missing.tolist(), strict=True)])
        return cls(schema, [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in frame.index])


class Checker:
    """Reads the rows of requests for one model."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._readers = [(column.name, READERS[column.kind]) for column in schema.columns]

    def read(self, rows: Iterable[object]) -> Table:
        """Every row as the model's cells; columns that it does not read are passed over. BadRows otherwise."""
        readers = self._readers
        made: list[list[Cell]] = []
        errors: list[dict[str, Any]] = []
        for place, row in enumerate(rows):
            try:
                made.append([read(row[name]) for name, read in readers])  # type: ignore[index]
            except _REFUSED:
                made.append(self._slowly(place, row, errors))
                if len(errors) >= KEPT:
                    break
        if errors:
            raise BadRows(errors[:KEPT], self._hint())
        return Table(self.schema, made)

    def _slowly(self, place: int, row: object, errors: list[dict[str, Any]]) -> list[Cell]:
        """The row's cells; what is wrong with each is added to `errors`."""
        if not isinstance(row, Mapping):
            whole = {"row": place, "column": None, "found": found(row), "expected": "an object, a value a column"}
            errors.append(whole)
            return []
        names = {_clean(str(name)): name for name in row}
        made: list[Cell] = []
        for column in self.schema.columns:
            if column.name not in row and column.name not in names:
                errors.append(_absent(place, column, list(names)))
                continue
            value = row[column.name if column.name in row else names[column.name]]
            try:
                made.append(READERS[column.kind](value))
            except _REFUSED:
                errors.append({
                    "row": place, "column": visible(column.name), "found": found(value),
                    "expected": EXPECTED[column.kind],
                })
        return made

    def _hint(self) -> str:
        names = [visible(name) for name in self.schema.names]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"the model reads: {', '.join(names[:NAMED])}{more}"


def found(value: object) -> str:
    """A value in words that fit on a line; what it holds is not walked through."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{shortened(value)}'"
    if isinstance(value, int | float):
        return shortened(repr(value)) if isinstance(value, float) or -(10**30) < value < 10**30 else "a huge number"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, Sequence) else f"a {type(value).__name__}"


def nearest(word: str, names: Iterable[object]) -> str | None:
    """The name that is most like the word, if any is; of many or long names only the first and short ones count."""
    short = [name for name in islice(names, COMPARED) if isinstance(name, str) and len(name) <= LONGEST]
    near = get_close_matches(word, short, 1) or [name for name in short if name.casefold() == word.casefold()]
    return near[0] if near else None


def _absent(place: int, column: Column, names: list[str]) -> dict[str, Any]:
    near = nearest(column.name, names)
    also = f"; did you mean {shortened(near)}?" if near else ""
    return {
        "row": place, "column": visible(column.name), "found": f"no such column{also}",
        "expected": EXPECTED[column.kind] + " or null",
    }


def _clean(name: str) -> str:
    """As the names of a file's columns are read."""
    return name.encode("utf-8", "replace").decode().strip().strip("\ufeff").strip()
