"""Rows that could not be read: set aside, counted, and the first of them kept to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 10


@dataclass(frozen=True)
class BadRow:
    """`line` is the user's own, 1-based; `text` is the row, or the cell where `column` names one."""

    line: int
    column: str | None
    text: str
    message: str


@dataclass
class Misfits:
    """The cells of one column that are not of its kind."""

    count: int
    first: BadRow


@dataclass
class BadRows:
    count: int = 0  # rows
    first: list[BadRow] = field(default_factory=list)  # at most KEPT
    columns: dict[str, Misfits] = field(default_factory=dict)
    structural: int = 0  # of `count`: too many or too few fields, no JSON

    def add(self, row: BadRow) -> None:
        """One row whose structure is wrong."""
        self.count += 1
        self.structural += 1
        self.keep(row)

    def add_cells(self, column: str, count: int, first: BadRow) -> None:
        """`count` cells of one column, of which `first` is the first; their rows are counted apart."""
        if column in self.columns:
            self.columns[column].count += count
        else:
            self.columns[column] = Misfits(count, first)
        self.keep(first)

    def keep(self, row: BadRow) -> None:
        if len(self.first) < KEPT:
            self.first.append(row)
