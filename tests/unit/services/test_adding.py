"""Files by hand: each judged for itself, and all of them learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import BadData, NotFound
from core.services import adding, recipes, versions
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    return Lab(workspace)


def asked(workspace: Workspace) -> list[str]:
    with workspace.registry.read() as connection:
        said = connection.exec_driver_sql("SELECT payload FROM job WHERE kind = 'train' ORDER BY id").scalars()
        return [str(one) for one in said]


def test_the_same_bytes_again_are_what_they_were(lab: Lab) -> None:
    assert lab.add("a.csv", learnable()).line.startswith("churn@1 accepted, 100 rows")
    again = lab.add("b.csv", learnable())
    assert (again.accepted, again.line) == (True, "b.csv is churn@1 already: the same bytes")
    versions.retire(lab.workspace, "churn@1")
    assert lab.add("c.csv", learnable()).line.endswith("the same bytes, which is retired")


def test_what_is_in_quarantine_is_not_accepted_by_adding_it_again(lab: Lab) -> None:
    for _ in range(2):
        assert not lab.add("bad.csv", [[1, 2]], ("x", "z")).accepted


def test_every_recipe_of_the_dataset_learns(lab: Lab) -> None:
    (lab.workspace.recipes / "other.toml").write_text(RECIPE + '[data]\nname = "churn"\n')
    recipes.sync(lab.workspace)
    lab.add("a.csv", learnable())
    assert sorted("other" in one for one in asked(lab.workspace)) == [False, True]


def test_a_recipe_may_be_named_in_place_of_its_dataset(lab: Lab) -> None:
    (lab.workspace.recipes / "other.toml").write_text(RECIPE + '[data]\nname = "churn"\n')
    recipes.sync(lab.workspace)
    path = lab.workspace.root / "a.csv"
    path.write_text("x,y\n1,a\n2,b\n")
    assert [one.line.partition(" ")[0] for one in adding.add(lab.workspace, "other", [path])] == ["churn@1"]
    assert "churn@1 already" in adding.add(lab.workspace, "other", [path])[0].line


def test_what_was_taken_before_an_unreadable_file_is_learned_from(lab: Lab, tmp_path: Path) -> None:
    good = tmp_path / "a.csv"
    good.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in learnable()))
    folder = tmp_path / "b.csv"
    folder.mkdir()
    with pytest.raises(BadData):
        adding.add(lab.workspace, "churn", [good, folder])
    assert len(asked(lab.workspace)) == 1


def test_a_file_that_is_not_there_takes_none_along(lab: Lab, tmp_path: Path) -> None:
    good = tmp_path / "a.csv"
    good.write_text("x,y\n1,2\n")
    with pytest.raises(NotFound):
        adding.add(lab.workspace, "churn", [good, tmp_path / "nowhere.csv"])
    assert asked(lab.workspace) == []
