"""A command's metrics, read while it writes them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from core.training.following import MOST, Follower, Following, read_lines
from core.training.steps import MOST_CURVES, Points


def line(name: str, value: float, step: int) -> bytes:
    return json.dumps({"name": name, "value": value, "step": step}).encode() + b"\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "metrics.jsonl"
    path.touch()
    return path


def test_only_what_is_new_and_whole_is_told(file: Path) -> None:
    told: list[Points] = []
    follower = Follower(file, told.append)
    follower.look()
    with file.open("ab") as stream:
        stream.write(line("loss", 0.5, 1) + b'{"name": "loss", ')
        stream.flush()
        follower.look()
        follower.look()
        stream.write(b'"value": 0.25, "step": 2}\n')
        stream.flush()
        follower.look()
    assert told == [[("loss", 1, 0.5)], [("loss", 2, 0.25)]]


def test_of_a_long_curve_fewer_and_fewer_points_are_told(file: Path) -> None:
    told: list[Points] = []
    file.write_bytes(b"".join(line("loss", 1.0, step) for step in range(20 * MOST)))
    follower = Follower(file, told.append)
    for _ in range(3):
        follower.look()
    steps = [step for some in told for _, step, _ in some]
    assert steps[:MOST] == [*range(MOST)]
    assert MOST < len(steps) < 4 * MOST and steps[-1] > 19 * MOST
    file.write_bytes(b"".join(line(f"m{number}", 1.0, 0) for number in range(2 * MOST_CURVES)))
    told.clear()
    Follower(file, told.append).look()
    assert len(told[0]) == MOST_CURVES


def test_nonsense_is_passed_over() -> None:
    data = (
        b'\xff\n[1]\n{"name": "a"}\n{"name": "a", "value": NaN}\n{"name": "a", "value": 1, "step": 1e400}\n'
        b'{"name": "a", "value": 1, "step": ' + b"9" * 30 + b"}\n" + b"[" * 100_000 + b"\n" + line("a", 2.0, 3)
    )
    assert [*read_lines(data)] == [("a", 3, 2.0)]


def test_what_goes_wrong_in_the_thread_is_tried_again(file: Path) -> None:
    file.write_bytes(line("loss", 0.5, 1))
    came = threading.Event()
    tries = 0

    def tell(points: Points) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            file.write_bytes(file.read_bytes() + line("loss", 0.4, 2))
            raise RuntimeError("the registry is locked")
        came.set()

    with Following(file, tell, seconds=0.01):
        assert came.wait(10), "the thread goes on after an error"
    assert tries == 2
