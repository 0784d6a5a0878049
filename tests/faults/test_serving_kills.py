"""Supervisor, workers and daemon are killed at random under load: what was acknowledged is in the log, and only what
was in flight on a killed process fails.

Twenty seconds here; FOOTPLATE_KILL_SECONDS=600 for ten minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from benchmarks.load import Answer, Load, request
from console import daemon
from core.serving import history, segments
from tests.fakes.serving import Served
from tests.flow.house import CHURN, House, churn, make, until

SECONDS = float(os.environ.get("FOOTPLATE_KILL_SECONDS", "20"))
CONNECTIONS = 6
AFTER_SECONDS = 2.0  # in which a client learns that its process was killed
ROW = {"month": "2024-09-01", "age": 41.5, "plan": "basic", "calls": 4}


@dataclass
class Asked:
    """All that clients saw. `on`: until when they go on."""

    port: int
    answers: list[Answer] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    refused: int = 0

    def run(self) -> None:
        body = request("/v1/models/churn/predict", json.dumps({"rows": [ROW]}).encode())
        load = Load(
            "127.0.0.1", self.port, lambda number: None if self.over.is_set() else body, self.answers.append,
            CONNECTIONS,
        )
        asyncio.run(load.run())
        self.refused = load.refused


@pytest.mark.timeout(int(SECONDS) * 3 + 600)
def test_only_what_was_in_flight_on_a_killed_process_fails(tmp_path: Path) -> None:
    chance = random.Random(4)
    with make(tmp_path / "house") as house:
        house.start()
        house.drop("month_01.csv", churn(1), CHURN)
        house.settle()
        server = Served(house.root, "--workers", "2")
        until(lambda: len(workers(house)) == 2, 60)
        asked = Asked(server.port)
        asking = threading.Thread(target=asked.run)
        asking.start()
        kills: list[tuple[str, float]] = []
        try:
            end, month = time.monotonic() + SECONDS, 1
            while time.monotonic() < end or len({kind for kind, _ in kills}) < 3:
                threading.Event().wait(chance.uniform(0.2, 1.5))  # real time has to pass between the kills
                kind = chance.choice(["worker", "worker", "supervisor", "daemon"])
                if kind == "daemon":
                    house.kill()
                    kills.append((kind, time.time()))
                    month += 1
                    house.drop(f"month_{month:02d}.csv", churn(min(month, 12), seed=month), CHURN)
                    house.start()
                elif kind == "worker":
                    until(lambda: len(workers(house)) >= 2, 120)  # else there may be nobody who could answer
                    os.kill(chance.choice(workers(house)), signal.SIGKILL)
                    kills.append((kind, time.time()))
                else:
                    until(lambda: len(workers(house)) >= 2, 120)
                    server.stop(signal.SIGKILL)
                    kills.append((kind, time.time()))
                    server = Served(house.root, "--workers", "2", port=asked.port)  # as systemd would
                    answered = len(asked.answers)
                    until(lambda: len(asked.answers) > answered, 60)  # noqa: B023
        finally:
            asked.over.set()
            asking.join()
        house.settle()
        _consistent(house, server)
        server.stop()
        check(house, asked, kills)


def check(house: House, asked: Asked, kills: list[tuple[str, float]]) -> None:
    good = [answer for answer in asked.answers if answer.status == 200]
    lost = [answer for answer in asked.answers if answer.status == 0]
    assert len(good) > 100 and len(good) + len(lost) == len(asked.answers), [
        (answer.status, answer.body) for answer in asked.answers if answer.status not in (0, 200)
    ][:5]
    deaths = [at for kind, at in kills if kind == "worker"]
    assert len(lost) <= CONNECTIONS * len(deaths), (len(lost), kills)
    strange = [
        answer for answer in lost
        if not any(at - 0.5 <= answer.began + answer.seconds and answer.began <= at + AFTER_SECONDS for at in deaths)
    ]
    assert strange == [], (strange, kills)
    assert asked.refused == 0
    acknowledged = {id for answer in good for id in json.loads(answer.body)["ids"]}
    folder = house.workspace.hidden / "predictions" / segments.directory("churn")
    logged = {id for piece in history.read(folder, columns=["id"]) for id in piece.ids.texts()}
    assert len(acknowledged) == len(good) and acknowledged <= logged
    print(f"{len(good):,} answered, {len(lost)} lost by {len(deaths)} killed workers of {len(kills)} kills")


def _consistent(house: House, server: Served) -> None:
    """Every process serves what is deployed, and the registry is whole."""
    ((version, revision),) = house.sql("SELECT version, revision FROM deployment")
    server.until("/readyz", lambda said: said["models"]["churn"]["version"] == version)

    def reported() -> bool:
        rows = house.sql("SELECT name, revisions FROM server")
        alive = {int(name.rpartition(":")[2]): json.loads(said) for name, said in rows}
        return set(alive) >= set(workers(house)) and all(
            alive[pid] == {"churn": revision} for pid in workers(house)
        )

    until(reported, 60)
    assert daemon.holder(house.workspace) is not None
    house.run("audit", "verify")


def workers(house: House) -> list[int]:
    """The processes that answer for this workspace, orphans too: those that keep a sheet."""
    found = []
    for path in house.workspace.run.glob("serve-*/*.json"):
        pid = int(path.name.partition("-")[0])
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            continue
    return sorted(found)
