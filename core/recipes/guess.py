"""What the first rows of a file suggest for a recipe: what each column could be, and what one may want to predict.

A suggestion only: a person sees it before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from core.recipes.infer import auto_primary, infer_task, spelled
from core.text import shortened
from core.vocabulary import Kind, Task

if TYPE_CHECKING:
    import pandas as pd

    from core.data.schema import Schema

SHOWN = 3  # values of a column
MOST_CLASSES = 50  # text of more different values is nothing that one predicts
SPARSE = 0.05  # share of rows without a time, from which a column does not order them
IDS = re.compile(
    r"(?:^|[_\W])(?i:id|uuid|guid|key|index|nr|number)$|[a-z](?:ID|Id)$|^(?i:customer|client|user|member|patient)$"
)
TARGETS = re.compile(
    r"^(?:y|target|label|class|outcome|response|result)$|(?:^|[_\W])(?:target|label|outcome|flag)$|^(?:is|has|will)_",
    re.IGNORECASE,
)
OFTEN = re.compile(
    r"churn|surviv|fraud|default|delay|(?:^|_)late(?:$|_)|price|amount|sales|demand|score|quality|risk|cancel",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Guess:
    """One column: `values` are its commonest; `task` and `primary` hold where it were the target; `likely` 0 to 100."""

    name: str
    kind: str
    missing: int
    distinct: int
    values: tuple[str, ...]
    task: str
    primary: str
    likely: int
    why_not: str  # why nothing can be learned about it; empty where it can


def columns(frame: pd.DataFrame, schema: Schema) -> list[Guess]:
    """A guess for each column of a typed frame, in the order of the file."""
    last = len(schema.columns) - 1
    return [
        _column(column.name, column.kind, frame[column.name], at == last) for at, column in enumerate(schema.columns)
    ]


def _column(name: str, kind: Kind, values: pd.Series, last: bool) -> Guess:
    present = values.dropna()
    counts = present.value_counts()
    task = infer_task(present)
    primary = auto_primary(task, [int(count) for count in counts]) if len(counts) else ""
    why_not = _why_not(kind, task, len(counts), len(present))
    likely = 0 if why_not else _likely(name, kind, task, len(counts), last)
    shown = tuple(shortened(spelled(value), 16) for value in counts.index[:SHOWN])
    return Guess(
        name, kind.value, int(len(values) - len(present)), len(counts), shown, task.value, primary, likely, why_not
    )


def _why_not(kind: Kind, task: Task, distinct: int, rows: int) -> str:
    if distinct < 2:
        return "always the same" if distinct else "always empty"
    if kind is Kind.DATE:
        return "a date"
    if task == Task.CLASSIFICATION and distinct > MOST_CLASSES:
        return f"{distinct:,} different texts"
    return "each row its own" if task == Task.CLASSIFICATION and distinct == rows else ""


def _likely(name: str, kind: Kind, task: Task, distinct: int, last: bool) -> int:
    if IDS.search(name):
        return 1
    points = 10 + 15 * last
    points += 50 if TARGETS.search(name) else 25 if OFTEN.search(name) else 0
    if task == Task.CLASSIFICATION:
        points += 15 if distinct == 2 else 5 if distinct <= 10 else 0
    return points


def likeliest(found: Sequence[Guess]) -> list[Guess]:
    """Those first that one would most likely predict, then in the order of the file; what cannot be, last."""
    return sorted(found, key=lambda one: (bool(one.why_not), -one.likely))


def times(found: Sequence[Guess], rows: int) -> list[str]:
    """Columns that may order the rows, the likeliest first."""
    dates = [
        one for one in found
        if one.kind == Kind.DATE and one.distinct > 1 and one.missing <= SPARSE * rows
    ]
    return [one.name for one in sorted(dates, key=lambda one: (one.missing, -one.distinct))]


def ids(found: Sequence[Guess], rows: int) -> list[str]:
    """Columns that may tell rows apart: called like an id, and different in every row."""
    return [
        one.name for one in found
        if one.distinct == rows and rows > 1 and not one.missing and one.kind in (Kind.CATEGORY, Kind.NUMBER)
        and IDS.search(one.name)
    ]


def to_json(one: Guess) -> dict[str, Any]:
    return {**asdict(one), "values": list(one.values)}
