"""The names and kinds of a dataset's columns: inferred from its first version, held by all later ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.data.findings import Finding
from core.text import shortened, visible
from core.vocabulary import Kind

if TYPE_CHECKING:
    import pandas as pd

_TEXTUAL = frozenset({Kind.CATEGORY, Kind.EMPTY})
_MISREAD = {Kind.NUMBER: "numbers", Kind.BOOLEAN: "true and false", Kind.DATE: "dates", Kind.CATEGORY: "text"}


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind


@dataclass(frozen=True)
class Schema:
    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return {column.name: column.kind for column in self.columns}

    def kind(self, name: str) -> Kind:
        """The kind of one column; KeyError for a name that is not there."""
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def to_json(self) -> list[dict[str, str]]:
        """[{"name", "kind"}], in the order of the file."""
        return [{"name": column.name, "kind": column.kind.value} for column in self.columns]

    def filled(self, found: Schema) -> Schema:
        """The same columns; those that held no value so far have the kind that `found` gives them."""
        return Schema(
            tuple(
                Column(column.name, found.kind(column.name))
                if column.kind is Kind.EMPTY and column.name in found
                else column
                for column in self.columns
            )
        )

    @classmethod
    def from_json(cls, columns: Sequence[Mapping[str, Any]]) -> Schema:
        return cls(tuple(Column(str(column["name"]), Kind(column["kind"])) for column in columns))

    @classmethod
    def of(cls, kinds: Mapping[str, Kind]) -> Schema:
        return cls(tuple(Column(name, kind) for name, kind in kinds.items()))


def infer_schema(frame: pd.DataFrame, tolerance: float = 0.0, decimal: str = ".") -> Schema:
    """The schema of a frame of text (NaN where missing); see `values.infer`."""
    from core.data.values import infer

    return Schema.of({str(name): infer(frame[name], tolerance, decimal).kind for name in frame.columns})


def compatible(expected: Kind, found: Kind) -> bool:
    """Whether a column of `found` can be read as `expected`: any text as a category, nothing as anything."""
    return expected == found or expected in _TEXTUAL or found is Kind.EMPTY


def retyped(name: str, was: Kind, said: str, text: str = "", line: int | None = None) -> Finding:
    """The reason that a column is no longer what it was; `text` is its first value that is not, on `line`."""
    first = f"; the first is '{shortened(text)}' on line {line:,}" if line is not None else ""
    return Finding("retyped_column", name, f"column {visible(name)} held {_MISREAD[was]}: {said}{first}", line)


def compare(expected: Schema, found: Schema) -> list[Finding]:
    """What changed: missing_column and retyped_column are reasons, new_column is a warning."""
    findings = []
    new = [name for name in found.names if name not in expected]
    for column in expected.columns:
        shown = visible(column.name)
        if column.name not in found:
            near = get_close_matches(column.name, new, 1, 0.6) or [
                name for name in new if name.casefold() == column.name.casefold()
            ]
            also = f"; the file has a new column {visible(near[0])}" if near else ""
            findings.append(Finding("missing_column", column.name, f"column {shown} is missing{also}"))
        elif not compatible(column.kind, found.kind(column.name)):
            findings.append(retyped(column.name, column.kind, f"now it holds {_MISREAD[found.kind(column.name)]}"))
    findings += [
        Finding("new_column", name, f"column {visible(name)} is new; the dataset's schema does not know it")
        for name in new
    ]
    return findings
