"""When a champion is worth less than it was."""

from __future__ import annotations

import numpy as np
import pytest

from core.monitoring.measure import dropped
from core.training.evaluation import Measured
from core.vocabulary import Reading

FIRST = Measured(0.80, 0.78, 0.82)


def now(value: float, error: float = 0.01) -> Measured:
    return Measured(value, value - 2 * error, value + 2 * error)


def test_a_real_drop_is_an_alert_and_says_by_how_much() -> None:
    found = dropped(FIRST, [0.79, 0.81, 0.80], now(0.62), "roc_auc")
    assert found.verdict is Reading.ALERT
    assert found.drop == pytest.approx(0.18) and found.usual == pytest.approx(0.80)
    assert found.message.startswith("ROC AUC 0.62 where 0.8 is usual")


def test_a_drop_below_the_floor_is_none_however_sure() -> None:
    assert dropped(FIRST, [0.80] * 30, Measured(0.765, 0.764, 0.766), "roc_auc").verdict is Reading.OK


def test_a_drop_that_few_rows_explain_is_none() -> None:
    assert dropped(FIRST, [0.80] * 5, now(0.70, error=0.08), "roc_auc").verdict is Reading.OK


def test_what_always_varied_may_vary() -> None:
    unsteady = [0.70, 0.86, 0.74, 0.90, 0.77, 0.83]
    assert dropped(FIRST, unsteady, now(0.69), "roc_auc").verdict is Reading.OK
    assert dropped(FIRST, [0.80, 0.81, 0.79, 0.80, 0.80, 0.81], now(0.69), "roc_auc").verdict is Reading.ALERT


def test_errors_are_better_low() -> None:
    usual = Measured(10.0, 9.5, 10.5)
    assert dropped(usual, [10.1, 9.9], Measured(14.0, 13.5, 14.5), "rmse").verdict is Reading.ALERT
    assert dropped(usual, [10.1, 9.9], Measured(11.0, 10.5, 11.5), "rmse").verdict is Reading.OK
    assert dropped(usual, [10.1, 9.9], Measured(5.0, 4.5, 5.5), "rmse").verdict is Reading.OK


def test_what_cannot_be_told_is_not_told() -> None:
    assert dropped(FIRST, [], now(0.2), "roc_auc", rows=10).verdict is Reading.INSUFFICIENT_DATA
    assert dropped(FIRST, [], Measured(None, None, None), "roc_auc").verdict is Reading.INSUFFICIENT_DATA


@pytest.mark.parametrize(("spread", "most"), [(0.0, 0.005), (0.02, 0.02), (0.05, 0.07)])
def test_versions_of_one_kind_rarely_alarm(spread: float, most: float) -> None:
    """Each version wanders by `spread`, and its rows add what they add; what wanders twice as far as models usually do
    is called more often until that is known."""
    random = np.random.default_rng(3)
    called = readings = 0
    for _ in range(300):
        values = 0.75 + random.normal(0, spread, 10) + random.normal(0, 0.02, 10)
        for place in range(1, 10):
            past = [float(one) for one in values[1:place]]
            called += dropped(now(values[0], 0.02), past, now(values[place], 0.02), "roc_auc").verdict is Reading.ALERT
            readings += 1
    assert called / readings < most
