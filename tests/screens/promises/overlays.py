"""Keys of texts and of questions."""

from __future__ import annotations

from core.views import models as model_views
from tests.screens.promises.stage import Stage, promise


@promise("search")
async def _search(on: Stage) -> None:
    await on.press()
    await on.driver.type("quit")
    await on.driver.keys("enter")
    await on.until(lambda: "quit: 1/1" in on.driver.text())


@promise("next_match", "previous_match")
async def _match(on: Stage) -> None:
    await on.driver.keys("slash")
    await on.driver.type("the")
    await on.driver.keys("enter")
    before = on.driver.lines()
    await on.press()
    await on.until(lambda: on.driver.lines() != before)


@promise("copy_text")
async def _copy_text(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "quit; the daemon lives on" in on.driver.app.clipboard)


@promise("save_text")
async def _save_text(on: Stage) -> None:
    out = on.world.workspace.root / "keys.txt"
    await on.press()
    await on.driver.keys(*["backspace"] * len("Keys.txt"))
    await on.driver.type(str(out))
    await on.driver.keys("enter")
    await on.until(out.exists)
    assert "quit; the daemon lives on" in out.read_text("utf-8")


@promise("close")
async def _close(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "" and on.driver.app.is_running)


@promise("yes")
async def _yes(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "" and model_views.show(on.world.workspace, "churn").held)


@promise("no")
async def _no(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "")
    assert not model_views.show(on.world.workspace, "churn").held
    await on.says("nothing was changed")
