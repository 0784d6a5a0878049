"""Which versions a run learns from, and what of them the champion knows."""

from __future__ import annotations

import pandas as pd
import pytest

from core.recipes.recipe import Recipe, parse
from core.registry import datasets
from core.services import training_data
from core.services.training_data import boolean_words, choose, load
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.lab import RECIPE, Lab, learnable


def window(train_on: str) -> Recipe:
    return parse(f'watch = "in"\ntarget = "y"\ntrain_on = "{train_on}"\n', "churn.toml", "churn")


@pytest.mark.parametrize(
    "times",
    [
        ("8", "9", "10", "11"), ("0.25", "0.5", "2", "1e1"), ("week 8", "week 9", "week 10", "week 11"),
        ("2023-09-30", "2023-10-01", "2024-01-01", "2024-02-01"),
    ],
)
def test_the_last_versions_are_those_of_the_newest_time(workspace: Workspace, times: tuple[str, ...]) -> None:
    rows.recipe(workspace)
    ids = [rows.version(workspace, data=time.encode(), time_max=time) for time in times]
    chosen = choose(workspace, window("last:2"), None)
    assert [row["id"] for row in chosen.used] == ids[2:]
    assert [row["id"] for row in chosen.left_out] == ids[:2]


def test_a_version_without_a_time_is_the_oldest(workspace: Workspace) -> None:
    rows.recipe(workspace)
    known = rows.version(workspace, data=b"1", time_max="-3")
    rows.version(workspace, data=b"2")
    assert [row["id"] for row in choose(workspace, window("last:1"), None).used] == [known]


def test_rows_of_a_version_that_fell_out_of_the_window_do_not_judge(workspace: Workspace) -> None:
    """The champion has learned from them, though this run does not."""
    lab = Lab(workspace, RECIPE + '[data]\ntrain_on = "last:1"\narrival = "append"\n')
    lab.add("a.csv", learnable(100, 1))
    lab.add("b.csv", learnable(100, 2))
    lab.add("c.csv", [*learnable(100, 1)[:60], *learnable(40, 3)])
    recipe = parse(RECIPE + '[data]\ntrain_on = "last:1"\n', "churn.toml", "churn")
    loaded = load(workspace, recipe, choose(workspace, recipe, None).used, seen=frozenset({1, 2}))
    assert loaded.rows.judgeable.sum() == 40


def test_what_a_champion_saw_and_a_sample_left_out_does_not_judge(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(workspace, RECIPE + '[data]\narrival = "append"\n')
    lab.add("a.csv", learnable(400, 1))
    lab.add("b.csv", [*learnable(700, 3), *learnable(400, 1)[:300]])
    monkeypatch.setattr(training_data, "_share_that_fits", lambda *_: 0.5)
    recipe = parse(RECIPE, "churn.toml", "churn")
    with workspace.registry.read() as connection:
        versions = datasets.learnable(connection, "churn")
    loaded = load(workspace, recipe, versions, seen=frozenset({1}))
    old = {tuple(row) for row in learnable(400, 1)}
    judging = loaded.rows.frame[loaded.rows.judgeable]
    assert loaded.sampled == 0.5
    assert 250 < len(judging) < 450
    assert not old & set(judging.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("words", "spelling"),
    [
        (["True", "False"], ("False", "True")), (["TRUE"], ("FALSE", "TRUE")), (["False"], ("False", "True")),
        (["true"], ("false", "true")), (["true", "1"], None), ([], None),
    ],
)
def test_booleans_are_spelled_as_in_the_data(words: list[str], spelling: tuple[str, str] | None) -> None:
    assert boolean_words(pd.Series(words, dtype="str")) == spelling
