"""Where one has been, across screens and places; and the command bar that leads to every list."""

from __future__ import annotations

import pytest

from core.errors import UsageError
from screens import destinations, keys
from screens.command import completions, parse, told
from screens.frame import Frame
from screens.history import View
from screens.level import Listing
from tests.screens.driver import Driver, Opened
from tests.screens.test_keys import screen_class
from tests.screens.world import World

NAMES = {"dataset": ("flights", "rain fall"), "recipe": ("flights", "churn"), "version": ("flights@7",), "run": ("7",)}


def crumbs(driver: Driver) -> str:
    return driver.lines()[1].strip()


async def test_back_and_forth_across_screens_with_cursor_filter_and_order(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "o", "m", "slash")
        await driver.type("verdict=passed")
        await driver.press("enter", "down", "down")
        row = driver.screen.row().id
        await driver.press("enter", "j", "j", "j")
        scrolled = driver.screen.page.scroll_y
        await driver.press("2", "enter")
        assert crumbs(driver).startswith("Data › flights")
        await driver.press("comma")
        assert crumbs(driver).startswith("Data › datasets")
        await driver.press("comma")
        await driver.until(lambda: driver.screen.page.scroll_y == scrolled, "the page where it was")
        assert f"run {row}" in crumbs(driver)
        await driver.press("comma")
        assert driver.screen.row().id == row and "/verdict=passed" in crumbs(driver)
        assert driver.screen.place.order == "-score" and "score↓" in driver.lines()[2]
        await driver.press("comma", "comma")
        assert driver.screen.NAME == keys.OVERVIEW and "the first view" in driver.said
        await driver.press(*["full_stop"] * 4)
        assert crumbs(driver).startswith("Data › flights")
        await driver.press("full_stop")
        assert "nothing lies ahead" in driver.said


async def test_going_somewhere_new_forgets_what_was_ahead(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "3", "4", "comma", "comma")
        assert driver.screen.NAME == keys.DATA
        await driver.press("6", "full_stop")
        assert driver.screen.NAME == keys.AUTOMATION and "nothing lies ahead" in driver.said
        await driver.press("comma", "comma")
        assert driver.screen.NAME == keys.OVERVIEW


async def test_the_last_view_is_one_key_away_both_ways(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("minus")
        assert "no other view" in driver.said
        await driver.press("2", "enter", "down", "6", "tab", "minus")
        assert "[queue]" in crumbs(driver)
        await driver.press("2", "minus", "minus")
        assert crumbs(driver).startswith("Data › flights") and driver.screen.table.cursor == 1
        await driver.press("minus")
        assert "[queue]" in crumbs(driver)


async def test_a_filter_that_a_command_brought_is_a_view_of_its_own(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("verdict=passed")
        await driver.press("enter")
        await run(driver, "runs flights /verdict=failed")
        assert "/recipe=flights verdict=failed" in crumbs(driver) and len(driver.screen.table.rows) == 1
        await driver.press("comma")
        assert "/verdict=passed" in crumbs(driver) and len(driver.screen.table.rows) == 6
        await driver.press("full_stop")
        assert "/recipe=flights verdict=failed" in crumbs(driver)


async def test_marks_and_a_far_row_are_there_when_one_comes_back(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "space", "space", "4", "comma")
        assert "2 marked" in crumbs(driver)
        driver.screen.window = driver.screen.window.bookmark()
        assert driver.screen.window.wanted == 7 and not driver.screen.window.rows


async def run(driver: Driver, line: str) -> None:
    await driver.press("colon")
    await driver.until(lambda: driver.screen._names, "what can be named")
    await driver.type(line)
    await driver.press("enter")


@pytest.mark.parametrize(("line", "screen", "shows"), [
    ("events", keys.AUDIT, "Audit › events"), ("queue", keys.AUTOMATION, "[queue]"),
    ("recipes", keys.AUTOMATION, "[folders]"), ("sched", keys.AUTOMATION, "[triggers]"),
    ("decisions", keys.AUTOMATION, "[decisions]"), ("why", keys.AUTOMATION, "[decisions]"),
    ("versions flights", keys.DATA, "Data › flights"),
    ("versions", keys.DATA, "Data › flights"), ("profile flights@3", keys.DATA, "flights › v3 profile"),
    ("model flights", keys.MODELS, "deployments › flights"), ("replay flights", keys.MODELS, "flights replay"),
    ("run 3", keys.EXPERIMENTS, "run 3"), ("exp", keys.EXPERIMENTS, "Experiments › runs"),
    ("jobs state=queued", keys.AUTOMATION, "/sta"), ("versions /quarantined", keys.DATA, "/quarantined"),
])
async def test_every_list_is_a_command(world: World, console: Opened, line: str, screen: str, shows: str) -> None:
    async with console(world.workspace) as driver:
        await run(driver, line)
        await driver.until(lambda: screen == driver.screen.NAME and shows in crumbs(driver), shows)
        await driver.ready()
        assert driver.said == ""
        assert driver.screen.table.rows or driver.screen.page.lines


def test_every_destination_is_a_list_of_its_screen() -> None:
    for one in destinations.ALL:
        cls = screen_class(one.screen)
        roots = cls.roots(cls.__new__(cls))
        assert not one.root or one.root in [level.name for level in roots if isinstance(level, Listing)], one
        assert len(one.beyond("7")) == len(one.inner)


def test_names_begin_like_no_others_of_another_screen() -> None:
    assert destinations.find("ev") is not None and destinations.find("e") is None
    assert destinations.find("mo") is None, "models and monitors"
    known = destinations.names()
    assert len(set(known)) == len(known)


@pytest.mark.parametrize(("line", "where", "argument"), [
    ("runs", None, ""), ("runs flights", "recipe=flights", ""), ("runs flights /roc_auc>0.8",
    "recipe=flights roc_auc>0.8", ""), ("runs nobody", "nobody", ""), ("runs /^fli.*/", "/^fli.*/", ""),
    ("runs //^fli.*/", "/^fli.*/", ""), ("runs roc_auc>0.8", "roc_auc>0.8", ""), ("runs !failed", "!failed", ""),
    ("runs -f flts", "-f flts", ""), ("runs flights -f x", "-f x recipe=flights", ""),
    ('versions "rain fall" state=accepted', "state=accepted", "rain fall"), (":run #7", None, "7"),
])
def test_what_follows_a_name(line: str, where: str | None, argument: str) -> None:
    made = parse(line, NAMES)
    assert (made.where, made.argument) == (where, argument)


@pytest.mark.parametrize(("line", "says"), [
    ("modles", "did you mean 'models'"), ("zzz", "overview needs data datasets"),
    ("versions", "there are: flights rain fall"),
    ("versions flihgts", "did you mean 'flights'"), ("run x", "no number of a run"),
    ("profile flights", "DATASET@NUMBER"), ("replay", "there is no model yet"),
])
def test_a_typo_is_told_with_what_was_meant(line: str, says: str) -> None:
    with pytest.raises(UsageError) as told_:
        parse(line, NAMES)
    assert says in f"{told_.value.message}: {told_.value.hint}"


def test_completions_are_lines_that_are_understood() -> None:
    assert completions("ver", NAMES) == ["versions "]
    assert completions("versions ", NAMES) == ["versions flights", 'versions "rain fall"']
    assert completions("runs ch", NAMES) == ["runs churn"] and completions("runs churn", NAMES) == []
    assert completions("que", NAMES) == ["queue"]
    for line in completions("", NAMES):
        if not line.endswith(" "):
            parse(line, NAMES)
    assert "the versions of a dataset" in told("versions", NAMES) and "flights" in told("versions ", NAMES)


async def test_tab_completes_and_up_brings_what_was_typed_before(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await run(driver, "events")
        await driver.press("colon")
        assert "overview" in driver.text(), "what there is"
        await driver.type("ver")
        await driver.keys("tab")
        assert driver.screen.bar.text == "versions "
        await driver.keys("tab")
        assert driver.screen.bar.text == "versions flights"
        await driver.keys("up")
        assert driver.screen.bar.text == "events"
        await driver.keys("up")
        assert "no line was typed before" in driver.text()
        await driver.keys("down")
        assert driver.screen.bar.text == "versions flights"
        await driver.keys(*["backspace"] * 30)
        await driver.keys("colon")
        await driver.type("re")
        await driver.keys("tab", "tab")
        assert driver.screen.bar.text == "recipes"
        await driver.keys("shift+tab")
        assert driver.screen.bar.text == "replay "
        await driver.keys("escape")


async def test_themes_change_at_once(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await run(driver, "theme light")
        assert driver.app.theme == "footplate-light" and "theme light" in driver.said
        await run(driver, "theme colourblind")
        assert driver.app.theme == "footplate-colour-blind"
        await run(driver, "theme drak")
        assert "did you mean 'dark'" in driver.text() and driver.app.theme == "footplate-colour-blind"


async def test_no_color_keeps_its_theme(
    world: World, console: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(world.workspace) as driver:
        await run(driver, "theme light")
        assert "NO_COLOR is set" in driver.text() and driver.app.theme == "footplate-mono"


async def test_what_comes_while_the_console_is_taken_down_is_for_nobody(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2")
        app, root = driver.app, world.workspace.root
        view = View.of(root, keys.DATA, 0, driver.screen.stack)
    assert not app.screen_stack
    app.on_frame_go(Frame.Go(parse("models")))
    app.on_frame_visit(Frame.Visit(view))
    app.on_frame_move(Frame.Move(root.parent))
    app.on_console_opened(app.Opened(UsageError("no such workspace")))
    app.action_help_quit()
    app.keep()
