"""Running user code from its bytes, under names of its own."""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import core
from core.errors import BadRecipe
from core.recipes.code import CodeFile, load_function

EMPTY = pd.DataFrame()


def files(sources: dict[str, str]) -> list[CodeFile]:
    return [
        CodeFile(name, hashlib.sha256(text.encode()).hexdigest(), text.encode()) for name, text in sources.items()
    ]


def load(sources: dict[str, str], spec: str = "features.py:f") -> Callable[[pd.DataFrame], Any]:
    return load_function(files(sources), spec)


def test_a_function_runs() -> None:
    function = load({"features.py": "import pandas as pd\ndef f(frame): return frame.assign(twice=frame.a * 2)\n"})
    assert function(pd.DataFrame({"a": [1, 2]}))["twice"].tolist() == [2, 4]


def test_a_users_core_never_clashes_with_ours() -> None:
    before = dict(sys.modules)
    function = load({
        "features.py": "import core, console.output\nfrom core.errors import NAME\nfrom utils import where\n"
                       "def f(frame): return core.MINE, console.output.MINE, NAME, where()\n",
        "core/__init__.py": "MINE = 'core'\n", "core/errors.py": "NAME = 'errors'\n",
        "console/output.py": "MINE = 'output'\n",
        "utils.py": "def where():\n    import core.errors\n    return core.errors.NAME\n",
    })  # fmt: skip
    assert function(EMPTY) == ("core", "output", "errors", "errors")
    assert not hasattr(core, "MINE")
    assert all(sys.modules[name] is module for name, module in before.items())
    assert all(name.startswith("footplate_user_") for name in sys.modules.keys() - before.keys())


def test_all_ways_of_importing() -> None:
    function = load({
        "job/features.py": """
import helpers                       # beside
import top                           # at the top
import pkg.deep
import pkg.deep as deeper
from pkg import deep, also
from . import helpers as same
from .helpers import VALUE
from .. import top as same_top
from pkg.deep import *
import json
def f(frame):
    import late
    return [helpers is same, top is same_top, pkg.deep is deeper is deep, VALUE, STAR, also.VALUE, late.VALUE,
            json.dumps(1)]
""",
        "job/helpers.py": "VALUE = 'beside'\n", "helpers.py": "VALUE = 'top'\n", "top.py": "",
        "late.py": "VALUE = 'late'\n",
        "pkg/__init__.py": "", "pkg/deep.py": "STAR = 'star'\n", "pkg/also.py": "VALUE = 'also'\n",
    }, "job/features.py:f")  # fmt: skip
    assert function(EMPTY) == [True, True, True, "beside", "star", "also", "late", "1"]


def test_two_versions_live_side_by_side() -> None:
    def version(n: int) -> Callable[[pd.DataFrame], Any]:
        return load({"features.py": f"import u\ndef f(frame): return u.V, {n}\n", "u.py": f"V = {n}\n"})

    old, new = version(1), version(2)
    assert (old(EMPTY), new(EMPTY), old(EMPTY)) == ((1, 1), (2, 2), (1, 1))
    assert version(1) is old


def test_dataclasses_and_odd_file_names_work() -> None:
    source = "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\ndef f(frame): return A(3).x\n"
    assert load({"my-features.v2.py": source}, "my-features.v2.py:f")(EMPTY) == 3


def test_files_that_are_no_python_are_left_alone() -> None:
    assert load({"features.py": "def f(frame): return 1\n", "conf.yaml": "a: ["})(EMPTY) == 1


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"features.py": "x = 1\ny = x / 0\n"}, "features.py line 2: ZeroDivisionError: division by zero"),
        ({"features.py": "import u\n", "u.py": "\n\nboom()\n"}, "u.py line 3: NameError"),
        ({"features.py": "import u\n", "u.py": "x = (\n"}, "u.py line 1: is no Python"),
        ({"features.py": "\nimport no_such_package\n"}, "features.py line 2: ModuleNotFoundError"),
        ({"features.py": "from u import missing\n", "u.py": ""}, "features.py line 1: ImportError"),
        ({"features.py": "import sys\nsys.exit(3)\n"}, "features.py line 2: SystemExit"),
        ({"features.py": "g = 1\n"}, "features.py has no function f"),
        ({"features.py": "f = 1\n"}, "features.py has no function f"),
        ({"other.py": ""}, "the code file features.py is not there"),
        ({"features.py": "raise ValueError('\\x1b[31m red')\n"}, "line 1: ValueError: ␛[31m red"),
    ],
)
def test_what_goes_wrong_is_told_by_file_and_line(sources: dict[str, str], said: str) -> None:
    with pytest.raises(BadRecipe) as caught:
        load(sources)
    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.key == "features.custom"


def test_what_failed_once_is_tried_again() -> None:
    for _ in range(2):
        with pytest.raises(BadRecipe, match="ZeroDivisionError"):
            load({"features.py": "import u\n1 / 0\ndef f(frame): pass\n", "u.py": ""})


def test_the_log_shows_the_users_line() -> None:
    try:
        load({"features.py": "def f(frame):\n    return frame.no_such_thing  # here\n"})(EMPTY)
    except AttributeError as error:
        assert "return frame.no_such_thing  # here" in "".join(traceback.format_exception(error))
