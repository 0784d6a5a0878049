"""Editing a recipe from the console: errors on return, what saving does, and nothing lost."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from core.errors import Stale
from core.services import drafts
from screens.modals.question import Ask
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.screens.driver import Driver, Opened
from tests.screens.world import World

APPEND = "pathlib.Path(sys.argv[1]).open('a').write({!r})"


@pytest.fixture
def lab(empty: World, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """One accepted version; the terminal of the test can be given to an editor."""
    made = Lab(empty.workspace)
    made.add("a.csv", learnable(60))
    monkeypatch.setattr(HeadlessDriver, "can_suspend", property(lambda self: True))
    monkeypatch.delenv("VISUAL", raising=False)
    return made


def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *lines: str, slow: bool = True) -> None:
    """An editor that does this; `slow`: it is there for as long as a person's would be."""
    program = tmp_path / "my editor.py"
    wait = ["import time", "time.sleep(1.1)"] if slow else []
    program.write_text("\n".join([f"#!{sys.executable}", "import pathlib, sys", *lines, *wait]))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", f"'{program}'")


def text(lab: Lab) -> str:
    return (lab.workspace.recipes / "churn.toml").read_text()


async def edited(driver: Driver, modal: str) -> None:
    await driver.press("6", "tab", "tab", "e")
    await driver.until(lambda: driver.modal == modal, f"{modal} after the editor")


async def test_a_valid_recipe_is_saved_after_what_it_does_was_said(
    lab: Lab, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(monkeypatch, tmp_path, APPEND.format('[triggers]\nschedule = "0 3 * * *"\n'))
    async with console(lab.workspace, (100, 40)) as driver:
        await edited(driver, "Ask")
        await driver.until(lambda: "Save recipe churn?" in driver.text() and "triggers.schedule" in driver.text())
        screen = driver.app.screen
        assert isinstance(screen, Ask) and screen.question.command.startswith("footplate recipes save churn ")
        assert text(lab) == RECIPE, "nothing is saved before the yes"
        await driver.keys("y")
        await driver.until(lambda: "recipe churn is saved" in driver.said, "saved")
    assert "schedule" in text(lab) and not list((lab.workspace.hidden / "drafts").iterdir())


async def test_errors_are_shown_with_their_hint_and_the_copy_is_kept_or_thrown_away(
    lab: Lab, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(monkeypatch, tmp_path, APPEND.format("tarjet = 1\n"))
    async with console(lab.workspace, (100, 40)) as driver:
        await edited(driver, "Choose")
        await driver.until(lambda: "cannot be saved like this" in driver.text() and "tarjet" in driver.text())
        await driver.keys("k")
        await driver.until(lambda: "the copy is kept" in driver.said)
        assert text(lab) == RECIPE and drafts.begin(lab.workspace, "churn").resumed
        await driver.press("e")
        await driver.until(lambda: driver.modal == "Choose")
        await driver.keys("t")
        await driver.until(lambda: "thrown away" in driver.said)
    assert text(lab) == RECIPE and not drafts.begin(lab.workspace, "churn").resumed


async def test_an_editor_that_fails_changes_nothing_and_says_so(
    lab: Lab, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(monkeypatch, tmp_path, "sys.exit(3)")
    async with console(lab.workspace, (100, 40)) as driver:
        await driver.press("6", "tab", "tab", "e")
        await driver.until(lambda: "ended with exit code 3: nothing was changed" in driver.said)
        monkeypatch.setenv("EDITOR", "/nowhere/editor")
        await driver.press("e")
        await driver.until(lambda: "could not be started" in driver.said)
    assert text(lab) == RECIPE


async def test_an_editor_that_comes_back_at_once_is_waited_for(
    lab: Lab, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(monkeypatch, tmp_path, slow=False)
    async with console(lab.workspace, (100, 40)) as driver:
        await edited(driver, "Choose")
        await driver.until(lambda: "came back" in driver.text())
        path = drafts.begin(lab.workspace, "churn").path
        path.write_text(RECIPE + "# saved in a window of its own\n")
        await driver.keys("r")
        await driver.until(lambda: driver.modal == "Ask", "the question")
        await driver.keys("y")
        await driver.until(lambda: "recipe churn is saved" in driver.said)
    assert "window of its own" in text(lab)


async def test_somebody_else_saved_meanwhile(
    lab: Lab, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor(monkeypatch, tmp_path, APPEND.format("# mine\n"))
    async with console(lab.workspace, (100, 40)) as driver:
        await edited(driver, "Ask")
        (lab.workspace.recipes / "churn.toml").write_text(RECIPE + "# theirs\n")
        await driver.keys("y")
        await driver.until(lambda: "somebody else saved recipe churn meanwhile" in driver.said)
    assert "# theirs" in text(lab) and "# mine" not in text(lab)


async def test_a_console_that_only_reads_gives_no_editor(world: World, console: Opened) -> None:
    async with console(world.workspace, read_only=True) as driver:
        await driver.press("6", "e")
        assert "only reads" in driver.said


async def test_a_terminal_that_cannot_be_given_away_names_the_command(
    empty: World, console: Opened
) -> None:
    Lab(empty.workspace)
    async with console(empty.workspace, (120, 30)) as driver:
        await driver.press("6", "tab", "tab", "e")
        await driver.until(lambda: "footplate recipes edit churn" in driver.said)


def test_who_was_told_of_another_text_may_save_over_it(lab: Lab) -> None:
    draft = drafts.begin(lab.workspace, "churn")
    draft.path.write_text(RECIPE + "# mine\n")
    draft.target.write_text(RECIPE + "# theirs\n")
    with pytest.raises(Stale, match="somebody else saved"):
        drafts.save(lab.workspace, draft)
    again = drafts.begin(lab.workspace, "churn")
    assert again.resumed and drafts.is_changed(again) and again.path.read_text().endswith("# mine\n")
    drafts.save(lab.workspace, again)
    assert text(lab).endswith("# mine\n")
