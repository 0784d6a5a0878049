"""The first recipe: it says what it was given, whatever that is."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadRecipe
from core.recipes.draft import draft, quoted
from core.recipes.recipe import parse
from core.vocabulary import Task

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
PATHS = TEXT.filter(lambda text: "\0" not in text)


def test_a_draft_is_short_and_commented() -> None:
    text = draft("churn", "inbox/churn", "churned", time="month")
    lines = text.splitlines()
    assert lines[0].startswith("# churn")
    assert lines[1:4] == [
        'watch  = "inbox/churn"  # files that arrive here are learned from',
        'target = "churned"      # the column to predict',
        'time   = "month"        # orders rows and versions',
    ]
    assert all(not line or line.startswith("#") for line in lines[4:])
    assert "# time " not in text
    assert "# id " in text


def test_every_commented_key_is_a_key() -> None:
    text = draft("churn", "inbox", "churned")
    for line in text.splitlines():
        if line.startswith("# ") and " = " in line:
            parse(draft("churn", "inbox", "churned") + line.removeprefix("# ") + "\n", "p", "churn")


@given(
    name=TEXT, watch=PATHS, target=TEXT, time=st.none() | TEXT, id=st.none() | TEXT,
    task=st.sampled_from([None, "auto", "classification", "regression"]),
    drop=st.lists(TEXT, max_size=3, unique=True),
)  # fmt: skip
def test_it_parses_back_to_what_was_given(
    name: str, watch: str, target: str, time: str | None, id: str | None, task: str | None, drop: list[str]
) -> None:
    text = draft(name, watch, target, time=time, id=id, task=task, drop=drop)
    text.encode("utf-8")
    assert "\x1b" not in text
    if target in (time, id, *drop):
        with pytest.raises(BadRecipe):
            parse(text, "p", "r")
        return
    recipe = parse(text, "p", "r")
    assert (recipe.data.watch, recipe.data.target) == (watch, target)
    assert (recipe.data.time, recipe.data.id, list(recipe.data.drop)) == (time, id, drop)
    assert recipe.task == (Task(task) if task else Task.AUTO)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoting(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}
    assert quoted(text).isprintable()


@pytest.mark.parametrize("where", ["watch", "target", "time", "id", "drop"])
def test_what_is_no_unicode_is_refused(where: str) -> None:
    given_ = {"watch": "inbox", "target": "y", "time": "t", "id": "i", "drop": "d"} | {where: "bad\udcff"}
    with pytest.raises(BadRecipe, match=where) as caught:
        draft("r", given_["watch"], given_["target"], time=given_["time"], id=given_["id"], drop=[given_["drop"]])
    assert caught.value.key == where
    caught.value.message.encode("utf-8")


def test_tables_may_follow() -> None:
    text = draft("r", "inbox", "y", drop=["a"]) + "\n[model]\nseed = 3\nparams = { max_iter = 3 }\n"
    assert parse(text, "p", "r").model.seed == 3
