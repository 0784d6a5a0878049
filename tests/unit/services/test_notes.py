"""Tags, notes and deleting of runs."""

from __future__ import annotations

import pytest

from core.errors import Busy, Conflict, NotFound, UsageError
from core.registry import runs
from core.services import notes
from core.vocabulary import RunState
from core.workspace import Workspace
from tests.fakes import rows


@pytest.fixture
def recipe(workspace: Workspace) -> int:
    return rows.recipe(workspace)


@pytest.fixture
def run(workspace: Workspace, recipe: int) -> int:
    return rows.run(workspace, recipe)


def values(workspace: Workspace, query: str) -> list[object]:
    with workspace.registry.read() as connection:
        return list(connection.exec_driver_sql(query).scalars())


def test_tags_go_on_and_off(workspace: Workspace, run: int) -> None:
    for _ in range(2):
        assert "--remove best" in notes.tag(workspace, run, " best ")
    assert values(workspace, "SELECT tag FROM runtag") == ["best"]
    notes.untag(workspace, run, "best")
    assert values(workspace, "SELECT tag FROM runtag") == []
    with pytest.raises(NotFound, match="has no tag best"):
        notes.untag(workspace, run, "best")


def test_a_tag_that_a_command_line_would_take_for_an_option_is_refused(workspace: Workspace, run: int) -> None:
    with pytest.raises(UsageError, match="does not begin with -"):
        notes.tag(workspace, run, "-odd")


def test_notes_stay(workspace: Workspace, run: int) -> None:
    notes.note(workspace, run, "overfits")
    notes.note(workspace, run, "overfits")
    assert values(workspace, "SELECT text FROM runnote") == ["overfits", "overfits"]
    assert values(workspace, "SELECT actor FROM runnote") == ["tester", "tester"]


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 10_001])
def test_what_is_no_text(workspace: Workspace, run: int, text: str) -> None:
    for verb in (notes.tag, notes.note):
        with pytest.raises(UsageError):
            verb(workspace, run, text)


@pytest.mark.parametrize("verb", [
    lambda workspace: notes.tag(workspace, 99, "x"), lambda workspace: notes.note(workspace, 99, "x"),
    lambda workspace: notes.delete(workspace, 99),
])
def test_no_such_run(workspace: Workspace, verb: object) -> None:
    assert callable(verb)
    with pytest.raises(NotFound, match="no run 99"):
        verb(workspace)


def test_a_deleted_run_is_marked_and_its_data_stays_learned(workspace: Workspace, recipe: int) -> None:
    version = rows.version(workspace)
    run = rows.run(workspace, recipe, used=(version,))
    assert "is deleted (" in notes.delete(workspace, run)
    assert notes.delete(workspace, run) == f"run {run} is deleted already"
    with workspace.registry.read() as connection:
        row = runs.get(connection, run)
        assert runs.unlearned(connection, "churn", "churn") == []
    assert row is not None
    assert row["deleted"]


def test_a_run_that_made_a_version_stays(workspace: Workspace, run: int) -> None:
    rows.model_version(workspace, run)
    with pytest.raises(Conflict, match="made churn v1 and stays"):
        notes.delete(workspace, run)


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.QUEUED])
def test_a_run_that_is_not_over_is_stopped_first(workspace: Workspace, recipe: int, state: RunState) -> None:
    run = rows.run(workspace, recipe, state=state, job_id=5)
    with pytest.raises(Busy, match=f"is {state}") as caught:
        notes.delete(workspace, run)
    assert "footplate jobs cancel 5" in caught.value.hint
