"""The Open Inference Protocol, version 2 (KServe, Triton, MLServer): tensors in, tensors out.

One tensor a column, of shape [n] or [n, 1]; or a single one of shape [n, columns], where every column that the
model reads is a number. Answers are the tensors `predict` and, for classes, `probabilities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Final

from core.data.schema import Schema
from core.serving.checking import found
from core.serving.protocols.request import BadRequest, Request, a_list, an_object, ids_of, natural, plain, shown
from core.vocabulary import Kind

if TYPE_CHECKING:
    from core.serving.predictor import Answers
    from core.training.manifest import Manifest

PREDICT: Final = "predict"
PROBABILITIES: Final = "probabilities"
ALIASES: Final = {"predict_proba": PROBABILITIES}  # as MLServer names it
HINT: Final = 'send {"inputs": [{"name": COLUMN, "shape": [n], "datatype": "FP64", "data": [...]}, ...]}'
DATATYPES: Final = frozenset(
    ["BOOL", "BYTES", "FP16", "FP32", "FP64", *(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))]
)
_OF_KIND: Final = {Kind.NUMBER: "FP64", Kind.BOOLEAN: "BOOL", Kind.DATE: "BYTES", Kind.CATEGORY: "BYTES",
                   Kind.EMPTY: "BYTES"}
_NUMERIC: Final = frozenset({Kind.NUMBER, Kind.BOOLEAN})


def read(body: Any, schema: Schema, id_column: str = "") -> Request:
    """The request of a parsed body. Its id, and the outputs that it asks for, are kept to be answered."""
    body = an_object(body, HINT)
    tensors = [_tensor(one, place) for place, one in enumerate(a_list(body, "inputs", HINT))]
    if not tensors:
        raise BadRequest("inputs is empty", HINT)
    echo: dict[str, Any] = {"outputs": _outputs(body)}
    if (id := body.get("id")) is not None:
        if not isinstance(id, str):
            raise BadRequest(f"id is {found(id)}, not a text", "leave it out, or send a text")
        echo["id"] = id
    rows = _rows(tensors, schema)
    return Request(rows, ids_of(rows, id_column) if id_column else (), echo)


def answer(model: str, version: int, answers: Answers, request: Request) -> dict[str, Any]:
    asked = request.echo.get("outputs") or [PREDICT, *([PROBABILITIES] if answers.probabilities is not None else [])]
    made: dict[str, Any] = {"model_name": model, "model_version": str(version)}
    if "id" in request.echo:
        made["id"] = request.echo["id"]
    made["outputs"] = [_output(name, answers) for name in asked]
    return made


def metadata(model: str, versions: Sequence[int], manifest: Manifest) -> dict[str, Any]:
    """What the model reads and says."""
    classes = tuple(manifest.classes)
    inputs = [
        {"name": column.name, "datatype": _OF_KIND[column.kind], "shape": [-1]}
        for column in manifest.input_schema.columns
    ]
    outputs = [{"name": PREDICT, "datatype": _datatype(natural(classes)), "shape": [-1]}]
    if classes:
        outputs.append({"name": PROBABILITIES, "datatype": "FP64", "shape": [-1, len(classes)]})
    return {
        "name": model, "versions": [str(version) for version in versions], "platform": f"footplate_{manifest.kind}",
        "inputs": inputs, "outputs": outputs,
    }


def _tensor(one: Any, place: int) -> tuple[str, list[int], list[Any]]:
    """A tensor's name, shape and values, flat."""
    where = f"inputs[{place}]"
    if not isinstance(one, Mapping):
        raise BadRequest(f"{where} is {found(one)}, not an object", HINT)
    name, shape, datatype = one.get("name"), one.get("shape"), one.get("datatype")
    if not isinstance(name, str):
        raise BadRequest(f"{where}: name is {found(name)}, not a text", HINT)
    where = f"input {shown(name)}"
    if isinstance(one.get("parameters"), Mapping) and "binary_data_size" in one["parameters"]:
        raise BadRequest(f"{where} is sent as binary data", "send its values as JSON, in data")
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        raise BadRequest(f"{where}: datatype is {found(datatype)}", f"datatypes are: {', '.join(sorted(DATATYPES))}")
    if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
        raise BadRequest(f"{where}: shape is no list of whole numbers", HINT)
    if len(shape) not in (1, 2):
        raise BadRequest(f"{where} has {len(shape)} dimensions", "a column has shape [n] or [n, 1]")
    values = a_list(one, "data", HINT)
    if len(shape) == 2 and values and all(isinstance(row, list) for row in values):
        if len(values) != shape[0] or any(len(row) != shape[1] for row in values):
            raise BadRequest(f"{where}: data does not have the shape {shape}", "send as many values as its shape says")
        values = [value for row in values for value in row]
    if len(values) != prod(shape):
        raise BadRequest(
            f"{where} holds {len(values):,} values; its shape {shape} says {prod(shape):,}",
            "send as many values as its shape says",
        )
    return name, shape, values


def _rows(tensors: list[tuple[str, list[int], list[Any]]], schema: Schema) -> list[Any]:
    name, shape, values = tensors[0]
    if len(tensors) == 1 and len(shape) == 2 and (shape[1] != 1 or name not in schema):
        strange = [column for column in schema.columns if column.kind not in _NUMERIC]
        if strange:
            raise BadRequest(
                f"input {shown(name)} is one tensor for all columns, and {shown(strange[0].name)} is no number",
                "send one tensor a column",
            )
        width = len(schema.names)
        if shape[1] != width:
            raise BadRequest(f"input {shown(name)} has {shape[1]:,} columns; the model reads {width:,}", _order(schema))
        return [dict(zip(schema.names, values[start : start + width], strict=True))
                for start in range(0, len(values), width)]
    count = shape[0]
    columns: dict[str, list[Any]] = {}
    for name, shape, values in tensors:
        if name in columns:
            raise BadRequest(f"input {shown(name)} is sent twice", "name each column once")
        if len(shape) == 2 and shape[1] != 1:
            raise BadRequest(f"input {shown(name)} has the shape {shape}", "a column has shape [n] or [n, 1]")
        if shape[0] != count:
            raise BadRequest(
                f"input {shown(name)} holds {shape[0]:,} rows and {shown(tensors[0][0])} {count:,}",
                "give every column one value a row",
            )
        columns[name] = values
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _order(schema: Schema) -> str:
    return f"its columns are, in this order: {', '.join(shown(name) for name in schema.names[:20])}"


def _outputs(body: Mapping[str, Any]) -> list[str]:
    """The outputs that are asked for; none: all."""
    if body.get("outputs") is None:
        return []
    made: list[str] = []
    for place, one in enumerate(a_list(body, "outputs", HINT)):
        name = one.get("name") if isinstance(one, Mapping) else None
        if not isinstance(name, str) or ALIASES.get(name, name) not in (PREDICT, PROBABILITIES):
            raise BadRequest(f"outputs[{place}]: there is no output {shown(name)}",
                             f"outputs are {PREDICT} and {PROBABILITIES}")
        made.append(name)
    return made


def _output(name: str, answers: Answers) -> dict[str, Any]:
    if ALIASES.get(name, name) == PROBABILITIES:
        if answers.probabilities is None:
            raise BadRequest(f"the model has no output {name}: it predicts numbers", f"its output is {PREDICT}")
        flat = plain([share for shares in answers.probabilities for share in shares])
        return {"name": name, "shape": [len(answers), len(answers.classes)], "datatype": "FP64", "data": flat}
    told = natural(answers.classes)
    values = plain(answers.values)
    if answers.classes:
        names = dict(zip(answers.classes, told, strict=True))
        values = [names[value] for value in answers.values]
    return {"name": name, "shape": [len(answers)], "datatype": _datatype(told), "data": values}


def _datatype(classes: Sequence[Any]) -> str:
    """That of the predictions; without classes they are numbers."""
    kinds = {type(one) for one in classes}
    if not kinds or kinds == {float} or kinds == {int, float}:
        return "FP64"
    return "BOOL" if kinds == {bool} else "INT64" if kinds == {int} else "BYTES"
