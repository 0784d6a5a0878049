"""The release job: smoke requests against a version in an environment, and the step into the next one.

    stored rows -> JSON -> what serves, in this process -> the model's own answers on these rows
                        -> every server of the environment that is alive
    all as they should be -> the next environment; else it stops here, and what served before does so again
"""

from __future__ import annotations

import json
import math
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.errors import FootplateError
from core.failpoints import failpoint
from core.monitoring.service import milliseconds
from core.registry import deployments, jobs, models
from core.registry.database import Fence
from core.services import deploy, pipeline, rollout, served
from core.services.training_data import few_rows
from core.serving.checking import Cell, Table
from core.serving.predictor import Answers, Predictor
from core.serving.protocols import own
from core.training import packaging
from core.vocabulary import DeploymentState, EventKind, Kind
from core.workspace import Workspace

ROWS: Final = 50
ALONE: Final = 5  # rows that are also asked one at a time
SERVER_SECONDS: Final = 60.0  # that a server gets to load the version
REQUEST_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.2
ALIVE: Final = timedelta(seconds=30)  # since a server's last sign of life
CLOSE: Final = 1e-3  # of probabilities, and relative of numbers: a compiled form is equal within less
TOKEN: Final = "FOOTPLATE_TOKEN"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SmokeFailed(FootplateError):
    """The version does not answer as it should."""


class NotForUs(FootplateError):
    """A server that does not answer this process, whatever the version: another token, or Host."""


@dataclass(frozen=True)
class Asked:
    """What is asked: rows as JSON has them, and what the model itself says of them."""

    rows: list[dict[str, Any]]
    expected: Answers


def run(workspace: Workspace, fence: Fence, job: Mapping[str, Any], progress: Callable[[str], None]) -> None:
    """Do a release job and end it."""
    payload = job["payload"]
    model, version, environment = payload["recipe"], int(payload["version"]), payload["environment"]
    failpoint("smoke.begun")
    with workspace.registry.write(workspace.actor, fence) as tx:
        pipeline.asking(tx, model, version, environment, fence.job)
    if not _still_there(workspace, model, version, environment):
        progress(f"{model} v{version} has left {environment} meanwhile")
        with workspace.registry.write(workspace.actor, fence) as tx:
            jobs.finish(tx, fence, outcome="overtaken")
        return
    try:
        said, failed = _ask(workspace, model, version, environment, progress), ""
    except SmokeFailed as error:
        said, failed = "", error.message
    except FootplateError as error:  # bytes that changed, a model that cannot score: a person mends it
        said, failed = "", f"{error.message} ({error.hint})" if error.hint else error.message
    failpoint("smoke.asked")
    _decide(workspace, fence, payload, said, failed)
    failpoint("smoke.committed")
    progress(f"passed: {said}" if said else f"failed: {failed}")


def _still_there(workspace: Workspace, model: str, version: int, environment: str) -> bool:
    with workspace.registry.read() as connection:
        row = deployments.get(connection, model, environment)
    return row is not None and row["version"] == version and row["state"] == DeploymentState.SERVING


def _decide(workspace: Workspace, fence: Fence, payload: Mapping[str, Any], said: str, failed: str) -> None:
    """On to the next environment, or back, in one transaction that also ends the job."""
    model, version, environment = payload["recipe"], int(payload["version"]), payload["environment"]
    with workspace.registry.write(workspace.actor, fence) as tx:
        row = deployments.get(tx.connection, model, environment)
        if row is None or row["version"] != version:
            jobs.finish(tx, fence, outcome="overtaken")
            return
        kind = EventKind.SMOKE_FAILED if failed else EventKind.SMOKE_PASSED
        tx.emit(
            kind, f"model {model}", environment=environment, version=version, why=failed or said, job=fence.job,
        )
        pipeline.asked(tx, model, version, environment, said, failed, fence.job)
        if failed:
            because = f"smoke requests failed: {failed} (log: `footplate jobs logs {fence.job}`)"
            rollout.back(tx, row, "release", because, job=fence.job)
        else:
            policy = deploy.release_of(tx.connection, model)
            after = policy.path[policy.path.index(environment) + 1 :] if environment in policy.path else ()
            if after and models.alias(tx.connection, model) == version:
                deploy.bring(tx, model, version, after[0], policy, why=f"smoke requests passed in {environment}")
        jobs.finish(tx, fence, outcome="failed" if failed else "passed")


# -- asking


def _ask(
    workspace: Workspace, model: str, version: int, environment: str, progress: Callable[[str], None]
) -> str:
    """What was asked and answered, in a line. Raises SmokeFailed."""
    packed = _packed(workspace, model, version, environment)
    asked = _asked(workspace, model, version, packed)
    progress(f"{len(asked.rows)} stored rows as requests to {model} v{version}")
    predictor = Predictor.load(
        packed.path, packed.sha256, packed.compiled, compiled_sha256=packed.compiled_sha256
    )
    began = time.perf_counter()
    for part in _parts(asked.rows):
        body = json.dumps({"rows": [row for _, row in part]}).encode()
        try:
            answers = predictor.predict(predictor.read(own.read(json.loads(body)).rows))
        except Exception as error:
            raise SmokeFailed(f"it failed on rows that it learned from: {type(error).__name__}: {error}") from error
        _compare(asked.expected, [place for place, _ in part], answers.values, answers.probabilities, "it")
    said = [f"{len(asked.rows)} stored rows answered as by the model ({predictor.how})"]
    progress(f"{said[0]} in {milliseconds(time.perf_counter() - began)}")
    for address in _addresses(workspace, model, environment, progress):
        try:
            took = _ask_server(workspace, address, model, version, asked)
        except NotForUs as error:  # nothing is wrong with the version
            progress(f"{error.message}: {error.hint}")
            said.append(error.message)
            continue
        progress(f"the same by http://{address}, the slowest in {milliseconds(took)}")
        said.append(f"the same by http://{address}")
    if len(said) == 1:
        said.append(f"no server of {environment} is up")
    return "; ".join(said)


def _parts(rows: Sequence[dict[str, Any]]) -> list[list[tuple[int, dict[str, Any]]]]:
    """Requests: all at once, and a few rows alone."""
    numbered = list(enumerate(rows))
    return [numbered, *([one] for one in numbered[:ALONE])]


def _packed(workspace: Workspace, model: str, version: int, environment: str) -> served.Packed:
    for one in served.desired(workspace, environment):
        if one.route.model == model and version in one.packed:
            return one.packed[version]
    raise SmokeFailed(f"{model} v{version} is not in {environment} any more")


def _asked(workspace: Workspace, model: str, version: int, packed: served.Packed) -> Asked:
    fitted = packaging.load(packed.path, packed.sha256)
    if not fitted.can_predict():
        raise SmokeFailed("it cannot score new rows: the recipe has no [model] predict_command")
    frame = few_rows(workspace, model, version, ROWS)
    table = Table.of(frame, fitted.manifest.input_schema)
    said = fitted.predict(frame)
    classes = tuple(fitted.manifest.classes)
    values = [classes[int(code)] for code in said.values] if classes else [float(value) for value in said.values]
    shares = None if said.probabilities is None else said.probabilities.tolist()
    kinds = [(column.name, column.kind) for column in fitted.manifest.input_schema.columns]
    rows = [
        {name: _plain(cell, kind) for (name, kind), cell in zip(kinds, row, strict=True)} for row in table.rows
    ]
    return Asked(rows, Answers(values, shares, classes))


def _plain(cell: Cell, kind: Kind) -> Any:
    """A cell as a client would write it in JSON."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if kind is Kind.BOOLEAN:
        return bool(cell)
    if kind is Kind.DATE:
        return (_EPOCH + timedelta(microseconds=int(cell))).isoformat()
    return cell


def _compare(
    expected: Answers, places: Sequence[int], values: Sequence[Any], shares: Sequence[Sequence[float]] | None, who: str
) -> None:
    if len(values) != len(places):
        raise SmokeFailed(f"{who} gave {len(values)} answers to {len(places)} rows")
    other = 0
    known_shares: Sequence[Sequence[float] | None] = shares or [None] * len(values)
    for place, value, share in zip(places, values, known_shares, strict=True):
        wanted = expected.values[place]
        known = expected.probabilities[place] if expected.probabilities is not None else None
        if known is not None and share is not None:
            other += any(abs(one - two) > CLOSE for one, two in zip(known, share, strict=True))
        elif isinstance(wanted, float) and not expected.classes:
            other += not (math.isclose(wanted, value, rel_tol=CLOSE, abs_tol=1e-9) or (wanted != wanted))
        else:
            other += str(value) != str(wanted)
    if other:
        raise SmokeFailed(f"{who} answered {other} of {len(places)} rows otherwise than the model does")


# -- servers


def _addresses(
    workspace: Workspace, model: str, environment: str, progress: Callable[[str], None]
) -> list[str]:
    """Of the servers that are alive, once they serve what is desired. Raises SmokeFailed where one does not get there.

    Several processes of one server share an address.
    """
    deadline, told = time.monotonic() + SERVER_SECONDS, False
    while True:
        now = workspace.clock.now()
        with workspace.registry.read() as connection:
            row = deployments.get(connection, model, environment)
            alive = [
                one for one in deployments.servers(connection, since=now - ALIVE) if one["environment"] == environment
            ]
        wanted = row["revision"] if row is not None else 0
        behind = [one for one in alive if (one["revisions"] or {}).get(model, 0) < wanted]
        if not behind:
            return sorted({one["address"] for one in alive})
        if time.monotonic() >= deadline:
            raise SmokeFailed(f"the server {behind[0]['name']} does not load it")
        if not told:
            progress(f"waiting for the server at {behind[0]['address']} to load it")
            told = True
        time.sleep(LOOK_SECONDS)


def _ask_server(workspace: Workspace, address: str, model: str, version: int, asked: Asked) -> float:
    """The same rows over HTTP; the seconds of the slowest request."""
    slowest = 0.0
    for part in _parts(asked.rows):
        began = time.perf_counter()
        answer = _post(workspace, address, model, {"rows": [row for _, row in part]})
        slowest = max(slowest, time.perf_counter() - began)
        if answer.get("version") != version:
            raise SmokeFailed(f"http://{address} answered with v{answer.get('version')}")
        shares = answer.get("probabilities")
        if shares is not None:
            shares = [[share[name] for name in asked.expected.classes] for share in shares]
        _compare(asked.expected, [place for place, _ in part], answer["predictions"], shares, f"http://{address}")
    return slowest


def _post(workspace: Workspace, address: str, model: str, body: Mapping[str, Any]) -> dict[str, Any]:
    token = os.environ.get(TOKEN) or workspace.settings.serving.token
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = f"http://{_callable(address)}/v1/models/{urllib.parse.quote(model, safe='')}/predict"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the server is ours: by no proxy
    try:
        with opener.open(request, timeout=REQUEST_SECONDS) as reply:
            found = json.loads(reply.read())
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            hint = f"give the daemon the server's {TOKEN}, or set [serving] token in footplate.toml"
            raise NotForUs(f"http://{address} could not be asked: {_told(error)}", hint) from None
        raise SmokeFailed(f"http://{address} answered {error.code}: {_told(error)}") from None
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", error), ConnectionRefusedError):  # killed: nobody has asked the version
            raise NotForUs(f"nobody listens at http://{address} any more", "start it: `footplate serve`") from None
        raise SmokeFailed(f"http://{address} did not answer: {error}") from None
    if not isinstance(found, dict):
        raise SmokeFailed(f"http://{address} answered something else than a prediction")
    return found


def _callable(address: str) -> str:
    """A server that listens on every address is called on this machine's own."""
    host, _, port = address.rpartition(":")
    return f"127.0.0.1:{port}" if host in ("0.0.0.0", "", "[::]", "::") else address


def _told(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (OSError, ValueError, LookupError, TypeError):
        return str(error.reason)

