"""ROC, precision-recall and calibration curves, and what was measured along the steps of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from screens import format as f
from screens.evaluation.shown import MOST_LINES, Shown, having, in_lines, name, named, size
from screens.widgets.blocks import Block
from screens.widgets.plot import Axis, Series, legend, plot

PREFIXES = ("train", "training", "validation", "valid", "val", "holdout", "test", "eval")
DIAGONAL = (Series("", (0, 1), (0, 1)),)
MOST_STEP_CURVES = 8


def rankings(runs: Sequence[Shown], width: int) -> list[Block]:
    """ROC and precision-recall: of one run a curve a class, of several a curve a run, of one class."""
    roc = _of_class(runs, "roc", "ROC", Axis("false positive rate", 0, 1), Axis("true positive rate", 0, 1), width)
    pr = _of_class(runs, "pr", "Precision and recall", Axis("recall", 0, 1), Axis("precision", 0, 1), width)
    return [*roc, *pr]


def _of_class(runs: Sequence[Shown], what: str, title: str, x: Axis, y: Axis, width: int) -> list[Block]:
    runs, (across, down) = having(runs, what), size(width)
    if not runs:
        return []
    guides = DIAGONAL if what == "roc" else ()
    if len(runs) == 1:
        lines = runs[0].picture(what)[:MOST_LINES]
        series = [Series("", one["x"], one["y"]) for one in lines]
        alone = len(lines) == 1
        first = runs[0].place if alone else 0
        drawn = plot(series, across, down, x, y, guides=guides, first=first)
        said = f"{title} of class {name(lines[0]['class'])}" if alone else f"{title}, each class against the rest"
        if not alone:
            drawn += in_lines(legend([name(one["class"]) for one in lines]), across)
        return [Block(said, drawn)]
    common = _common([[one["class"] for one in run.picture(what)] for run in runs])
    if common is None:
        return [Block(title, [Text("  no class is common to all of them", "quiet")])]
    of_class = [next(line for line in run.picture(what) if line["class"] == common) for run in runs]
    lines = [(run, Series("", one["x"], one["y"])) for run, one in zip(runs, of_class, strict=True)]
    drawn = _overlaid(lines, across, down, x, y, guides)
    return [Block(f"{title} of class {name(common)}", [*drawn, *named(runs, across)])]


def calibration(runs: Sequence[Shown], width: int) -> list[Block]:
    """How often what was said with some probability came true."""
    runs, (across, down) = having(runs, "calibration"), size(width)
    if not runs:
        return []
    found = [(run, run.picture("calibration")) for run in runs]
    about = found[0][1]["class"]
    x, y = Axis(f"probability said of {name(about)}", 0, 1), Axis("share that came true", 0, 1)
    lines = [(run, Series("", one["x"], one["y"])) for run, one in found if one["class"] == about]
    rows = found[0][1]["rows"]
    drawn = _overlaid(lines, across, down, x, y, DIAGONAL, marked=True)
    if len(runs) == 1 and drawn:
        drawn.append(Text(f"  {len(rows)} bins of about {f.counted(round(sum(rows) / len(rows)), 'row')}", "quiet"))
    return [Block("Calibration", [*drawn, *named([run for run, _ in lines], across)])]


def steps(runs: Sequence[Shown], width: int, *, live: bool = False) -> list[Block]:
    """What was measured along the steps: of one run, training and holdout of one measure in one picture; of several, a
    picture a measure with a curve a run."""
    across, down = size(width)
    if len(runs) == 1:
        groups: dict[str, list[str]] = {}
        for one in runs[0].points:
            groups.setdefault(_measure(one), []).append(one)
        return [
            _group(runs[0], measure, names[:MOST_LINES], across, down, live)
            for measure, names in [*groups.items()][:MOST_STEP_CURVES]
        ]
    blocks = []
    for one in list(dict.fromkeys(one for run in runs for one in run.points))[:MOST_STEP_CURVES]:
        having_it = [run for run in runs if run.points.get(one)]
        lines = [(run, _series(run.points[one])) for run in having_it]
        drawn = _overlaid(lines, across, down, Axis("step"), Axis(name(one)), ())
        blocks.append(Block(f"{name(one)} along the steps", [*drawn, *named(having_it, across)]))
    return blocks


def _group(run: Shown, measure: str, names: Sequence[str], across: int, down: int, live: bool) -> Block:
    series = [_series(run.points[one]) for one in names]
    lines = plot(series, across, down, Axis("step"), Axis(name(measure)))
    last = [
        Text.assemble(
            mark if len(names) > 1 and lines else Text("  "), f"{name(one)} ",
            (f.significant(run.points[one][-1][1]), "strong"),
            (f" at step {run.points[one][-1][0]:,}{' so far' if live else ''}", "quiet"),
        )
        for one, mark in zip(names, legend([""] * len(names)), strict=True)
    ]
    return Block(f"{name(measure)} along the steps", [*lines, *last])


def _measure(one: str) -> str:
    """What train_loss and validation_loss are both of."""
    first, _, rest = one.partition("_")
    return rest if rest and first in PREFIXES else one


def _series(points: Sequence[tuple[int, float]]) -> Series:
    return Series("", [step for step, _ in points], [value for _, value in points])


def _overlaid(
    lines: Sequence[tuple[Shown, Series]], across: int, down: int, x: Axis, y: Axis, guides: Sequence[Series], *,
    marked: bool = False,
) -> list[Text]:
    """A curve a run, each in the run's own mark and tone also where others are missing."""
    places = {place: one for run, one in lines for place in (run.place,)}
    nothing = Series("", (), ())
    series = [places.get(place, nothing) for place in range(max(places, default=-1) + 1)]
    return plot(series, across, down, x, y, guides=guides, marks=marked or len(lines) > 1)


def _common(names: Sequence[Sequence[Any]]) -> Any:
    """The first that is in all of them."""
    return next((one for one in names[0] if all(one in others for others in names[1:])), None)
