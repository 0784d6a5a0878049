"""Paths that are typed: completed as far as it is certain, and a file is taken by hand with what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.views import datasets as views
from screens.paths import complete, whole
from tests.fakes.lab import Lab, learnable
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("inbox-a", "inbox-b", ".hidden"):
        (tmp_path / "files" / name).mkdir(parents=True)
    (tmp_path / "files" / "Info.csv").touch()
    (tmp_path / "files" / "inbox-a" / "only.csv").touch()
    return tmp_path / "files"


@pytest.mark.parametrize(("text", "becomes", "names"), [
    ("", "", ("inbox-a/", "inbox-b/", "Info.csv")), ("in", "inbox-", ("inbox-a/", "inbox-b/", "Info.csv")),
    ("inb", "inbox-", ("inbox-a/", "inbox-b/")), ("inbox-a", "inbox-a/", ("inbox-a/",)),
    ("inbox-a/", "inbox-a/only.csv", ("only.csv",)), ("INF", "Info.csv", ("Info.csv",)),
    (".", ".hidden/", (".hidden/",)),
    ("nowhere/x", "nowhere/x", ()), ("zzz", "zzz", ()),
])
def test_what_is_certain_is_added(folder: Path, text: str, becomes: str, names: tuple[str, ...]) -> None:
    found = complete(text, folder)
    assert found.text == becomes and set(found.names) == set(names)


def test_only_folders_where_only_folders_will_do(folder: Path) -> None:
    assert complete("", folder, folders_only=True).names == ("inbox-a/", "inbox-b/")


def test_absolute_paths_and_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert complete(f"{folder}/Inf", Path("/")).text == f"{folder}/Info.csv"
    assert complete("~", Path("/")).text == "~/"
    assert complete("~/Inf", Path("/")).text == "~/Info.csv"
    assert whole("~/Info.csv", Path("/")) == folder / "Info.csv"


async def typed(driver: Driver, text: str) -> None:
    await driver.type(text)
    await driver.keys("enter")


async def test_a_file_is_taken_by_hand_after_what_would_come_of_it(
    empty: World, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lab = Lab(empty.workspace)
    lab.add("a.csv", learnable(60))
    arrivals = tmp_path / "arrivals"
    arrivals.mkdir()
    lines = "".join(f"{x},{y}\n" for x, y in learnable(40, 3))
    (arrivals / "month [b]\x1b.csv").write_text("x,y\n" + lines)
    monkeypatch.chdir(arrivals)
    async with console(empty.workspace, (100, 40)) as driver:
        await driver.press("2", "i")
        await driver.until(lambda: "Take a file into churn" in driver.text(), "the path")
        await driver.type("mon")
        await driver.keys("tab")
        await driver.until(lambda: "month [b]␛.csv" in driver.lines()[-2], "completed")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "Ask", "the question")
        assert "would be accepted" in driver.text() and "it would be churn@2" in driver.text()
        assert "footplate data add churn" in driver.text() and "\x1b" not in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "churn@2 accepted, 40 rows" in driver.said, "taken")
    assert views.show(empty.workspace, "churn@2").state == "accepted"


async def test_what_will_not_do_is_said_while_it_is_typed_and_escape_leaves_it(
    empty: World, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lab = Lab(empty.workspace)
    lab.add("a.csv", learnable(60))
    monkeypatch.chdir(empty.workspace.root)
    async with console(empty.workspace) as driver:
        await driver.press("2", "i")
        await driver.until(lambda: driver.modal == "AskPath")
        await typed(driver, "nowhere.csv")
        await driver.until(lambda: "there is no such file" in driver.text())
        for _ in "nowhere.csv":
            await driver.keys("backspace")
        await typed(driver, "recipes")
        await driver.until(lambda: "this is a folder" in driver.text())
        await driver.keys("escape")
        await driver.until(lambda: driver.modal == "")
        await driver.press("i")
        await driver.until(lambda: driver.modal == "AskPath")
        await typed(driver, "a.csv")
        await driver.until(lambda: "is churn@1 already: the same bytes" in driver.said)


async def test_a_console_that_only_reads_takes_no_file(world: World, console: Opened) -> None:
    async with console(world.workspace, read_only=True) as driver:
        await driver.press("2", "i")
        assert "only reads" in driver.said and driver.modal == ""


async def test_a_dry_run_says_what_would_happen_and_nothing_does(
    empty: World, console: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(empty.workspace)
    lab.add("a.csv", learnable(60))
    lines = "".join(f"{x},{y}\n" for x, y in learnable(40, 3))
    (empty.workspace.root / "month.csv").write_text("x,y\n" + lines)
    monkeypatch.chdir(empty.workspace.root)
    async with console(empty.workspace, (100, 40)) as driver:
        await driver.press("6", "i")
        await driver.until(lambda: "What would happen if" in driver.text())
        await driver.keys("f")
        await driver.until(lambda: driver.modal == "AskPath")
        await typed(driver, "month.csv")
        await driver.until(lambda: "nothing of this has happened" in driver.text(), "the outlook")
        await driver.until(lambda: "would be accepted" in driver.text() and "it would be churn@2" in driver.text())
        assert "command  footplate dry-run " in driver.text()
        await driver.keys("q")
        (empty.workspace.recipes / "churn.toml").write_text('watch = "inbox"\ntarget = "z"\n')
        await driver.press("i")
        await driver.until(lambda: driver.modal == "Choose")
        await driver.keys("r")
        await driver.until(lambda: "recipe churn cannot be used" in driver.text() and "'z'" in driver.text())
    assert len(views.versions(empty.workspace, "churn").rows) == 1


@pytest.mark.parametrize("text", ["~nobody-of-that-name/x.csv", "/root/x.csv", f"{'x' * 300}.csv", "a\0b/x.csv"])
async def test_no_path_that_is_typed_ends_the_console(
    world: World, console: Opened, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(world.workspace) as driver:
        await driver.press("3", "E")
        driver.screen.bar.put(text)
        await driver.keys("enter")
        await driver.settle()
        if driver.screen.bar.is_open:
            await driver.press("escape")
        await driver.press("y")
        await driver.keys("s")
        driver.app.screen.query_one("Bar").put(text)  # type: ignore[attr-defined]
        await driver.keys("enter")
        await driver.settle()
    assert driver.app.return_code in (None, 0)
