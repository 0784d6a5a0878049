"""The very place of each reason, and a kept file judged again: nothing is changed by looking."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Conflict
from core.services import adding, checking, quarantine, releasing, versions
from core.services.quarantine import DRAWN
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    made = Lab(workspace)
    made.add("a.csv", learnable(60))
    return made


def place(lab: Lab, text: str, name: str = "b.csv") -> quarantine.Place:
    """The place of the first reason of a file with this text."""
    path = lab.workspace.root / name
    path.write_text(text)
    [added] = adding.add(lab.workspace, "churn", [path])
    assert not added.accepted, added.line
    return quarantine.places(lab.workspace, "churn@2")[0]


def rows(number: int = 30) -> str:
    return "".join(f"{x},{y}\n" for x, y in learnable(number))


def test_a_lost_column_stands_where_it_should_be(lab: Lab) -> None:
    found = place(lab, "X1,y\n" + rows())
    assert (found.check, found.nearest) == ("missing_column", "X1")
    assert found.expected == "a column x with a number in each row" and "the nearest new one is X1" in found.found
    assert found.excerpt.columns == ("x", "X1", "y") and found.excerpt.place == 0 and found.excerpt.gap
    assert [line.number for line in found.excerpt.lines] == [2, 3, 4]


def test_a_cell_stands_among_three_lines_before_and_three_after(lab: Lab) -> None:
    found = place(lab, "x,y\n" + rows(10) + "oops,no\n" + rows(10))
    assert (found.check, found.line, found.expected, found.found) == ("retyped_column", 12, "a number", "oops")
    assert [line.number for line in found.excerpt.lines] == [9, 10, 11, 12, 13, 14, 15]
    assert [line.cells for line in found.excerpt.lines if line.here] == [("oops", "no")]


def test_a_row_with_other_fields_stands_as_it_is(lab: Lab) -> None:
    found = place(lab, "x,y\n" + rows(4) + "1,no,2\n" + rows(4))
    assert (found.expected, found.found, found.line) == ("2 fields", "1,no,2", 6)


def test_bars_of_the_recipe_are_what_was_expected(lab: Lab) -> None:
    lab.recipe(RECIPE + "\n[data.checks]\nrange = { x = [-9, 9] }\nmax_missing = { x = 0.0 }\n")
    path = lab.workspace.root / "b.csv"
    path.write_text("x,y\n" + rows(9) + "77,no\n,yes\n")
    adding.add(lab.workspace, "churn", [path])
    found = {one.check: one for one in quarantine.places(lab.workspace, "churn@2")}
    assert (found["range"].expected, found["range"].found) == ("-9 to 9", "77")
    missing = found["max_missing"]
    assert (missing.expected, missing.found, missing.line) == ("at most 0.0% missing", "nothing", 12)


def test_of_many_reasons_the_first_are_drawn(lab: Lab) -> None:
    path = lab.workspace.root / "wide.csv"
    names = [f"c{number}" for number in range(DRAWN + 3)]
    path.write_text(",".join([*names, "y"]) + "\n" + ",".join("1" for _ in [*names, "y"]) + "\n")
    (lab.workspace.recipes / "wide.toml").write_text('watch = "w"\ntarget = "y"\n')
    from core.services import recipes

    recipes.sync(lab.workspace)
    adding.add(lab.workspace, "wide", [path])
    path.write_text("y\n1\n")
    adding.add(lab.workspace, "wide", [path])
    found = quarantine.places(lab.workspace, "wide@2")
    assert [bool(one.excerpt.columns) for one in found] == [True] * DRAWN + [False] * 3


def test_what_is_no_table_has_a_reason_and_no_place(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_bytes(bytes(range(256)) * 20)
    adding.add(lab.workspace, "churn", [path])
    [found] = quarantine.places(lab.workspace, "churn@2")
    assert found.excerpt.lines == () and "binary" in found.message
    versions.discard(lab.workspace, "churn@2")
    assert quarantine.places(lab.workspace, "churn@2") == []


def events(workspace: Workspace) -> int:
    with workspace.registry.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM event").scalar() or 0)


def test_a_kept_file_is_judged_again_by_todays_recipe(lab: Lab) -> None:
    place(lab, "x,y\n" + rows(4) + "1,no,2\n" + rows(4))
    before = events(lab.workspace)
    refused = checking.judged(lab.workspace, "churn@2")
    assert (refused["fine"], refused["then"]) == (False, "footplate data quarantine discard churn@2")
    assert refused["places"][0]["found"] == "1,no,2" and refused["reasons"][0]["check"] == "bad_rows"
    lab.recipe(RECIPE.replace('target = "y"\n', 'target = "y"\nbad_rows = 0.5\n'), known=False)
    fine = checking.judged(lab.workspace, "churn@2")
    assert (fine["fine"], fine["rows"], fine["bad_rows"]) == (True, 8, 1)
    assert fine["then"] == "footplate data quarantine release churn@2" and fine["state"] == "quarantined"
    assert events(lab.workspace) == before
    assert versions.check_apart(lab.workspace, "churn@2") == fine


def test_an_accepted_version_may_not_pass_a_new_bar(lab: Lab) -> None:
    lab.recipe(RECIPE + "\n[data.checks]\nrange = { x = [0, 1] }\n")
    found = checking.judged(lab.workspace, "churn@1")
    assert (found["fine"], found["then"]) == (False, "footplate data retire churn@1")


def test_a_release_is_previewed_and_changes_nothing(lab: Lab) -> None:
    place(lab, "X1,y\n" + rows())
    before = events(lab.workspace)
    found = releasing.preview(lab.workspace, "churn@2")
    assert (found["rows"], found["labelled"], found["bad_rows"]) == (30, 30, 0)
    assert (found["columns_missing"], found["supersedes"], found["learns"]) == (["x"], [], ["churn"])
    assert events(lab.workspace) == before
    with pytest.raises(Conflict):
        releasing.preview(lab.workspace, "churn@1")
