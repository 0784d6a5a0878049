"""What serves, watched: latencies in fixed buckets, and whether a version that comes in is worse than the one there.

Standard library only: the daemon at rest calls it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist
from typing import Any, Final

# upper bounds in seconds, ten a decade from 0.1 ms to 100 s (the rounded series R10); one more bucket lies beyond
_DECADE: Final = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)
BOUNDS: Final[tuple[float, ...]] = (
    *(float(f"{step}e{power}") for power in range(-4, 2) for step in _DECADE), 100.0,
)  # fmt: skip
BUCKETS: Final = len(BOUNDS) + 1
STEP: Final = 10**0.1  # between two bounds
SHARES: Final = (0.5, 0.95, 0.99)  # of requests: the latencies that are told and judged


def bucket(seconds: float) -> int:
    """The place of a latency in a histogram of `BUCKETS` counts.

    >>> BOUNDS[bucket(0.0011)]
    0.00125
    """
    return bisect_left(BOUNDS, seconds)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The latency (seconds) below which a share of the requests stayed; None without any. Right to about a tenth."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen = share * total, 0
    for place, count in enumerate(counts):
        if count and seen + count >= wanted:
            if place >= len(BOUNDS):
                return BOUNDS[-1]
            below = (wanted - seen) / count  # evenly on the logarithm
            return BOUNDS[place] / math.pow(STEP, 1 - below)
        seen += count
    return BOUNDS[-1]


def added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Two histograms as one; a short one ends in zeros."""
    length = max(len(one), len(other))
    return [sum(counts[place] for counts in (one, other) if place < len(counts)) for place in range(length)]


@dataclass(frozen=True)
class Served:
    """What a version answered over some time. `errors` are requests that it failed, not those that were malformed;
    `agreed` of `compared` rows were answered as the version beside it did (shadow)."""

    requests: int = 0
    errors: int = 0
    rows: int = 0
    seconds: float = 0.0
    latency: Sequence[int] = ()
    compared: int = 0
    agreed: int = 0

    @classmethod
    def of(cls, minutes: Iterable[Mapping[Any, Any]]) -> Served:
        """The sum of rows of the table Traffic."""
        names = ("requests", "errors", "rows", "seconds", "compared", "agreed")
        totals: dict[str, Any] = dict.fromkeys(names, 0)
        latency: list[int] = []
        for minute in minutes:
            for name in names:
                totals[name] += minute[name]
            latency = added(latency, minute["latency"])
        return cls(**totals, latency=latency)

    @property
    def error_rate(self) -> float:
        return self.errors / self.requests if self.requests else 0.0

    @property
    def agreement(self) -> float | None:
        return self.agreed / self.compared if self.compared else None

    def quantile(self, share: float) -> float | None:
        return quantile(self.latency, share)

    def slower_than(self, place: int) -> int:
        """Requests in the buckets beyond a place."""
        return sum(self.latency[place + 1 :])


@dataclass(frozen=True)
class Metric:
    """A metric of both versions on rows whose labels came; `error` is the standard error of the difference."""

    name: str
    stable: float
    candidate: float
    error: float
    rows: int  # of the candidate
    greater_is_better: bool = True
    matters: float = 0.01  # a smaller drop is none

    @property
    def drop(self) -> float:
        """How much worse the candidate is; negative where it is better."""
        return self.stable - self.candidate if self.greater_is_better else self.candidate - self.stable


@dataclass(frozen=True)
class Limits:
    """From where on a difference is acted upon: it has to be sure, and large enough to matter.

    A canary is looked at again and again and by several rules, so that `level` is far below what one look may err:
    tests/unit/monitoring/test_service.py counts the false ones of whole canaries.
    """

    level: float = 0.0003  # one-sided, of one look
    suspect: float = 0.02  # not sure yet, but nobody goes on: more requests will tell
    suspect_errors: float = 0.2  # the same of errors, which are few where they matter already
    error_rate: float = 0.005  # more than the other's, as a share of requests
    error_factor: float = 1.5
    slower: float = 1.5
    slower_seconds: float = 0.010
    stall: int = 10  # slow requests come so many together, when the machine or the network stalls: they count once
    assumed_errors: float = 0.01  # of a version of which nothing is known


CANARY: Final = Limits()
RELEASED: Final = Limits(level=0.0001, error_rate=0.01, error_factor=3.0, slower=3.0, slower_seconds=0.050)


class Next(StrEnum):
    GO = "go"
    WAIT = "wait"
    BACK = "back"


@dataclass(frozen=True)
class Reason:
    """One rule with its numbers. `check`: requests, minutes, errors, p50, p95, p99, metric, agreement."""

    check: str
    value: float | None
    against: float | None
    requests: int
    verdict: Next
    message: str

    def to_json(self) -> dict[str, Any]:
        return {
            "check": self.check, "value": self.value, "against": self.against, "requests": self.requests,
            "verdict": str(self.verdict), "message": self.message,
        }


@dataclass(frozen=True)
class Judgement:
    verdict: Next
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def text(self) -> str:
        """The reasons that led to the verdict, in words."""
        return "; ".join(reason.message for reason in self.reasons if reason.verdict == self.verdict)


def judge_canary(
    stable: Served, candidate: Served, *, min_requests: int, minutes: float = 0.0, min_minutes: float = 0.0,
    metric: Metric | None = None, limits: Limits = CANARY,
) -> Judgement:
    """Whether a step of a canary (or of a shadow) goes on, waits or goes back.

    What is surely worse goes back at once; the rest needs `min_requests` answered by the candidate and `min_minutes`.
    """
    reasons = [_errors(stable, candidate, limits)]
    reasons += [one for share in SHARES if (one := _latency(stable, candidate, share, limits)) is not None]
    if metric is not None:
        reasons.append(_metric(metric, limits))
    if candidate.compared:
        reasons.append(_agreement(candidate))
    enough = candidate.requests >= min_requests
    said = f"{candidate.requests:,} of {min_requests:,} requests"
    reasons.append(Reason("requests", candidate.requests, min_requests, candidate.requests, _when(enough), said))
    if min_minutes:
        said = f"{minutes:.0f} of {min_minutes:g} minutes"
        reasons.append(Reason("minutes", minutes, min_minutes, candidate.requests, _when(minutes >= min_minutes), said))
    worst = max(reasons, key=lambda one: (Next.GO, Next.WAIT, Next.BACK).index(one.verdict))
    return Judgement(worst.verdict, tuple(reasons))


def _when(enough: bool) -> Next:
    return Next.GO if enough else Next.WAIT


def _errors(stable: Served, candidate: Served, limits: Limits) -> Reason:
    value, against = candidate.error_rate, stable.error_rate if stable.requests else limits.assumed_errors
    if stable.requests:
        chance = chance_of_more(candidate.errors, candidate.requests, stable.errors, stable.requests)
    else:
        chance = _binomial_tail(candidate.errors, candidate.requests, limits.assumed_errors)
    matters = value - against >= limits.error_rate and value >= limits.error_factor * against
    said = f"errors {percent(value)} against {percent(against)} on {candidate.requests:,} requests"
    verdict = _sure(chance, matters, limits.level, limits.suspect_errors)
    return Reason("errors", value, against, candidate.requests, verdict, said)


def _latency(stable: Served, candidate: Served, share: float, limits: Limits) -> Reason | None:
    """None where one of them has no latency to speak of."""
    before, now = stable.quantile(share), candidate.quantile(share)
    if before is None or now is None:
        return None
    border = max(before * limits.slower, before + limits.slower_seconds)
    place = bucket(border)
    counts = (candidate.slower_than(place), sum(candidate.latency), stable.slower_than(place), sum(stable.latency))
    slow, of, slow_before, of_before = (round(count / limits.stall) for count in counts)
    chance = chance_of_more(slow, of, slow_before, of_before)
    check = f"p{share * 100:.0f}"
    said = f"{check} {milliseconds(now)} against {milliseconds(before)} on {candidate.requests:,} requests"
    verdict = _sure(chance, now > border, limits.level, limits.suspect)
    return Reason(check, now, before, candidate.requests, verdict, said)


def _metric(metric: Metric, limits: Limits) -> Reason:
    chance = 1 - NormalDist().cdf(metric.drop / metric.error) if metric.error > 0 else float(metric.drop <= 0)
    said = f"{metric.name} {metric.candidate:.4g} against {metric.stable:.4g} on {metric.rows:,} labelled rows"
    verdict = _sure(chance, metric.drop >= metric.matters, limits.level, limits.suspect)
    return Reason("metric", metric.candidate, metric.stable, metric.rows, verdict, said)


def _agreement(candidate: Served) -> Reason:
    """Shown, and never judged: a version that is better answers otherwise."""
    value = candidate.agreement or 0.0
    said = f"agreement {percent(value)} on {candidate.compared:,} rows"
    return Reason("agreement", value, None, candidate.compared, Next.GO, said)


def _sure(chance: float, matters: bool, level: float, suspect: float) -> Next:
    if not matters or chance > suspect:
        return Next.GO
    return Next.BACK if chance <= level else Next.WAIT


def chance_of_more(hits: int, of: int, other_hits: int, other_of: int) -> float:
    """Fisher's exact test, one-sided: how often so many of the hits, or more, fall here where both are alike.

    1 where they are no more than their part.

    >>> round(chance_of_more(3, 5, 0, 5), 4)
    0.0833
    """
    total, all_hits = of + other_of, hits + other_hits
    if not of or not other_of or not hits or hits * total <= of * all_hits:
        return 1.0  # no more than its part: nobody asks how often
    term = math.exp(
        _log_choose(of, hits) + _log_choose(other_of, other_hits) - _log_choose(total, all_hits)
    )
    chance = term
    for more in range(hits, min(of, all_hits)):
        term *= (of - more) * (all_hits - more) / ((more + 1) * (other_of - all_hits + more + 1))
        chance += term
        if term < chance * 1e-12:
            break
    return min(1.0, chance)


def _binomial_tail(hits: int, of: int, share: float) -> float:
    """How often so many, or more, come of so many where each comes with this share."""
    if not hits or hits <= of * share:
        return 1.0
    term = math.exp(_log_choose(of, hits) + hits * math.log(share) + (of - hits) * math.log1p(-share))
    chance = term
    for more in range(hits, of):
        term *= (of - more) / (more + 1) * share / (1 - share)
        chance += term
        if term < chance * 1e-12:
            break
    return min(1.0, chance)


def _log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


def percent(share: float) -> str:
    """`2.1 %`."""
    return f"{share * 100:.1f} %"


def milliseconds(seconds: float) -> str:
    """`3.2 ms`, `120 ms`, `1.4 s`."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.{1 if seconds < 0.01 else 0}f} ms"
