"""When a run is asked for: the pure rule of cooldown and budget, and each cause by its own rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipes.recipe import Recipe, parse
from core.registry import datasets, jobs
from core.registry import recipes as recipe_rows
from core.services import learning
from core.services.learning import admit
from core.vocabulary import Cause, JobState, VersionState
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import START, FakeClock

PATIENT = [Cause.MANUAL, Cause.REPRODUCE]
EAGER = [Cause.NEW_DATA, Cause.RECIPE_CHANGE]
TAME = [Cause.SCHEDULE, Cause.DRIFT, Cause.PERFORMANCE]
TEXT = 'watch = "inbox"\ntarget = "y"\n'


# -- the pure rule

moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
cooldowns = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))


def asked(cause: Cause, now: datetime, **changes: Any) -> learning.Admission:
    usual: dict[str, Any] = {
        "last_started": None, "started_today": 0, "cooldown": timedelta(minutes=5), "runs_per_day": 50
    }
    return admit(cause, now, **(usual | changes))


@given(st.sampled_from(Cause), moments, st.none() | moments, st.integers(0, 60), cooldowns, st.integers(1, 50))
def test_what_waits_waits_for_a_bounded_time_and_says_why(
    cause: Cause, now: datetime, last: datetime | None, today: int, cooldown: timedelta, budget: int
) -> None:
    """Also where a clock was set back, and the last run seems to lie in the future."""
    admission = admit(
        cause, now, last_started=last, started_today=today, cooldown=cooldown, runs_per_day=budget
    )
    if admission.not_before is None:
        assert admission.why == ""
        assert cause in PATIENT or today < budget
    else:
        assert now < admission.not_before <= now + max(cooldown, timedelta(days=1))
        assert admission.why


@given(st.sampled_from(PATIENT), moments, st.none() | moments, st.integers(0, 10**6))
def test_people_are_never_kept_waiting(cause: Cause, now: datetime, last: datetime | None, today: int) -> None:
    assert asked(cause, now, last_started=last, started_today=today).not_before is None


@given(st.sampled_from(EAGER), moments, moments)
def test_data_and_recipes_know_no_cooldown(cause: Cause, now: datetime, last: datetime) -> None:
    assert asked(cause, now, last_started=last).not_before is None


@given(st.sampled_from(TAME), moments, st.timedeltas(timedelta(0), timedelta(days=2)), cooldowns)
def test_a_cooldown_ends_when_it_is_over(cause: Cause, now: datetime, since: timedelta, cooldown: timedelta) -> None:
    admission = asked(cause, now, last_started=now - since, cooldown=cooldown)
    assert admission.not_before == (now - since + cooldown if since < cooldown else None)


@given(st.sampled_from([*EAGER, *TAME]), moments, st.integers(1, 50))
def test_a_spent_budget_waits_for_tomorrow(cause: Cause, now: datetime, budget: int) -> None:
    waits = asked(cause, now, started_today=budget, runs_per_day=budget).not_before
    assert waits is not None
    assert (waits.hour, waits.minute, waits.second, waits.microsecond) == (0, 0, 0, 0)
    assert (waits.date() - now.date()).days == 1
    assert asked(cause, now, started_today=budget - 1, runs_per_day=budget).not_before is None


# -- the rules of the causes


def recipe_of(more: str = "") -> Recipe:
    return parse(TEXT + more, "recipes/churn.toml", "churn")


@pytest.fixture
def recipe(workspace: Workspace) -> Recipe:
    rows.recipe(workspace)
    return recipe_of()


def learn(workspace: Workspace, recipe: Recipe) -> int | None:
    with workspace.registry.write("daemon") as tx:
        return learning.ask_for_learning(tx, workspace, recipe)


def change(workspace: Workspace, recipe: Recipe, hash: str = "another hash") -> int | None:
    with workspace.registry.write("daemon") as tx:
        return learning.ask_for_change(tx, workspace, recipe, hash)


def job(workspace: Workspace, id: int | None) -> Mapping[Any, Any]:
    assert id is not None
    with workspace.registry.read() as connection:
        row = jobs.get(connection, id)
    assert row is not None
    return row


def pause(workspace: Workspace, **values: Any) -> None:
    with workspace.registry.write("me") as tx:
        recipe_rows.change(tx, "churn", **values)


def test_new_data_asks_for_one_run_with_what_the_recipe_needs(workspace: Workspace, recipe: Recipe) -> None:
    assert learn(workspace, recipe) is None
    rows.version(workspace)
    id = learn(workspace, recipe)
    assert learn(workspace, recipe) == id
    row = job(workspace, id)
    assert (row["cause"], row["state"], row["lane"]) == (Cause.NEW_DATA, JobState.QUEUED, "train:churn")
    assert (row["cpus"], row["memory"], row["timeout"]) == (1, 4 << 30, 3600.0)


def test_data_that_a_run_took_up_is_not_asked_for_again(workspace: Workspace) -> None:
    run_of = rows.recipe(workspace)
    rows.run(workspace, run_of, used=(rows.version(workspace),))
    assert learn(workspace, recipe_of()) is None
    rows.version(workspace, data=b"more")
    assert learn(workspace, recipe_of()) is not None


@pytest.mark.parametrize("values", [{"paused": True}, {"removed": True}])
def test_a_paused_or_removed_recipe_asks_for_nothing(
    workspace: Workspace, recipe: Recipe, values: dict[str, bool]
) -> None:
    rows.version(workspace)
    pause(workspace, **values)
    assert learn(workspace, recipe) is None
    assert change(workspace, recipe) is None


def test_a_recipe_that_does_not_want_it(workspace: Workspace) -> None:
    rows.recipe(workspace)
    rows.version(workspace)
    assert learn(workspace, recipe_of("new_data = false\n")) is None
    assert change(workspace, recipe_of("recipe_change = false\n")) is None
    assert job(workspace, change(workspace, recipe_of("new_data = false\n")))["cause"] == Cause.RECIPE_CHANGE


def test_a_saved_recipe_with_new_data_is_a_run_on_new_data(workspace: Workspace, recipe: Recipe) -> None:
    assert change(workspace, recipe) is None  # nothing to learn from
    rows.version(workspace)
    assert job(workspace, change(workspace, recipe))["cause"] == Cause.NEW_DATA


def test_a_saved_recipe_without_new_data_is_tried_unless_it_is_the_champions(workspace: Workspace) -> None:
    run = rows.run(workspace, rows.recipe(workspace), used=(rows.version(workspace),))
    rows.model_version(workspace, run, promote=True)
    assert change(workspace, recipe_of(), "hash of churn") is None
    assert job(workspace, change(workspace, recipe_of()))["cause"] == Cause.RECIPE_CHANGE


def test_cooldown_and_budget_defer_the_job(workspace: Workspace, clock: FakeClock) -> None:
    run_of = rows.recipe(workspace)
    rows.run(workspace, run_of)
    clock.go_on(60)
    with workspace.registry.write("daemon") as tx:
        tame = learning.ask(tx, recipe_of(), Cause.DRIFT)
        spent = learning.ask(tx, recipe_of("runs_per_day = 1\n"), Cause.NEW_DATA)
        wish = learning.ask(tx, recipe_of("runs_per_day = 1\n"), Cause.MANUAL)
    assert (job(workspace, tame)["state"], job(workspace, tame)["not_before"]) == (
        JobState.DEFERRED, START + timedelta(minutes=5)
    )
    assert job(workspace, spent)["not_before"] == datetime(2026, 3, 3, tzinfo=UTC)
    assert job(workspace, wish)["state"] == JobState.QUEUED


# -- what could not be asked for at its time


def test_what_was_accepted_while_nobody_asked_is_asked_for_later(
    workspace: Workspace, recipe: Recipe, clock: FakeClock
) -> None:
    assert learning.ask_again(workspace, recipe) is None
    clock.go_on(1)
    rows.version(workspace)
    clock.go_on(1)
    id = learning.ask_again(workspace, recipe)
    assert job(workspace, id)["state"] == JobState.QUEUED
    assert learning.ask_again(workspace, recipe) is None


@pytest.mark.parametrize("end", [jobs.fail, lambda tx, fence, why: jobs.cancelled(tx, fence)])
def test_what_failed_or_was_cancelled_is_not_asked_for_by_itself(
    workspace: Workspace, recipe: Recipe, clock: FakeClock, end: Any
) -> None:
    """Else a recipe that cannot run would run at every rescan."""
    rows.version(workspace)
    id = learn(workspace, recipe)
    with workspace.registry.write("daemon") as tx:
        assert id is not None
        fence = jobs.claim(tx, id, timedelta(minutes=2))
        assert fence is not None
        end(tx, fence, "no such column")
    clock.go_on(600)
    assert learning.ask_again(workspace, recipe) is None
    rows.version(workspace, data=b"more")
    assert learning.ask_again(workspace, recipe) is not None


def test_nobody_asks_again_for_a_paused_recipe(workspace: Workspace, recipe: Recipe) -> None:
    rows.version(workspace)
    pause(workspace, paused=True)
    assert learning.ask_again(workspace, recipe) is None


def test_a_version_that_came_back_is_learned_from(workspace: Workspace, recipe: Recipe) -> None:
    id = rows.version(workspace, state=VersionState.RETIRED)
    assert learn(workspace, recipe) is None
    with workspace.registry.write("me") as tx:
        datasets.change(tx, id, state=VersionState.ACCEPTED)
    assert learn(workspace, recipe) is not None
