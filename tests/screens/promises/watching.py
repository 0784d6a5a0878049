"""What acts on monitors."""

from __future__ import annotations

from core.views import monitors as views
from tests.screens.promises.stage import Stage, promise


@promise("silence")
async def _silence(on: Stage) -> None:
    name = on.driver.screen.row().name
    await on.press()
    await on.until(lambda: on.driver.modal == "Choose")
    await on.driver.keys("8")
    await on.asks(f"Silence {name} until")
    await on.driver.keys("y")
    await on.until(lambda: views.show(on.world.workspace, name).silenced_until is not None)
    await on.driver.ready()
    await on.does(f"Hear {name} again?", lambda: views.show(on.world.workspace, name).silenced_until is None)


@promise("threshold")
async def _threshold(on: Stage) -> None:
    name = on.driver.screen.row().name
    await on.press()
    await on.until(lambda: on.driver.modal == "Choose")
    await on.driver.keys("e")
    await on.until(lambda: on.driver.modal == "Prompt")
    await on.driver.type("0.4")
    await on.driver.keys("enter")
    await on.asks(f"Set the effect of {name} to 0.4?")
    await on.driver.keys("y")
    await on.until(lambda: views.show(on.world.workspace, name).settings == {"effect": 0.4})
