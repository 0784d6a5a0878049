"""A real server over a real workspace: it keeps to what is desired, whatever happens, and loses no request."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.registry import deployments
from core.workspace import Workspace
from tests.fakes import fitted, serving
from tests.fakes.serving import ROW, Served
from tests.flow.house import until


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose model `shop` serves in production; its clock is the real one."""
    workspace, _ = Workspace.init(tmp_path / "shop", actor="tester")
    workspace.recipe_version = serving.recipe(workspace)  # type: ignore[attr-defined]
    serving.serve(workspace, add(workspace))
    yield workspace
    workspace.close()


def add(workspace: Workspace, fit: Any = None) -> int:
    return serving.version(workspace, workspace.recipe_version, fit)  # type: ignore[attr-defined]


def logged(workspace: Workspace) -> list[dict[str, Any]]:
    """Every answer in the log that is not sealed yet."""
    found = []
    for path in sorted((workspace.hidden / "predictions").rglob("*.jsonl")):
        found += [json.loads(line) for line in path.read_text("utf-8").splitlines()[1:]]
    return found


def sql(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with workspace.registry.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query).fetchall()]


def test_what_is_deployed_answers_and_is_counted_and_logged(shop: Workspace) -> None:
    with Served(shop.root) as server:
        said = server.predict(ROW, {**ROW, "amount": -2}, model="shop")
        assert said["version"] == 1 and len(said["predictions"]) == len(set(said["ids"])) == 2
        mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
        assert "numpy" in mapped and "sklearn" not in mapped and "pandas" not in mapped  # the compiled form is enough
    (record,) = logged(shop)
    assert record["ids"] == said["ids"] and record["predictions"] == said["predictions"]
    rows = sql(shop, "SELECT model, version, role, requests, errors, rows FROM traffic")
    assert rows == [("shop", 1, "stable", 1, 0, 2)]
    assert sql(shop, "SELECT name FROM server") == []
    kinds = sql(shop, "SELECT kind, actor FROM event WHERE kind LIKE 'Server%' ORDER BY id")
    assert kinds == [("ServerStarted", "daemon"), ("ServerStopped", "daemon")]


def test_it_goes_over_to_another_version_without_a_restart(shop: Workspace) -> None:
    with Served(shop.root) as server:
        assert server.predict(ROW)["version"] == 1
        serving.serve(shop, add(shop))
        server.until("/readyz", lambda said: said["models"]["shop"]["version"] == 2)
        assert server.predict(ROW)["version"] == 2
        until(lambda: [json.loads(one) for (one,) in sql(shop, "SELECT revisions FROM server")] == [{"shop": 2}], 20)
        serving.serve(shop, None)
        server.until("/v1/models", lambda said: said["models"] == [])
        assert server.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]})[0] == 404
        serving.serve(shop, 1)
        server.until("/v1/models", lambda said: [one["version"] for one in said["models"]] == [1])


def test_a_file_that_does_not_load_leaves_the_version_before(shop: Workspace) -> None:
    with Served(shop.root) as server:
        broken = add(shop, fitted.model(classes=3))
        (artifact, run) = sql(shop, "SELECT artifact, run_id FROM modelversion WHERE version = 2")[0]
        path = shop.store.path(artifact)
        ((quick,),) = sql(shop, f"SELECT hash FROM artifact WHERE run_id = {run} AND name = 'compiled.npz'")
        shop.store.path(quick).unlink()
        whole = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(whole[:-1] + b"x")
        serving.serve(shop, broken)
        said = server.until("/readyz", lambda said: said["models"]["shop"]["problem"])
        assert said["ready"] and said["models"]["shop"]["version"] == 1 and said["models"]["shop"]["wanted"] == 2
        assert server.predict(ROW)["version"] == 1
        until(lambda: bool(sql(shop, "SELECT 1 FROM event WHERE kind = 'ModelNotLoaded'")), 10)
        path.write_bytes(whole)  # restored from a backup: found by itself
        server.until("/readyz", lambda said: said["models"]["shop"]["version"] == 2, 60)
        assert server.predict(ROW)["version"] == 2
    (payload,) = sql(shop, "SELECT payload FROM event WHERE kind = 'ModelNotLoaded'")[0]
    assert "changed" in json.loads(payload)["why"] and json.loads(payload)["version"] == 2
    assert "revision 2 cannot be served" in (shop.logs / "serve.log").read_text()


def test_at_its_start_the_desired_state_wins(shop: Workspace) -> None:
    """Also where everything changed while no server was there to see it."""
    with Served(shop.root) as server:
        assert server.predict(ROW)["version"] == 1
        server.stop(signal.SIGKILL)
    serving.serve(shop, add(shop))
    with Served(shop.root) as server:
        assert server.predict(ROW)["version"] == 2
        mine = [(f"{socket.gethostname()}:{server.process.pid}",)]
        until(lambda: sql(shop, "SELECT name FROM server") == mine, 20)


def test_a_locked_registry_keeps_nobody_from_an_answer(shop: Workspace) -> None:
    with Served(shop.root) as server:
        server.predict(ROW)
        with shop.registry.write("tester") as tx:
            deployments.put(tx, "shop", "production", why="never committed")
            for _ in range(50):
                assert server.predict(ROW)["version"] == 1
        serving.serve(shop, add(shop))
        server.until("/readyz", lambda said: said["models"]["shop"]["version"] == 2)
    assert sum(row[0] for row in sql(shop, "SELECT requests FROM traffic")) == 51


# -- coming and going

@pytest.mark.parametrize("workers", [1, 2])
def test_at_sigterm_what_is_under_way_is_answered(shop: Workspace, workers: int) -> None:
    """A request whose body is still coming when the signal comes is finished; then nobody listens any more."""
    body = json.dumps({"rows": [ROW]}).encode()
    with Served(shop.root, "--workers", str(workers)) as server:
        server.predict(ROW)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.putrequest("POST", "/v1/models/shop/predict")
        connection.putheader("content-type", "application/json")
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body[:10])
        until(lambda: connections(server) >= 1, 10)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not listens(server), 10)
        connection.send(body[10:])
        assert connection.getresponse().status == 200
        connection.close()
        assert server.process.wait(30) == 0
    assert len(logged(shop)) == 2


def connections(server: Served) -> int:
    """Those that are made and not ended, at the server's end."""
    text = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(f":{server.port:04X}") and line.split()[3] == "01" for line in text)


def listens(server: Served) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), 5).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("workers", [1, 2])
def test_at_sighup_new_processes_take_over_and_no_request_is_lost(shop: Workspace, workers: int) -> None:
    with Served(shop.root, "--workers", str(workers)) as server, Asking(server) as asking:
        before = server.until("/metrics", lambda said: b"footplate_ready 1" in said)
        assert before
        first = asking.mark()
        (shop.root / "footplate.toml").write_text("[serving]\nmax_rows = 1\n")
        server.process.send_signal(signal.SIGHUP)

        def replaced() -> bool:
            asked = [server.ask("POST", "/v1/models/shop/predict", {"rows": [ROW, ROW]})[0] for _ in range(10)]
            return set(asked) == {413}

        until(replaced, 120)
        until(lambda: asking.mark() != first, 30)
        assert server.process.poll() is None
    assert asking.failures == [] and asking.count > 10


class Asking:
    """A client that asks all the time, on connections that it keeps as long as the server does."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.count = 0
        self.failures: list[str] = []
        self.ids: list[str] = []

    def __enter__(self) -> Asking:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def mark(self) -> str:
        """Of the process that gave the last answer."""
        until(lambda: bool(self.ids), 60)
        return self.ids[-1].partition("-")[0]

    def _run(self) -> None:
        body = json.dumps({"rows": [ROW]})
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        with closing(connection):
            self._ask(connection, body)

    def _ask(self, connection: http.client.HTTPConnection, body: str) -> None:
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/models/shop/predict", body, {"content-type": "application/json"})
                response = connection.getresponse()
                said = response.read()
                if response.status != 200:
                    self.failures.append(f"{response.status} {said!r}")
                self.ids.append(json.loads(said)["ids"][0])
            except Exception as error:
                self.failures.append(repr(error))
            self.count += 1


def test_a_worker_that_dies_is_replaced_and_the_supervisor_is_not_needed_meanwhile(shop: Workspace) -> None:
    with Served(shop.root, "--workers", "2") as server:
        server.predict(ROW)
        first = workers(server)
        assert len(first) == 2
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(workers(server)) == 2 and first[0] not in workers(server), 60)
        for _ in range(20):
            assert server.predict(ROW)["version"] == 1
        until(lambda: {int(name.rpartition(":")[2]) for (name,) in sql(shop, "SELECT name FROM server")}
              == set(workers(server)), 60)


def workers(server: Served) -> list[int]:
    import psutil

    try:
        children = psutil.Process(server.process.pid).children()
    except psutil.NoSuchProcess:
        return []
    found = []
    for child in children:
        try:
            if "console.serving.child" in " ".join(child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child.pid)
        except psutil.NoSuchProcess:
            continue
    return sorted(found)


def test_workers_outlive_their_supervisor_until_the_next_one_comes(shop: Workspace) -> None:
    with Served(shop.root, "--workers", "2") as server:
        server.predict(ROW)
        until(lambda: len(sql(shop, "SELECT name FROM server")) == 2, 30)
        orphans = workers(server)
        server.stop(signal.SIGKILL)
        assert server.predict(ROW)["version"] == 1
        with Served(shop.root, "--workers", "2", port=server.port) as second, Asking(second) as asking:
            until(lambda: not any(map(alive, orphans)), 60)
            assert second.predict(ROW)["version"] == 1
            assert asking.mark()
        assert asking.failures == []
    assert not list(shop.run.glob("serve-*"))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_orphans_end_by_themselves(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with Served(shop.root, "--workers", "2") as server:
        server.predict(ROW)
        orphans = workers(server)
        began = time.monotonic()
        server.stop(signal.SIGKILL)
        until(lambda: not any(map(alive, orphans)), 60)
        assert time.monotonic() - began > 5
        assert not listens(server)


def test_a_port_that_is_taken_is_said(shop: Workspace) -> None:
    from console.cli import main

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["-w", str(shop.root), "serve", "--port", str(port)]) == 5


# -- who may ask

def test_beyond_loopback_it_needs_a_token(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    from console.cli import main

    assert main(["-w", str(shop.root), "serve", "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "FOOTPLATE_TOKEN" in capsys.readouterr().err
    with Served(shop.root, "--host", "0.0.0.0", environment={"FOOTPLATE_TOKEN": "secret"}) as server:
        server.host = "127.0.0.1"
        assert server.ask("GET", "/v1/models")[0] == 401
        assert server.ask("GET", "/healthz")[0] == 200
        status, _ = server.ask("POST", "/v1/models/shop/predict", {"rows": [ROW]}, {"authorization": "Bearer secret"})
        assert status == 200
        assert "secret" not in Path(f"/proc/{server.process.pid}/cmdline").read_text()


# -- what is no HTTP

PREDICT = b"POST /v1/models/shop/predict HTTP/1.1\r\nhost: localhost\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", 200),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        (PREDICT + b"content-length: 1\r\ncontent-length: 2\r\n\r\n{}", 400),
        (PREDICT + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}", 400),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 400_000, 431),
        (b"GET http://[bad HTTP/1.1\r\nhost: localhost\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n", 404),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", 200),
    ],
)
def test_what_is_no_request_is_refused_in_json(shop_server: Served, sent: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", shop_server.port), 20) as connection:
        connection.sendall(sent)
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == status
        assert json.loads(response.read())


@pytest.fixture(scope="module")
def shop_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that only ask."""
    workspace, _ = Workspace.init(tmp_path_factory.mktemp("one") / "shop", actor="tester")
    (workspace.root / "footplate.toml").write_text("[serving]\ntimeout = 2\n")
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)))
    with Served(workspace.root) as server:
        yield server
    workspace.close()


def test_a_request_that_does_not_arrive_is_ended(shop_server: Served) -> None:
    for sent in (b"", b"GET /hea", PREDICT + b"content-length: 9\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", shop_server.port), 20) as connection:
            connection.sendall(sent)
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 408
            assert json.loads(response.read())["error"]["type"] == "TooSlow"
