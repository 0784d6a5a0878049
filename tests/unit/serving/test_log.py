"""The log of answers: what was acknowledged is there, whatever happens to the process or the disk."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.serving import segments
from core.serving.log import PredictionLog, Unlogged
from core.training.manifest import Manifest

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def manifest(**changes: Any) -> Manifest:
    values: dict[str, Any] = {
        "recipe": "churn", "recipe_hash": "", "kind": "sklearn", "estimator": "", "task": "classification",
        "classes": ("no", "yes"), "target": "churned",
        "inputs": ({"name": "age", "kind": "number"}, {"name": "plan", "kind": "category"}), "features": (),
        "custom": "", "code": (),
    }
    return Manifest(**values | changes)


def record(number: int, **changes: Any) -> dict[str, Any]:
    at = (NOON + timedelta(seconds=number)).isoformat(timespec="microseconds")
    return {
        "at": at, "model": "churn", "version": 7, "environment": "production", "role": "stable", "revision": 3,
        "ids": [f"p{number}"], "keys": [None], "rows": [[float(number), "basic"]], "predictions": ["no"],
        "probabilities": [[0.75, 0.25]], "ms": 1.5,
    } | changes


def lines(folder: Path) -> list[dict[str, Any]]:
    """Every record in the log, headers left out; each line must be whole."""
    found = [json.loads(line) for path in sorted(folder.rglob("*.jsonl")) for line in path.read_text().splitlines()]
    return [one for one in found if "ids" in one]


@contextmanager
def full_at(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: a write is cut there, and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_every_record_is_a_line_and_a_file_begins_with_what_its_rows_are(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        for number in range(3):
            log.write(record(number), manifest())
        (path,) = tmp_path.rglob("*.jsonl")
        first, *rest = [json.loads(line) for line in path.read_text().splitlines()]
    assert path.parent.name == "churn"
    assert first["version"] == 7 and first["classes"] == ["no", "yes"]
    assert [one["name"] for one in first["inputs"]] == ["age", "plan"]
    assert [one["ids"] for one in rest] == [["p0"], ["p1"], ["p2"]]


def test_versions_and_models_have_files_of_their_own(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
        log.write(record(1, version=8), manifest())
        log.write(record(2, model="Kündigung"), manifest())
    assert len(list(tmp_path.rglob("*.jsonl"))) == 3
    assert {path.name for path in segments.models(tmp_path)} == {"churn", segments.directory("Kündigung")}


def test_what_is_missing_is_null(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0, rows=[[float("nan"), None]], probabilities=[[float("inf"), 0.0]]), manifest())
    (one,) = lines(tmp_path)
    assert one["rows"] == [[None, None]] and one["probabilities"] == [[None, 0.0]]


def test_a_full_disk_is_an_error_and_leaves_nothing_of_the_record(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
        (path,) = tmp_path.rglob("*.jsonl")
        before = path.read_bytes()
        for room in range(1, 60, 7):  # of the record that does not fit, so much would
            with full_at(len(before) + room), pytest.raises(Unlogged, match="could not be logged") as caught:
                log.write(record(1), manifest())
            assert "make room" in caught.value.hint
            assert path.read_bytes() == before
        log.write(record(2), manifest())
    assert [one["ids"] for one in lines(tmp_path)] == [["p0"], ["p2"]]
    assert len(list(tmp_path.rglob("*.jsonl"))) == 1


def test_a_disk_that_is_full_from_the_start(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        with full_at(20), pytest.raises(Unlogged):
            log.write(record(0), manifest())
        log.write(record(1), manifest())
    whole = [path for path in tmp_path.rglob("*.jsonl") if path.stat().st_size]
    assert len(whole) == 1 and "inputs" in json.loads(whole[0].read_text().splitlines()[0])
    assert [one["ids"] for one in lines(tmp_path)] == [["p1"]]


def test_a_file_that_somebody_removed_or_cut_gets_no_more_answers(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
        (path,) = tmp_path.rglob("*.jsonl")
        path.unlink()
        log.write(record(1), manifest())
        (path,) = tmp_path.rglob("*.jsonl")
        os.truncate(path, path.stat().st_size - 5)
        log.write(record(2), manifest())
    texts = b"".join(path.read_bytes() for path in tmp_path.rglob("*.jsonl"))
    assert b'"p2"' in texts and len(list(tmp_path.rglob("*.jsonl"))) == 2


def test_a_file_is_rolled_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "BYTES", 2_000)
    with PredictionLog(tmp_path) as log:
        for number in range(40):
            log.write(record(number), manifest())
        paths = sorted(tmp_path.rglob("*.jsonl"))
        assert 3 < len(paths) < 12
        free = []
        for path in paths:
            with segments.abandoned(path) as unwatched:
                free.append(unwatched)
        assert free == [True] * (len(paths) - 1) + [False]  # the last one is still written
    assert [one["ids"][0] for one in lines(tmp_path)] == [f"p{number}" for number in range(40)]


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        def work(start: int) -> None:
            for number in range(start, start + 200):
                log.write(record(number), manifest())

        threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 1000, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(int(one["ids"][0][1:]) for one in lines(tmp_path)) == list(range(1000))


def test_a_child_writes_into_files_of_its_own(tmp_path: Path) -> None:
    with PredictionLog(tmp_path) as log:
        log.write(record(0), manifest())
        child = os.fork()
        if child == 0:
            try:
                log.write(record(1), manifest())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        log.write(record(2), manifest())
    assert sorted(one["ids"][0] for one in lines(tmp_path)) == ["p0", "p1", "p2"]
    assert len(list(tmp_path.rglob("*.jsonl"))) == 2


WRITER = """
import sys
from pathlib import Path
from core.serving.log import PredictionLog
from tests.unit.serving.test_log import manifest, record
log = PredictionLog(Path(sys.argv[1]), sync=sys.argv[2])
for number in range(10**9):
    log.write(record(number), manifest())
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize(("sync", "enough"), [("process", 300), ("disk", 20)])
def test_what_was_acknowledged_outlives_a_killed_process(tmp_path: Path, sync: str, enough: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), sync], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if int(line) == enough:
                os.kill(process.pid, signal.SIGKILL)
    last = max(int(line) for line in told if line.endswith("\n"))
    assert last >= enough
    written = {int(one["ids"][0][1:]) for path in tmp_path.rglob("*.jsonl")
               for text in path.read_text().split("\n")[:-1] if "ids" in (one := json.loads(text))}
    assert written >= set(range(last + 1))
    (path,) = tmp_path.rglob("*.jsonl")
    with segments.abandoned(path) as unwatched:
        assert unwatched


@pytest.mark.parametrize("name", ["churn", "Churn.v2", "ümlaut", "..", "-x", "a b", "x" * 300, "~a", ""])
def test_a_folder_for_every_name(name: str) -> None:
    made = segments.directory(name)
    assert made.isascii() and len(made) <= 80 and "/" not in made and not made.startswith((".", "~"))
    assert made == name or made.rpartition("-")[2].isalnum()
