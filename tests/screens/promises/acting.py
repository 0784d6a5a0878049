"""What acts on whatever there is, and on data."""

from __future__ import annotations

from core.views import datasets as dataset_views
from core.views import models as model_views
from core.views import runs as run_views
from screens.keys import AUDIT, DATA, EXPERIMENTS, MODELS, SCREENS
from tests.screens.promises.stage import Stage, promise, row_of


@promise("actions")
async def _actions(on: Stage) -> None:
    await on.press()
    if on.screen in (AUDIT, DATA):
        await on.says("nothing can be done with")
    else:
        await on.until(lambda: on.driver.modal == "Actions")


@promise("undo")
async def _undo(on: Stage) -> None:
    await on.driver.press("4")
    await on.until(lambda: on.driver.screen.NAME == MODELS)
    await on.driver.keys("H")
    await on.asks("Hold churn?")
    await on.driver.keys("y")
    await on.until(lambda: model_views.show(on.world.workspace, "churn").held)
    await on.driver.press(str(SCREENS.index(on.screen) + 1), "g")
    await on.does("Undo: churn was held", lambda: not model_views.show(on.world.workspace, "churn").held)


@promise("redo")
async def _redo(on: Stage) -> None:
    from core.services import release, undoing

    release.hold(on.world.workspace, "churn")
    undoing.undo(on.world.workspace)
    await on.does("Redo: ", lambda: model_views.show(on.world.workspace, "churn").held)


@promise("delete")
async def _delete(on: Stage) -> None:
    if on.screen != EXPERIMENTS:
        await on.press()
        await on.until(lambda: any(word in on.driver.said for word in ("stay", "cannot be deleted", "file", "record")))
        return
    on.driver.screen.table.move_to(row_of(on, lambda row: row.id == 7))
    await on.press()
    await on.asks("Delete run 7?")
    await on.driver.type("7")
    await on.driver.keys("y")
    await on.until(lambda: 7 not in [run.id for run in run_views.list(on.world.workspace)])


@promise("edit")
async def _edit(on: Stage) -> None:
    """The editor of this test adds a line; the answer is no, the file stays as it is."""
    await on.press()
    await on.asks("Save recipe")
    assert "schedule" in on.driver.text()


@promise("hold")
async def _hold(on: Stage) -> None:
    row: object = on.driver.screen.row()
    name = str(getattr(row, "name", ""))
    await on.does(f"Hold {name}?", lambda: model_views.show(on.world.workspace, name).held)
    await on.does(f"Let {name} promote again?", lambda: not model_views.show(on.world.workspace, name).held)


@promise("start_daemon")
async def _daemon(on: Stage) -> None:
    await on.press()
    await on.asks("Start the daemon?")
    await on.driver.keys("y")
    await on.says("daemon started, pid 1")


async def _versions(on: Stage, number: int) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.name == "flights"))
    await on.driver.press("enter")
    await on.until(lambda: len(on.driver.screen.stack) == 2 and on.driver.screen.row() is not None)
    on.driver.screen.table.move_to(row_of(on, lambda row: row.version == number))
    await on.driver.settle()


@promise("dispose")
async def _dispose(on: Stage) -> None:
    await _versions(on, 3)
    await on.does("Retire flights@3?", lambda: dataset_views.show(on.world.workspace, "flights@3").state == "retired")
    await on.does("Restore flights@3?", lambda: dataset_views.show(on.world.workspace, "flights@3").state == "accepted")


@promise("add")
async def _add(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "AskPath")


@promise("check")
async def _check(on: Stage) -> None:
    """The file of the world's versions is not there any more, which is what judging it again finds."""
    await _versions(on, 3)
    await on.press()
    await on.until(lambda: "flights@3" in on.driver.said or on.driver.modal == "TextView")


@promise("rows")
async def _rows(on: Stage) -> None:
    await _versions(on, 8)
    await on.press()
    await on.until(lambda: len(on.driver.screen.stack) == 3 and len(on.driver.screen.table.rows) == 2)


@promise("differences")
async def _differences(on: Stage) -> None:
    await _versions(on, 3)
    await on.press()
    await on.until(lambda: len(on.driver.screen.stack) == 3 and "v2 = v3" in on.driver.lines()[1])
