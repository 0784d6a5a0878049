"""Reading recipes is light: the daemon and every listing do it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pandas", "numpy", "sklearn", "scipy", "apscheduler", "skops", "joblib")
WORK = """
from pathlib import Path
from core.recipes import code, draft, effective, recipe, units
text = draft.draft("r", "inbox", "y", time="t") + "schedule = '0 3 * * 1'\\ncustom = 'f.py:f'\\n"
one = recipe.parse(text, "p", "r")
folder = Path(__import__("tempfile").mkdtemp())
(folder / "f.py").write_text("import pandas\\ndef f(frame): return frame\\n")
recipe.recipe_hash(one, code.code_files(one, folder))
recipe.override(one, {"seed": "1"}); recipe.bar(one); recipe.missing_columns(one, ["y"])
effective.effective(text, "p", "r")
"""


@pytest.mark.parametrize("work", ["import core.recipes.recipe", "import core.data.checks", WORK])
def test_nothing_heavy_is_imported(work: str) -> None:
    check = f"{work}\nimport sys\nprint([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
