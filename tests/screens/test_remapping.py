"""Remapped keys: everything that is wrong with them is told with its names."""

from __future__ import annotations

import pytest

from console.seats import desk_of
from core.workspace import Workspace
from screens.keys import MAP, resolved
from screens.remapping import problems, unreachable
from tests.screens.driver import Opened
from tests.screens.world import World


def test_the_map_itself_reaches_everything() -> None:
    assert unreachable(MAP) == [] and problems({}) == []


@pytest.mark.parametrize(("remapped", "says"), [
    ({"promot": "U"}, "promot is no action; did you mean promote?"),
    ({"promote": "B"}, "B means promote and roll_back on models"),
    ({"promote": "B"}, "promote cannot be reached on models: B means roll_back"),
    ({"quit": ""}, "quit cannot be reached anywhere: it has no key"),
    ({"quit": "ctrl+q"}, "ctrl+q for quit never arrives"),
    ({"back": "escpae"}, "escpae for back is no key; did you mean escape?"),
    ({"help": "q"}, "help cannot be reached anywhere: q means quit"),
])
def test_what_is_wrong_is_named(remapped: dict[str, str], says: str) -> None:
    assert any(says in line for line in problems(remapped)), problems(remapped)


def test_a_sound_remap_has_no_problems() -> None:
    assert problems({"promote": "U", "help": "? f1", "palette": "; ctrl+o"}) == []


async def test_the_console_says_at_its_start_what_is_wrong_and_the_help_shows_all(
    world: World, console: Opened
) -> None:
    remapped = {"promote": "B", "help": "f1"}
    desk = {"keys": resolved(remapped), "key_problems": tuple(problems(remapped))}
    async with console(world.workspace, **desk) as driver:
        assert "B means promote and roll_back on models, and 1 more; f1 shows it" in " ".join(driver.said.split())
        await driver.press("2")
        assert driver.said == "" and "f1 help" in driver.lines()[-1]
        await driver.keys("f1")
        await driver.until(lambda: driver.modal == "TextView" and "Wrong with [keys]" in driver.text())
        assert "promote cannot be reached on models: B means roll_back" in driver.text()


def test_desk_of_a_workspace_names_them(world: World) -> None:
    (world.workspace.root / "footplate.toml").write_text('[keys]\nquit = "ctrl+q"\nnowhere = "n"\n', "utf-8")
    desk = desk_of(Workspace.open(world.workspace.root))
    assert [line.split(";")[0] for line in desk.key_problems] == [
        "[keys] nowhere is no action", "ctrl+q for quit never arrives: terminals take it for themselves",
    ]
