"""The card of a version: what is recorded, what was not looked at, and nothing that Markdown would take for its own."""

from __future__ import annotations

import json

import pytest

from core.errors import NotFound
from core.registry import datasets
from core.services import release
from core.views import card as cards
from core.views.markdown import escaped, table
from core.vocabulary import EventKind, Verdict
from tests.unit.views.past import TEXT, Past


def test_it_says_what_it_is_from_what_and_where_its_limits_are(past: Past) -> None:
    past.recipe()
    data = [past.version(file="january.csv"), past.version(file="february.csv", labelled=1200)]
    with past.write() as tx:
        datasets.change(tx, data[1], warnings=[{"check": "share", "column": "age", "message": "age is missing more"}])
    past.run(data, value=0.812, champion_value=None)
    release.hold(past.workspace, "churn", "a look first")
    found = cards.card(past.workspace, "churn")
    text = found.markdown
    assert text.startswith("# churn v1\n") and text.endswith("\n")
    assert "learned from 5,418 rows. roc_auc 0.812 (0.792 to 0.832) on 602 rows that it had not learned from." in text
    assert "Learned from churn@1-2." in text
    assert "| churn@2 | february.csv | 1,204 | 1,200 | 2026-01-01 | 2026-01-31 | accepted |" in text
    assert found.warnings == ("churn@2: age is missing more",) and "- churn@2: age is missing more" in text
    assert f"```toml\n{TEXT}```" in text
    assert "4 rows of its data bore no label" in text
    assert "the released fit itself was not measured" in text and "against a dummy" in text
    assert "| roc\\_auc | 0.812 | 0.792 to 0.832 | decides |" in text
    assert "- outcome: promoted: v1 is the champion" in text
    assert "footplate reproduce 1" in text
    made = found.to_json()
    json.dumps(made, allow_nan=False)
    assert [*made] == [
        "model", "version", "facts", "data", "data_versions", "warnings", "features", "metrics", "limits", "code",
        "packages", "markdown",
    ]
    assert made["facts"]["bears"] == "champion"


def test_measurements_that_came_later_stand_in_it(past: Past) -> None:
    past.recipe()
    past.run([past.version()])
    with past.write("ann") as tx:
        tx.emit(
            EventKind.MODEL_EVALUATED, "model churn", version=1, champion=None, data=["churn@1"], rows=50,
            primary="roc_auc", metrics={"roc_auc": [0.7, 0.6, 0.8]}, champion_metrics={}, difference=None,
            headline=".700 on 50", learned=[1], notes=[], job=9,
        )
    text = cards.card(past.workspace, "churn@1").markdown
    assert "| churn@1 | 50 | roc\\_auc | 0.7 | 0.6 to 0.8 | itself |" in text


def test_five_hundred_versions_are_folded(past: Past) -> None:
    past.recipe()
    past.run([past.version(file=f"{n}.csv") for n in range(60)])
    found = cards.card(past.workspace, "churn@1")
    assert found.versions == 60 and len(found.sources) == cards.MOST_FILES
    assert "and 20 older versions." in found.markdown and found.sources[0].name == "churn@60"


def test_names_from_data_stay_text(past: Past) -> None:
    hostile = "a|b](http://x) <img src=x>\x1b[31m`"
    past.recipe(text=f'{TEXT}# ```\n# {"x"}\n')
    past.run([past.version(file=hostile)], verdict=Verdict.NEEDS_APPROVAL)
    found = cards.card(past.workspace, "churn@1")
    assert "<img" not in found.markdown.replace("\\<img", "") and "\x1b" not in found.markdown
    assert "a\\|b\\]" in found.markdown
    assert "````toml" in found.markdown, "a fence inside of the recipe does not end it"
    assert any("person's approval" in line for line in found.limits)


def test_what_is_not_there(past: Past) -> None:
    past.recipe()
    with pytest.raises(NotFound):
        cards.card(past.workspace, "churn@1")


def test_markdown_helpers() -> None:
    assert escaped("a_b*c\n") == "a\\_b\\*c␊"
    assert table(("x",), []) == []
    assert table(("x", "y"), [("1", "|")]) == ["| x | y |", "|---|---|", "| 1 | \\| |"]
