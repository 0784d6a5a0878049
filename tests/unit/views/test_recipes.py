"""Recipes as the contract has them: what is in force, and what is wrong with the file of today."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from core.services import recipes as services
from core.services.scheduling import remember
from core.views import recipes
from core.workspace import Workspace

GOOD = 'watch  = "inbox/churn"\ntarget = "churned"\n'
NESTED = (
    'task = "regression"\n[data]\nwatch = "/srv/birds"\ntarget = "late"\ntime = "day"\n'
    '[triggers]\nschedule = "0 3 * * *"\n'
)


def write(workspace: Workspace, name: str, text: str) -> None:
    (workspace.recipes / f"{name}.toml").write_text(text, "utf-8")
    services.sync(workspace)


def test_json_key_by_key(workspace: Workspace) -> None:
    write(workspace, "churn", GOOD)
    made = recipes.show(workspace, "churn").to_json()
    assert [*made] == ["name", "task", "watch", "target", "hash", "path", "valid", "problems"]
    assert made.pop("hash") == services.in_force(workspace, "churn").hash
    assert made == {
        "name": "churn", "task": "auto", "watch": "inbox/churn", "target": "churned",
        "path": str(workspace.recipes / "churn.toml"), "valid": True, "problems": [],
    }


@pytest.mark.parametrize("text", [GOOD, NESTED])
def test_what_is_read_here_is_what_the_recipe_says(workspace: Workspace, text: str) -> None:
    write(workspace, "one", text)
    shown, said = recipes.show(workspace, "one"), services.load(workspace, "one")
    assert (shown.task, shown.watch, shown.target) == (said.task, said.data.watch, said.data.target)
    assert (shown.schedule or "") == said.triggers.schedule


def test_a_broken_file_leaves_the_last_good_one_in_force(workspace: Workspace) -> None:
    write(workspace, "churn", GOOD)
    write(workspace, "churn", GOOD + "holdoutt = 0.5\n")
    shown = recipes.show(workspace, "churn")
    assert not shown.valid
    assert shown.target == "churned"
    (problem,) = shown.problems
    assert set(problem) == {"key", "message", "hint"}
    assert "holdoutt" in problem["message"]


def test_a_file_that_was_never_good(workspace: Workspace) -> None:
    write(workspace, "churn", "watch = \n")
    made = recipes.show(workspace, "churn").to_json()
    assert (made["hash"], made["watch"], made["target"], made["valid"]) == (None, None, None, False)
    json.dumps(made)


def test_listing(workspace: Workspace) -> None:
    write(workspace, "churn", GOOD)
    write(workspace, "birds", NESTED)
    write(workspace, "bad", "nonsense")
    services.pause(workspace, "churn")
    tonight = datetime(2026, 3, 3, 3, tzinfo=UTC)
    remember(workspace, {"birds": ("0 3 * * *", tonight)})
    assert [one.name for one in recipes.list(workspace)] == ["bad", "birds", "churn"]
    assert [one.name for one in recipes.list(workspace, where="valid=no")] == ["bad"]
    assert [one.name for one in recipes.list(workspace, where="paused=yes")] == ["churn"]
    assert [one.next_at for one in recipes.list(workspace)] == [None, tonight, None]
    (workspace.recipes / "bad.toml").unlink()
    services.sync(workspace)
    assert [one.name for one in recipes.list(workspace, limit=1, order="-name")] == ["churn"]
    assert "bad" not in [one.name for one in recipes.list(workspace)]


def test_versions_over_time(workspace: Workspace) -> None:
    write(workspace, "churn", GOOD)
    write(workspace, "churn", GOOD + "[model]\nseed = 7\n")
    found = recipes.versions(workspace, "churn")
    assert [("seed" in one.text, one.actor) for one in found] == [(True, "tester"), (False, "tester")]
    assert [*found.rows[0].to_json()] == [
        "recipe", "hash", "text", "settings", "code", "created_at", "actor", "git",
    ]


def test_nearest_name(workspace: Workspace) -> None:
    write(workspace, "churn", GOOD)
    with pytest.raises(NotFound) as error:
        recipes.show(workspace, "chrun")
    assert error.value.hint == "did you mean 'churn'?"
