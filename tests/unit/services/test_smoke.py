"""The release job: stored rows as requests, on to the next environment, or back where an answer is not as it should."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.registry import deployments, jobs, models
from core.services import release, smoke
from core.services.work import release_request
from core.serving.predictor import Predictor
from core.views import overview
from core.vocabulary import Cause, EventKind, JobKind
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.fakes.serving import Served

PATH = RECIPE + '\n[release]\npath = ["staging", "production"]\n'


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    """A first champion, which is in staging."""
    made = Lab(workspace, PATH)
    made.add("a.csv", learnable(200))
    made.work()
    return made


def do(workspace: Workspace) -> list[str]:
    """Do the release jobs that wait; what they said."""
    said: list[str] = []
    while True:
        with workspace.registry.write("daemon") as tx:
            waiting = [job for job in jobs.claimable(tx.connection) if job["kind"] == JobKind.RELEASE]
            if not waiting:
                return said
            fence = jobs.claim(tx, waiting[0]["id"], timedelta(minutes=2))
        assert fence is not None
        with workspace.registry.read() as connection:
            job = jobs.running(connection, fence)
        assert job is not None
        smoke.run(workspace, fence, job, said.append)


def serves(workspace: Workspace) -> dict[str, int | None]:
    with workspace.registry.read() as connection:
        return {row["environment"]: row["version"] for row in deployments.all(connection)}


def champion(workspace: Workspace) -> int | None:
    with workspace.registry.read() as connection:
        return models.alias(connection, "churn")


def events(workspace: Workspace, kind: EventKind) -> int:
    with workspace.registry.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM event WHERE kind = ?", (kind,)).scalar() or 0)


def spoil(monkeypatch: pytest.MonkeyPatch) -> None:
    """What serves answers otherwise than the model does."""
    predict = Predictor.predict

    def otherwise(self: Predictor, rows: Any) -> Any:
        found = predict(self, rows)
        turned = [list(reversed(shares)) for shares in found.probabilities or ()]
        return type(found)(found.values, turned, found.classes)

    monkeypatch.setattr(Predictor, "predict", otherwise)


def test_a_champion_goes_through_staging(lab: Lab) -> None:
    assert serves(lab.workspace) == {"staging": 1}
    said = do(lab.workspace)
    assert said[0] == "50 stored rows as requests to churn v1"
    assert said[-1].endswith("no server of staging is up")
    assert serves(lab.workspace) == {"staging": 1, "production": 1}
    assert events(lab.workspace, EventKind.SMOKE_PASSED) == 1


def test_one_that_answers_otherwise_goes_back_and_needs_a_person(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    do(lab.workspace)
    lab.add("b.csv", learnable(300, seed=1))
    lab.work()
    assert champion(lab.workspace) == 2
    spoil(monkeypatch)
    said = do(lab.workspace)
    assert said[-1] == "failed: it answered 50 of 50 rows otherwise than the model does"
    assert serves(lab.workspace) == {"staging": 1, "production": 1}
    assert champion(lab.workspace) == 1
    assert events(lab.workspace, EventKind.SMOKE_FAILED) == 1
    [need] = [one for one in overview.overview(lab.workspace).needs if one.kind == "deployment"]
    assert "release of churn v2 rolled back in staging: smoke requests failed: it answered 50 of 50" in need.text
    assert "footplate jobs logs" in need.text


def test_a_first_version_that_fails_serves_nowhere(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch)
    do(lab.workspace)
    assert serves(lab.workspace) == {"staging": None}


def test_bytes_that_changed_are_a_failure_with_its_reason(lab: Lab) -> None:
    with lab.workspace.registry.read() as connection:
        row = models.version(connection, "churn", 1)
    assert row is not None
    path = lab.workspace.store.path(row["artifact"])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"x")
    assert "was changed" in do(lab.workspace)[-1]
    assert serves(lab.workspace) == {"staging": None}


def test_one_that_was_overtaken_is_left_alone(lab: Lab) -> None:
    release.promote(lab.workspace, "churn", 1)
    with lab.workspace.registry.write("tester") as tx:
        jobs.enqueue(tx, release_request("churn", 7, "staging", Cause.MANUAL))
    said = do(lab.workspace)
    assert "churn v7 has left staging meanwhile" in said
    assert serves(lab.workspace) == {"staging": 1, "production": 1}


def test_production_is_entered_by_its_strategy(workspace: Workspace) -> None:
    lab = Lab(workspace, PATH + 'strategy = "canary"\n')
    lab.add("a.csv", learnable(200))
    lab.work()
    do(workspace)
    lab.add("b.csv", learnable(300, seed=1))
    lab.work()
    do(workspace)
    with workspace.registry.read() as connection:
        row = deployments.get(connection, "churn", "production")
    assert row is not None
    assert (row["version"], row["candidate"], row["state"]) == (1, 2, "rolling")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Lab]:
    """With the real clock, for servers."""
    workspace, _ = Workspace.init(tmp_path / "live", actor="tester")
    made = Lab(workspace, PATH)
    made.add("a.csv", learnable(200))
    made.work()
    yield made
    workspace.close()


def test_a_server_that_is_up_is_asked(live: Lab) -> None:
    with Served(live.workspace.root, "--env", "staging", environment={"FOOTPLATE_TOKEN": ""}) as server:
        server.until("/readyz", lambda said: said["ready"])
        said = do(live.workspace)
        assert any(f"the same by http://{server.host}:{server.port}" in line for line in said), said
    assert serves(live.workspace) == {"staging": 1, "production": 1}


def test_a_server_with_a_token_that_is_not_known_here_says_nothing_against_a_version(live: Lab) -> None:
    with Served(live.workspace.root, "--env", "staging", environment={"FOOTPLATE_TOKEN": "another"}) as server:
        server.until("/readyz", lambda said: said["ready"])
        said = do(live.workspace)
        assert any("could not be asked" in line and "FOOTPLATE_TOKEN" in line for line in said), said
    assert serves(live.workspace) == {"staging": 1, "production": 1}


def test_a_server_that_was_killed_says_nothing_against_a_version(live: Lab) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with live.workspace.registry.write("server") as tx:
            deployments.put_server(tx, "here:1", "staging", address, tx.now, {"churn": 1})
        said = do(live.workspace)
    assert any(f"nobody listens at http://{address} any more" in line for line in said), said
    assert serves(live.workspace) == {"staging": 1, "production": 1}
