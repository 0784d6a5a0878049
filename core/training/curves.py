"""The pictures of a model: curves and tables of at most 200 points, ready to be stored as JSON."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from core.training.metrics import Scores
from core.vocabulary import Task

Array = np.ndarray[Any, Any]

POINTS: Final = 200
CLASSES: Final = 10  # of more only the commonest are drawn
BINS: Final = 10
BARS: Final = 20  # of a histogram
HUGE: Final = 1e300  # errors beyond have no differences that are numbers


def curves(scores: Scores) -> dict[str, Any]:
    """`roc`, `pr`, `calibration`, `scores` and `confusion` of a classifier; of a regressor `residuals` (by row),
    `errors` (how they are spread) and `fitted` (truth against prediction).

    A picture that cannot be drawn (no probabilities, one class only) is left out.
    """
    if not len(scores):
        return {}
    if scores.task == Task.REGRESSION:
        if not np.isfinite(scores.predictions).all():
            return {}
        with np.errstate(over="ignore"):
            off = scores.truth - scores.predictions
        about = {"residuals": _residuals(scores, off), "errors": _errors(off)} if (np.abs(off) < HUGE).all() else {}
        return about | {"fitted": _fitted(scores)}
    made: dict[str, Any] = {"confusion": _confusion(scores)}
    if scores.probabilities is not None and np.isfinite(scores.probabilities).all():
        made |= _rankings(scores)
        made["calibration"] = _calibration(scores)
        made["scores"] = _histograms(scores)
    return made


def _rankings(scores: Scores) -> dict[str, Any]:
    assert scores.probabilities is not None
    counts = np.bincount(scores.truth, minlength=len(scores.classes))
    if len(scores.classes) == 2:
        drawn = [scores.positive]
    else:
        drawn = [int(code) for code in np.argsort(-counts, kind="stable")[:CLASSES]]
    drawn = [code for code in drawn if 0 < counts[code] < len(scores)]
    if not drawn:
        return {}
    roc, pr = [], []
    for code in drawn:
        hits, misses = _cumulated(scores.probabilities[:, code], scores.truth == code)
        keep = _thinned(len(hits), POINTS // len(drawn))
        label = scores.classes[code]
        found, wrong = hits[keep] / hits[-1], misses[keep] / misses[-1]
        roc.append({"class": label, "x": _list(wrong), "y": _list(found)})
        precise = hits[keep[1:]] / (hits + misses)[keep[1:]]  # before the first row there is no precision
        pr.append({"class": label, "x": _list(found[1:]), "y": _list(precise)})
    return {"roc": roc, "pr": pr}


def _cumulated(score: Array, positive: Array) -> tuple[Array, Array]:
    """True and false positives when all rows at or above a score are taken, from none to all."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hits = np.cumsum(positive[order])[ends]
    return np.append(0, hits), np.append(0, ends + 1 - hits)


def _thinned(count: int, most: int) -> Array:
    """Positions spread evenly, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _calibration(scores: Scores) -> dict[str, Any]:
    """How often what was said with some probability came true, in bins of equally many rows.

    Of two classes the positive one's probability, of more that of the predicted class.
    """
    assert scores.probabilities is not None
    if len(scores.classes) == 2:
        said, true = scores.probabilities[:, scores.positive], scores.truth == scores.positive
        about = scores.classes[scores.positive]
    else:
        said, true = scores.probabilities.max(axis=1), scores.probabilities.argmax(axis=1) == scores.truth
        about = "predicted class"
    bins = [piece for piece in np.array_split(np.argsort(said, kind="stable"), BINS) if len(piece)]
    return {
        "class": about, "x": [_number(said[piece].mean()) for piece in bins],
        "y": [_number(true[piece].mean()) for piece in bins], "rows": [len(piece) for piece in bins],
    }


def _histograms(scores: Scores) -> dict[str, Any]:
    """How the probabilities are spread among the rows of each class: counts in equal bins from 0 to 1.

    Of two classes it is the positive one's probability, of more that of the row's own class.
    """
    assert scores.probabilities is not None
    two = len(scores.classes) == 2
    own = np.full(len(scores), scores.positive) if two else scores.truth
    said = scores.probabilities[np.arange(len(scores)), own]
    counts = np.bincount(scores.truth, minlength=len(scores.classes))
    drawn = np.sort(np.argsort(-counts, kind="stable")[:CLASSES])
    rows = [
        {"class": scores.classes[code], "counts": np.histogram(said[scores.truth == code], BARS, (0, 1))[0].tolist()}
        for code in drawn if counts[code]
    ]
    return {"about": scores.classes[scores.positive] if two else "own class", "edges": [0.0, 1.0], "classes": rows}


def _confusion(scores: Scores) -> dict[str, Any]:
    """Rows by truth (down) and prediction (across); beyond 10 classes the rarer ones are one, "other"."""
    count = len(scores.classes)
    labels = list(scores.classes)
    place = np.arange(count + 1)
    strange = bool((scores.predictions < 0).any())
    if count > CLASSES or strange:
        common = np.sort(np.argsort(-np.bincount(scores.truth, minlength=count), kind="stable")[:CLASSES])
        labels = [scores.classes[code] for code in common] + ["other"]
        place = np.full(count + 1, len(common))
        place[common] = np.arange(len(common))
    size = len(labels)
    cells = place[scores.truth] * size + place[scores.predictions]  # -1 is the last place: other
    table = np.bincount(cells, minlength=size * size).reshape(size, size)
    return {"classes": labels, "rows": table.tolist()}


def _residuals(scores: Scores, off: Array) -> dict[str, Any]:
    """Prediction against error (truth minus prediction) of rows spread evenly over the predictions."""
    order = np.argsort(scores.predictions, kind="stable")[_thinned(len(scores), POINTS)]
    return {"x": _list(scores.predictions[order]), "y": _list(off[order])}


def _errors(off: Array) -> dict[str, Any]:
    """Counts of the errors in equal bins; what lies beyond the middle 98 % is counted in the outermost two."""
    low, high = (float(one) for one in np.quantile(off, [0.01, 0.99]))
    if not high > low:
        low, high = float(off.min()), float(off.max())
    if not high > low:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(np.clip(off, low, high), BARS, (low, high))
    middle = {"mean": _number(off.mean()), "median": _number(np.median(off))}
    return {"edges": _list(edges), "counts": counts.tolist(), **middle}


def _fitted(scores: Scores) -> dict[str, Any]:
    """What was true (x) and what was predicted (y), of rows spread evenly over the truth."""
    order = np.argsort(scores.truth, kind="stable")[_thinned(len(scores), POINTS)]
    return {"x": _list(scores.truth[order]), "y": _list(scores.predictions[order])}


def _list(values: Array) -> list[float]:
    return [_number(value) for value in values]


def _number(value: Any) -> float:
    return float(f"{float(value):.6g}")
