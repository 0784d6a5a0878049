"""The champion moves by compare-and-set, back and forth, and each move is an event with an actor."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Conflict, NotFound, Stale
from core.registry import models
from core.services import release
from core.vocabulary import AliasName, Verdict
from core.workspace import Workspace
from tests.fakes import rows


@pytest.fixture
def runs(workspace: Workspace) -> list[int]:
    """A model with four versions; the fourth was trained and waits for a person. v1 to v3 were champions in turn."""
    recipe = rows.recipe(workspace)
    made = []
    for number in (1, 2, 3, 4):
        verdict = Verdict.NEEDS_APPROVAL if number == 4 else Verdict.PASSED
        made.append(rows.run(workspace, recipe, gate={"verdict": verdict, "reasons": []}))
        rows.model_version(workspace, made[-1], promote=number < 4)
    with workspace.registry.write("daemon") as tx:
        models.set_alias(tx, "churn", AliasName.CHALLENGER, 4)
    return made


def alias(workspace: Workspace, name: str = AliasName.CHAMPION) -> int | None:
    with workspace.registry.read() as connection:
        return models.alias(connection, "churn", name)


def held(workspace: Workspace) -> bool:
    with workspace.registry.read() as connection:
        row = models.get(connection, "churn")
    assert row is not None
    return bool(row["held"])


def last_event(workspace: Workspace) -> tuple[str, str, dict[str, Any]]:
    with workspace.registry.read() as connection:
        kind, actor, payload = connection.exec_driver_sql(
            "SELECT kind, actor, payload FROM event WHERE kind != 'DeploymentChanged' ORDER BY id DESC LIMIT 1"
        ).one()
    return kind, actor, json.loads(payload)


def events(workspace: Workspace) -> int:
    with workspace.registry.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one())


pytestmark = pytest.mark.usefixtures("runs")


# -- promote


def test_a_person_promotes(workspace: Workspace) -> None:
    said = release.promote(workspace, "churn", 1)
    assert alias(workspace) == 1
    assert said == "churn v1 is the champion, before it was v3 (undo: `footplate models undo churn`)"
    assert last_event(workspace) == (
        "AliasMoved", "tester",
        {"alias": "champion", "version": 1, "before": 3, "why": "promoted by a person"},
    )


def test_promoting_the_champion_does_nothing(workspace: Workspace) -> None:
    before = events(workspace)
    assert release.promote(workspace, "churn", 3) == "churn v3 is the champion already"
    assert release.promote(workspace, "churn", 3, seen_champion=3) == "churn v3 is the champion already"
    assert events(workspace) == before


def test_promoting_the_challenger_ends_its_waiting(workspace: Workspace) -> None:
    release.promote(workspace, "churn", 4)
    assert (alias(workspace), alias(workspace, AliasName.CHALLENGER)) == (4, None)


@pytest.mark.parametrize("move", [
    lambda workspace: release.promote(workspace, "churn", 1, seen_champion=2),
    lambda workspace: release.promote(workspace, "churn", 3, seen_champion=2),
    lambda workspace: release.rollback(workspace, "churn", seen_champion=2),
])
def test_a_stale_champion_exits_5_and_moves_nothing(workspace: Workspace, move: Any) -> None:
    before = events(workspace)
    with pytest.raises(Stale, match="is v3 by now, not v2") as caught:
        move(workspace)
    assert caught.value.exit_code == 5
    assert "footplate models show churn" in caught.value.hint
    assert (alias(workspace), events(workspace), held(workspace)) == (3, before, False)


def test_the_first_champion_too_is_compared(workspace: Workspace) -> None:
    with workspace.registry.write("daemon") as tx, pytest.raises(Stale, match="v3 by now, not none"):
        release.move_champion(tx, "churn", 4, seen=None, check_seen=True, why="gate passed")


@pytest.mark.parametrize(("model", "version"), [("churn", 9), ("other", 1)])
def test_what_is_not_there_cannot_be_promoted(workspace: Workspace, model: str, version: int) -> None:
    with pytest.raises(NotFound):
        release.promote(workspace, model, version)


@pytest.mark.parametrize("verb", [release.rollback, release.hold, release.resume, release.approve, release.undo])
def test_every_verb_needs_a_model(workspace: Workspace, verb: Any) -> None:
    with pytest.raises(NotFound, match="no model 'other'"):
        verb(workspace, "other")


# -- rollback and hold


def test_a_rollback_goes_back_and_holds(workspace: Workspace) -> None:
    said = release.rollback(workspace, "churn", seen_champion=3)
    assert (alias(workspace), held(workspace)) == (2, True)
    assert "back at v2 and held (undo: `footplate undo`)" in said
    kind, actor, payload = last_event(workspace)
    assert (kind, actor, payload["reason"]) == ("ModelHeld", "tester", "rolled back from v3")


def test_rollbacks_go_back_one_by_one_and_then_no_further(workspace: Workspace) -> None:
    release.rollback(workspace, "churn")
    release.rollback(workspace, "churn")
    assert alias(workspace) == 1
    before = events(workspace)
    with pytest.raises(Conflict, match="no earlier champion") as caught:
        release.rollback(workspace, "churn")
    assert caught.value.exit_code == 5
    assert (alias(workspace), events(workspace)) == (1, before)


def test_after_a_rollback_and_a_new_champion_the_bad_one_is_never_gone_back_to(workspace: Workspace) -> None:
    release.rollback(workspace, "churn")  # v3 was bad
    release.resume(workspace, "churn")
    release.promote(workspace, "churn", 4)
    release.rollback(workspace, "churn")
    assert alias(workspace) == 2


def test_a_person_who_promoted_an_old_one_by_mistake_goes_back_to_the_newest(workspace: Workspace) -> None:
    release.promote(workspace, "churn", 1)
    release.rollback(workspace, "churn")
    assert alias(workspace) == 3


def test_hold_and_resume(workspace: Workspace) -> None:
    assert "until `footplate models resume churn`" in release.hold(workspace, "churn", "looks odd")
    assert last_event(workspace) == ("ModelHeld", "tester", {"reason": "looks odd"})
    with workspace.registry.read() as connection:
        row = models.get(connection, "churn")
    assert row is not None
    assert (row["held_by"], row["held_reason"]) == ("tester", "looks odd")
    before = events(workspace)
    assert release.hold(workspace, "churn") == "churn is held already"
    assert events(workspace) == before
    said = release.resume(workspace, "churn")
    assert "v4 passed meanwhile" in said
    assert not held(workspace)
    assert last_event(workspace)[0] == "ModelResumed"
    assert release.resume(workspace, "churn") == "churn is not held"
    assert alias(workspace) == 3


# -- approve


def test_a_person_approves(workspace: Workspace, runs: list[int]) -> None:
    said = release.approve(workspace, "churn", runs[3])
    assert "v4 is approved" in said
    assert (alias(workspace), alias(workspace, AliasName.CHALLENGER)) == (4, None)
    assert last_event(workspace)[2]["why"] == "approved by a person"
    with pytest.raises(Conflict, match="nothing of churn waits"):
        release.approve(workspace, "churn")


def test_another_run_than_the_one_that_waits_is_not_approved(workspace: Workspace, runs: list[int]) -> None:
    with pytest.raises(Conflict, match=f"run {runs[2]} does not wait"):
        release.approve(workspace, "churn", runs[2])
    assert alias(workspace) == 3


def test_a_challenger_that_passed_needs_no_approval(workspace: Workspace) -> None:
    with workspace.registry.write("daemon") as tx:
        models.set_alias(tx, "churn", AliasName.CHALLENGER, 2)
    with pytest.raises(Conflict, match="nothing of churn waits"):
        release.approve(workspace, "churn")


# -- undo


def test_undoing_twice_does_it_again(workspace: Workspace) -> None:
    release.promote(workspace, "churn", 1)
    assert release.undo(workspace, "churn") == "churn is back at v3 (undo: `footplate models undo churn`)"
    assert alias(workspace) == 3
    release.undo(workspace, "churn")
    assert alias(workspace) == 1
    release.undo(workspace, "churn")
    assert alias(workspace) == 3
    assert last_event(workspace)[2]["why"] == "undone by a person"


def test_a_rollback_that_is_undone_stays_held_and_says_so(workspace: Workspace) -> None:
    release.rollback(workspace, "churn")
    assert "still held" in release.undo(workspace, "churn")
    assert (alias(workspace), held(workspace)) == (3, True)


def test_what_was_undone_is_not_gone_back_to(workspace: Workspace) -> None:
    release.promote(workspace, "churn", 1)
    release.undo(workspace, "churn")
    release.rollback(workspace, "churn")
    assert alias(workspace) == 2


def test_an_approval_is_undone(workspace: Workspace) -> None:
    release.approve(workspace, "churn")
    release.undo(workspace, "churn")
    assert alias(workspace) == 3


def test_the_first_promotion_cannot_be_undone(workspace: Workspace) -> None:
    recipe = rows.recipe(workspace, "fresh")
    with pytest.raises(NotFound):
        release.undo(workspace, "fresh")
    rows.model_version(workspace, rows.run(workspace, recipe, recipe="fresh"), model="fresh", promote=True)
    with pytest.raises(Conflict, match="no move of fresh's champion to undo"):
        release.undo(workspace, "fresh")


@given(st.lists(st.sampled_from(["promote 1", "promote 2", "promote 3", "promote 4", "rollback", "undo"]), max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_is_what_a_list_of_champions_says(workspace: Workspace, moves: list[str]) -> None:
    """The registry is shared by all examples: the history only grows."""
    line, before = _replayed(workspace)
    for move in moves:
        verb, _, number = move.partition(" ")
        if verb == "promote":
            if line[-1] != int(number):
                before, line = line, [*line, int(number)]
            release.promote(workspace, "churn", int(number))
        elif verb == "undo":
            before, line = line, before
            release.undo(workspace, "churn")
        elif len(line) > 1:
            before, line = line, line[:-1]
            release.rollback(workspace, "churn")
        else:
            with pytest.raises(Conflict):
                release.rollback(workspace, "churn")
        assert alias(workspace) == line[-1]


def _replayed(workspace: Workspace) -> tuple[list[int], list[int]]:
    """The line now and before the last move, read from the log by the words of its reasons."""
    with workspace.registry.read() as connection:
        query = "SELECT payload FROM event WHERE kind = 'AliasMoved' ORDER BY id"
        payloads = connection.exec_driver_sql(query).scalars().all()
    line: list[int] = []
    before: list[int] = []
    for move in map(json.loads, payloads):
        if move["why"].startswith("undone"):
            before, line = line, before
        elif move["why"].startswith("rolled back"):
            before, line = line, line[:-1]
        else:
            before, line = line, [*line, move["version"]]
    return line, before
