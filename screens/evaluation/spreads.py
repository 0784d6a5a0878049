"""How probabilities and errors are spread: histograms by class, errors, prediction against truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from rich.text import Text

from screens import format as f
from screens.evaluation.shown import Shown, having, name, named, size
from screens.widgets.blocks import Block
from screens.widgets.pictures import histogram, tall_histogram
from screens.widgets.plot import Axis, Series, plot, tick

TALL = 3
FEW = 3  # classes up to which each has a tall histogram


def scores(run: Shown, width: int) -> list[Block]:
    """Which probabilities the rows of each class got."""
    found = run.picture("scores")
    if not found:
        return []
    across = size(width)[0]
    two = found["about"] != "own class"
    title = f"Probability said of {name(found['about'])}" if two else "Probability said of the row's own class"
    lines: list[Text] = []
    classes = found["classes"]
    for one in classes:
        counts = one["counts"]
        wide = max(1, (across - 2) // len(counts)) * len(counts)
        said = Text.assemble((f"rows of {name(one['class'])}", "strong"),
                             (f"  {sum(counts):,}, at most {max(counts):,} a bin", "quiet"))
        if len(classes) <= FEW:
            lines += [said, *_indented(tall_histogram(counts, wide, TALL))]
        else:
            lines.append(Text.assemble("  ", histogram(counts, len(counts)), "  ", said))
    wide = max(1, (across - 2) // 20) * 20 if len(classes) <= FEW else 20
    lines.append(Text(f"  0{'probability':^{wide - 2}}1", "quiet"))
    return [Block(title, lines)]


def errors(runs: Sequence[Shown], width: int) -> list[Block]:
    """Of one run its errors as a histogram and by prediction, and predictions by truth; of several errors as curves."""
    across, down = size(width)
    spread = having(runs, "errors")
    if len(runs) > 1:
        lines = {run.place: _polygon(run.picture("errors")) for run in spread}
        series = [lines.get(place, Series("", (), ())) for place in range(max(lines, default=-1) + 1)]
        drawn = plot(series, across, down, Axis("truth minus prediction"), Axis("share of rows a unit", 0), marks=True)
        return [Block("Errors", [*drawn, *named(spread, across)])] if drawn else []
    return [block for run in runs for block in (*_histogram(run, across), *_clouds(run, across, down))]


def _histogram(run: Shown, across: int) -> list[Block]:
    found = run.picture("errors")
    if not found or not found["counts"]:
        return []
    counts, edges = found["counts"], found["edges"]
    wide = max(1, (across - 2) // len(counts)) * len(counts)
    low, high = tick(edges[0]), tick(edges[-1])
    middle = "truth minus prediction"
    gap = max(2, wide - len(low) - len(high))
    lines = _indented(tall_histogram(counts, wide, TALL + 2))
    lines.append(Text(f"  {low}{middle if len(middle) < gap else '':^{gap}}{high}", "quiet"))
    said = f"mean {f.significant(found['mean'])}, median {f.significant(found['median'])}"
    lines.append(Text(f"  {sum(counts):,} rows, at most {max(counts):,} a bin; {said}", "quiet"))
    lines.append(Text("  the outermost bins hold all that lies further out", "quiet"))
    return [Block("Errors", lines)]


def _clouds(run: Shown, across: int, down: int) -> list[Block]:
    blocks = []
    if found := run.picture("residuals"):
        ends = (min(found["x"]), max(found["x"]))
        drawn = plot(
            [Series("", found["x"], found["y"], joined=False)], across, down, Axis("prediction"),
            Axis("truth minus prediction"), guides=[Series("", ends, (0, 0))],
        )
        blocks.append(Block("Error by prediction", drawn))
    if found := run.picture("fitted"):
        low, high = min(*found["x"], *found["y"]), max(*found["x"], *found["y"])
        drawn = plot(
            [Series("", found["x"], found["y"], joined=False)], across, down, Axis("truth", low, high),
            Axis("prediction", low, high), guides=[Series("", (low, high), (low, high))],
        )
        blocks.append(Block("Prediction by truth", drawn))
    return blocks


def _polygon(found: Mapping[str, Any]) -> Series:
    """A histogram as a curve through the middles of its bins: densities, since bins differ in width."""
    total, bins = sum(found["counts"]) or 1, [*pairwise(found["edges"])]
    heights = [count / total / (high - low) for count, (low, high) in zip(found["counts"], bins, strict=True)]
    return Series("", [(low + high) / 2 for low, high in bins], heights)


def _indented(lines: Sequence[Text]) -> list[Text]:
    return [Text("  ").append_text(line) for line in lines]
