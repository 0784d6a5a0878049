"""Bodies to rows and back, as each protocol's clients write and read them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.schema import Schema
from core.errors import BadInput
from core.serving.checking import Checker
from core.serving.predictor import Answers
from core.serving.protocols import mlflow, open_inference, own
from core.serving.protocols.request import BadRequest, Request, natural, parsed
from core.training.manifest import Manifest
from core.vocabulary import Kind

SCHEMA = Schema.of({"age": Kind.NUMBER, "city": Kind.CATEGORY})
NUMBERS = Schema.of({"a": Kind.NUMBER, "b": Kind.BOOLEAN})
ROWS = [{"age": 1, "city": "Bonn"}, {"age": None, "city": "Ulm"}]
SURE = Answers(["no", "yes"], [[0.75, 0.25], [0.5, 0.5]], ("no", "yes"))
CODES = Answers(["1", "0"], [[0.25, 0.75], [0.5, 0.5]], ("0", "1"))
AMOUNTS = Answers([1.5, float("inf")], None, ())


def test_nothing_heavy_is_imported() -> None:
    work = (
        "import sys, core.serving.protocols.own, core.serving.protocols.mlflow, core.serving.protocols.open_inference\n"
        "import core.serving.checking\n"
        "print([name for name in ('pandas', 'numpy', 'sklearn', 'skops') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- own


def test_own_rows_and_the_served_prediction() -> None:
    request = own.read({"rows": ROWS, "ids": ["a", 7]})
    assert request.rows == ROWS and request.ids == ("a", "7")
    assert own.answer("churn", 3, SURE, request) == {
        "model": "churn", "version": 3, "predictions": ["no", "yes"],
        "probabilities": [{"no": 0.75, "yes": 0.25}, {"no": 0.5, "yes": 0.5}], "ids": ["a", "7"],
    }
    assert own.answer("churn", 3, AMOUNTS, Request(ROWS)) == {
        "model": "churn", "version": 3, "predictions": [1.5, None], "ids": [],
    }


def test_ids_are_those_of_the_id_column_where_every_row_has_one() -> None:
    rows = [{"id": 1}, {"id": "b"}]
    assert own.read({"rows": rows}, "id").ids == ("1", "b")
    assert own.read({"rows": [*rows, {}]}, "id").ids == ()
    assert mlflow.read({"dataframe_records": rows}, ("age",), "id").ids == ("1", "b")


@pytest.mark.parametrize(("body", "said"), [
    ([], "the body is a list"), ({"row": []}, "no rows; did you mean rows for row?"),
    ({"rows": {}}, "rows is an object"),
    ({"rows": ROWS, "ids": ["a"]}, "1 ids for 2 rows"), ({"rows": ROWS, "ids": ["a", [1]]}, r"ids\[1\] is a list"),
    ({"rows": ROWS, "ids": 4}, "ids is no list"), ({"rows": ROWS, "ids": ["a", ""]}, r"ids\[1\] is ''"),
])
def test_own_bodies_that_are_none(body: Any, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        own.read(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 10_000, b'{"a": NaN} x'])
def test_what_is_no_json_is_said(body: bytes) -> None:
    with pytest.raises(BadRequest, match="the body is no"):
        parsed(body)


# -- MLflow


@pytest.mark.parametrize("body", [
    {"dataframe_split": {"columns": ["city", "age"], "data": [["Bonn", 1], ["Ulm", None]], "index": [4, 5]}},
    {"dataframe_split": {"data": [[1, "Bonn"], [None, "Ulm"]]}},
    {"dataframe_records": ROWS}, {"instances": ROWS},
    {"instances": [[1, "Bonn"], [None, "Ulm"]], "params": {}, "signature_name": "x"},
    {"inputs": {"age": [1, None], "city": ["Bonn", "Ulm"]}},
    {"instances": {"age": [[1], [None]], "city": ["Bonn", "Ulm"]}},
])
def test_mlflow_bodies(body: Any) -> None:
    assert mlflow.read(body, SCHEMA.names).rows == ROWS


def test_mlflow_scalars_for_a_model_of_one_column() -> None:
    assert mlflow.read({"inputs": [1, 2]}, ("age",)).rows == [{"age": 1}, {"age": 2}]


def test_mlflow_csv() -> None:
    body = b'\xef\xbb\xbfcity,age\r\n"Bo,nn",1\n\nUlm,\n'
    request = mlflow.read_csv(body, SCHEMA.names)
    assert request.rows == [{"city": "Bo,nn", "age": "1"}, {"city": "Ulm", "age": ""}]
    assert [str(cell) for cell in Checker(SCHEMA).read(request.rows).rows[1]] == ["nan", "Ulm"]


@pytest.mark.parametrize(("body", "said"), [
    (b"", "empty"), (b"\n\n", "empty"), (b"a,b\n1\n", "line 2 has 1 fields; the header has 2"),
    (b"a,a\n", "named twice"),
    (b'a\n"x\n', "is no CSV"), (b"\xff\xfe", "no UTF-8"),
])
def test_csv_that_is_none(body: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        mlflow.read_csv(body, SCHEMA.names)


@pytest.mark.parametrize(("body", "said"), [
    ({}, "the body has nothing"), ({"instances": [], "inputs": []}, "instances and inputs"), ({"rows": []}, "has rows"),
    ({"dataframe_split": [1]}, "dataframe_split is a list"), ({"dataframe_split": {"columns": ["a"]}}, "no data"),
    ({"dataframe_split": {"columns": ["a", "a"], "data": []}}, "named twice"),
    ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, r"data\[0\] has 2 values for 1 columns"),
    ({"dataframe_split": {"columns": ["a"], "data": [1]}}, r"data\[0\] is 1, not a list"),
    ({"instances": [[1]]}, "row 0 has 1 values for 2 columns"), ({"inputs": {"a": [1], "b": [1, 2]}}, "column a has 1"),
    ({"dataframe_records": {}}, "is an object"), ({"inputs": "x"}, "not 'x'"),
])
def test_mlflow_bodies_that_are_none(body: Any, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        mlflow.read(body, SCHEMA.names)


def test_mlflow_answers() -> None:
    assert mlflow.answer(SURE) == {"predictions": ["no", "yes"]}
    assert mlflow.answer(CODES) == {"predictions": [1, 0]}
    assert mlflow.answer(AMOUNTS) == {"predictions": [1.5, None]}


def test_classes_as_json_has_them() -> None:
    assert natural(("1", "10", "2")) == (1, 10, 2)
    assert natural(("0.5", "1")) == (0.5, 1.0)
    assert natural(("007", "1")) == ("007", "1")
    assert natural(("1e5", "nan")) == ("1e5", "nan")
    assert natural(("False", "True")) == (False, True)


# -- Open Inference


def tensor(name: str, data: Any, datatype: str = "FP64", shape: Any = None) -> dict[str, Any]:
    return {"name": name, "shape": [len(data)] if shape is None else shape, "datatype": datatype, "data": data}


def test_open_inference_one_tensor_a_column() -> None:
    body = {
        "id": "r1", "parameters": {"content_type": "pd"},
        "inputs": [tensor("age", [1, None]), tensor("city", [["Bonn"], ["Ulm"]], "BYTES", [2, 1])],
        "outputs": [{"name": "predict_proba"}],
    }
    request = open_inference.read(body, SCHEMA)
    assert request.rows == ROWS
    assert open_inference.answer("churn", 3, SURE, request) == {
        "model_name": "churn", "model_version": "3", "id": "r1",
        "outputs": [{"name": "predict_proba", "shape": [2, 2], "datatype": "FP64", "data": [0.75, 0.25, 0.5, 0.5]}],
    }


def test_open_inference_one_tensor_for_all() -> None:
    rows = [{"a": 1, "b": 0}, {"a": 2, "b": 1}]
    for data in ([1, 0, 2, 1], [[1, 0], [2, 1]]):
        assert open_inference.read({"inputs": [tensor("x", data, "INT64", [2, 2])]}, NUMBERS).rows == rows
    one = Schema.of({"a": Kind.NUMBER})
    for name in ("a", "x"):
        assert open_inference.read({"inputs": [tensor(name, [1, 2], shape=[2, 1])]}, one).rows == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("answers", "datatype", "data"), [
    (SURE, "BYTES", ["no", "yes"]), (CODES, "INT64", [1, 0]), (AMOUNTS, "FP64", [1.5, None]),
    (Answers(["true"], [[0.0, 1.0]], ("false", "true")), "BOOL", [True]),
])
def test_open_inference_answers_have_their_datatypes(answers: Answers, datatype: str, data: list[Any]) -> None:
    said = open_inference.answer("m", 1, answers, Request(ROWS))
    assert said["outputs"][0] == {"name": "predict", "shape": [len(data)], "datatype": datatype, "data": data}
    assert [one["name"] for one in said["outputs"][1:]] == (["probabilities"] if answers.classes else [])


def test_numbers_have_no_probabilities() -> None:
    request = Request(ROWS, (), {"outputs": ["probabilities"]})
    with pytest.raises(BadRequest, match="it predicts numbers"):
        open_inference.answer("m", 1, AMOUNTS, request)


@pytest.mark.parametrize(("body", "said"), [
    ({"inputs": []}, "inputs is empty"), ({"input": []}, "did you mean inputs"), ({"inputs": [3]}, r"inputs\[0\] is 3"),
    ({"inputs": [tensor("age", [1], "FLOAT")]}, "datatype is 'FLOAT'"),
    ({"inputs": [tensor("age", [1], shape=[2])]}, r"holds 1 values; its shape \[2\] says 2"),
    ({"inputs": [tensor("age", [1], shape=[True])]}, "no list of whole numbers"),
    ({"inputs": [tensor("age", [1], shape=[1, 1, 1])]}, "3 dimensions"),
    ({"inputs": [tensor("age", [1]), tensor("age", [1])]}, "sent twice"),
    ({"inputs": [tensor("age", [1]), tensor("city", ["a", "b"])]}, "holds 2 rows and age 1"),
    ({"inputs": [tensor("x", [1, 2], shape=[1, 2])]}, "city is no number"),
    ({"inputs": [tensor("age", [[1, 2]], shape=[2, 1])]}, "does not have the shape"),
    ({"inputs": [{"name": "age", "shape": [1], "datatype": "FP32", "parameters": {"binary_data_size": 4}}]}, "binary"),
    ({"inputs": [tensor("age", [1])], "id": 4}, "id is 4"),
    ({"inputs": [tensor("age", [1])], "outputs": [{"name": "x"}]}, "there is no output x"),
])
def test_open_inference_bodies_that_are_none(body: Any, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        open_inference.read(body, SCHEMA)


def test_metadata_names_what_goes_in_and_out() -> None:
    manifest = Manifest(
        recipe="r", recipe_hash="h", kind="sklearn", estimator="x", task="classification", classes=("0", "1"),
        target="y", inputs=tuple(SCHEMA.to_json()), features=(), custom="", code=(),
    )
    assert open_inference.metadata("churn", [3, 2], manifest) == {
        "name": "churn", "versions": ["3", "2"], "platform": "footplate_sklearn",
        "inputs": [{"name": "age", "datatype": "FP64", "shape": [-1]},
                   {"name": "city", "datatype": "BYTES", "shape": [-1]}],
        "outputs": [{"name": "predict", "datatype": "INT64", "shape": [-1]},
                    {"name": "probabilities", "datatype": "FP64", "shape": [-1, 2]}],
    }


# -- all of them

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 10**330), st.floats(), st.text(max_size=6))
KEYS = st.one_of(
    st.sampled_from(["rows", "ids", "inputs", "instances", "dataframe_split", "dataframe_records", "columns", "data",
                     "name", "shape", "datatype", "outputs", "id", "params", "parameters", "age", "city"]),
    st.text(max_size=4),
)
VALUES = st.recursive(
    SCALARS | st.sampled_from(["age", "city", "FP64", "BYTES", [1], [1, 1], [2]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(body=st.dictionaries(KEYS, VALUES, max_size=4) | VALUES)
def test_whatever_the_body_it_is_read_or_refused(body: Any) -> None:
    for read in (
        lambda: own.read(body, "id"), lambda: mlflow.read(body, SCHEMA.names, "id"),
        lambda: open_inference.read(body, SCHEMA, "id"), lambda: open_inference.read(body, NUMBERS),
    ):
        try:
            request = read()
            Checker(SCHEMA).read(request.rows)
        except BadInput as error:
            json.dumps([error.message, error.hint]).encode()
            assert "\x1b" not in error.message
        else:
            assert not request.ids or len(request.ids) == len(request.rows)


@settings(max_examples=200, deadline=None)
@given(body=st.one_of(st.binary(max_size=60), st.text(alphabet='a,"\r\n\x00 1é', max_size=40).map(str.encode)))
def test_whatever_the_csv_it_is_read_or_refused(body: bytes) -> None:
    try:
        mlflow.read_csv(body, SCHEMA.names)
    except BadRequest as error:
        assert error.hint
