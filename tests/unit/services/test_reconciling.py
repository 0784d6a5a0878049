"""A process keeps to what is desired, and goes on with what it has where it cannot find out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from core.services import served
from core.services.answering import Answering, answering
from core.services.reconciling import Reconciler
from core.services.served import Server
from core.vocabulary import Strategy
from core.workspace import Workspace
from tests.fakes import serving
from tests.fakes.clock import FakeClock

SERVER = Server("box:1", "production", "127.0.0.1:8000")


@pytest.fixture
async def process(workspace: Workspace) -> AsyncIterator[tuple[Answering, Reconciler]]:
    """What answers and its reconciler, over a workspace of its own as a process has it."""
    mine = Workspace.open(workspace.root, actor="daemon")
    made = answering(mine, "production")
    reconciler = Reconciler(mine, SERVER, made)
    yield made, reconciler
    await asyncio.to_thread(reconciler.stop)
    await made.settle()
    mine.close()


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_routes_come_and_go_and_are_reported(
    workspace: Workspace, process: tuple[Answering, Reconciler]
) -> None:
    made, reconciler = process
    recipe = serving.recipe(workspace)
    first, second = serving.version(workspace, recipe), serving.version(workspace, recipe)
    serving.serve(workspace, first)
    reconciler.start()
    await until(lambda: reconciler.condition.looked)
    kept = made.models["shop"].versions[first]
    assert made.models["shop"].id_column == "number" and kept.predictor.how == "compiled"
    serving.begin(workspace, second, Strategy.CANARY, (0.5,))
    await until(lambda: made.models["shop"].route.candidate == second)
    assert made.models["shop"].versions[first] is kept and made.models["shop"].route.share == 0.5
    await until(lambda: revisions(workspace) == {"shop": 2})
    serving.serve(workspace, None)
    await until(lambda: made.models == {})
    await until(lambda: revisions(workspace) == {})


async def test_other_environments_are_none_of_its_business(
    workspace: Workspace, process: tuple[Answering, Reconciler]
) -> None:
    made, reconciler = process
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)), environment="staging")
    reconciler.start()
    await until(lambda: reconciler.condition.looked)
    assert made.models == {}


async def test_a_registry_that_is_not_there_is_waited_for(
    workspace: Workspace, process: tuple[Answering, Reconciler]
) -> None:
    made, reconciler = process
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)))
    workspace.close()
    place = workspace.hidden / "registry.db"
    away = Path(f"{place}.away")
    place.rename(away)
    reconciler.start()
    await until(lambda: "no registry" in reconciler.condition.trouble)
    assert not reconciler.condition.looked
    away.rename(place)
    await until(lambda: reconciler.condition.looked and not reconciler.condition.trouble)
    assert made.models["shop"].route.stable == 1


async def test_counts_are_written_when_it_ends(workspace: Workspace, process: tuple[Answering, Reconciler]) -> None:
    made, reconciler = process
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)))
    reconciler.start()
    await until(lambda: "shop" in made.models)
    said = await made.own("shop", b'{"rows": []}')
    assert said.version == 1
    await asyncio.to_thread(reconciler.stop)
    with workspace.registry.read() as connection:
        assert connection.exec_driver_sql("SELECT requests FROM traffic").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM server").scalar() == 0


@pytest.mark.parametrize("strategy", [Strategy.CANARY, Strategy.SHADOW])
async def test_a_candidate_that_does_not_load_keeps_nobody_from_being_served(
    workspace: Workspace, process: tuple[Answering, Reconciler], strategy: Strategy
) -> None:
    """Also where the process begins with it."""
    made, reconciler = process
    recipe = serving.recipe(workspace)
    first, second = serving.version(workspace, recipe), serving.version(workspace, recipe)
    serving.serve(workspace, first)
    serving.begin(workspace, second, strategy)
    broken(workspace, second)
    reconciler.start()
    await until(lambda: reconciler.condition.looked)
    route = made.models["shop"].route
    assert (route.stable, route.candidate) == (first, None)
    assert "v1 goes on" in reconciler.condition.problems["shop"]
    await until(lambda: revisions(workspace) == {"shop": 0})
    serving.serve(workspace, first)
    await until(lambda: made.models["shop"].route.revision == 3 and not reconciler.condition.problems)


async def test_a_candidate_that_goes_for_one_that_does_not_load_goes(
    workspace: Workspace, process: tuple[Answering, Reconciler]
) -> None:
    made, reconciler = process
    recipe = serving.recipe(workspace)
    first, second, third = (serving.version(workspace, recipe) for _ in range(3))
    serving.serve(workspace, first)
    serving.begin(workspace, second, Strategy.CANARY)
    reconciler.start()
    await until(lambda: reconciler.condition.looked and made.models["shop"].route.candidate == second)
    broken(workspace, third)
    serving.begin(workspace, third, Strategy.CANARY)
    await until(lambda: "shop" in reconciler.condition.problems)
    assert set(made.models["shop"].versions) == {first}


def test_what_does_not_load_is_told_once_a_revision(workspace: Workspace) -> None:
    serving.serve(workspace, serving.version(workspace, serving.recipe(workspace)))
    (desired,) = served.desired(workspace, "production")
    for _ in range(3):
        served.not_loaded(workspace, SERVER, desired.route, "torn")
    with workspace.registry.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event WHERE kind = 'ModelNotLoaded'").scalar() == 1


def test_servers_that_went_without_a_word_are_forgotten(workspace: Workspace, clock: FakeClock) -> None:
    served.report(workspace, SERVER, {"shop": 1}, {})
    clock.go_on(120)
    ended = Server(served.name_of(2**22 + 1), "production", "127.0.0.1:8003")  # no pid is so high
    for one in (ended, Server("box:2", "production", "127.0.0.1:8001")):
        served.report(workspace, one, {}, {})
    served.started(workspace, Server("box:3", "production", "127.0.0.1:8002"), 1)
    with workspace.registry.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM server").scalars().all()
    assert names == ["box:2"]


def broken(workspace: Workspace, number: int) -> None:
    """The version's file is gone: equal models share theirs, so it gets another name first."""
    with workspace.registry.write("a test") as tx:
        tx.execute(text("UPDATE modelversion SET artifact = :hash WHERE version = :number"),
                   {"hash": "0" * 64, "number": number})


def revisions(workspace: Workspace) -> object:
    import json

    with workspace.registry.read() as connection:
        said = connection.exec_driver_sql("SELECT revisions FROM server").scalar()
    return None if said is None else json.loads(said)
