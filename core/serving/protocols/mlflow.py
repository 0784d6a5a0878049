"""MLflow's scoring server, as its clients know it (MLflow 2 and 3): POST /invocations.

JSON with exactly one of dataframe_split, dataframe_records, instances and inputs (anything beside it, like `params`,
is passed over, as there), or CSV with a header. The answer is `{"predictions": [...]}`; classes that are written as
numbers or as true and false are JSON's numbers and booleans there, as MLflow gives them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from core.errors import FootplateError
from core.serving.checking import found
from core.serving.protocols.request import BadRequest, Request, a_list, an_object, ids_of, natural, plain, shown

if TYPE_CHECKING:
    from core.serving.predictor import Answers

KEYS: Final = ("dataframe_split", "dataframe_records", "instances", "inputs")
HINT: Final = f"send a JSON object with exactly one of {', '.join(KEYS)}, or CSV as text/csv"
_SPLIT: Final = 'dataframe_split is {"columns": [...], "data": [[...], ...]}'


def read(body: Any, names: Sequence[str], id_column: str = "") -> Request:
    """The request of a parsed JSON body; `names` are the model's columns, for values that come without a name."""
    body = an_object(body, HINT)
    given = [key for key in KEYS if key in body]
    if len(given) != 1:
        others = ", ".join(shown(key) for key in list(body)[:5]) or "nothing"
        raise BadRequest(f"the body has {' and '.join(given) if given else others}", HINT)
    return _with_ids(_READERS[given[0]](body[given[0]], names), id_column)


def read_csv(body: bytes, names: Sequence[str], id_column: str = "") -> Request:
    """The request of a CSV body: the first line names the columns."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest("the body is no UTF-8", "send CSV, encoded as UTF-8") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, str]] = []
    try:
        header = next((line for line in lines if line), None)
        if header is None:
            raise BadRequest("the body is empty", "the first line of CSV names the columns")
        _unique(header)
        for line in lines:
            if not line:
                continue
            if len(line) != len(header):
                raise BadRequest(
                    f"line {lines.line_num} has {len(line):,} fields; the header has {len(header):,}", "mend the line"
                )
            rows.append(dict(zip(header, line, strict=True)))
    except csv.Error as error:
        hint = "put texts that hold quotes or commas in quotes"
        raise BadRequest(f"line {lines.line_num} is no CSV: {error}", hint) from None
    return _with_ids(rows, id_column)


def answer(answers: Answers) -> dict[str, Any]:
    if not answers.classes:
        return {"predictions": plain(answers.values)}
    told = dict(zip(answers.classes, natural(answers.classes), strict=True))
    return {"predictions": [told[value] for value in answers.values]}


def refusal(error: FootplateError) -> dict[str, str]:
    """An error as MLflow's clients read it."""
    return {"error_code": "BAD_REQUEST", "message": f"{error.message}. {error.hint}" if error.hint else error.message}


def _split(value: Any, names: Sequence[str]) -> list[Any]:
    if not isinstance(value, Mapping):
        raise BadRequest(f"dataframe_split is {found(value)}, not an object", _SPLIT)
    data = a_list(value, "data", _SPLIT)
    columns = a_list(value, "columns", _SPLIT) if "columns" in value else list(names)
    _unique(columns)
    return [_named(row, columns, f"dataframe_split: data[{place}]") for place, row in enumerate(data)]


def _records(value: Any, names: Sequence[str]) -> list[Any]:
    if not isinstance(value, list):
        raise BadRequest(f"dataframe_records is {found(value)}, not a list", "send a list of objects, one a row")
    return value


def _tensors(value: Any, names: Sequence[str]) -> list[Any]:
    """Rows as objects or as lists in the model's order, or one list (or value) a column."""
    if isinstance(value, Mapping):
        return _columns(value)
    if not isinstance(value, list):
        raise BadRequest(f"instances and inputs are a list or an object, not {found(value)}", HINT)
    made: list[Any] = []
    for place, row in enumerate(value):
        if isinstance(row, list):
            made.append(_named(row, names, f"row {place}"))
        elif isinstance(row, Mapping) or len(names) != 1:
            made.append(row)
        else:
            made.append({names[0]: row})
    return made


def _columns(columns: Mapping[str, Any]) -> list[Any]:
    lists = {name: value if isinstance(value, list) else [value] for name, value in columns.items()}
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise BadRequest(
            f"column {shown(short)} has {lengths[short]:,} values and {shown(long)} {lengths[long]:,}",
            "give every column one value a row",
        )
    return [dict(zip(lists, map(_alone, row), strict=True)) for row in zip(*lists.values(), strict=True)]


def _alone(value: Any) -> Any:
    """A tensor of shape (n, 1) holds lists of one value."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _named(row: Any, names: Sequence[Any], where: str) -> Any:
    if not isinstance(row, list):
        raise BadRequest(f"{where} is {found(row)}, not a list", "send one list of values a row")
    if len(row) != len(names):
        raise BadRequest(f"{where} has {len(row):,} values for {len(names):,} columns", "send one value a column")
    return dict(zip(names, row, strict=True))


def _unique(names: Sequence[Any]) -> None:
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str):
            raise BadRequest(f"a column's name is {found(name)}, not a text", _SPLIT)
        if name in seen:
            raise BadRequest(f"column {shown(name)} is named twice", "name each column once")
        seen.add(name)


def _with_ids(rows: list[Any], id_column: str) -> Request:
    return Request(rows, ids_of(rows, id_column) if id_column else ())


_READERS: Final = {
    "dataframe_split": _split, "dataframe_records": _records, "instances": _tensors, "inputs": _tensors,
}
