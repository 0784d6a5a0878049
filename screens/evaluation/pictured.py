"""All pictures of a run, or of several in one, in the order in which they are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from screens.evaluation import curves, spreads, tables
from screens.evaluation.shown import Shown, prose
from screens.plain import plain
from screens.widgets.blocks import Block, flow


def pictured(runs: Sequence[Shown], width: int, *, draw: bool = True) -> list[Text]:
    """In `width` cells; nothing where none of them left a picture. Without `draw` only what is a table."""
    missing = [line for run in runs for line in _missing(run, width)]
    blocks = [*(drawn(runs, width) if draw else ()), *tables.confusion(runs, width)]
    blocks += tables.importances(runs, width)
    return [*([Text(), Text("Pictures", "title"), *missing] if missing else []), *flow(blocks, width)]


def drawn(runs: Sequence[Shown], width: int) -> list[Block]:
    """Curves, histograms and clouds."""
    blocks = [*curves.rankings(runs, width), *curves.calibration(runs, width)]
    if len(runs) == 1:
        blocks += spreads.scores(runs[0], width)
    return [*blocks, *spreads.errors(runs, width), *curves.steps(runs, width)]


def _missing(run: Shown, width: int) -> list[Text]:
    """Why a run that was judged has none, and what to do."""
    if "problem" in run.pictures:
        why = f"the pictures of {run.label} cannot be read: {plain(run.pictures['problem'])}"
    elif run.judged and not run.pictures:
        why = f"{run.label} kept no curves: it is older than they are, or nothing could be drawn of it"
    else:
        return []
    then = "Train its recipe again (t, `footplate train`): a new run has curves of its own"
    return prose(f"{why}. {then}", width, "warn")
