"""`footplate drift`: what is printed, and what a shell sees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.unit.console.conftest import Said


def written(path: Path, seed: int, shift: float = 0.0) -> str:
    random = np.random.default_rng(seed)
    rows = [f"{random.normal(shift):.4f},{random.choice(['a', 'b'])}" for _ in range(300)]
    path.write_text("x,kind\n" + "\n".join(rows) + "\n")
    return str(path)


def test_two_files_without_any_workspace(tmp_path: Path, say: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    first, same = written(tmp_path / "a.csv", 1), written(tmp_path / "b.csv", 2)
    other = written(tmp_path / "c.csv", 3, shift=1)
    assert "none of 2 columns moved" in say("drift", first, same)
    said = say("drift", first, other, code=1)
    assert "1 of 2 columns moved: x by" in said and "(300 rows of c.csv against 300 of a.csv)" in said
    found = json.loads(say("drift", first, other, "--json", code=1))
    assert {"monitor", "kind", "at", "model", "version", "rows", "verdict", "columns", "summary"} <= found.keys()
    assert "is no file" in say("drift", first, "nothing.csv", code=3)
    assert "footplate init" in say("drift", "flights@1", "flights@2", code=3)
    assert say("drift", first, other, "--effect", "5")
    assert "too few" in say("drift", first, other, "--min-rows", "1000")
