"""Is a champion worth less on new labelled rows than it was: more than chance, and more than it always varied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.training.evaluation import Measured
from core.training.metrics import METRICS
from core.training.wording import plain, start
from core.vocabulary import Reading

LEVEL: Final = 0.02  # chance that a version as good as those before is called
DROP: Final = 0.05  # of a bounded metric
RELATIVE: Final = 0.15  # of the error, where a metric has no scale of its own
USUAL: Final = 0.025  # how far a bounded metric varies from version to version, before anything is known of a model
USUAL_RELATIVE: Final = 0.075
BELIEF: Final = 4  # versions that this is worth
TAIL: Final = 1.96  # of the intervals that come in


@dataclass(frozen=True)
class Drop:
    """`value` against `threshold`, by the metric's direction; `drop` is positive where it got worse, from `usual`."""

    verdict: Reading
    message: str
    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    usual: float | None
    threshold: float | None
    drop: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value, "message": self.message, "metric": self.metric, "value": self.value,
            "lower": self.lower, "upper": self.upper, "usual": self.usual, "threshold": self.threshold,
            "drop": self.drop,
        }


def dropped(
    reference: Measured, history: Sequence[float], now: Measured, metric: str, *, rows: int | None = None,
    min_rows: int = 50, level: float = LEVEL, floor: float | None = None,
) -> Drop:
    """`reference`: what the champion was worth when it was judged; `history`: what champions were worth on versions
    since, that were in order; `now`: on the version that has come, all with 95 % intervals.

    An alert where the score lies beyond what a further version of the same kind would reach (a prediction interval
    by Student's t, whose variance starts from what models usually vary and is taken over by the history), beyond
    what its own and the reference's rows explain, and the drop is at least `floor` (default 0.05, or 15 % of the
    error of an unbounded metric).
    """
    known = METRICS[metric]
    if rows is not None and rows < min_rows:
        return _mute(metric, now, f"{rows:,} labelled rows are too few to tell ({min_rows:,} are needed)")
    if now.value is None or reference.value is None:
        return _mute(metric, now, f"{known.label} cannot be told on these rows")
    past = [reference.value, *(one for one in history if math.isfinite(one))]
    usual = sum(past) / len(past)
    scale = 1.0 if known.bounded else abs(usual)
    least = (DROP if known.bounded else RELATIVE) * scale if floor is None else floor * scale
    margin = max(least, _varies(past, usual, (USUAL if known.bounded else USUAL_RELATIVE) * scale, level),
                 _sampling(reference, now, level, len(past)))
    sign = 1.0 if known.higher_is_better else -1.0
    drop, threshold = sign * (usual - now.value), usual - sign * margin
    bad = drop >= margin
    said = f"{start(known.label)} {plain(now.value)} where {plain(usual)} is usual"
    side = "below" if known.higher_is_better else "above"
    said += f", {side} the {plain(threshold)} that chance explains" if bad else f" (alert {side} {plain(threshold)})"
    return Drop(
        Reading.ALERT if bad else Reading.OK, said, metric, now.value, now.lower, now.upper, usual, threshold, drop
    )


def _mute(metric: str, now: Measured, why: str) -> Drop:
    return Drop(Reading.INSUFFICIENT_DATA, why, metric, now.value, now.lower, now.upper, None, None, None)


def _varies(past: Sequence[float], usual: float, belief: float, level: float) -> float:
    """How far below the mean of past versions a further one falls by chance."""
    from scipy.special import stdtrit

    freedom = BELIEF + len(past) - 1
    variance = (BELIEF * belief**2 + sum((one - usual) ** 2 for one in past)) / freedom
    return float(stdtrit(freedom, 1 - level)) * math.sqrt(variance * (1 + 1 / len(past)))


def _sampling(reference: Measured, now: Measured, level: float, versions: int) -> float:
    from statistics import NormalDist

    errors = [(one.upper - one.lower) / (2 * TAIL) for one in (reference, now)
              if one.upper is not None and one.lower is not None]
    if len(errors) == 2:
        errors[0] /= math.sqrt(versions)
    return NormalDist().inv_cdf(1 - level) * math.sqrt(sum(one * one for one in errors))
