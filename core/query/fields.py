"""What can be asked of a kind of row: its fields, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select

from core.errors import UsageError
from core.text import shortened

Test = ColumnElement[bool]


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"  # ISO 8601 (without a zone: UTC), or 3d, 2h: so long ago
    FLAG = "yes or no"


@dataclass(frozen=True)
class Elsewhere:
    """A field that lives in rows of another table.

    `exists` makes "there is such a row for which ..." of a condition on the field's column, `keys` a statement
    of the keys of the rows that have one, and `owner` is the key's own column. `join` brings the column into a
    statement, at most once a row, to sort by it: None where there may be several; its second argument says that
    the rows are found by their keys, so that the index on the column must not lead. `key` is the owner's key as the
    other table has it, beside the column in one index.
    """

    exists: Callable[[Test], Test]
    keys: Callable[[Test], Select[Any]]
    owner: Any
    join: Callable[[Select[Any], bool], Select[Any]] | None = None
    key: Any = None


@dataclass(frozen=True)
class Field:
    """A column that can be asked for.

    `choices` are all the words that a text can be. `text` is the same as text, of what may be no number.
    `joined`: its row may be missing, so that it may be null though its column may not.
    """

    column: Any
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    elsewhere: Elsewhere | None = None
    text: Any = None
    joined: bool = False

    @property
    def nullable(self) -> bool:
        return self.joined or self.elsewhere is not None or bool(getattr(self.column, "nullable", True))


@dataclass(frozen=True)
class Fields:
    """All that can be asked. `more` finds fields that the rows themselves bring, `others` names them for hints."""

    known: Mapping[str, Field]
    words: tuple[Any, ...] = ()  # columns that a bare word is looked for in
    more: Callable[[str], Field | None] = lambda name: None
    others: Callable[[], Iterable[str]] = lambda: ()

    def find(self, name: str) -> Field:
        """Raises UsageError with the nearest field where there is none of that name."""
        found = self.known.get(name) or self.more(name)
        if found is None:
            names = [*self.known, *self.others()]
            near = nearest(name, names)
            hint = f"did you mean {near}?" if near else f"known: {', '.join(names[:30]) or 'none'}"
            raise UsageError(f"there is no field {shortened(name)!r} here", hint)
        return found

    def to_sort_by(self, name: str) -> Field:
        """The field of that name. Raises UsageError where a row may have several values of it."""
        found = self.find(name)
        if found.elsewhere is not None and found.elsewhere.join is None:
            raise UsageError(f"a row may have several of {name}: nothing can be sorted by it", "sort by another field")
        return found


def nearest(name: str, names: Sequence[str]) -> str:
    """The name that was meant: one that begins so, one that is spelled nearly so, one that holds it; or none."""
    begins = [one for one in names if name and one.startswith(name)]
    return next(iter(begins or get_close_matches(name, names, 1, 0.5) or [one for one in names if name in one]), "")
