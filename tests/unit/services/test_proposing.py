"""A folder is looked at before there is a recipe, and the recipe that was shown is the one that is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import BadInput, Conflict, NotFound
from core.services import proposing, recipes
from core.services.proposing import Wish
from core.views.start import start
from core.workspace import Workspace
from tests.fakes.lab import Lab, learnable


@pytest.fixture
def inbox(workspace: Workspace) -> Path:
    folder = workspace.root / "Inbox [1]"
    folder.mkdir()
    lines = "".join(f"2026-01-{1 + at % 28:02d},{at},{at % 2}\n" for at in range(40))
    (folder / "b.csv").write_text("day,x,churned\n" + lines)
    return folder


def test_a_survey_reads_the_first_file_that_can_be_read(workspace: Workspace, inbox: Path) -> None:
    (inbox / "a.csv").write_bytes(b"\x00\x01\x02" * 50)
    (inbox / ".hidden.csv").write_text("x\n1\n")
    found = proposing.survey_apart(workspace, inbox)
    assert (found["files"], found["sample"], found["rows"]) == (2, "b.csv", 40)
    assert found["columns"][0]["name"] == "churned" and found["times"] == ["day"]
    assert len(found["unread"]) == 1 and found["unread"][0].startswith("a.csv: ")


def test_an_empty_folder_has_no_columns(workspace: Workspace) -> None:
    (workspace.root / "inbox").mkdir()
    found = proposing.survey(workspace, str(workspace.root / "inbox"))
    assert (found["files"], found["columns"], found["sample"]) == (0, [], None)


def test_what_cannot_be_watched_says_why(workspace: Workspace, inbox: Path) -> None:
    with pytest.raises(NotFound, match="no folder"):
        proposing.survey(workspace, str(workspace.root / "nowhere"))
    for path, why in (
        (inbox / "b.csv", "a file"), (workspace.root, "a folder in it"), (Path("/"), "a folder in it"),
        (workspace.hidden, "its own files"),
    ):
        with pytest.raises(BadInput, match=why):
            proposing.survey(workspace, str(path))


def test_the_recipe_that_is_shown_is_written_and_the_command_does_the_same(workspace: Workspace, inbox: Path) -> None:
    wish = Wish(inbox, proposing.free_name(workspace, inbox), "churned", time="day")
    shown = proposing.preview(workspace, wish)
    assert not Path(shown["path"]).exists(), "to look is not to write"
    assert shown["command"] == f"footplate recipes new Inbox-1 --watch '{inbox}' --target churned --time day"
    said = proposing.create(workspace, wish)
    assert Path(shown["path"]).read_text() == shown["text"] and "1 file in its folder" in said
    recipe = recipes.load(workspace, "Inbox-1")
    assert (recipe.data.watch, recipe.data.time) == ("Inbox [1]", "day")
    assert proposing.free_name(workspace, inbox) == "Inbox-1-2"
    assert proposing.survey(workspace, str(inbox))["watched_by"] == ["Inbox-1"]
    with pytest.raises(Conflict, match="Inbox-1 already"):
        proposing.preview(workspace, wish)


@pytest.mark.parametrize("name", ["", "a/b", ".x", "-x", "a\x1b"])
def test_names_that_are_no_file_names(workspace: Workspace, name: str) -> None:
    assert "cannot be the name" in proposing.name_wrong(workspace, name)


def test_how_far_a_workspace_is(workspace: Workspace) -> None:
    assert start(workspace).recipe is None
    lab = Lab(workspace)
    now = start(workspace)
    assert (now.recipe, now.accepted, now.runs, now.daemon) == ("churn", 0, 0, False)
    lab.add("a.csv", learnable(60))
    lab.work()
    now = start(workspace)
    assert (now.accepted, now.quarantined, now.runs) == (1, 0, 1)
    lab.recipe("watch = 3\n")
    assert start(workspace).recipe == "churn", "the last version that could be read is in force"


def test_a_name_is_as_long_as_a_files_may_be(workspace: Workspace) -> None:
    assert not proposing.name_wrong(workspace, "a" * 200)
    assert "too long: at most 200 bytes" in proposing.name_wrong(workspace, "ü" * 101)
