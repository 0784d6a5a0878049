"""A failpoint kills once, only where it was named, and every one that is in the code is on the list."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.failpoints import COUNTING, LABELLING, NAMES, OBSERVING, SCORING, SEALING, failpoint

ROOT = Path(__file__).parents[2]
PROGRAM = """
from core.failpoints import failpoint
for name in ("first", "second"):
    failpoint(name)
    print(name, flush=True)
"""


def run(value: str | None) -> tuple[int, list[str]]:
    environment = {name: text for name, text in os.environ.items() if name != "FOOTPLATE_FAILPOINT"}
    if value is not None:
        environment["FOOTPLATE_FAILPOINT"] = value
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, cwd=ROOT)
    return done.returncode, done.stdout.split()


def test_the_first_that_comes_by_is_killed_and_the_next_passes(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    assert run(f"second@{marker}") == (-signal.SIGKILL, ["first"])
    assert marker.exists()
    assert run(f"second@{marker}") == (0, ["first", "second"])


def test_nothing_happens_without_the_variable_or_for_another_name(tmp_path: Path) -> None:
    assert run(None) == (0, ["first", "second"])
    assert run(f"third@{tmp_path / 'marker'}") == (0, ["first", "second"])
    assert not (tmp_path / "marker").exists()


def test_it_costs_nothing_when_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTPLATE_FAILPOINT", raising=False)
    failpoint("ingest.staged")


def test_the_list_is_what_the_code_passes_by() -> None:
    used = set()
    for path in (ROOT / "core").rglob("*.py"):
        used |= set(re.findall(r'failpoint\("([\w.]+)"\)', path.read_text("utf-8")))
    assert used == {*NAMES, *OBSERVING, *SEALING, *SCORING, *LABELLING, *COUNTING}
