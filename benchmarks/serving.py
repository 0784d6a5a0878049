"""Serving one row: the same pipeline by this server, by the same server that only echoes, and by `mlflow models serve`.

Sixteen connections, one row a request, in turns within one run: throughput and the 99th percentile are ratios. The
peer runs in a virtual environment that is made once (below ~/.cache/footplate-bench, or $FOOTPLATE_BENCH), with the
model that was packed here, as its own Python model: nothing of ours answers there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import PROJECT, Figure, environment

CONNECTIONS, SECONDS, PAIRS = 16, 4.0, 5
MLFLOW = "mlflow>=3.1,<4"
BODY, SPLIT = "row.json", "split.json"
CACHE = Path(os.environ.get("FOOTPLATE_BENCH") or Path.home() / ".cache" / "footplate-bench")


def figures() -> Iterator[Figure]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="footplate-serving-") as name:
        yield from _figures(Path(name))


def _figures(root: Path) -> Iterator[Figure]:
    from console import demo

    workspace = root / "demo"
    _footplate("demo", str(workspace), "--headless", "--months", "5")
    row = _row()
    (root / BODY).write_text(json.dumps({"rows": [row]}))
    (root / SPLIT).write_text(json.dumps({"dataframe_split": {"columns": list(row), "data": [list(row.values())]}}))
    path = f"/v1/models/{demo.NAME}/predict"
    with _server(workspace) as ours, _echo(root) as echo:
        with _server(workspace, FOOTPLATE_PLAIN="1") as plain:
            by_echo = _in_turns([(ours, path, root / BODY), (echo, "/", root / BODY)])
            yield _throughput("answers a second, echo / ours", by_echo[1], by_echo[0], 2.0)
            python = peer()
            with _mlflow(python, root, workspace) as theirs:
                both = _in_turns([
                    (ours, path, root / BODY), (theirs, "/invocations", root / SPLIT), (plain, path, root / BODY)
                ])
        yield _throughput("answers a second, mlflow / ours", both[1], both[0], 0.1)
        yield _ninety_ninth("99th percentile, ours / mlflow", both[0], both[1], 0.2)
        yield _throughput("answers a second, mlflow / ours without the compiled form", both[1], both[2], 1 / 3)


Runs = list[dict[str, float]]


def _in_turns(sides: list[tuple[int, str, Path]]) -> list[Runs]:
    made: list[Runs] = [[] for _ in sides]
    for turn in range(PAIRS + 1):
        for place, (port, path, body) in enumerate(sides):
            said = load(port, path, body, SECONDS if turn else 1.0)
            if turn:  # the first one warms
                made[place].append(said)
    return made


def load(port: int, path: str, body: Path, seconds: float) -> dict[str, float]:
    """One turn, by a process of its own."""
    words = ["-m", "benchmarks.load", "127.0.0.1", str(port), path, str(body), str(CONNECTIONS), str(seconds)]
    done = subprocess.run([sys.executable, *words], env=environment(), capture_output=True, text=True, check=True)
    said: dict[str, float] = json.loads(done.stdout)
    assert said["per_second"] and not said["failed"], said
    return said


def _throughput(what: str, one: Runs, other: Runs, bar: float) -> Figure:
    ratio = median(a["per_second"] / b["per_second"] for a, b in zip(one, other, strict=True))
    detail = f"{_middle(one, 'per_second'):,.0f} against {_middle(other, 'per_second'):,.0f} a second, {_how()}"
    return Figure("serving", what, ratio, bar, "x", detail)


def _ninety_ninth(what: str, one: Runs, other: Runs, bar: float) -> Figure:
    ratio = median(a["p99"] / b["p99"] for a, b in zip(one, other, strict=True))
    detail = f"{1e3 * _middle(one, 'p99'):.1f} against {1e3 * _middle(other, 'p99'):.1f} ms, {_how()}"
    return Figure("serving", what, ratio, bar, "x", detail)


def _how() -> str:
    return f"{CONNECTIONS} connections, {PAIRS} turns of {SECONDS:.0f} s each"


def _middle(runs: Runs, name: str) -> float:
    return median(run[name] for run in runs)


# -- the three servers

@contextmanager
def _server(workspace: Path, **more: str) -> Iterator[int]:
    """Ours; with FOOTPLATE_PLAIN in the environment, over a copy of the workspace without compiled forms."""
    if more:
        workspace = _without_compiled(workspace)
    words = [sys.executable, "-m", "console", "-w", str(workspace), "serve", "--port", "0"]
    with _process(words, workspace / ".footplate" / "logs" / "serve.log", environment(), told=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().split("http://")[1].split()[0].rpartition(":")[2])


def _without_compiled(workspace: Path) -> Path:
    import shutil
    import sqlite3
    from contextlib import closing

    made = workspace.with_name("plain")
    if not made.exists():
        shutil.copytree(workspace, made)
        with closing(sqlite3.connect(made / ".footplate" / "registry.db")) as registry:
            registry.execute("DELETE FROM artifact WHERE name LIKE 'compiled%'")
            registry.commit()
    return made


ECHO = """
import sys
import uvicorn
from console.serving.protocol import Protocol

async def app(scope, receive, send):
    body = (await receive())["body"]
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})

uvicorn.run(
    app, port=int(sys.argv[1]), http=Protocol, ws="none", lifespan="off", interface="asgi3", access_log=False,
    proxy_headers=False, server_header=False, log_level="warning", backlog=1, timeout_keep_alive=75,
)
"""


@contextmanager
def _echo(root: Path) -> Iterator[int]:
    """The same server, by the same protocol and settings, that gives back what it was sent."""
    port = _free()
    with _process([sys.executable, "-c", ECHO, str(port)], root / "echo.log", environment()):
        _wait(port)
        yield port


WRAP = """
import sys
import mlflow

model, out = sys.argv[1:]

class Packed(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        import joblib
        self.pipeline = joblib.load(context.artifacts["pipeline"])

    def predict(self, context, model_input, params=None):
        return self.pipeline.predict_proba(model_input)[:, 1]

mlflow.pyfunc.save_model(out, python_model=Packed(), artifacts={"pipeline": model})
"""


@contextmanager
def _mlflow(python: Path, root: Path, workspace: Path) -> Iterator[int]:
    """`mlflow models serve` of the same fitted pipeline, which is given a frame of the columns that it reads."""
    saved = root / "mlflow"
    if not saved.exists():
        _pickled(workspace, root / "pipeline.joblib")
        words = [str(python), "-c", WRAP, str(root / "pipeline.joblib"), str(saved)]
        subprocess.run(words, check=True, env=_theirs(), capture_output=True)
    port = _free()
    words = [str(python), "-m", "mlflow", "models", "serve", "-m", str(saved), "--env-manager", "local"]
    words += ["-p", str(port)]
    with _process(words, root / "mlflow.log", _theirs()):
        _wait(port, 180)
        yield port


def _theirs() -> dict[str, str]:
    """What unpickles the pipeline has to find its classes: the encoder's is ours."""
    bin = CACHE / "mlflow" / "bin"
    return environment(PATH=f"{bin}{os.pathsep}{os.environ['PATH']}", PYTHONPATH=str(PROJECT))


def _pickled(workspace: Path, out: Path) -> None:
    import joblib

    from core.registry import deployments, models
    from core.training import packaging
    from core.workspace import Workspace

    opened = Workspace.open(workspace)
    with opened.registry.read() as connection:
        (row,) = deployments.all(connection, environment="production")
        version: Any = models.version(connection, row["model"], row["version"])
    model: Any = packaging.load(opened.store.path(version["artifact"]), version["artifact"])
    joblib.dump(model.pipeline, out)
    opened.close()


def peer() -> Path:
    """The Python of a virtual environment with MLflow and what the pipeline needs, in our versions."""
    from importlib.metadata import version

    home = CACHE / "mlflow"
    python = home / "bin" / "python"
    if not (home / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        wanted = [f"{name}=={version(name)}" for name in ("scikit-learn", "numpy", "joblib")]
        words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", MLFLOW, *wanted]
        subprocess.run([str(python), *words], check=True)
        subprocess.run([str(python), "-m", "compileall", "-q", str(home / "lib")], check=False)
        (home / "made").touch()
    return python


def _row() -> dict[str, Any]:
    from benchmarks.serving_story import rows

    made: dict[str, Any] = {}
    for name, value in rows()[0].items():
        made[name] = value
        with suppress(ValueError, TypeError):
            made[name] = float(value) if value is not None else None
    return made


def _footplate(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "console", *words], check=True, env=environment(), capture_output=True)


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def _process(
    words: list[str], log: Path, env: dict[str, str], *, told: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """`told`: its standard output is for us; else it goes to the log."""
    with log.open("ab") as stream:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if told else stream, stderr=stream,
            text=True, env=env, start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
