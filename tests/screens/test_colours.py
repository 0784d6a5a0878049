"""Everything can be read: every tone on every ground, in every theme, with as few colours as a terminal may have;
and what really stands on the screens."""

from __future__ import annotations

import pytest
from rich._palettes import EIGHT_BIT_PALETTE, STANDARD_PALETTE
from rich.color import Color, ColorSystem
from rich.style import Style

from screens.themes import MANY, SHADES, TONES, chosen, look, palette
from tests.screens.driver import Driver, Opened
from tests.screens.world import World

TEXT, PICTURE = 4.5, 3.0  # the least contrast of text, and of lines, bars and blocks
GROUNDS = ("", "raised", "cursor")
SYSTEMS = {MANY: ColorSystem.TRUECOLOR, 256: ColorSystem.EIGHT_BIT, 16: ColorSystem.STANDARD}
Rgb = tuple[int, int, int]


def luminance(colour: Rgb) -> float:
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(front: Rgb, back: Rgb) -> float:
    low, high = sorted((luminance(front), luminance(back)))
    return (high + 0.05) / (low + 0.05)


def shown(colour: Color | None, system: ColorSystem) -> Rgb:
    """What a terminal with these colours shows."""
    assert colour is not None
    given = colour.downgrade(system)
    if given.triplet is not None:
        return tuple(given.triplet)
    assert given.number is not None
    known = STANDARD_PALETTE if given.number < 16 else EIGHT_BIT_PALETTE
    return tuple(known[given.number])


def of(style: Style, system: ColorSystem) -> float:
    return contrast(shown(style.color, system), shown(style.bgcolor, system))


def test_the_ruler_measures_as_the_standard_does() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21) and contrast((9, 9, 9), (9, 9, 9)) == 1
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colours", SYSTEMS)
@pytest.mark.parametrize("theme", SHADES)
def test_every_tone_can_be_read_on_every_ground(theme: str, colours: int) -> None:
    known = palette(theme, colours)
    hard = {
        (tone, ground): round(of(look(known, tone, ground), SYSTEMS[colours]), 2)
        for ground in GROUNDS for tone in ("", *TONES, "strong", "head", "match", "key")
    }
    assert {pair: found for pair, found in hard.items() if found < TEXT} == {}


@pytest.mark.parametrize("colours", SYSTEMS)
@pytest.mark.parametrize("theme", SHADES)
def test_the_row_under_the_cursor_is_told_from_others_by_its_ground(theme: str, colours: int) -> None:
    known, system = palette(theme, colours), SYSTEMS[colours]
    assert contrast(shown(known["cursor"].bgcolor, system), shown(known[""].bgcolor, system)) > 1.2


def test_no_color_means_the_mono_theme_without_any_hue() -> None:
    assert chosen("light", no_color=True) == "footplate-mono"
    assert chosen("light", no_color=False) == "footplate-light"
    assert chosen("nonsense", no_color=False) == chosen("", no_color=False) == "footplate-dark"
    for style in palette("footplate-mono").values():
        for colour in (style.color, style.bgcolor):
            if colour is not None:
                red, green, blue = shown(colour, ColorSystem.TRUECOLOR)
                assert red == green == blue


def hard_to_read(driver: Driver) -> set[tuple[str, str, float]]:
    """Pieces of the screen, as it is painted, whose contrast is too low."""
    found = set()
    for line in driver.app.screen._compositor.render_strips():
        for text, style, _ in line:
            if not text.strip() or style is None or style.color is None or style.bgcolor is None:
                continue
            least = PICTURE if all("\u2500" <= one <= "\u259f" or one.isspace() for one in text) else TEXT
            if (reached := of(style, ColorSystem.TRUECOLOR)) < least:
                found.add((text.strip(), str(style), round(reached, 2)))
    return found


@pytest.mark.parametrize("theme", SHADES)
async def test_what_stands_on_the_screens_can_be_read(
    world: World, console: Opened, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.job(error="no memory", key="failed")
    if theme == "footplate-mono":
        monkeypatch.setenv("NO_COLOR", "1")
    async with console(world.workspace, (120, 40)) as driver:
        if theme != "footplate-mono":
            driver.app.theme = theme
        assert driver.app.theme == theme
        for key in "1234567":
            await driver.press(key)
            assert hard_to_read(driver) == set(), key
        await driver.press("3", "space", "v", "j", "slash")
        await driver.type("nofield=3")
        await driver.until(lambda: "no field" in driver.text())
        assert hard_to_read(driver) == set(), "a filter that is wrong"
        await driver.keys("escape", "semicolon")
        assert hard_to_read(driver) == set(), "the palette"
        await driver.keys("escape", "question_mark")
        await driver.until(lambda: driver.modal == "TextView" and "Everywhere" in driver.text())
        await driver.keys("slash")
        await driver.type("the")
        assert hard_to_read(driver) == set(), "a search in the help"
        await driver.keys("escape", "q")
        await driver.until(lambda: driver.modal == "")
        await driver.press("4", "enter", "P")
        await driver.until(lambda: driver.modal == "Ask" or driver.said != "")
        assert hard_to_read(driver) == set(), "a question"
