"""What can be asked, and what is said to what cannot: always JSON, with what was wrong and what to do."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.serving.guard import Guard
from core.serving.checking import Table
from core.serving.engines import Said, of_model
from core.serving.predictor import Predictor
from core.serving.routing import Route
from core.vocabulary import Role, Strategy
from core.workspace import Workspace
from tests.fakes import fitted
from tests.fakes.serving import ROW
from tests.unit.console.serving.asking import Door, Reply


@cache
def predictor(regression: bool = False, classes: int = 2) -> Predictor:
    made = fitted.model(classes=classes, regression=regression)
    return Predictor(made.manifest, of_model(made))


class Failing:
    """A version that errs on some rows, as user code may."""

    how = "frames"

    def __init__(self, behind: Predictor, when: float = 1e9) -> None:
        self._behind = behind
        self._when = when

    def say(self, table: Table) -> Said:
        place = table.schema.names.index("amount")
        if any(row[place] > self._when for row in table.rows):
            raise ZeroDivisionError("user code")
        said, shares = [], []
        for answer in [self._behind.predict(table)]:
            said = [self._behind.manifest.classes.index(value) for value in answer.values]
            shares = answer.probabilities or []
        return said, shares


class Hanging(Failing):
    """A version that says nothing until `over`."""

    def __init__(self, behind: Predictor, over: threading.Event) -> None:
        super().__init__(behind)
        self._over = over

    def say(self, table: Table) -> Said:
        self._over.wait(30)
        return super().say(table)


def failing(when: float) -> Predictor:
    return Predictor(predictor().manifest, Failing(predictor(), when))


@pytest.fixture
def door(workspace: Workspace) -> Door:
    made = Door(workspace)
    made.serve(Route("shop", "production", 7, revision=3), {7: predictor()}, "number")
    return made


def logged(workspace: Workspace) -> list[Any]:
    lines: list[Any] = []
    for path in sorted((workspace.hidden / "predictions").rglob("*.jsonl")):
        lines += [json.loads(line) for line in path.read_text().splitlines()[1:]]
    return lines


# -- answers

async def test_rows_are_answered_as_the_contract_says(door: Door, workspace: Workspace) -> None:
    reply = await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW, {**ROW, "number": 5}]})
    said = reply.json
    expected = predictor().predict([ROW, ROW])
    assert (reply.status, reply.headers["x-footplate-version"]) == (200, "7")
    assert said["model"] == "shop" and said["version"] == 7 and said["predictions"] == expected.values
    assert [list(shares.values()) for shares in said["probabilities"]] == expected.probabilities
    assert set(said["probabilities"][0]) == set(expected.classes)
    (record,) = logged(workspace)
    assert record["ids"] == said["ids"] and record["keys"] == [None, None] and len(set(said["ids"])) == 2
    assert record["revision"] == 3 and record["role"] == "stable" and record["predictions"] == said["predictions"]
    names = predictor().manifest.input_schema.names
    assert dict(zip(names, record["rows"][0], strict=True))["blank"] is None


async def test_ids_of_the_client_are_kept_and_said_again(door: Door, workspace: Workspace) -> None:
    reply = await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW], "ids": ["a1"]})
    assert reply.json["ids"] == ["a1"]
    reply = await door.ask("POST", "/v1/models/shop/predict", {"rows": [{**ROW, "number": 12}]})
    assert reply.json["ids"] == ["12"]
    first, second = logged(workspace)
    assert (first["keys"], second["keys"]) == (["a1"], ["12"]) and first["ids"] != second["ids"]


async def test_no_rows_are_no_answers(door: Door, workspace: Workspace) -> None:
    assert (await door.ask("POST", "/v1/models/shop/predict", {"rows": []})).json["predictions"] == []
    assert logged(workspace) == []


async def test_three_protocols_say_the_same(door: Door) -> None:
    own = (await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})).json
    split = {"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values())]}}
    assert (await door.ask("POST", "/invocations", split)).json == {"predictions": own["predictions"]}
    csv = ",".join(ROW) + "\n" + ",".join("" if one is None else str(one) for one in ROW.values())
    reply = await door.ask("POST", "/invocations", csv.encode(), {"content-type": "text/csv; charset=utf-8"})
    assert reply.json == {"predictions": own["predictions"]}
    kinds = {"amount": "FP64", "paid": "BOOL", "blank": "FP64"}
    tensors = {"id": "q", "inputs": [
        {"name": name, "shape": [1], "datatype": kinds.get(name, "BYTES"), "data": [value]}
        for name, value in ROW.items()
    ]}
    for path in ("/v2/models/shop/infer", "/v2/models/shop/versions/7/infer"):
        said = (await door.ask("POST", path, tensors)).json
        assert (said["model_name"], said["model_version"], said["id"]) == ("shop", "7", "q")
        assert said["outputs"][0]["data"] == own["predictions"]


async def test_what_serves_is_told(door: Door) -> None:
    assert (await door.ask("GET", "/healthz")).json == {"status": "ok"}
    assert (await door.ask("GET", "/readyz")).json["ready"] is True
    (model,) = (await door.ask("GET", "/v1/models")).json["models"]
    assert model == (await door.ask("GET", "/v1/models/shop")).json
    assert (model["name"], model["version"], model["id"], model["how"]) == ("shop", 7, "number", "matrix")
    assert (await door.ask("GET", "/v2/models/shop")).json["versions"] == ["7"]
    assert (await door.ask("GET", "/v2/models/shop/versions/7/ready")).json == {"name": "shop", "ready": True}
    assert (await door.ask("GET", "/v2")).json["name"] == "footplate"
    for path, body in (("/ping", b"\n"), ("/version", b"0.1"), ("/metrics", b"metrics 1\n")):
        assert (await door.ask("GET", path)).body == body
    assert (await door.ask("HEAD", "/healthz")).status == 200


# -- refusals

CASES: list[tuple[str, str, Any, dict[str, str], int, str]] = [
    ("GET", "/nothing", None, {}, 404, "NotFound"),
    ("GET", "/v1/models/shop/", None, {}, 404, "NotFound"),
    ("GET", "/v1/models/none", None, {}, 404, "NotFound"),
    ("GET", "/v1/models/../../etc/passwd", None, {}, 404, "NotFound"),
    ("POST", "/v1/models/none/predict", {"rows": []}, {}, 404, "NotFound"),
    ("POST", "/v2/models/shop/versions/6/infer", {"inputs": []}, {}, 404, "NotFound"),
    ("POST", "/v2/models/shop/versions/x/infer", {"inputs": []}, {}, 404, "NotFound"),
    ("POST", "/v2/models/shop/versions/²/infer", {"inputs": []}, {}, 404, "NotFound"),
    ("GET", f"/v2/models/shop/versions/{'9' * 5000}", None, {}, 404, "NotFound"),
    ("GET", "/v1/models/shop/predict", None, {}, 405, "MethodNotAllowed"),
    ("DELETE", "/v1/models/shop", None, {}, 405, "MethodNotAllowed"),
    ("POST", "/healthz", {}, {}, 405, "MethodNotAllowed"),
    ("OPTIONS", "/v1/models", None, {}, 405, "MethodNotAllowed"),
    ("POST", "/v1/models/shop/predict", b"{", {}, 400, "NotJson"),
    ("POST", "/v1/models/shop/predict", b"", {}, 400, "NotJson"),
    ("POST", "/v1/models/shop/predict", b"\xff\xfe", {}, 400, "NotJson"),
    ("POST", "/v1/models/shop/predict", b"[" * 90_000, {}, 400, "NotJson"),
    ("POST", "/v1/models/shop/predict", [], {}, 422, "BadRequest"),
    ("POST", "/v1/models/shop/predict", {"row": []}, {}, 422, "BadRequest"),
    ("POST", "/v1/models/shop/predict", {"rows": 3}, {}, 422, "BadRequest"),
    ("POST", "/v1/models/shop/predict", {"rows": [3]}, {}, 422, "BadRows"),
    ("POST", "/v1/models/shop/predict", {"rows": [ROW], "ids": []}, {}, 422, "BadRequest"),
    ("POST", "/v1/models/shop/predict", {"rows": [ROW] * 101}, {}, 413, "TooLarge"),
    ("POST", "/v1/models/shop/predict", b" " * 100_001, {}, 413, "TooLarge"),
    ("POST", "/v1/models/shop/predict", b"a,b", {"content-type": "text/csv"}, 415, "UnsupportedMediaType"),
    ("POST", "/v1/models/shop/predict", {}, {"content-type": "application/x-www-form-urlencoded"}, 415,
     "UnsupportedMediaType"),
    ("POST", "/v1/models/shop/predict", {}, {"content-type": "application/json; charset=utf-16"}, 415,
     "UnsupportedMediaType"),
    ("POST", "/v1/models/shop/predict", {}, {"content-encoding": "gzip"}, 415, "UnsupportedMediaType"),
    ("POST", "/v1/models/shop/predict", {}, {"origin": "http://evil.example"}, 403, "Forbidden"),
    ("GET", "/v1/models", None, {"host": "evil.example"}, 403, "Forbidden"),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "kind"), CASES)
async def test_what_cannot_be_is_said_in_json(
    door: Door, method: str, path: str, body: Any, headers: dict[str, str], status: int, kind: str
) -> None:
    reply = await door.ask(method, path, body, headers)
    told = reply.json["details"] if path.startswith("/v2") else reply.error
    assert (reply.status, told["type"]) == (status, kind)
    assert told["message"] and told["hint"] and reply.headers["content-type"] == "application/json"
    assert status != 405 or reply.headers["allow"]


async def test_a_wrong_cell_is_named_by_row_and_column(door: Door) -> None:
    rows = [ROW, {**ROW, "amount": "much", "paid": "perhaps"}]
    reply = await door.ask("POST", "/v1/models/shop/predict", {"rows": rows})
    assert reply.status == 422
    assert reply.error["details"] == [
        {"row": 1, "column": "amount", "found": "'much'", "expected": "a number"},
        {"row": 1, "column": "paid", "found": "'perhaps'", "expected": "true or false"},
    ]
    missing = {name: value for name, value in ROW.items() if name != "city"}
    (told,) = (await door.ask("POST", "/v1/models/shop/predict", {"rows": [missing]})).error["details"]
    assert told["column"] == "city" and told["found"].startswith("no such column")


async def test_errors_are_in_the_words_of_each_protocol(door: Door) -> None:
    mlflow = (await door.ask("POST", "/invocations", {"dataframe": []})).json
    assert mlflow["error_code"] == "BAD_REQUEST" and mlflow["message"] and mlflow["error"]["type"] == "BadRequest"
    inference = (await door.ask("POST", "/v2/models/shop/infer", {})).json
    assert isinstance(inference["error"], str) and inference["details"]["type"] == "BadRequest"


async def test_a_body_in_pieces_is_one_and_one_that_grows_too_large_is_refused(door: Door) -> None:
    whole = json.dumps({"rows": [ROW]}).encode()
    path = "/v1/models/shop/predict"
    assert (await door.ask("POST", path, pieces=[whole[:9], b"", whole[9:]])).status == 200
    assert (await door.ask("POST", path, pieces=[b" " * 60_000, b" " * 60_000])).status == 413


async def test_before_anything_serves_it_says_so_and_when_to_come_again(workspace: Workspace) -> None:
    door = Door(workspace)
    assert (await door.ask("GET", "/ping")).status == 503
    reply = await door.ask("POST", "/invocations", {"instances": []})
    assert reply.status == 503 and reply.headers["retry-after"] == "1"
    assert (await door.ask("GET", "/readyz")).json["ready"] is True  # nothing has to serve


async def test_of_two_models_invocations_needs_one_named(workspace: Workspace) -> None:
    for only, status in (("", 404), ("shop", 200), ("none", 404)):
        door = Door(workspace, only=only)
        door.serve(Route("shop", "production", 1), {1: predictor()})
        door.serve(Route("price", "production", 1), {1: predictor(regression=True)})
        reply = await door.ask("POST", "/invocations", {"dataframe_records": [ROW]})
        assert (reply.status, (await door.ask("GET", "/ping")).status) == (status, status)
        if status == 404 and not only:
            assert "--model" in reply.error["hint"]


async def test_pages_that_may_ask_are_told_so(workspace: Workspace) -> None:
    door = Door(workspace, guard=Guard(origins=frozenset({"https://app.example"})))
    page = {"origin": "https://app.example"}
    reply = await door.ask("OPTIONS", "/v1/models", None, page)
    assert reply.status == 204 and "POST" in reply.headers["access-control-allow-methods"]
    assert (await door.ask("GET", "/v1/models", None, page)).headers["access-control-allow-origin"] == page["origin"]
    assert "access-control-allow-origin" not in (await door.ask("GET", "/v1/models")).headers
    evil = await door.ask("GET", "/v1/models", None, {"origin": "https://evil.example"})
    assert evil.status == 403 and "access-control-allow-origin" not in evil.headers


async def test_a_page_may_find_out_that_it_may_send_a_token(workspace: Workspace) -> None:
    door = Door(workspace, guard=Guard(token="secret", origins=frozenset({"https://app.example"})))
    page = {"origin": "https://app.example"}
    reply = await door.ask("OPTIONS", "/v1/models", None, page)  # a browser sends no token with it
    assert reply.status == 204 and "authorization" in reply.headers["access-control-allow-headers"]
    assert (await door.ask("GET", "/v1/models", None, page)).status == 401
    assert (await door.ask("OPTIONS", "/v1/models")).status == 401


async def test_a_model_that_fails_is_a_500_in_json_and_counted(door: Door, workspace: Workspace) -> None:
    door.serve(Route("shop", "production", 8), {8: failing(0.0)})
    reply = await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})
    assert (reply.status, reply.error["type"]) == (500, "ModelFailed") and "ZeroDivision" not in reply.body.decode()
    assert logged(workspace) == []
    (count,) = door.answering.tally.take().values()
    assert (count.requests, count.errors) == (1, 1)


# -- canary and shadow

async def test_a_canary_that_fails_is_counted_and_the_client_is_answered(door: Door, workspace: Workspace) -> None:
    door.serve(Route("shop", "production", 7, 8, Strategy.CANARY, 1.0), {7: predictor(), 8: failing(1.0)})
    small, large = {**ROW, "amount": 0.5}, {**ROW, "amount": 2.0}
    first = (await door.ask("POST", "/v1/models/shop/predict", {"rows": [small]})).json
    second = (await door.ask("POST", "/v1/models/shop/predict", {"rows": [large]})).json
    assert (first["version"], second["version"]) == (8, 7)
    counts = {(key.version, key.role): count for key, count in door.answering.tally.take().items()}
    assert (counts[8, Role.CANARY].requests, counts[8, Role.CANARY].errors) == (2, 1)
    assert (counts[7, Role.STABLE].requests, counts[7, Role.STABLE].errors) == (1, 0)
    assert [(one["version"], one["role"]) for one in logged(workspace)] == [(8, "canary"), (7, "stable")]


@pytest.mark.parametrize("share", [0.0, 1.0])
async def test_rows_that_nobody_reads_count_against_nobody(door: Door, share: float) -> None:
    door.serve(Route("shop", "production", 7, 8, Strategy.CANARY, share), {7: predictor(), 8: predictor()})
    assert (await door.ask("POST", "/v1/models/shop/predict", {"rows": [{}]})).status == 422
    assert door.answering.tally.take() == {}


async def test_a_canary_that_cannot_read_what_others_can_is_counted(door: Door) -> None:
    other = replace(predictor().manifest, inputs=({"name": "height", "kind": "number"},))
    door.serve(Route("shop", "production", 7, 8, Strategy.CANARY, 1.0), {
        7: predictor(), 8: Predictor(other, Failing(predictor())),
    })
    said = (await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})).json
    assert said["version"] == 7
    counts = {(key.version, key.role): count.errors for key, count in door.answering.tally.take().items()}
    assert counts == {(8, Role.CANARY): 1, (7, Role.STABLE): 0}


@pytest.mark.parametrize(("strategy", "status"), [(Strategy.CANARY, 200), (Strategy.REPLACE, 503)])
async def test_a_version_that_does_not_come_to_an_end_has_failed(door: Door, strategy: Strategy, status: int) -> None:
    over = threading.Event()
    hangs = Predictor(predictor().manifest, Hanging(predictor(), over))
    versions = {7: predictor(), 8: hangs} if strategy == Strategy.CANARY else {7: hangs}
    coming = 8 if strategy == Strategy.CANARY else None
    door.serve(Route("shop", "production", 7, coming, strategy, 1.0 if coming else 0.0), versions)
    door.answering.timeout = 0.05
    try:
        assert (await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})).status == status
    finally:
        over.set()
    counts = {key.version: count.errors for key, count in door.answering.tally.take().items()}
    assert counts == ({8: 1, 7: 0} if coming else {7: 1})


async def test_a_shadow_is_logged_and_compared_and_never_given(door: Door, workspace: Workspace) -> None:
    door.serve(Route("shop", "production", 7, 8, Strategy.SHADOW), {7: predictor(), 8: failing(1.0)})
    small, large = {**ROW, "amount": 0.5}, {**ROW, "amount": 2.0}
    for row in (small, large):
        said = (await door.ask("POST", "/v1/models/shop/predict", {"rows": [row]})).json
        assert said["version"] == 7
    assert (await door.ask("POST", "/v2/models/shop/versions/8/infer", {"inputs": []})).status == 404
    await door.answering.settle()
    counts = {(key.version, key.role): count for key, count in door.answering.tally.take().items()}
    shadow = counts[8, Role.SHADOW]
    assert (shadow.requests, shadow.errors, shadow.compared, shadow.agreed) == (2, 1, 1, 1)
    assert (counts[7, Role.STABLE].requests, counts[7, Role.STABLE].errors) == (2, 0)
    assert sorted((one["version"], one["role"]) for one in logged(workspace)) == [
        (7, "stable"), (7, "stable"), (8, "shadow"),
    ]


# -- an answer that is not in the log is not given

async def test_without_room_for_the_log_there_is_no_answer(door: Door, workspace: Workspace) -> None:
    folder = workspace.hidden / "predictions"
    folder.write_text("not a folder")
    reply = await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})
    assert (reply.status, reply.error["type"]) == (503, "Unlogged")
    folder.unlink()
    assert (await door.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})).status == 200


# -- anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        [*ROW, "rows", "ids", "inputs", "name", "shape", "datatype", "data", "dataframe_split", "columns", "id",
         "outputs", "instances"]) | st.text(max_size=4), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["/v1/models/shop/predict", "/invocations", "/v2/models/shop/infer"]),
    ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
    st.sampled_from(["application/json", "text/csv"]),
)
async def test_any_body_gets_an_answer_or_a_4xx_in_json(door: Door, path: str, body: bytes, kind: str) -> None:
    reply: Reply = await door.ask("POST", path, body, {"content-type": kind})
    assert reply.status == 200 or 400 <= reply.status < 500, (reply.status, body)
    assert reply.json is not None
