"""Latencies in buckets, and canaries: what is worse goes back within a few hundred requests, what is good does not."""

from __future__ import annotations

import random

import pytest
from scipy.stats import fisher_exact, hypergeom

from core.monitoring.service import (
    BOUNDS,
    BUCKETS,
    RELEASED,
    Judgement,
    Metric,
    Next,
    Served,
    added,
    bucket,
    chance_of_more,
    judge_canary,
    quantile,
)

SHARES = (0.05, 0.25, 1.0)


class Side:
    """What one version has answered so far."""

    def __init__(self) -> None:
        self.requests = self.errors = 0
        self.latency = [0] * BUCKETS

    def answer(self, seconds: float, failed: bool) -> None:
        self.requests += 1
        self.errors += failed
        self.latency[bucket(seconds)] += 1

    def served(self) -> Served:
        return Served(requests=self.requests, errors=self.errors, latency=tuple(self.latency))


def canary(
    seed: int, *, errors: float = 0.001, worse: float = 0.0, slower: float = 1.0, look: int = 20, enough: int = 200,
    most: int = 60_000,
) -> tuple[Next, int, Judgement]:
    """A canary by three steps, judged after every `look` requests of its own: (how it ended, its requests, why).

    Latencies are log-normal around 20 ms; now and then the machine stalls, and whoever is served then is slow.
    """
    chance = random.Random(seed)
    stable, new, step, stall = Side(), Side(), 0, 0
    for count in range(most):
        stall = stall - 1 if stall else (30 if chance.random() < 0.0005 else 0)
        seconds = chance.lognormvariate(-3.9, 0.5) + (0.5 if stall else 0.0)
        if count < 2_000:  # what the one that serves has answered before
            stable.answer(seconds, chance.random() < errors)
        elif chance.random() < SHARES[step]:
            new.answer(seconds * slower, chance.random() < errors + worse)
            if new.requests % look == 0:
                found = judge_canary(stable.served(), new.served(), min_requests=enough * (step + 1))
                if found.verdict == Next.BACK:
                    return Next.BACK, new.requests, found
                if found.verdict == Next.GO:
                    step += 1
                    if step == len(SHARES):
                        return Next.GO, new.requests, found
        else:
            stable.answer(seconds, chance.random() < errors)
    return Next.WAIT, new.requests, judge_canary(stable.served(), new.served(), min_requests=enough)


def test_good_canaries_are_not_rolled_back():
    ends = [canary(seed)[0] for seed in range(1000)]
    assert ends.count(Next.BACK) <= 10
    assert ends.count(Next.GO) >= 985  # and they get there


def test_good_canaries_among_many_errors_are_not_rolled_back():
    ends = [canary(seed, errors=0.03)[0] for seed in range(300)]
    assert ends.count(Next.BACK) <= 6


def test_two_percent_of_errors_are_caught_within_a_few_hundred_requests():
    found = [canary(seed, errors=0.0005, worse=0.02) for seed in range(100)]
    assert sum(end == Next.BACK for end, _, _ in found) >= 98
    assert sorted(requests for _, requests, _ in found)[89] <= 500
    _, requests, why = next(one for one in found if one[0] == Next.BACK)
    assert "errors" in why.text and f"on {requests:,} requests" in why.text


def test_one_that_is_slow_is_caught_at_once():
    found = [canary(seed, slower=3.0) for seed in range(100)]
    assert all(end == Next.BACK for end, _, _ in found)
    assert max(requests for _, requests, _ in found) <= 200
    assert "p50" in found[0][2].text and "against" in found[0][2].text


def test_a_metric_that_fell_goes_back_and_one_that_did_not_goes_on():
    served = Served(requests=500, latency=(500,))
    worse = judge_canary(served, served, min_requests=100, metric=Metric("accuracy", 0.81, 0.68, 0.02, 480))
    assert worse.verdict == Next.BACK
    assert worse.text == "accuracy 0.68 against 0.81 on 480 labelled rows"
    unsure = judge_canary(served, served, min_requests=100, metric=Metric("accuracy", 0.81, 0.76, 0.02, 480))
    assert unsure.verdict == Next.WAIT
    fine = judge_canary(served, served, min_requests=100, metric=Metric("rmse", 3.1, 3.0, 0.1, 480, False))
    assert fine.verdict == Next.GO


def test_it_waits_for_requests_and_minutes():
    stable, few = Served(requests=5_000, latency=(5_000,)), Served(requests=50, latency=(50,))
    assert judge_canary(stable, few, min_requests=200).text == "50 of 200 requests"
    found = judge_canary(stable, few, min_requests=50, minutes=3, min_minutes=10)
    assert (found.verdict, found.text) == (Next.WAIT, "3 of 10 minutes")
    assert judge_canary(stable, few, min_requests=50, minutes=10, min_minutes=10).verdict == Next.GO


def test_what_nothing_is_known_of_is_held_against_one_percent():
    bad, good = Served(requests=100, errors=12), Served(requests=100, errors=1)
    assert judge_canary(Served(), bad, min_requests=50).verdict == Next.BACK
    assert judge_canary(Served(), good, min_requests=50).verdict == Next.GO


def test_after_the_release_only_what_is_far_worse_goes_back():
    before = Served(requests=10_000, errors=10, latency=(0,) * 20 + (10_000,))
    little = Served(requests=1_000, errors=9, latency=(0,) * 22 + (1_000,))
    much = Served(requests=300, errors=30, latency=(0,) * 30 + (300,))
    assert judge_canary(before, little, min_requests=1, limits=RELEASED).verdict != Next.BACK
    found = judge_canary(before, much, min_requests=1, limits=RELEASED)
    assert {one.check for one in found.reasons if one.verdict == Next.BACK} == {"errors", "p50", "p95", "p99"}


def test_agreement_of_a_shadow_is_told_and_never_judged():
    shadow = Served(requests=300, latency=(300,), compared=300, agreed=30)
    found = judge_canary(Served(requests=300, latency=(300,)), shadow, min_requests=200)
    assert found.verdict == Next.GO
    assert [one.message for one in found.reasons if one.check == "agreement"] == ["agreement 10.0 % on 300 rows"]


@pytest.mark.parametrize("table", [(4, 200, 1, 3800), (32, 400, 30, 400), (7, 20, 5, 5000), (300, 1000, 200, 1000)])
def test_the_exact_test_is_fishers(table: tuple[int, int, int, int]):
    hits, of, other, other_of = table
    expected = fisher_exact([[hits, of - hits], [other, other_of - other]], alternative="greater").pvalue
    assert chance_of_more(*table) == pytest.approx(expected, rel=1e-6)


def test_the_exact_test_holds_for_many_requests():
    expected = hypergeom.sf(2_299, 20_000_000, 4_300, 10_000_000)
    assert chance_of_more(2_300, 10_000_000, 2_000, 10_000_000) == pytest.approx(expected, rel=1e-3)


def test_quantiles_are_right_to_a_bucket():
    chance = random.Random(7)
    seconds = sorted(chance.lognormvariate(-4, 0.8) for _ in range(5_000))
    counts = [0] * BUCKETS
    for one in seconds:
        counts[bucket(one)] += 1
    for share in (0.5, 0.95, 0.99):
        assert quantile(counts, share) == pytest.approx(seconds[int(share * 5_000)], rel=0.1)
    assert quantile([], 0.5) is None
    assert quantile([0] * (BUCKETS - 1) + [3], 0.5) == BOUNDS[-1]


def test_minutes_add_up_also_where_one_ends_early():
    minute = {"requests": 3, "errors": 1, "rows": 5, "seconds": 0.5, "latency": [1, 2], "compared": 5, "agreed": 4}
    total = Served.of([minute, {**minute, "latency": [0, 0, 3]}])
    assert (total.requests, total.errors, total.rows, list(total.latency)) == (6, 2, 10, [1, 2, 3])
    assert (total.agreement, total.error_rate) == (0.8, 1 / 3)
    assert added([1], [1, 1]) == [2, 1]


def test_buckets_are_fixed_and_ascend():
    assert sorted(set(BOUNDS)) == list(BOUNDS)
    assert (BOUNDS[0], BOUNDS[-1], len(BOUNDS)) == (0.0001, 100.0, 61)
    assert [bucket(0.0), bucket(0.0001), bucket(1e9)] == [0, 0, len(BOUNDS)]
