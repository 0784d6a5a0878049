"""`footplate serve install`: a unit or a cron line, with the options before it and never with the token."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Say = Callable[..., str]


def test_without_systemd_a_cron_line(root: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    said = say("serve", "--port", "9000", "--workers", "2", "install")
    assert "@reboot" in said and "serve --port 9000 --workers 2 >>" in said


def test_with_systemd_a_unit(root: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = Path.is_dir
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(Path, "is_dir", lambda path: str(path) == "/run/systemd/system" or there(path))
    monkeypatch.setattr("subprocess.run", lambda words, **more: type("Done", (), {"stdout": "Linger=no"}))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    said = say("serve", "--env", "staging", "install")
    unit = (tmp_path / "systemd" / "user" / f"footplate-serve-{root.name}.service").read_text()
    assert f"-m console -w {root} serve --env staging\n" in unit and "KillMode=process" in unit and "{" not in unit
    assert "enable --now" in said and "enable-linger" in said


def test_a_token_is_not_written_into_it(root: Path, say: Say) -> None:
    assert "holds no token" in say("serve", "--token", "secret", "install", code=2)
