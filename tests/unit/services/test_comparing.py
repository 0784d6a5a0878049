"""Two files, or two versions, compared as a drift monitor would."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadData, NotFound, UsageError
from core.services.comparing import drift
from core.workspace import Workspace
from tests.fakes.lab import Lab


def nowhere() -> Workspace:
    raise AssertionError("no workspace is needed")


def written(
    path: Path, seed: int, *, rows: int = 400, shift: float = 0.0, day: int = 1, separator: str = ",",
    height: Callable[[float], str] = lambda value: f"{value:.3f}",
) -> str:
    random = np.random.default_rng(seed)
    lines = [["row", "day", "height", "plan", "member"]]
    for row in range(rows):
        lines.append([
            str(row + 1), f"2024-01-{day + row * 10 // rows:02d}", height(random.normal(170 + shift, 10)),
            str(random.choice(["basic", "plus", "pro"])), str(random.choice(["true", "false"])),
        ])
    text = "\n".join(separator.join(line) for line in lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")
    return str(path)


def columns(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["column"]: one for one in found["columns"]}


def test_two_files_of_one_population_need_no_workspace(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.csv", 1), written(tmp_path / "b.csv.gz", 2, day=11, separator=";")
    found = drift(first, second, nowhere)
    json.dumps(found, allow_nan=False)
    assert found["verdict"] == "ok"
    assert (found["kind"], found["rows"], found["rows_before"]) == ("drift", 400, 400)
    assert found["left_out"] == ["day", "row"]
    assert set(columns(found)) == {"height", "plan", "member"}


def test_what_moved_is_an_alert(tmp_path: Path) -> None:
    found = drift(written(tmp_path / "a.csv", 1), written(tmp_path / "b.csv", 2, shift=6), nowhere)
    assert found["verdict"] == "alert"
    assert [name for name, one in columns(found).items() if one["verdict"] == "alert"] == ["height"]
    height = columns(found)["height"]
    assert height["value"] >= height["threshold"] and height["p_value"] < 1e-4


def test_a_column_that_holds_something_else_now(tmp_path: Path) -> None:
    second = written(tmp_path / "b.csv", 2, height=lambda value: "tall" if value > 170 else "short")
    found = drift(written(tmp_path / "a.csv", 1), second, nowhere)
    height = columns(found)["height"]
    assert (found["verdict"], height["verdict"]) == ("alert", "alert")
    assert height["note"] == "it held numbers, and now text"


def test_columns_are_left_out_on_request(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.csv", 1), written(tmp_path / "b.csv", 2, shift=6)
    found = drift(first, second, nowhere, drop=["height"])
    assert found["verdict"] == "ok" and "height" in found["left_out"]
    with pytest.raises(UsageError, match="no column weight"):
        drift(first, second, nowhere, drop=["weight"])


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    first = written(tmp_path / "a.csv", 1)
    (tmp_path / "junk.csv").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(NotFound, match="is no file"):
        drift(first, str(tmp_path / "b.csv"), nowhere)
    with pytest.raises(BadData, match=r"junk\.csv: "):
        drift(first, str(tmp_path / "junk.csv"), nowhere)


def test_two_versions_and_a_version_with_a_file(workspace: Workspace, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    lab = Lab(workspace)
    for number in (1, 2, 3):
        values = random.normal(5 if number == 3 else 0, 1, 300)
        lab.add(f"{number}.csv", [[float(x), int(x > 0)] for x in values])
    assert drift("churn@1", "churn@2", lambda: workspace)["verdict"] == "ok"
    found = drift("churn@1", "churn@3", lambda: workspace)
    assert (found["verdict"], found["before"], found["after"]) == ("alert", "churn@1", "churn@3")
    other = tmp_path / "other.csv"
    other.write_text("x,y\n" + "\n".join(f"{x},{int(x > 0)}" for x in random.normal(0, 1, 300)) + "\n")
    assert drift("churn@2", str(other), lambda: workspace)["verdict"] == "ok"
    with pytest.raises(NotFound):
        drift("churn@1", "churn@9", lambda: workspace)
