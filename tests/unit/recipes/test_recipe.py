"""Reading a recipe: what may be written, where, and what is said of the rest."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.checks import Checks
from core.errors import BadRecipe
from core.recipes.recipe import Recipe, missing_columns, parse
from core.recipes.validators import METRICS
from core.training.metrics import METRICS as MEASURED
from core.vocabulary import Arrival, Task

PATH = "recipes/churn.toml"
SHORT = 'watch = "inbox/churn"\ntarget = "churned"\n'
WHOLE = """
name = "churn"
task = "classification"

[data]
name = "customers"
watch = "inbox/churn"
pattern = "*.csv"
recursive = false
arrival = "snapshot"
same_name = "replace"
target = "churned"
time = "month"
id = "customer_id"
group = "household"
drop = ["note", "fax"]
train_on = "last:12"
bad_rows = 0.01
[data.dialect]
separator = ";"
decimal = ","
encoding = "cp1252"
[data.checks]
max_missing = { age = 0.1 }
range = { age = [0, 120], income = [0, inf] }

[features]
dates = ["month"]
custom = "features.py:transform"

[model]
estimator = "sklearn.ensemble.HistGradientBoostingClassifier"
params = { max_iter = 50, learning_rate = 0.1 }
seed = 7

[evaluate]
primary = "roc_auc"
metrics = ["roc_auc", "brier"]
holdout = 0.25
refit = false

[gate]
compare = "better"
confidence = 0.9
max_drop = 0.01
min_rows = 50
min_minority = 5
approval = "human"
roc_auc = { threshold = 0.6 }

[triggers]
new_data = false
recipe_change = "save"
schedule = "0 3 * * 1"
drift = false
performance = false
cooldown = "1h"
runs_per_day = 5

[resources]
cpus = 2
memory = "2GiB"
timeout = "30m"
"""


def read(text: str, stem: str = "churn") -> Recipe:
    return parse(text, PATH, stem)


def refusal(text: str) -> BadRecipe:
    with pytest.raises(BadRecipe) as caught:
        read(text)
    assert caught.value.path == PATH
    assert caught.value.hint
    return caught.value


def test_three_lines_are_a_whole_recipe() -> None:
    recipe = read(SHORT + 'time = "month"\n')
    assert (recipe.name, recipe.dataset, recipe.task) == ("churn", "churn", Task.AUTO)
    assert (recipe.data.watch, recipe.data.target, recipe.data.time) == ("inbox/churn", "churned", "month")
    assert (recipe.data.pattern, recipe.data.recursive, recipe.data.arrival) == ("*", True, Arrival.AUTO)
    assert (recipe.data.id, recipe.data.group, recipe.data.drop) == (None, None, ())
    assert (recipe.data.train_on, recipe.data.bad_rows, recipe.data.checks) == ("all", 0.001, Checks())
    assert (recipe.model.estimator, recipe.model.params, recipe.model.seed) == ("auto", {}, 0)
    assert (recipe.evaluate.primary, recipe.evaluate.metrics) == ("auto", "auto")
    assert (recipe.evaluate.holdout, recipe.evaluate.refit) == (0.5, True)
    gate = recipe.gate
    assert (str(gate.compare), gate.confidence, gate.max_drop) == ("not_worse", 0.95, 0.02)
    assert (gate.min_rows, gate.min_minority, gate.approval, gate.bars) == (200, 20, "none", {})
    triggers = recipe.triggers
    assert (triggers.new_data, triggers.recipe_change, triggers.schedule) == (True, "save", "")
    assert (triggers.drift, triggers.performance, triggers.cooldown, triggers.runs_per_day) == (True, True, 300.0, 50)
    assert (recipe.resources.cpus, recipe.resources.memory, recipe.resources.timeout) == (1, 4 << 30, 3600.0)


def test_every_key() -> None:
    recipe = read(WHOLE)
    assert recipe.dataset == "customers"
    assert recipe.task == Task.CLASSIFICATION
    assert recipe.data.checks == Checks({"age": 0.1}, {"age": (0.0, 120.0), "income": (0.0, None)})
    assert (recipe.data.dialect.separator, recipe.data.dialect.decimal) == (";", ",")
    assert recipe.data.drop == ("note", "fax")
    assert recipe.features.dates == ("month",)
    assert recipe.evaluate.metrics == ("roc_auc", "brier")
    assert recipe.gate.bars == {"roc_auc": 0.6}
    assert recipe.triggers.recipe_change == "save"
    assert recipe.triggers.schedule == "0 3 * * mon"
    assert (recipe.triggers.cooldown, recipe.resources.memory, recipe.resources.timeout) == (3600.0, 2 << 30, 1800.0)


def test_flat_keys_say_the_same_as_tables() -> None:
    flat = []
    for section, table in tomllib.loads(WHOLE).items():
        if not isinstance(table, dict):
            continue
        for key, value in table.items():
            if (section, key) != ("data", "name"):
                flat.append(f"{key} = {toml(value)}")
    nested = WHOLE.replace('name = "customers"\n', "")
    assert read('name = "churn"\ntask = "classification"\n' + "\n".join(flat)) == read(nested)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def test_one_word_where_a_list_is_meant() -> None:
    recipe = read(SHORT + 'drop = "note"\ndates = "month"\nmetrics = "brier"\n')
    assert (recipe.data.drop, recipe.features.dates, recipe.evaluate.metrics) == (("note",), ("month",), ("brier",))


def test_a_command_may_say_a_word_twice() -> None:
    recipe = read(SHORT + 'command = ["./train.sh", "-v", "-v"]\n')
    assert recipe.model.command == ("./train.sh", "-v", "-v")


def test_true_is_the_default_of_recipe_change() -> None:
    assert read(SHORT + "recipe_change = true\n") == read(SHORT)
    assert read(SHORT + "recipe_change = false\n").triggers.recipe_change is False


def test_the_metrics_are_those_that_are_measured() -> None:
    measured = {name: metric.tasks for name, metric in MEASURED.items()}
    assert measured == {name: (task,) for name, task in METRICS.items()}


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ('estimatr = "x"', "estimatr", "unknown key; did you mean estimator?"),
        ("[modle]\nseed = 1", "modle", "unknown key; did you mean model?"),
        ("[model]\nsed = 1", "model.sed", "unknown key; did you mean seed?"),
        ('[model]\ntarget = "x"', "model.target", "unknown key; did you mean data.target?"),
        ('[data]\ntask = "x"', "data.task", "unknown key; task stands above all tables"),
        ("zzzzz = 1", "zzzzz", "unknown key"),
        ("[gate]\nbars = { roc_auc = 0.6 }", "gate.bars", "unknown key"),
        ("[gate]\nrocauc = { threshold = 0.6 }", "gate.rocauc", "did you mean roc_auc?"),
        ('[data]\nwatch = "x"', "watch", "is given twice, here and as data.watch"),
        ("model = 3", "model", "must be a table"),
        ("seed = 1.5", "model.seed", "must be a whole number"),
        ("seed = -1", "model.seed", "greater than or equal to 0"),
        ("seed = true", "model.seed", "must be a whole number"),
        ('refit = "yes"', "evaluate.refit", "must be true or false, not 'yes'"),
        ("holdout = 1", "evaluate.holdout", "must be less than 1"),
        ("holdout = nan", "evaluate.holdout", "must be a finite number"),
        ("confidence = 1.0", "gate.confidence", "less than 1"),
        ('compare = "beter"', "gate.compare", 'did you mean "better"?'),
        ('arrival = "snapshto"', "data.arrival", 'did you mean "snapshot"?'),
        ('task = "clasification"', "task", 'did you mean "classification"?'),
        ('primary = "rocauc"', "evaluate.primary", 'did you mean "roc_auc"?'),
        ('metrics = ["brier", "auc"]', "evaluate.metrics", 'not "auc"'),
        ("primary = 3", "evaluate.primary", "not 3"),
        ('recipe_change = "sav"', "triggers.recipe_change", 'did you mean "save"?'),
        ('schedule = "61 * * * *"', "triggers.schedule", "'61' is no minute"),
        ("schedule = 5", "triggers.schedule", "must be text"),
        ('cooldown = "5 min"', "triggers.cooldown", "is no duration"),
        ('memory = "4 giga"', "resources.memory", "is no size"),
        ("cpus = 0", "resources.cpus", "greater than or equal to 1"),
        ('timeout = "0s"', "resources.timeout", "greater than 0"),
        ('train_on = "last"', "data.train_on", 'must be "all"'),
        ('train_on = "last:0"', "data.train_on", 'must be "all"'),
        ('train_on = "since:yesterday"', "data.train_on", "is no duration"),
        ("drop = [1]", "data.drop", "must be a list of texts"),
        ("time = 1", "data.time", "must be text"),
        ('roc_auc = 0.6', "gate.roc_auc", "must be a table with threshold"),
        ("[gate]\nroc_auc = { threshold = 0.6, max = 1 }", "gate.roc_auc", "must be a table with threshold"),
        ('[gate]\nroc_auc = { threshold = "high" }', "gate.roc_auc.threshold", "must be a number"),
        ('custom = "features.py"', "features.custom", "names a function"),
        ('custom = "../features.py:f"', "features.custom", "in the recipe's folder"),
        ('custom = "/tmp/features.py:f"', "features.custom", "in the recipe's folder"),
        ('command = "python train.py"', "model.command", "must be a list of words"),
        ('predict_command = ["x"]', "model.predict_command", "needs a command"),
        ('command = ["x"]\nestimator = "a.B"', "model.command", "instead of an estimator"),
        ('command = ["x"]\ncustom = "f.py:f"', "features.custom", "not applied before a command"),
        ('task = "regression"\nprimary = "roc_auc"', "evaluate.primary", "does not measure a regression"),
        ('task = "classification"\nmetrics = ["rmse"]', "evaluate.metrics", "does not measure a classification"),
        ('task = "regression"\nroc_auc = { threshold = 0.6 }', "gate.roc_auc", "does not measure a regression"),
        ('time = "churned"', "data.time", "is the target already"),
        ('drop = ["churned"]', "data.drop", "cannot be dropped"),
        ('drop = ["day"]\ndates = ["day"]', "features.dates", "dropped"),
        ("[data.checks]\nmin = 1", "data.checks", "min: unknown key"),
        ("[data.checks]\nmax_missing = { age = 2 }", "data.checks", "a share between 0 and 1"),
        ("[data.checks]\nrange = { age = [5, 1] }", "data.checks", "must not be above"),
        ("[data.checks]\nrange = { age = [5] }", "data.checks", "two numbers"),
        ('[data.dialect]\nsep = ","', "data.dialect.sep", "the keys here are separator"),
        ('[data.dialect]\nseparator = ",,"', "data.dialect.separator", "must be one character"),
        ('name = "a@b"', "name", "cannot be a name"),
        ('name = "../x"', "name", "cannot be a name"),
        ('name = ""', "name", "cannot be a name"),
        ("name = 5", "name", "must be text"),
    ],
)
def test_what_is_refused(more: str, key: str, said: str) -> None:
    error = refusal(f"{more}\n{SHORT}" if not more.startswith("[") else f"{SHORT}{more}\n")
    assert error.key == key
    assert said in error.message
    assert error.message.startswith(f"{PATH}: {key}: ")


@pytest.mark.parametrize("text", ["", SHORT.split("\n")[0], 'target = "x"', "[data]\n"])
def test_watch_and_target_are_needed(text: str) -> None:
    error = refusal(text)
    assert "is missing" in error.message
    assert error.key in ("data.watch", "data.target")


@pytest.mark.parametrize("text", ["target = churned", "[data", 'a = "\x00"', "a = 1\na = 2", "a = " + "[" * 20_000])
def test_what_is_no_toml(text: str) -> None:
    assert "is no TOML" in refusal(text).message


def test_hostile_text_is_shown_harmless() -> None:
    error = refusal(SHORT + '"evil\\u001b[31m" = 1\n')
    assert "\x1b" not in error.message
    with pytest.raises(BadRecipe) as caught:
        parse(SHORT, PATH, "bad\udcff")
    caught.value.message.encode("utf-8")


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_is_a_recipe_or_a_refusal(text: str) -> None:
    try:
        read(SHORT + text)
    except BadRecipe as error:
        assert error.message.startswith(f"{PATH}: ")


def test_a_column_that_is_not_there() -> None:
    recipe = read(SHORT + 'time = "mnth"\nid = "ID"\ndrop = ["note", "zzz"]\n[data.checks]\nrange = { ago = [0, 1] }\n')
    found = missing_columns(recipe, ["churned", "month", "id", "note", "age"])
    assert [key for key, _, _ in found] == ["data.time", "data.id", "data.drop", "data.checks.range"]
    hints = [hint for _, _, hint in found]
    assert hints[0] == "did you mean 'month'?"
    assert hints[1] == "did you mean 'id'?"
    assert hints[2] == "the columns are: churned, month, id, note, age"
    assert "the data has no column 'zzz'" in found[2][1]


def test_user_code_may_make_the_columns_that_are_dropped() -> None:
    recipe = read(SHORT + 'custom = "f.py:f"\ndrop = ["made"]\ndates = ["made_too"]\n')
    assert missing_columns(recipe, ["churned"]) == []
    assert [key for key, _, _ in missing_columns(recipe, [])] == ["data.target"]
