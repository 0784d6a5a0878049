"""The demo, served: months arrive and champions change while requests are answered, and not one is lost.

    python -m benchmarks.serving_story [REQUESTS [MONTHS [FOLDER]]]      100,000 requests over twelve months

Every request has to be answered, by a version that was deployed at that moment, and every answer has to be in the
log. A version counts as deployed until its server has seen the change: how long that took is measured and told.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.load import Answer, Load, request
from benchmarks.measuring import environment
from console import daemon, demo
from core.workspace import Workspace

LAG_SECONDS = 30.0  # that a process may take to load a version, on a machine that trains the next one meanwhile
PATH = f"/v1/models/{demo.NAME}/predict"


@dataclass
class Told:
    """What a story came to. `lags`: seconds from a change to the last answer of the version before."""

    answers: int = 0
    failed: list[str] = field(default_factory=list)
    undeployed: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)
    versions: Counter[int] = field(default_factory=Counter)
    changes: int = 0
    lags: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def well(self) -> bool:
        return not (self.failed or self.undeployed or self.unlogged)

    def __str__(self) -> str:
        lag = f"{max(self.lags):.1f} s" if self.lags else "none"
        return (
            f"{self.answers:,} requests in {self.seconds:.0f} s while {self.changes} versions were deployed:"
            f" {len(self.failed)} failed or lost, {len(self.undeployed)} by a version that was not deployed,"
            f" {len(self.unlogged)} not in the log; answered by {dict(sorted(self.versions.items()))};"
            f" longest time from a change to the last answer of the version before: {lag}"
        )


def story(root: Path, requests: int, months: int, connections: int = 16, workers: int = 2) -> Told:
    """One month first; then the others while requests come, until there were so many of both."""
    workspace = demo.prepare(root)
    daemon.start(workspace)
    try:
        demo.arrive(workspace, 1)
        server, port = start(root, "--workers", str(workers))
        try:
            return _tell(workspace, port, requests, months, connections)
        finally:
            end(server)
    finally:
        daemon.stop(workspace)


def start(root: Path, *words: str) -> tuple[subprocess.Popen[str], int]:
    """A server on a free port; and the port."""
    with (root / ".footplate" / "logs" / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "console", "-w", str(root), "serve", "--port", "0", *words], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment(), start_new_session=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, int(line.split("http://")[1].split()[0].rpartition(":")[2])


def end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()


def _tell(workspace: Workspace, port: int, requests: int, months: int, connections: int) -> Told:
    bodies = [request(PATH, json.dumps({"rows": [row]}).encode()) for row in rows()]
    arrived = threading.Event()
    trouble: list[BaseException] = []

    def arrive() -> None:
        try:
            for month in range(2, months + 1):
                demo.arrive(workspace, month)
        except BaseException as error:
            trouble.append(error)
        finally:
            arrived.set()

    answers: list[Answer] = []
    thread = threading.Thread(target=arrive)
    thread.start()
    began = time.monotonic()

    def asks(number: int) -> bytes | None:
        return None if number >= requests and arrived.is_set() else bodies[number % len(bodies)]

    load = Load("127.0.0.1", port, asks, answers.append, connections)
    asyncio.run(load.run())
    thread.join()
    if trouble:
        raise trouble[0]
    told = judged(workspace, answers)
    told.seconds = time.monotonic() - began
    if load.refused:
        told.failed.append(f"{load.refused} connections were refused")
    return told


def rows() -> list[dict[str, Any]]:
    """A month of flights, as a client has them."""
    with (demo.sample() / "flights_2013-12.csv").open(encoding="utf-8", newline="") as stream:
        return [
            {name: value or None for name, value in row.items() if name not in ("delayed", "flight")}
            for row in csv.DictReader(stream)
        ]


def judged(workspace: Workspace, answers: list[Answer]) -> Told:
    """Hold each answer against the deployments and the log."""
    told = Told(len(answers))
    deployed = _deployments(workspace)
    told.changes = len(deployed)
    ids: set[str] = set()
    last: dict[int, float] = {}
    for answer in answers:
        if answer.status != 200:
            told.failed.append(f"request {answer.number}: {answer.status} {answer.body[:200]!r}")
            continue
        said = json.loads(answer.body)
        version, end = said["version"], answer.began + answer.seconds
        told.versions[version] += 1
        ids |= set(said["ids"])
        last[version] = max(last.get(version, 0.0), answer.began)
        spans = [(at, until) for number, at, until in deployed if number == version]
        if not any(at <= end and answer.began <= until + LAG_SECONDS for at, until in spans):
            told.undeployed.append(f"request {answer.number}: v{version} at {answer.began}")
    for number, _, until in deployed:
        if number in last and until != float("inf") and last[number] > until:
            told.lags.append(last[number] - until)
    told.unlogged = sorted(ids - logged(workspace))
    return told


def _deployments(workspace: Workspace) -> list[tuple[int, float, float]]:
    """(version, from, until) in production, in seconds since 1970."""
    with workspace.registry.read() as connection:
        events = connection.exec_driver_sql(
            "SELECT at, payload FROM event WHERE kind = 'DeploymentChanged' AND subject = ? ORDER BY id",
            (f"model {demo.NAME}",),
        ).fetchall()
    moved: list[tuple[int, float]] = []
    for at, payload in events:
        said = json.loads(payload)
        if said["environment"] == "production" and (not moved or moved[-1][0] != said["version"]):
            moved.append((said["version"], datetime.fromisoformat(at).timestamp()))
    ends = [at for _, at in moved[1:]] + [float("inf")]
    return [(version, at, end) for (version, at), end in zip(moved, ends, strict=True)]


def logged(workspace: Workspace) -> set[str]:
    """The ids of all answers in the log, sealed or not."""
    from core.serving import history, segments

    folder = workspace.hidden / "predictions" / segments.directory(demo.NAME)
    found: set[str] = set()
    for piece in history.read(folder, columns=["id"]):
        found |= {text for text in piece.ids.texts() if text is not None}
    return found


def main(words: list[str]) -> int:
    requests, months = (int(word) for word in (*words[:2], *("100000", "12")[len(words[:2]) :]))
    with tempfile.TemporaryDirectory(prefix="footplate-story-") as name:
        told = story(Path(words[2]) if len(words) > 2 else Path(name) / "demo", requests, months)
    print(told)
    for line in (told.failed + told.undeployed + told.unlogged)[:20]:
        print(line)
    return 0 if told.well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
