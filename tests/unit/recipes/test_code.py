"""Which files of user code a recipe goes by."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from core.errors import BadRecipe
from core.recipes import code as code_module
from core.recipes.code import code_files
from core.recipes.recipe import Recipe, parse


def recipe(more: str) -> Recipe:
    return parse(f'watch = "inbox"\ntarget = "y"\n{more}\n', "p", "r")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names(more: str, folder: Path) -> list[str]:
    return [file.name for file in code_files(recipe(more), folder)]


CUSTOM = 'custom = "features.py:transform"'
FUNCTION = "def transform(frame): return frame\n"


def test_no_code(tmp_path: Path) -> None:
    write(tmp_path, {"features.py": FUNCTION})
    assert code_files(recipe(""), tmp_path) == []


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    write(tmp_path, {"features.py": FUNCTION})
    (file,) = code_files(recipe(CUSTOM), tmp_path)
    assert (file.name, file.data) == ("features.py", FUNCTION.encode())
    assert file.sha256 == hashlib.sha256(FUNCTION.encode()).hexdigest()


def test_local_imports_are_followed(tmp_path: Path) -> None:
    write(tmp_path, {
        "features.py": "import numpy\nimport utils\nfrom pkg import deep, VALUE\nfrom pkg.other import thing\n"
                       "import time\n" + FUNCTION,
        "utils.py": "def late():\n    from helpers.dates import parts\n",
        "helpers/dates.py": "from . import base\nfrom .. import top\n", "helpers/base.py": "", "helpers/unused.py": "",
        "top.py": "", "pkg/__init__.py": "VALUE = 1\n", "pkg/deep.py": "import sibling\n", "pkg/sibling.py": "",
        "pkg/other.py": "import features\n", "unused.py": "", "time.py": "",
    })  # fmt: skip
    assert names(CUSTOM, tmp_path) == [
        "features.py", "helpers/base.py", "helpers/dates.py", "pkg/__init__.py", "pkg/deep.py", "pkg/other.py",
        "pkg/sibling.py", "top.py", "utils.py",
    ]  # fmt: skip


def test_the_files_of_a_command(tmp_path: Path) -> None:
    write(tmp_path, {
        "train.py": "import model", "model.py": "", "conf.yaml": "a: 1", "run.sh": "", "job/main.py": "import lib",
        "job/lib.py": "", "predict.py": "print 'python 2'",
    })  # fmt: skip
    more = ('command = ["python", "-u", "./train.py", "--config=conf.yaml", "/etc/hostname", "../x", "missing.py"]\n'
            'predict_command = ["python", "predict.py"]')  # fmt: skip
    assert names(more, tmp_path) == ["conf.yaml", "model.py", "predict.py", "train.py"]
    assert names('command = ["python", "-m", "job.main"]', tmp_path) == ["job/lib.py", "job/main.py"]
    assert names('command = ["sh", "run.sh", "-m"]', tmp_path) == ["run.sh"]


@pytest.mark.parametrize(
    ("more", "said", "hint"),
    [
        ('custom = "feature.py:transform"', "there is no file feature.py", "did you mean features.py?"),
        ('custom = "features.py:transfrom"', "has no function transfrom", "did you mean transform?"),
        ('custom = "broken.py:f"', "broken.py line 2: is no Python", "mend the code"),
        ('custom = "nul.py:f"', "is no Python", "mend the code"),
        ('custom = "folder.py:f"', "there is no file folder.py", ""),
    ],
)
def test_what_is_refused(more: str, said: str, hint: str, tmp_path: Path) -> None:
    write(tmp_path, {"features.py": FUNCTION, "broken.py": "x = 1\ndef f(:\n", "nul.py": "\0"})
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(BadRecipe) as caught:
        code_files(recipe(more), tmp_path)
    assert caught.value.key == "features.custom"
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_a_function_may_come_from_elsewhere(tmp_path: Path) -> None:
    for text in ("from utils import transform", "transform = print", "from utils import *", "import x as transform"):
        write(tmp_path, {"features.py": f"{text}\n", "utils.py": FUNCTION})
        assert "features.py" in names(CUSTOM, tmp_path)


def test_data_is_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_module, "MOST_BYTES", 10)
    write(tmp_path, {"big.csv": "x" * 11})
    with pytest.raises(BadRecipe, match=r"big\.csv is larger than"):
        names('command = ["train", "big.csv"]', tmp_path)


def test_a_fifo_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "features.py")
    with pytest.raises(BadRecipe, match="there is no file"):
        names(CUSTOM, tmp_path)
    assert names('command = ["cat", "features.py"]', tmp_path) == []
