"""A service in a process of its own answers as it would have answered here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.errors import Conflict, FootplateError, NotFound
from core.services import apart, versions
from core.workspace import Workspace
from tests.unit.services.test_versions import GOOD, arrive, events, house, row

__all__ = ["house"]  # a fixture
LIGHT = """
import sys
from pathlib import Path
from core.services.versions import release_apart
from core.workspace import Workspace
print(release_apart(Workspace.open(Path(sys.argv[1]), actor="ann"), "churn@2"))
print(sorted({"pandas", "numpy", "sklearn"} & set(sys.modules)))
"""


def test_a_version_is_released_by_a_program_that_stays_light(house: Workspace) -> None:
    arrive(house, "bad.csv", GOOD.replace("21,b,1", "oops", 1))
    assert row(house, 2)["state"] == "quarantined"
    done = subprocess.run([sys.executable, "-c", LIGHT, str(house.root)], capture_output=True, text=True, check=True)
    said, heavy = done.stdout.splitlines()
    assert said.startswith("churn@2 is accepted") and heavy == "[]"
    assert row(house, 2)["state"] == "accepted"
    assert ("DatasetVersionReleased", "ann") in events(house, "churn@2")


def test_errors_come_back_as_what_they_are(house: Workspace) -> None:
    with pytest.raises(Conflict, match="only a quarantined version can be released") as refused:
        versions.release_apart(house, "churn@1")
    assert "footplate data show churn@1" in refused.value.hint
    with pytest.raises(NotFound):
        versions.release_apart(house, "churn@9")


def test_one_that_breaks_down_says_its_last_words(house: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "__name__", "core.services.nowhere")
    with pytest.raises(FootplateError, match=r"release broke down: .*No module named"):
        apart.apart(house, "release", "churn@1")
