"""Runs for people on the command line: what the console's pages say; and the numbers behind the pictures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from console import output
from core.views import runs
from core.views.why import why
from screens.levels.comparison import compared
from screens.levels.run import described
from tests.screens.drawn import falling, kinds, leave
from tests.screens.world import World

Say = Callable[..., str]
Ask = Callable[..., Any]


def lines(said: str) -> list[str]:
    return said.rstrip("\n").split("\n")


@pytest.fixture
def drawn(world: World) -> World:
    for id in (6, 7):
        leave(world, id, kinds("binary", seed=id - 5), falling(id))
    return world


@pytest.mark.parametrize("curves", [True, False])
def test_one_run_reads_as_its_page_does(drawn: World, say: Say, curves: bool) -> None:
    said = lines(say("runs", "show", "7", *(["--curves"] if curves else [])))
    full = runs.show(drawn.workspace, 7)
    page = described(full, why(drawn.workspace, 7), datetime.now(UTC), output.PAGE, draw=curves)
    told = [line.plain.rstrip() for line in page]
    assert [line for line in said if "ago" not in line] == [line for line in told if "ago" not in line]
    assert ("ROC of class yes" in said) is curves and "What the model leans on" in said
    assert any("± champion 6" in line for line in said)


def test_several_read_as_theirs(drawn: World, say: Say) -> None:
    from core.views.comparison import compare

    said = lines(say("runs", "compare", "6", "7"))
    page = compared(compare(drawn.workspace, [6, 7]), datetime.now(UTC), output.PAGE, draw=False)
    told = [line.plain.rstrip() for line in page]
    assert said[3:-1] == told[3:-1] and "Confusion, run 6" in "\n".join(said)
    assert said[-1].endswith("(--all shows them)")


def test_the_numbers_are_an_array_a_table_or_a_file(drawn: World, say: Say, ask: Ask) -> None:
    rows = ask("runs", "curves", "6", "7")
    assert {row["run"] for row in rows} == {6, 7}
    assert {row["picture"] for row in rows} == {
        "metrics", "roc", "pr", "calibration", "scores", "confusion", "steps", "importance",
    }
    assert "holdout_log_loss" in say("runs", "curves", "7")
    assert f"{len(rows):,} rows -> out.csv" in say("runs", "curves", "6", "7", "-o", "out.csv")
    with (drawn.workspace.root / "out.csv").open(encoding="utf-8", newline="") as stream:
        again = list(csv.DictReader(stream))
    assert [row["series"] for row in again] == ["" if row["series"] is None else row["series"] for row in rows]
    assert "there is no run 99" in say("runs", "curves", "99", code=3)


def test_tones_are_painted_where_a_terminal_takes_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.text import Text

    monkeypatch.setattr(output, "colour", lambda: True)
    output.write_lines([Text.assemble(("name", "quiet"), " 1 ", ("good", "good")), Text("Title", "title"), Text("x  ")])
    assert capsys.readouterr().out == "\x1b[2mname\x1b[0m 1 \x1b[32mgood\x1b[0m\n\x1b[1mTitle\x1b[0m\nx\n"
