"""On what a run ran, and what differs from another time."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

from core.training.environment import Meter, describe, differences, packages


def test_what_is_described() -> None:
    found = describe()
    json.dumps(found)
    assert found["python"] == platform.python_version()
    assert found["memory"] > 1 << 28 and found["cpus"] >= 1
    assert {"scikit-learn", "pandas", "sqlmodel"} <= set(found["packages"])
    assert list(packages()) == sorted(packages())


def test_differences_in_words() -> None:
    before = {"python": "3.11.1", "packages": {"pandas": "3.0", "gone": "1"}}
    now = {"python": "3.12.0", "packages": {"pandas": "3.1", "new": "2"}}
    assert differences(before, now) == [
        "Python 3.11.1 -> 3.12.0", "gone 1 -> absent", "new absent -> 2", "pandas 3.0 -> 3.1",
    ]
    assert differences(now, now) == []
    assert differences({}, {"packages": {}}) == []


def test_cpu_seconds_count_the_children_too() -> None:
    meter = Meter()
    subprocess.run([sys.executable, "-c", "for _ in range(3_000_000): pass"], check=True)
    assert meter.cpu_seconds() > 0.02
    assert meter.cpu_seconds() <= meter.seconds() * 8
    assert Meter.peak_memory() > 10 << 20
