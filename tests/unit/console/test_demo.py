"""What the demo says at its end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from console.commands.demo import tell_next


@pytest.mark.parametrize(
    ("on_the_path", "program"), [(None, ".venv/bin/footplate"), ("/usr/bin/footplate", "footplate")]
)
def test_the_commands_that_it_names_can_be_called(
    monkeypatch: pytest.MonkeyPatch, on_the_path: str | None, program: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: on_the_path)
    monkeypatch.setattr("sys.argv", [".venv/bin/footplate", "demo", "demo"])
    told: list[str] = []
    call: Any = SimpleNamespace(tell=told.append)
    tell_next(call, Path("/w/demo"))
    assert [line.split()[0] for line in told[1:]] == [program] * 4
