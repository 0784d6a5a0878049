"""Clients as they are: curl, MLflow's, an Open Inference client, Prometheus; and a fuzzer that goes by the document."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.workspace import Workspace
from tests.fakes import serving
from tests.fakes.serving import ROW, Served

NAMES = list(ROW)
VALUES = list(ROW.values())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    workspace, _ = Workspace.init(tmp_path_factory.mktemp("clients") / "shop", actor="tester")
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)))
    with Served(workspace.root, "--workers", "2") as made:
        yield made
    workspace.close()


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_curl(server: Served, tmp_path: Path) -> None:
    """A small body, one that is large enough for curl to ask first (Expect: 100-continue), and CSV."""
    url = f"http://127.0.0.1:{server.port}"
    words = ["curl", "-sS", "-f", "-H", "content-type: application/json"]
    small = json.dumps({"rows": [ROW]})
    said = subprocess.run([*words, "-d", small, f"{url}/v1/models/shop/predict"], capture_output=True, text=True)
    assert json.loads(said.stdout)["version"] == 1, said.stderr
    (tmp_path / "large.json").write_text(json.dumps({"rows": [ROW] * 9_900}))
    assert (tmp_path / "large.json").stat().st_size > 1 << 20
    large = f"@{tmp_path / 'large.json'}"
    said = subprocess.run([*words, "-d", large, f"{url}/v1/models/shop/predict"], capture_output=True, text=True)
    assert len(json.loads(said.stdout)["predictions"]) == 9_900, said.stderr
    refused = subprocess.run(
        ["curl", "-sS", "-d", small, f"{url}/v1/models/shop/predict"], capture_output=True, text=True
    )
    assert json.loads(refused.stdout)["error"]["hint"] == "send content-type: application/json"


SHAPES: list[tuple[str, str]] = [
    ("application/json", json.dumps({"dataframe_split": {"index": [0], "columns": NAMES, "data": [VALUES]}})),
    ("application/json", json.dumps({"dataframe_split": {"columns": NAMES, "data": [VALUES]}, "params": {}})),
    ("application/json; charset=utf-8", json.dumps({"dataframe_records": [ROW]})),
    ("application/json", json.dumps({"instances": [ROW]})),
    ("application/json", json.dumps({"inputs": {name: [value] for name, value in ROW.items()}})),
    ("text/csv", ",".join(NAMES) + "\n" + ",".join("" if one is None else str(one) for one in VALUES) + "\n"),
]


@pytest.mark.parametrize(("kind", "body"), SHAPES)
def test_what_mlflow_clients_send(server: Served, kind: str, body: str) -> None:
    """The bodies of mlflow.pyfunc.scoring_server.client (dataframe_split with an index, CSV) and of its documents."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/invocations", body.encode(), {"content-type": kind}, method="POST"
    )
    with urllib.request.urlopen(asked) as response:
        said = json.loads(response.read())
    assert list(said) == ["predictions"] and said["predictions"] == server.predict(ROW)["predictions"]


def test_what_mlflow_clients_ask_first(server: Served) -> None:
    assert server.ask("GET", "/ping")[0] == 200
    status, said = server.ask("GET", "/version")
    assert status == 200 and said


def test_an_open_inference_client(server: Served) -> None:
    """NVIDIA's, over HTTP, with JSON tensors."""
    from tritonclient import http as triton

    client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
    try:
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("shop")
        assert client.is_model_ready("shop", "1") and not client.is_model_ready("none")
        told = client.get_model_metadata("shop")
        assert told["versions"] == ["1"] and {one["name"] for one in told["inputs"]} == set(NAMES)
        assert client.get_server_metadata()["name"] == "footplate"
        inputs = []
        for column in told["inputs"]:
            value = ROW[column["name"]]
            made = triton.InferInput(column["name"], [1], column["datatype"])
            if column["datatype"] == "BYTES":
                array = np.array(["" if value is None else value], dtype=np.object_)
            else:
                array = np.array([np.nan if value is None else value], dtype={"FP64": float, "BOOL": bool}[
                    column["datatype"]])
            made.set_data_from_numpy(array, binary_data=False)
            inputs.append(made)
        outputs = [triton.InferRequestedOutput(name, binary_data=False) for name in ("predict", "probabilities")]
        result = client.infer("shop", inputs, request_id="r1", outputs=outputs)
        own: dict[str, Any] = server.predict(ROW)
        assert result.get_response()["id"] == "r1" and result.get_response()["model_version"] == "1"
        assert [str(one) for one in result.as_numpy("predict")] == own["predictions"]
        assert result.as_numpy("probabilities").tolist() == [list(own["probabilities"][0].values())]
        with pytest.raises(triton.InferenceServerException if hasattr(triton, "InferenceServerException")
                           else Exception, match="no model of that name"):
            client.infer("none", inputs)
    finally:
        client.close()


def test_prometheus(server: Served) -> None:
    def answered() -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as response:
            assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
            families = list(text_string_to_metric_families(response.read().decode()))
        assert {"footplate_ready", "footplate_predict_seconds", "footplate_http_requests"} <= {
            family.name for family in families
        }
        return sum(
            sample.value for family in families for sample in family.samples
            if sample.name == "footplate_predict_requests_total"
        )

    before = answered()
    for _ in range(20):
        server.predict(ROW)
    # each process writes its counts down once a second: what others answered before may come on top
    server.until("/healthz", lambda said: answered() >= before + 20)


def test_the_document_is_true_and_nothing_in_it_leads_to_a_500(server: Served) -> None:
    checks = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
              "response_schema_conformance", "response_headers_conformance", "unsupported_method")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "schemathesis"), "run", f"http://127.0.0.1:{server.port}/openapi.json",
         "--checks", ",".join(checks), "--max-examples", "12", "--phases", "coverage,fuzzing", "--no-color",
         "--suppress-health-check", "all", "--seed", "7"],
        capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "No checks were performed" not in done.stdout
    log = (server.root / ".footplate" / "logs" / "serve.log").read_text()
    assert "Traceback" not in log, log[-3000:]


def test_labels_over_http(server: Served) -> None:
    said = server.predict({**ROW, "number": 77})
    rows = [{"id": said["ids"][0], "label": "yes"}, {"id": "unheard of", "label": "no"}]
    status, taken = server.ask("POST", "/v1/models/shop/labels", {"rows": rows})
    assert status == 200 and taken["taken"] == 2
    status, refused = server.ask("POST", "/v1/models/shop/labels", {"rows": [{"id": 1, "label": "perhaps"}]})
    assert status == 422 and refused["error"]["details"][0]["column"] == "label"
    assert server.ask("POST", "/v1/models/shop/labels", {"rows": [{"id": 1}]})[0] == 422
    assert server.ask("POST", "/v1/models/none/labels", {"rows": []})[0] == 404
