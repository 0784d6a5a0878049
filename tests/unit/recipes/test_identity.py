"""What makes two recipes the same: overrides, the hash, the bar, and the values in effect."""

from __future__ import annotations

import json

import pytest

from core.errors import BadRecipe, UsageError
from core.recipes.code import CodeFile
from core.recipes.effective import effective
from core.recipes.recipe import Recipe, bar, override, parse, recipe_hash

SHORT = 'watch = "inbox"\ntarget = "y"\n'
FULL = SHORT + """
drop = ["b", "a"]
dates = ["when", "day"]
params = { max_iter = 5 }
roc_auc = { threshold = 0.6 }
[data.checks]
max_missing = { age = 0.1 }
range = { age = [0, inf], size = [-inf, 3] }
[data.dialect]
separator = ";"
"""


def read(text: str = SHORT) -> Recipe:
    return parse(text, "p", "r")


def hashed(text: str, *code: CodeFile) -> str:
    return recipe_hash(read(text), code)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("model.params.max_iter", "50", {"params": {"max_iter": 50}}),
        ("params.max_iter", "50", {"params": {"max_iter": 50}}),
        ("model.params.loss", "log_loss", {"params": {"loss": "log_loss"}}),
        ("model.params.loss", '"log_loss"', {"params": {"loss": "log_loss"}}),
        ("model.params.sizes", "[8, 4]", {"params": {"sizes": [8, 4]}}),
        ("model.params.since", "2024-01-01", {"params": {"since": "2024-01-01"}}),
        ("model.params.text", "1\nseed = 2", {"params": {"text": "1\nseed = 2"}}),
        ("seed", "3", {"seed": 3}),
        ("model.seed", "3", {"seed": 3}),
    ],
)
def test_setting_one_key(key: str, value: str, expected: dict[str, object]) -> None:
    made = override(read(), {key: value})
    assert {name: getattr(made.model, name) for name in expected} == expected


def test_settings_change_nothing_else() -> None:
    for text in (SHORT, FULL):
        assert override(read(text), {}) == read(text)
        assert override(read(text), {"seed": "0"}) == read(text)
    bars = {"gate.roc_auc.threshold": "0.7", "gate.brier.threshold": "0.2"}
    made = override(read(FULL), {"model.params.depth": "3", **bars})
    assert made.model.params == {"max_iter": 5, "depth": 3}
    assert made.gate.bars == {"roc_auc": 0.7, "brier": 0.2}


def test_a_quoted_key_holds_points() -> None:
    made = override(read(), {'data.checks.range."a.b"': "[0, 1]"})
    assert made.data.checks.range == {"a.b": (0.0, 1.0)}


@pytest.mark.parametrize(
    "key", ["modl.params.x", "seeed", "", ".", "a b", "name", "data.name", "gate.roc_auc", "model.params"]
)
def test_no_such_setting(key: str) -> None:
    with pytest.raises((UsageError, BadRecipe)) as caught:
        override(read(), {key: "1"})
    assert "--set" in caught.value.message


def test_a_setting_that_does_not_fit() -> None:
    with pytest.raises(BadRecipe, match=r"model\.seed: must be a whole number") as caught:
        override(read(), {"seed": "many"})
    assert caught.value.key == "model.seed"


def test_the_hash_is_of_values_and_not_of_their_spelling() -> None:
    assert hashed(SHORT) == hashed("# a comment\n[data]\ntarget = 'y'\nwatch = 'inbox'\n")
    assert hashed(SHORT) == hashed(SHORT + "holdout = 0.50\nseed = 0\n")
    assert hashed(FULL) == hashed(FULL.replace('["b", "a"]', '["a", "b"]'))
    assert len(hashed(SHORT)) == 64


@pytest.mark.parametrize(
    "more",
    ['watch = "elsewhere"', 'pattern = "*.csv"', "recursive = false", 'arrival = "append"', 'same_name = "replace"',
     "bad_rows = 0.5", "cpus = 4", 'memory = "1GiB"', 'timeout = "2h"', "new_data = false", 'schedule = "0 3 * * *"',
     'cooldown = "1h"', "[data.checks]\nmax_missing = { a = 0.5 }", '[data.dialect]\nseparator = ";"'],
)  # fmt: skip
def test_what_changes_no_model_changes_no_hash(more: str) -> None:
    text = SHORT.replace('watch = "inbox"\n', "") if more.startswith("watch") else SHORT
    assert hashed(text + more) == hashed(SHORT)


@pytest.mark.parametrize(
    "more",
    ['target = "z"', 'time = "t"', 'id = "i"', 'group = "g"', 'drop = ["d"]', 'train_on = "last:3"', "seed = 1",
     'estimator = "a.B"', "params = { a = 1 }", 'primary = "f1"', 'metrics = ["f1"]', "holdout = 0.3", "refit = false",
     'compare = "better"', "confidence = 0.9", "max_drop = 0.1", "min_rows = 5", "min_minority = 5",
     'approval = "human"', "roc_auc = { threshold = 0.5 }", 'task = "regression"', 'name = "other"', 'dates = ["t"]',
     'custom = "f.py:f"', 'command = ["x"]', '[data]\nname = "other"'],
)  # fmt: skip
def test_what_is_learned_and_judged_changes_the_hash(more: str) -> None:
    text = SHORT.replace('target = "y"\n', "") if more.startswith("target") else SHORT
    assert hashed(text + more) != hashed(SHORT)


def test_code_is_part_of_the_hash() -> None:
    one, two = CodeFile("a.py", "1" * 64, b"a"), CodeFile("b.py", "2" * 64, b"b")
    assert hashed(SHORT, one) != hashed(SHORT)
    assert hashed(SHORT, one, two) == hashed(SHORT, two, one)
    assert hashed(SHORT, one) != hashed(SHORT, CodeFile("c.py", "1" * 64, b"a"))
    assert hashed(SHORT, one) != hashed(SHORT, CodeFile("a.py", "3" * 64, b"c"))


@pytest.mark.parametrize(
    "more",
    ["holdout = 0.3", "metrics = ['f1']", "min_rows = 5", "roc_auc = { threshold = 0.5 }", 'task = "regression"'],
)
def test_another_bar(more: str) -> None:
    assert bar(read(SHORT + more)) != bar(read())
    assert bar(read('watch = "inbox"\ntarget = "z"')) != bar(read())


def test_the_same_bar() -> None:
    assert bar(read(SHORT + 'seed = 3\nestimator = "a.B"\ntime = "t"\ncpus = 2\n')) == bar(read())
    assert json.loads(json.dumps(bar(read(FULL)))) == bar(read(FULL))


def test_all_values_are_told_with_their_source() -> None:
    found = {key: (value, source) for key, value, source in effective(FULL, "p", "r")}
    assert found["name"] == ("r", "file name")
    assert found["data.name"] == ("r", "default")
    assert found["data.watch"] == ("inbox", "recipe")
    assert found["data.time"] == (None, "default")
    assert found["data.drop"] == (["b", "a"], "recipe")
    assert found["data.checks.range.age"] == ([0.0, float("inf")], "recipe")
    assert found["data.dialect.separator"] == (";", "recipe")
    assert found["model.params.max_iter"] == (5, "recipe")
    assert found["gate.roc_auc.threshold"] == (0.6, "recipe")
    assert found["gate.compare"] == ("not_worse", "default")
    assert found["triggers.cooldown"] == ("5m", "default")
    assert found["resources.memory"] == ("4GiB", "default")
    assert found["resources.timeout"] == ("1h", "default")
    assert all(type(value) in (str, int, float, bool, list, dict, type(None)) for value, _ in found.values())


def test_what_is_told_covers_every_key() -> None:
    told = {key for key, _, _ in effective(SHORT, "p", "r")}
    assert {key for key in told if key.startswith("triggers.")} == {
        f"triggers.{key}" for key in
        ("new_data", "recipe_change", "schedule", "drift", "performance", "quality", "freshness", "persistence",
         "breaker", "cooldown", "runs_per_day")
    }
    assert {"task", "data.pattern", "features.custom", "model.command", "evaluate.refit", "resources.cpus"} <= told
