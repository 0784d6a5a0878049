"""Views are cheap to import: no data frames, no estimators, no screens, and none of the rooms."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("pandas", "numpy", "sklearn", "scipy", "textual", "rich", "alembic", "apscheduler", "typer")
ROOMS = ("data", "recipes", "training", "serving", "monitoring", "services", "automation")
LOOK = """
import importlib, json, pkgutil, sys
import core.query.conditions, core.views
for one in pkgutil.iter_modules(core.views.__path__):
    importlib.import_module("core.views." + one.name)
print(json.dumps(sorted(sys.modules)))
"""


def test_what_all_views_together_import() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True).stdout
    loaded = set(json.loads(said))
    assert "core.views.overview" in loaded
    assert not {name for name in loaded if name.split(".")[0] in HEAVY}
    # latencies in buckets and the pauses between arrivals: the standard library alone
    light = {"core.monitoring", "core.monitoring.service", "core.monitoring.rhythm"}
    assert not {name for name in loaded - light if name.startswith("core.") and name.split(".")[1] in ROOMS}
