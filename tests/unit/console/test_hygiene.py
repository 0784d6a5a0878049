"""Looking is light: help, version and every listing load neither pandas nor scikit-learn nor Textual."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.screens.world import World

HEAVY = ("pandas", "numpy", "sklearn", "scipy", "skops", "textual", "alembic", "apscheduler", "watchdog")
WORDS = [
    "--version", "--help", "data --help", "models --help", "status", "data list", "data versions flights",
    "data show flights@1", "data profile flights@1", "data quarantine list", "recipes list", "recipes show flights",
    "runs list", "runs show 1", "runs compare 1 2", "models list", "models show flights", "why flights", "jobs list",
    "models card flights", "models diff flights@4", "models evaluations flights", "models lineage flights",
    "jobs show 1", "events", "events --log", "daemon status", "keys",
]
PROBE = """
import contextlib, io, sys
from console.cli import main
for line in sys.argv[2:]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = main(line.split())
    assert code in (0, 1), (line, code, said.getvalue())
    loaded = [name for name in sys.argv[1].split(",") if name in sys.modules]
    assert not loaded, f"{line} loads {loaded}"
"""


def probe(heavy: tuple[str, ...], *lines: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, ",".join(heavy), *lines], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("json", ["", " --json"])
def test_looking_is_light(world: World, json: str) -> None:
    probe(HEAVY, *(line + (json if not line.startswith("-") else "") for line in WORDS))


def test_help_and_version_load_no_database() -> None:
    probe((*HEAVY, "sqlalchemy", "sqlmodel", "rich.console", "core.workspace"), "--version", "--help", "runs --help")


def test_the_version_loads_no_typer() -> None:
    probe(("typer", "rich"), "--version")
