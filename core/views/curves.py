"""The numbers behind the pictures of runs as one long table: for a spreadsheet, or to draw them with something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from core.views import runs
from core.views.runs import Full
from core.views.shape import number
from core.views.weights import weights
from core.workspace import Workspace

COLUMNS: Final = ("run", "picture", "series", "x", "y", "lower", "upper")
Row = tuple[Any, ...]
CURVES: Final = ("roc", "pr")
CLOUDS: Final = ("residuals", "fitted")


def curves(workspace: Workspace, ids: Sequence[int]) -> Iterator[Row]:
    """Rows of `COLUMNS`, run by run. Raises NotFound before the first row.

    `picture` is `metrics` (y with its interval), `roc`, `pr`, `calibration` (by class), `scores` (rows a bin, by
    class), `confusion` (rows; series was true, x was said), `errors` (rows a bin), `residuals` and `fitted` (a point a
    row), `steps` (a measure along x), or `importance` (of a column, with its interval). x of a bin is its middle.
    """
    found = [runs.show(workspace, id) for id in dict.fromkeys(ids)]
    return (
        (full.run.id, picture, series, _told(x), _told(y), _told(lower), _told(upper))
        for full in found for picture, series, x, y, lower, upper in _rows(full)
    )


def _told(value: Any) -> Any:
    return number(value) if isinstance(value, float) else value


def _rows(full: Full) -> Iterator[Row]:
    for name, one in full.intervals.items():
        yield "metrics", name, None, one.value, one.lower, one.upper
    yield from _drawn(full.pictures)
    for name, points in full.points.items():
        for step, value in points:
            yield "steps", name, step, value, None, None
    for weight in weights(full.pictures.get("importance")):
        yield "importance", weight.column, None, weight.value, weight.lower, weight.upper


def _drawn(pictures: Mapping[str, Any]) -> Iterator[Row]:
    for picture in CURVES:
        for line in pictures.get(picture) or ():
            yield from _points(picture, line["class"], line)
    if line := pictures.get("calibration"):
        yield from _points("calibration", line["class"], line)
    if found := pictures.get("scores"):
        low, high = found["edges"]
        for one in found["classes"]:
            wide = (high - low) / len(one["counts"])
            for place, count in enumerate(one["counts"]):
                yield "scores", one["class"], low + (place + 0.5) * wide, count, None, None
    if found := pictures.get("confusion"):
        for true, counts in zip(found["classes"], found["rows"], strict=False):
            for said, count in zip(found["classes"], counts, strict=False):
                yield "confusion", true, said, count, None, None
    if found := pictures.get("errors"):
        for (low, high), count in zip(pairwise(found["edges"]), found["counts"], strict=False):
            yield "errors", None, (low + high) / 2, count, None, None
    for picture in CLOUDS:
        if cloud := pictures.get(picture):
            yield from _points(picture, None, cloud)


def _points(picture: str, series: Any, line: Mapping[str, Any]) -> Iterator[Row]:
    for x, y in zip(line["x"], line["y"], strict=True):
        yield picture, series, x, y, None, None
