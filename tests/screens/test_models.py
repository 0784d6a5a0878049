"""Screen 4: a version in parts, what a promotion would change, measuring again, and the replay as a picture."""

from __future__ import annotations

import json

from core.registry import jobs
from core.vocabulary import EventKind, JobKind, Verdict
from screens.modals.question import Ask
from screens.widgets.forest import scale, whisker
from screens.widgets.markers import plot
from tests.screens.driver import Opened
from tests.screens.world import ACTOR, World


def live(world: World, kind: JobKind) -> list[str]:
    with world.workspace.registry.read() as connection:
        return [job["key"] for job in jobs.live(connection) if job["kind"] == kind]


async def test_tab_goes_round_the_parts_of_a_version(world: World, console: Opened) -> None:
    async with console(world.workspace, (120, 40)) as driver:
        await driver.press("4", "enter", "down", "enter")
        seen = []
        for _ in range(6):
            seen.append(driver.lines()[1].split("v5 ")[1].split()[0])
            await driver.press("tab")
        assert seen == ["record", "metrics", "gate", "card", "lineage", "record"]
        await driver.press("shift+tab")
        assert "v5 record" in driver.lines()[1]
        await driver.press("escape")
        assert driver.screen.row().version == 5, "back is where one came from"
        await driver.press("g", "escape", "tab")
        assert "[deployments]" in driver.lines()[1], "the other list"


async def test_metrics_stand_beside_those_of_other_versions_on_one_scale(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("4", "enter", "enter", "tab")
        text = driver.text()
        assert "roc_auc 0.7100 0.6900 to 0.7300 decides" in " ".join(text.split())
        assert "it was not itself" in text
        ours, other = (next(line for line in driver.lines() if f" {name} " in line and "●" in line)
                       for name in ("v6", "v1"))
        assert ours.index("●") > other.index("●") and ours.index("┤") < 80
        assert "▸ v6" in ours and "▸" not in other
        await driver.press("G")
        assert "compares two of them" in driver.text() and "r measures it" in driver.text()


async def test_every_rule_of_the_gate_is_told_with_its_numbers(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("4", "enter", "enter", "tab", "tab")
        text = driver.text()
        assert "✓ rows 1,287 0.7000 200" in " ".join(text.split())
        assert "the gain is enough" in text and "What would have changed it" in text
        assert driver.screen.place.level.command() == "footplate why flights@6"


async def test_the_card_is_read_and_its_command_exports_it(world: World, console: Opened) -> None:
    async with console(world.workspace, (100, 200)) as driver:
        await driver.press("4", "enter", "enter", "tab", "tab", "tab")
        text = driver.text()
        assert "flights v6" in text and "Limits" in text and "footplate predict flights@6" in text
        await driver.press("C")
        assert driver.app.clipboard == "footplate models card flights@6"


async def test_what_a_promotion_changes_is_shown_and_can_be_scrolled(world: World, console: Opened) -> None:
    world.run(verdict=Verdict.NEEDS_APPROVAL, params={f"parameter_{n}": n for n in range(30)}, minutes=1)
    async with console(world.workspace) as driver:
        await driver.press("4", "enter", "A")
        await driver.until(lambda: driver.modal == "Ask")
        text = driver.text()
        assert "v6, roc_auc 0.7100" in text and "v7, roc_auc 0.7100" in text and "parameter_0" in text
        assert "j k see the rest" in text and "footplate models approve" not in text
        await driver.keys("G")
        assert "footplate models approve flights --run" in driver.text()
        await driver.keys("g", "pagedown", "k", "j", "enter")
        assert driver.modal == "Ask"
        await driver.keys("y")
        await driver.until(lambda: "flights v7 is approved" in driver.said)


async def test_a_version_is_measured_again_as_a_job_and_the_numbers_are_shown(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("4", "enter", "down", "r")
        await driver.until(lambda: "has no labelled rows that v5 or v6 of flights" in driver.said)
        world.version(file="new.csv", minutes=1)
        await driver.press("r")
        await driver.until(lambda: driver.modal == "Ask")
        assert "beside the champion v6" in driver.text() and "no alias moves" in driver.text()
        screen = driver.app.screen
        assert isinstance(screen, Ask) and screen.question.command == "footplate models evaluate flights@5"
        await driver.keys("y")
        await driver.until(lambda: "measures flights@5" in driver.said)
        assert live(world, JobKind.EVALUATE) == ["evaluate:flights@5:newest"]
        with world.workspace.registry.write(ACTOR) as tx:
            tx.emit(
                EventKind.MODEL_EVALUATED, "model flights", version=5, champion=6, data=["flights@8"], rows=900,
                primary="roc_auc", metrics={"roc_auc": [0.68, 0.65, 0.71]},
                champion_metrics={"roc_auc": [0.7, 0.67, 0.73]}, difference=[-0.02, -0.03, -0.01],
                headline=".680 against .700 on 900", learned=[6], notes=["only a sample"], job=1,
            )
        await driver.press("enter", "tab", "G")
        text = driver.text()
        assert "0.6800 (0.6500 to 0.7100) on 900 rows of flights@8" in text
        assert "the champion then, v6: 0.7000" in text and "v6 had learned from some of these rows" in text
        assert "only a sample" in text


def replayed(world: World) -> None:
    """A replay as a worker leaves it."""
    files = [
        {"file": f"flights_2026-0{n}.csv", "rows": 2500, "verdict": "failed" if n == 4 else "passed",
         "headline": ".7 against .6", "reasons": ["surely worse"] if n == 4 else [],
         "scores": dict.fromkeys(("never", "always", "gated")) if n == 1
         else {"never": 0.6, "always": 0.6 + n / 50, "gated": 0.6 if n == 2 else 0.62 + n / 50}}
        for n in range(1, 7)
    ]
    found = {
        "model": "flights", "metric": "roc_auc", "higher_is_better": True, "files": files,
        "means": {"never": 0.6, "always": 0.68, "gated": 0.69}, "seconds": {"never": 0.1, "always": 2, "gated": 3},
        "fits": {"never": 1, "always": 6, "gated": 11},
    }
    result = world.workspace.store.put_bytes(json.dumps(found).encode())
    with world.workspace.registry.write(ACTOR) as tx:
        tx.emit(EventKind.RECIPE_REPLAYED, "recipe flights", result=result)


async def test_the_replay_is_a_picture_that_needs_no_colour(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("4", "enter", "tab")
        assert "flights was never replayed" in driver.text() and "versions · replay" in driver.lines()[1]
        await driver.press("r")
        await driver.until(lambda: "flights has 0 labelled files" in driver.said or driver.modal == "Ask")
        await driver.keys("n")
        replayed(world)
        await driver.until(lambda: "g gated" in driver.text(), "the picture")
        text = driver.text()
        picture = [line for line in driver.lines() if "│" in line or "┤" in line]
        drawn = "".join(line[9:] for line in picture)
        assert drawn.count("n") == 4 and drawn.count("a") == 5 and drawn.count("g") == 4 and drawn.count("*") == 1
        assert "flights_2026-01.csv to flights_2026-06.csv, 6 files" in text
        assert "by ann@example" in text
        await driver.press("G")
        assert "gated        0.6900     11           3 s  best" in driver.text()
        assert "flights_2026-04.csv  surely worse" in driver.text()
        await driver.press("C")
        assert driver.app.clipboard == "footplate replay flights --last"


async def test_a_replay_is_asked_for_as_a_job(world: World, console: Opened) -> None:
    (world.workspace.recipes / "flights.toml").write_text('watch = "inbox"\ntarget = "late"\n', "utf-8")
    async with console(world.workspace) as driver:
        await driver.press("4", "enter", "tab", "r")
        await driver.until(lambda: driver.modal == "Ask")
        await driver.keys("y")
        await driver.until(lambda: "replays flights" in driver.said)
        assert live(world, JobKind.REPLAY) == ["replay:flights"]


def test_series_that_meet_are_told_from_those_that_do_not() -> None:
    lines = [line.plain for line in plot({"a": [0.0, 1.0], "b": [0.0, 0.5]}, {}, 20, 5)]
    assert lines[0].endswith("a") and lines[-1][8] == "*" and sum(line.count("b") for line in lines) == 1
    assert plot({"a": [None]}, {}, 20, 5) == [] and plot({"a": [0.5]}, {}, 20, 5) != []
    assert max(map(len, lines)) <= 20


def test_intervals_share_a_scale() -> None:
    rows = [(0.5, 0.4, 0.6), (0.9, 0.8, 1.0), (0.7, None, None), (None, None, None)]
    low, high = scale(rows)
    assert (low, high) == (0.4, 1.0)
    drawn = [whisker(row, low, high, 31).plain for row in rows]
    assert drawn[0].startswith("├") and drawn[1].endswith("┤") and drawn[2].strip() == "●" and not drawn[3].strip()
    assert scale([]) == (0.0, 1.0) and whisker((1.0, 1.0, 1.0), 1.0, 1.0, 5).plain[0] in "●├"
