"""How often the gate is right, by simulation: all draws are seeded, so the rates are always the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.training.evaluation import Scores, compare
from core.training.gate import Bar, Evidence, judge, rarest
from core.training.split import Basis
from core.vocabulary import Task, Verdict

Array = np.ndarray[Any, Any]
Make = Callable[[np.random.Generator], tuple[Scores, Scores]]

ROWS = 600
DRAWS = 200


def verdicts(
    make: Make, times: int, *, ordered: bool = False, bar: Bar | None = None, basis: Basis = Basis.UNSEEN
) -> list[Verdict]:
    random = np.random.default_rng(2026)
    bar = bar or Bar(max_drop=1.0)
    found = []
    for seed in range(times):
        ours, theirs = make(random)
        primary = "roc_auc" if ours.classes else "mae"
        measured = compare(
            ours, theirs, [], primary, ordered=ordered, confidence=bar.confidence, seed=seed, draws=DRAWS
        )
        found.append(judge(bar, Evidence(
            basis, primary, ROWS, rarest(ours.truth, 2) if ours.classes else None, None, False,
            measured.challenger, measured.opponent, measured.difference,
        )).verdict)
    return found


def rate(found: list[Verdict], verdict: Verdict) -> float:
    return sum(one == verdict for one in found) / len(found)


def ar1(random: np.random.Generator, strength: float) -> Array:
    """A series whose neighbours correlate by `strength`, with variance 1."""
    steps = random.normal(size=ROWS) * np.sqrt(1 - strength**2)
    series = np.empty(ROWS)
    series[0] = random.normal()
    for place in range(1, ROWS):
        series[place] = strength * series[place - 1] + steps[place]
    return series


def pair(random: np.random.Generator, noise: float, strength: float = 0.0) -> tuple[Scores, Scores]:
    """Two models of the same rows, the champion with noise 1, the challenger with `noise`."""
    signal = ar1(random, strength) if strength else random.normal(size=ROWS)
    truth = (signal + random.normal(size=ROWS) > 0.8).astype(np.int64)

    def model(size: float) -> Scores:
        off = ar1(random, strength) if strength else random.normal(size=ROWS)
        chance = 1 / (1 + np.exp(-(signal + size * off)))
        return Scores(
            Task.CLASSIFICATION, truth, (chance > 0.5).astype(np.int64), np.column_stack([1 - chance, chance]),
            ("0", "1"),
        )

    return model(noise), model(1.0)


def test_a_model_is_never_refused_against_itself() -> None:
    def twins(random: np.random.Generator) -> tuple[Scores, Scores]:
        ours, _ = pair(random, 1.0)
        return ours, ours

    for ordered in (False, True):
        assert rate(verdicts(twins, 40, ordered=ordered, bar=Bar(max_drop=0.0)), Verdict.PASSED) == 1


def test_equal_models_are_refused_about_as_often_as_the_confidence_allows() -> None:
    found = verdicts(lambda random: pair(random, 1.0), 300)
    assert rate(found, Verdict.FAILED) <= 0.08  # nominally 5 %; two standard errors of 300 trials are 2.5 %


def test_equal_models_are_hardly_ever_called_better() -> None:
    found = verdicts(lambda random: pair(random, 1.0), 300, bar=Bar(compare="significantly_better", max_drop=1.0))
    assert 0.02 <= rate(found, Verdict.PASSED) <= 0.09


def test_a_clearly_worse_model_is_refused() -> None:
    assert rate(verdicts(lambda random: pair(random, 3.0), 60), Verdict.FAILED) == 1


def test_a_clearly_better_model_passes_every_bar() -> None:
    bar = Bar(compare="significantly_better")

    def turned(random: np.random.Generator) -> tuple[Scores, Scores]:
        worse, better = pair(random, 3.0)
        return better, worse

    assert rate(verdicts(turned, 60, bar=bar), Verdict.PASSED) == 1


def test_dependent_rows_are_judged_in_blocks() -> None:
    """Errors alike by 0.8 from row to row: single rows promise far more than they know, blocks do not."""
    def alike(random: np.random.Generator) -> tuple[Scores, Scores]:
        truth = random.normal(size=ROWS)
        ours, theirs = (
            Scores(Task.REGRESSION, truth, truth + ar1(random, 0.8), None, ()) for _ in range(2)
        )
        return ours, theirs

    sure = Bar(compare="significantly_better")
    blocks, single = (
        rate(verdicts(alike, 300, ordered=ordered, bar=sure), Verdict.PASSED) for ordered in (True, False)
    )
    assert blocks <= 0.09
    assert single >= 0.13


def test_dependent_classes_are_refused_near_the_nominal_rate() -> None:
    found = verdicts(lambda random: pair(random, 1.0, strength=0.8), 200, ordered=True)
    assert rate(found, Verdict.FAILED) <= 0.09


def test_noise_is_no_first_model() -> None:
    def noise(random: np.random.Generator) -> tuple[Scores, Scores]:
        ours, _ = pair(random, 1.0)
        chance = random.random(ROWS)
        flat = np.full(ROWS, 0.5)
        guess = Scores(Task.CLASSIFICATION, ours.truth, (chance > 0.5).astype(np.int64),
                       np.column_stack([1 - chance, chance]), ours.classes)
        dummy = Scores(Task.CLASSIFICATION, ours.truth, np.zeros(ROWS, dtype=np.int64),
                       np.column_stack([flat, flat]), ours.classes)
        return guess, dummy

    assert rate(verdicts(noise, 200, basis=Basis.FIRST), Verdict.PASSED) <= 0.09
