"""Undo and redo on top of the event log: a stack for each thing, stale where somebody else was there since."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Conflict, NotFound, Stale
from core.registry import models, recipes
from core.services import baselines, many, notes, release, undoing, versions, work
from core.services import recipes as recipe_service
from core.services.auditing import verify_chain
from core.views import changes as views
from core.views import datasets as dataset_views
from core.views import overview
from core.views import runs as run_views
from core.vocabulary import AliasName, Verdict
from core.workspace import Workspace
from tests.screens.world import World, flights


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "house")
    flights(made)
    return made


@pytest.fixture
def workspace(world: World) -> Workspace:
    return world.workspace


def bob(workspace: Workspace) -> Workspace:
    """The same workspace under another name."""
    return Workspace.open(workspace.root, actor="bob@example", clock=workspace.clock)


def champion(workspace: Workspace) -> int | None:
    with workspace.registry.read() as connection:
        return models.alias(connection, "flights")


def held(workspace: Workspace) -> tuple[bool, str | None, str | None]:
    with workspace.registry.read() as connection:
        row = models.get(connection, "flights")
    assert row is not None
    return bool(row["held"]), row["held_by"], row["held_reason"]


def state(workspace: Workspace, name: str) -> str:
    return dataset_views.show(workspace, name).state


def paused(workspace: Workspace) -> bool:
    with workspace.registry.read() as connection:
        row = recipes.get(connection, "flights")
    assert row is not None
    return bool(row["paused"])


def test_promotions_are_a_stack(workspace: Workspace) -> None:
    release.promote(workspace, "flights", 3)
    release.promote(workspace, "flights", 1)
    assert "v3 is the champion of flights" in undoing.undo(workspace)
    assert champion(workspace) == 3
    undoing.undo(workspace)
    assert champion(workspace) == 6
    with pytest.raises(Conflict, match="nothing of yours to be undone"):
        undoing.undo(workspace)
    undoing.redo(workspace)
    undoing.redo(workspace)
    assert champion(workspace) == 1
    with pytest.raises(Conflict, match="nothing of yours to be redone"):
        undoing.redo(workspace)
    undoing.undo(workspace)
    assert champion(workspace) == 3
    assert "back at v6" in release.rollback(workspace, "flights"), "the line of champions knows what was undone"
    assert verify_chain(workspace).holds


def test_a_rollback_is_one_act_and_comes_back_with_its_hold(workspace: Workspace) -> None:
    release.rollback(workspace, "flights")
    assert champion(workspace) == 5 and held(workspace)[0]
    said = undoing.undo(workspace)
    assert champion(workspace) == 6 and not held(workspace)[0]
    assert "flights promotes again" in said and "v6 is the champion" in said
    undoing.redo(workspace)
    assert champion(workspace) == 5 and held(workspace) == (True, workspace.actor, "rolled back from v6")


def test_what_was_changed_in_part_comes_back_in_part(workspace: Workspace) -> None:
    release.rollback(workspace, "flights")
    release.resume(bob(workspace), "flights")
    change, _ = views.newest(workspace)
    assert change is not None and change.parts == 2 and change.returns == ("v6 is the champion of flights",)
    assert "1 of its 2 parts were changed since" in undoing.undo(workspace)
    assert champion(workspace) == 6 and not held(workspace)[0]


def test_a_hold_comes_back_with_who_and_why(workspace: Workspace) -> None:
    release.hold(bob(workspace), "flights", "the sensor drifts")
    release.resume(workspace, "flights")
    undoing.undo(workspace)
    assert held(workspace) == (True, "bob@example", "the sensor drifts")
    undoing.redo(workspace)
    assert held(workspace) == (False, None, None)


def test_an_approved_challenger_waits_again(world: World, workspace: Workspace) -> None:
    world.run(verdict=Verdict.NEEDS_APPROVAL, minutes=1)
    release.approve(workspace, "flights")
    assert champion(workspace) == 7
    assert "v7 waits as its challenger again" in undoing.undo(workspace)
    with workspace.registry.read() as connection:
        assert models.alias(connection, "flights", AliasName.CHALLENGER) == 7
    undoing.redo(workspace)
    with workspace.registry.read() as connection:
        assert models.alias(connection, "flights", AliasName.CHALLENGER) is None
    assert champion(workspace) == 7


def test_retirements_pauses_acknowledgements_tags_and_baselines(world: World, workspace: Workspace) -> None:
    job = world.job(error="no memory", key="failed")

    def needs() -> bool:
        return any(need.subject == f"job {job}" for need in overview.overview(workspace).needs)

    steps = [
        (lambda: versions.retire(workspace, "flights@3"), lambda: state(workspace, "flights@3"), "accepted", "retired"),
        (lambda: recipe_service.pause(workspace, "flights"), lambda: paused(workspace), False, True),
        (lambda: work.acknowledge(workspace, job), needs, True, False),
        (lambda: notes.tag(workspace, 1, "odd"), lambda: run_views.get(workspace, 1).tags, (), ("odd",)),
        (lambda: baselines.pin(workspace, 2), lambda: run_views.get(workspace, 2).is_baseline, False, True),
        (lambda: baselines.pin(workspace, 3), lambda: run_views.get(workspace, 2).is_baseline, True, False),
        (lambda: baselines.unpin(workspace, 3), lambda: run_views.get(workspace, 3).is_baseline, True, False),
    ]
    for doing, seen, before, after in steps:
        assert seen() == before
        doing()
        assert seen() == after
        undoing.undo(workspace)
        assert seen() == before
        undoing.redo(workspace)
        assert seen() == after
    for _, seen, before, _ in reversed(steps):
        undoing.undo(workspace)
        assert seen() == before
    with pytest.raises(Conflict, match="nothing of yours"):
        undoing.undo(workspace)


def test_a_released_version_does_not_go_back_to_quarantine(world: World, workspace: Workspace) -> None:
    from core.vocabulary import EventKind, VersionState

    with workspace.registry.write(workspace.actor) as tx:
        tx.connection.exec_driver_sql("UPDATE datasetversion SET state = 'accepted' WHERE version = 7")
        tx.emit(EventKind.VERSION_RELEASED, "flights@7", reasons=[])
    change, _ = views.newest(workspace)
    assert change is not None and "does not go back to quarantine" in change.returns[0]
    undoing.undo(workspace)
    assert state(workspace, "flights@7") == VersionState.RETIRED
    undoing.redo(workspace)
    assert state(workspace, "flights@7") == VersionState.ACCEPTED


def test_what_somebody_else_changed_since_is_stale(workspace: Workspace) -> None:
    release.hold(workspace, "flights", "")
    with workspace.registry.read() as connection:
        last = connection.exec_driver_sql("SELECT max(id) FROM event").scalar()
    release.resume(bob(workspace), "flights")
    with pytest.raises(Stale, match=r"somebody changed it since.*let promote again.*by bob@example") as caught:
        undoing.undo(workspace)
    assert caught.value.exit_code == 5
    with pytest.raises(Stale):
        undoing.undo(workspace, last)
    change, passed = views.newest(workspace)
    assert change is None and passed is not None and passed.id == last and "by bob@example" in passed.why


def test_an_older_change_can_be_named_and_the_view_passes_over_what_is_stale(workspace: Workspace) -> None:
    versions.retire(workspace, "flights@3")
    release.hold(workspace, "flights", "")
    release.resume(bob(workspace), "flights")
    change, passed = views.newest(workspace)
    assert change is not None and change.text == "flights@3 was retired" and passed is not None
    undoing.undo(workspace, change.id)
    assert state(workspace, "flights@3") == "accepted"
    with pytest.raises(Conflict, match="undone already"):
        undoing.undo(workspace, change.id)
    with pytest.raises(NotFound):
        undoing.undo(workspace, 1)


def test_the_daemons_promotions_are_undone_by_name_only(workspace: Workspace) -> None:
    with pytest.raises(Conflict, match="nothing of yours"):
        undoing.undo(workspace)
    change, _ = views.newest(workspace, subject="model flights")
    assert change is not None and change.actor == "daemon" and change.moves == (("flights", 5),)
    undoing.undo(workspace, change.id)
    assert champion(workspace) == 5
    assert not any(one.text == "the champion of flights became v1" for one in views.list(workspace, limit=0))


def test_many_at_once_are_one_act_and_what_fails_is_named(workspace: Workspace) -> None:
    names = [f"flights@{number}" for number in (1, 2, 3, 7, 9)]
    outcome = many.each(names, lambda name: versions.retire(workspace, name))
    assert (outcome.done, outcome.failed) == (3, 2)
    assert [name for name, _ in outcome.failures] == ["flights@7", "flights@9"]
    assert outcome.line("versions retired").startswith("3 versions retired; 2 failed: flights@7: flights@7 is quar")
    assert [state(workspace, name) for name in names[:3]] == ["retired"] * 3
    undoing.undo(workspace)
    assert [state(workspace, name) for name in names[:3]] == ["accepted"] * 3
    undoing.redo(workspace)
    assert [state(workspace, name) for name in names[:3]] == ["retired"] * 3


def test_many_stop_when_nobody_waits(workspace: Workspace) -> None:
    asked = iter([False, True])
    outcome = many.each([1, 2, 3], str, cancelled=lambda: next(asked))
    assert (outcome.done, outcome.stopped) == (1, True) and "stopped before the rest" in outcome.line("done")


def test_pausing_what_is_paused_is_no_change(workspace: Workspace) -> None:
    recipe_service.pause(workspace, "flights")
    recipe_service.pause(workspace, "flights")
    assert len([one for one in views.list(workspace) if "paused" in one.text]) == 1
    undoing.undo(workspace)
    assert not paused(workspace)


def test_models_undo_and_the_general_one_agree(workspace: Workspace) -> None:
    release.promote(workspace, "flights", 3)
    release.undo(workspace, "flights")
    assert champion(workspace) == 6
    undoing.redo(workspace)
    assert champion(workspace) == 3
    release.undo(workspace, "flights")
    release.undo(workspace, "flights")
    assert champion(workspace) == 3
    undoing.undo(workspace)
    assert champion(workspace) == 6
