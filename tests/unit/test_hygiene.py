"""What must stay light is light: proved in processes of their own, since static graphs miss deferred imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.commands import entries
from core import services, views
from core.workspace import Workspace
from tests.fakes import rows

ROOT = Path(__file__).parents[2]
LEARNING = ("pandas", "numpy", "sklearn", "skops", "scipy", "joblib", "pyarrow")
SCREENS = ("textual", "textual_plot")
HEAVY = frozenset({
    "adding", "answered", "beside", "checking", "contest", "deciding", "declining", "dryrun", "evaluate",
    "ingest", "label_files",
    "reading", "recording", "references", "releasing", "replay", "reproduce", "scoring", "smoke", "superseding",
    "train", "training_data", "trial",
})

LISTINGS = {
    "status": ["status"], "runs": ["runs", "list"], "models": ["models", "list"], "recipes": ["recipes", "list"],
    "jobs": ["jobs", "list"], "data": ["data", "list"], "events": ["events"], "keys": ["keys"],
    "audit": ["audit", "verify"], "daemon": ["daemon", "status"], "monitors": ["monitors", "list"],
    "alerts": ["alerts", "list"],
}


def names(package: object) -> list[str]:
    [folder] = package.__path__  # type: ignore[attr-defined]
    return sorted(path.stem for path in Path(folder).glob("*.py") if path.stem != "__init__")


def loaded(program: str, *words: str, folder: Path = ROOT) -> set[str]:
    """The packages that a program has loaded at its end; it may print what it likes before."""
    ends = "\nimport json, sys\nprint('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    environment = {name: value for name, value in os.environ.items() if name != "FOOTPLATE_WORKSPACE"}
    done = subprocess.run(
        [sys.executable, "-c", program + ends, *words], cwd=folder, env=environment, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def importing(*modules: str) -> set[str]:
    return loaded("\n".join(f"import {module}" for module in modules))


def test_the_proof_can_fail() -> None:
    assert {"pandas", "numpy"} <= importing("core.services.ingest")


def test_the_daemon_is_light() -> None:
    found = importing("core.automation.loop", "core.automation.worker", "console.daemon")
    assert found & {*LEARNING, *SCREENS, "rich", "typer", "alembic"} == set()


def test_views_are_light() -> None:
    modules = names(views)
    assert modules
    assert importing(*(f"core.views.{name}" for name in modules)) & {*LEARNING, *SCREENS, "alembic"} == set()


def test_services_are_light_but_those_that_learn() -> None:
    modules = set(names(services))
    assert modules >= HEAVY
    assert importing(*(f"core.services.{name}" for name in sorted(modules - HEAVY))) & {*LEARNING, *SCREENS} == set()


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_no_service_is_called_heavy_that_is_not(name: str) -> None:
    """Else the list above would hide one that has become light, and a door would be slow for nothing."""
    text = (ROOT / "core" / "services" / f"{name}.py").read_text("utf-8")
    assert any(f"import {one}" in text or f"from core.{one}" in text for one in ("numpy", "pandas", "training", "data"))


def test_help_and_version_load_next_to_nothing() -> None:
    program = "import sys; from console.cli import main\nfor words in (['--help'], ['--version']): main(words)"
    found = loaded(program)
    assert found & {*LEARNING, *SCREENS, "sqlmodel", "sqlalchemy", "pydantic", "psutil", "watchdog"} == set()


def test_the_consoles_first_paint_waits_for_no_registry() -> None:
    found = importing("console.starting")
    assert "textual" in found
    assert found & {*LEARNING, "sqlmodel", "sqlalchemy", "pydantic", "typer", "alembic", "psutil", "watchdog"} == set()


LIST = """
import json, sys
from console.cli import main

too_much = set(json.loads(sys.argv[3]))
for words in json.loads(sys.argv[2]):
    for form in ([], ["--json"]):
        code = main(["-w", sys.argv[1], *words, *form])
        assert code in (0, 1), (words, form, code)  # 1: somebody is needed
        found = too_much & {name.partition(".")[0] for name in sys.modules}
        assert not found, (words, form, found)
"""


def test_listings_are_light(workspace: Workspace) -> None:
    """Each verb that there is, for people and for programs: the first that loads too much is named."""
    run = rows.run(workspace, rows.recipe(workspace), used=(rows.version(workspace),))
    rows.model_version(workspace, run, promote=True)
    verbs = [words for name, words in LISTINGS.items() if name in entries()]
    assert len(verbs) > 3
    loaded(LIST, str(workspace.root), json.dumps(verbs), json.dumps([*LEARNING, *SCREENS, "alembic"]))


DAEMON = """
import sys, threading, time
from pathlib import Path
from core.automation.loop import Daemon
from core.workspace import Workspace

workspace = Workspace.open(Path(sys.argv[1]), actor="daemon")
daemon = Daemon(workspace)
thread = threading.Thread(target=daemon.run)
thread.start()
deadline = time.monotonic() + 60
while not (daemon._active == {"churn"} and daemon._watcher.names() >= {"churn"}):
    assert time.monotonic() < deadline and thread.is_alive()
    time.sleep(0.01)
daemon.stop()
thread.join()
"""


def test_a_daemon_at_rest_is_light(workspace: Workspace) -> None:
    """With a recipe, a folder that it watches, and a schedule."""
    root = workspace.root
    (root / "inbox").mkdir()
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntarget = "y"\nschedule = "0 3 * * *"\n')
    assert loaded(DAEMON, str(root)) & {*LEARNING, *SCREENS, "rich", "typer", "alembic"} == set()
