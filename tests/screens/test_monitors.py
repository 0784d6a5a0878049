"""Screen 5: monitors, their readings, what lies behind one, alerts, and what is done about them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.registry import jobs, monitors
from core.services import undoing
from core.views import alerts as alert_views
from core.views import monitors as views
from core.vocabulary import MonitorKind, Reading
from tests.screens.driver import Driver, Opened
from tests.screens.hostile import whole
from tests.screens.watched import drifts, read, watched
from tests.screens.world import RECIPE, World


@pytest.fixture
def seen(world: World) -> World:
    watched(world)
    (world.workspace.recipes / "flights.toml").write_text(RECIPE, "utf-8")
    return world


async def to(driver: Driver, name: str) -> None:
    await driver.press("5", "slash", *name, "enter")
    await driver.until(lambda: driver.screen.row() is not None, "a row")


async def test_the_worst_stands_first_with_its_bar(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await driver.press("5")
        lines = driver.lines()
        assert "drift" in lines[3] and "✗ alert" in lines[3] and "2,500" in lines[3]
        assert "performance" in lines[4] and "0.6550" in lines[4]
        assert "! warning" in lines[5] and "… too little data" in lines[6]


async def test_a_series_is_drawn_with_its_thresholds_and_leads_to_columns(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await to(driver, "drift")
        await driver.press("enter")
        text = driver.text()
        assert "✗" in text and "╌╌ threshold" in text and "flights@1" in text and "flights@6" in text
        await driver.press("enter")
        assert "temp" in driver.lines()[3] and "Anderson-Darling" in driver.lines()[3], "the furthest first"
        await driver.press("enter")
        assert "learned from" in driver.text() and "below" in driver.text() and "standard deviations" in driver.text()
        await driver.press("escape", "escape")
        assert driver.screen.query_one("#series").has_class("some"), "the series is drawn again"


async def test_a_reading_without_columns_says_what_it_found(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await to(driver, "performance")
        await driver.press("enter", "enter")
        text = driver.text()
        assert "0.5900 to 0.6300" in text and "v1 does better" in text and "accuracy" in text


async def test_an_estimate_says_what_it_cannot_see(seen: World, console: Opened) -> None:
    async with console(seen.workspace, (120, 40)) as driver:
        await to(driver, "estimate")
        await driver.press("enter", "enter")
        assert "only labels tell that" in driver.text()


async def test_the_rows_behind_a_reading_are_a_tab_away(seen: World, console: Opened) -> None:
    from tests.screens.test_rows import stored

    stored(seen, ["n", "late"], [["1", "0"], ["2", "1"]])
    drifts(seen, 8, 8, 1)
    async with console(seen.workspace) as driver:
        await to(driver, "drift")
        await driver.press("enter", "slash", *"flights@8", "enter", "enter")
        assert "temp" in driver.text()
        await driver.keys("tab")
        await driver.until(lambda: "v8 rows" in driver.lines()[1] and len(driver.screen.table.rows) == 2, "the rows")
        await driver.press("tab")
        assert "temp" in driver.text() and "v8 rows" not in driver.lines()[1], "and back"


async def test_an_alert_says_all_and_the_keys_that_answer_it(seen: World, console: Opened) -> None:
    async with console(seen.workspace, (100, 40)) as driver:
        await driver.press("5", "tab")
        assert "flights/performance" in driver.lines()[3] and "✗ open" in driver.lines()[3]
        await driver.press("enter")
        text = driver.text()
        for words in ("0.6100 against 0.6550", "2,500 of flights@6", "v1 does better", "footplate models rollback",
                      "footplate monitors silence flights/performance 8h", "nobody was told"):
            assert words in text, words
        await driver.keys("B")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "Roll flights back to v5, and hold it?" in driver.text()


async def test_acknowledging_is_undone(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await to(driver, "drift")
        await driver.keys("a")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("y")
        await driver.until(lambda: "✗ alert, known" in driver.text(), "known")
        assert alert_views.show(seen.workspace, 1).state == "acknowledged"
        await driver.keys("a")
        await driver.until(lambda: "alert 1 is acknowledged" in driver.said, "why not")
        undoing.undo(seen.workspace)
        await driver.until(lambda: "known" not in driver.text(), "it needs a person again")


async def test_silence_is_chosen_and_taken_back(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await to(driver, "drift")
        await driver.keys("s")
        await driver.until(lambda: driver.modal == "Choose", "for how long")
        await driver.keys("8")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("y")
        await driver.until(lambda: "‖ in 8 h" in driver.text(), driver.said)
        await driver.keys("s")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "Hear flights/drift again?" in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "speaks again" in driver.said, "heard")


async def test_any_duration_can_be_typed(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await to(driver, "drift")
        await driver.keys("s")
        await driver.until(lambda: driver.modal == "Choose", "for how long")
        await driver.keys("t")
        await driver.until(lambda: driver.modal == "Prompt", "a line")
        await driver.type("soon")
        await driver.keys("enter")
        await driver.until(lambda: "resolved or forever" in driver.said or "'soon'" in driver.said, driver.said)
        await driver.keys("s")
        await driver.until(lambda: driver.modal == "Choose", "again")
        await driver.keys("t")
        await driver.until(lambda: driver.modal == "Prompt", "a line")
        await driver.type("3d")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("y")
        await driver.until(lambda: "is silent until" in driver.said, driver.said)
        until = views.show(seen.workspace, "flights/drift").silenced_until
        assert until == seen.clock.moment + timedelta(days=3)


async def test_a_threshold_shows_what_holds_and_is_kept(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await to(driver, "drift")
        await driver.keys("equals_sign")
        await driver.until(lambda: driver.modal == "Choose", "which")
        assert "0.1, default" in driver.text(), "the value that its last reading went by"
        await driver.keys("e")
        await driver.until(lambda: driver.modal == "Prompt", "a line")
        await driver.type("0.3")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "0.1 (default)" in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "effect 0.3" in driver.said, driver.said)
        with seen.workspace.registry.read() as connection:
            row = monitors.get(connection, "flights/drift")
        assert row is not None and row["settings"] == {"effect": 0.3}
        await driver.keys("equals_sign")
        await driver.until(lambda: driver.modal == "Choose", "which")
        await driver.keys("x")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("y")
        await driver.until(lambda: "what its recipe says" in driver.said, driver.said)


async def test_many_are_silenced_at_once(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await driver.press("5", "space", "space")
        await driver.keys("x")
        await driver.until(lambda: driver.modal == "Actions", "offers")
        await driver.keys("s")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("y")
        await driver.until(lambda: "2 monitors silenced" in driver.said, driver.said)


async def test_a_model_is_trained_from_its_monitor(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await driver.press("5")
        await driver.keys("t")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "Train flights now?" in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "will train flights" in driver.said, "said")
        with seen.workspace.registry.read() as connection:
            assert any(":manual:" in job["key"] for job in jobs.live(connection))


async def test_alerts_need_a_person_and_enter_leads_there(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        await driver.until(lambda: "5 a" in driver.text(), "the key that answers it")
        assert "✗ alert" in driver.lines()[4], "the model's own line"
        await driver.press("tab", "slash", *"performance", "enter")
        await driver.keys("enter")
        await driver.until(lambda: driver.screen.NAME == "monitors" and "alert 2" in driver.lines()[1], "the alert")


async def test_the_command_bar_goes_to_one_monitor_and_one_alert(seen: World, console: Opened) -> None:
    async with console(seen.workspace) as driver:
        for line, crumb in (("monitor flights/drift", "flights/drift"), ("alert 1", "alert 1"), ("alerts", "[alerts]")):
            await driver.keys("colon")
            await driver.type(line)
            await driver.keys("enter")
            await driver.until(lambda crumb=crumb: crumb in driver.lines()[1], line)  # type: ignore[misc]


async def test_an_empty_workspace_says_what_to_do(empty: World, console: Opened) -> None:
    async with console(empty.workspace) as driver:
        await driver.press("5")
        assert "there is nothing to monitor yet" in driver.text()
        await driver.press("tab")
        assert "no monitor has raised an alert" in driver.text()


async def test_triggers_of_monitors_say_what_they_do_and_what_holds_them_back(seen: World, console: Opened) -> None:
    async with console(seen.workspace, (200, 30)) as driver:
        await driver.keys("colon")
        await driver.type("triggers")
        await driver.keys("enter")
        await driver.until(lambda: "[triggers]" in driver.lines()[1] and driver.screen.row() is not None, "them")
        found = {row.kind: row for row in driver.screen.table.rows}
        assert "an alert of drift or prediction (one reading): retrain; stops after 3" in found["drift"].says
        assert found["performance"].why == "alert 2: job 9 trains it again"
        assert (found["quality"].state, found["freshness"].state) == ("off", "off")
        driver.screen.table.move_to([*found].index("quality"))
        await driver.keys("d")
        await driver.until(lambda: 'quality = "retrain"' in driver.text(), "how to turn it on")


async def test_hostile_words_of_readings_and_alerts_hurt_no_terminal(world: World, console: Opened) -> None:
    evil = "\x1b[2J\x9b31m\u202e[/nope]\n" + "👨‍👩‍👧‍👦"
    column = {
        "column": evil, "statistic": evil, "value": 0.5, "threshold": 0.1, "p_value": 1e-12, "verdict": "alert",
        "importance": 1.0, "note": evil, "shares": {"levels": [evil, None], "before": [0.9, 0.1], "after": [0.1, 0.9]},
    }
    read(world, MonitorKind.DRIFT, evil, Reading.ALERT, evil, minutes=1, value=0.5, threshold=0.1, columns=[column])
    async with console(world.workspace) as driver:
        for keys in (("5",), ("enter",), ("enter",), ("enter",), ("escape", "escape", "escape", "tab"), ("enter",)):
            await driver.press(*keys)
            whole(driver)
