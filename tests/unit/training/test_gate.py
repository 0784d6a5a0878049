"""The gate's rules, one by one."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.evaluation import Difference, Measured
from core.training.gate import Bar, Evidence, Judgement, headline, judge, rarest
from core.training.metrics import METRICS
from core.training.split import Basis
from core.vocabulary import Verdict


def evidence(
    ours: float | None = 0.812, theirs: float | None = 0.806, *, bounds: tuple[float, float] = (-0.004, 0.016),
    primary: str = "roc_auc", basis: Basis = Basis.UNSEEN, rows: int = 602, **more: Any,
) -> Evidence:
    challenger = {primary: Measured(ours, None, None)}
    opponent = {primary: Measured(theirs, None, None)}
    apart = None
    if ours is not None and theirs is not None:
        gain = ours - theirs if METRICS[primary].higher_is_better else theirs - ours
        apart = Difference(gain, *bounds)
    given = {"rarest": 100, "classes_train": 2, "challenger": challenger, "opponent": opponent, "difference": apart}
    return Evidence(basis, primary, rows, **(given | more))


def verdict(bar: Bar, given: Evidence) -> Verdict:
    return judge(bar, given).verdict


def failing(judgement: Judgement) -> list[dict[str, Any]]:
    return [reason for reason in judgement.reasons if not reason["passed"]]


# -- enough data --------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", list(Basis))
@pytest.mark.parametrize(
    ("more", "metric", "value", "threshold"),
    [
        ({"rows": 199}, "rows", 199, 200),
        ({"rows": 0, "rarest": 0}, "rows", 0, 200),
        ({"rarest": 19}, "rarest_class", 19, 20),
        ({"rarest": 0}, "rarest_class", 0, 20),
        ({"classes_train": 1}, "classes_train", 1, 2),
    ],
)
def test_too_little_data_is_no_failure(
    basis: Basis, more: dict[str, Any], metric: str, value: int, threshold: int
) -> None:
    found = judge(Bar(bars={"roc_auc": 0.99}), evidence(0.5, 0.9, bounds=(-0.5, -0.3), basis=basis, **more))
    assert found.verdict == Verdict.INSUFFICIENT_DATA
    first = failing(found)[0]
    assert (first["metric"], first["value"], first["threshold"]) == (metric, value, threshold)
    assert {reason["metric"] for reason in found.reasons} <= {"rows", "rarest_class", "classes_train"}


def test_enough_is_enough() -> None:
    assert verdict(Bar(), evidence(rows=200, rarest=20)) == Verdict.PASSED
    assert verdict(Bar(min_rows=1, min_minority=0), evidence(rows=1, rarest=0)) == Verdict.INSUFFICIENT_DATA
    assert verdict(Bar(), evidence(primary="rmse", rarest=None, classes_train=None, bounds=(0, 0.1))) == Verdict.PASSED


def test_one_class_only_is_said_so() -> None:
    assert failing(judge(Bar(), evidence(rarest=0)))[0]["message"] == (
        "all of these rows are of one class, and 20 of another are needed"
    )


def test_the_rarest_class() -> None:
    assert rarest(np.array([0] * 95 + [1] * 5), 2) == 5
    assert rarest(np.array([1] * 50), 2) == 0
    assert rarest(np.zeros(0, dtype=np.int64), 2) == 0
    assert rarest(np.array([0] * 60 + [1] * 37 + [2] * 3), 3) == 37  # 3 % do not make everybody wait
    assert rarest(np.array([0] * 60 + [1] * 35 + [2] * 5), 4) == 5
    assert rarest(np.array([2] * 50), 6) == 0
    assert rarest(np.repeat(np.arange(40), 10), 40) == 10  # none holds 5 %


# -- a first model ------------------------------------------------------------------------------------


@pytest.mark.parametrize("compare", ["not_worse", "better", "significantly_better"])
def test_a_first_model_has_to_beat_a_dummy_for_sure(compare: str) -> None:
    bar = Bar(compare=compare, max_drop=0.0)
    assert verdict(bar, evidence(0.6, 0.5, bounds=(0.02, 0.18), basis=Basis.FIRST)) == Verdict.PASSED
    found = judge(bar, evidence(0.52, 0.5, bounds=(-0.02, 0.06), basis=Basis.FIRST))
    assert found.verdict == Verdict.FAILED
    (reason,) = failing(found)
    assert (reason["value"], reason["champion_value"], reason["interval"]) == (0.52, 0.5, [-0.02, 0.06])
    assert reason["threshold"] == pytest.approx(0.54)  # the same spread around .54 would just reach above 0
    assert reason["message"] == (
        "ROC AUC is 0.52 against 0.5 of a dummy: not surely better at 95 % confidence"
        " (lower bound of the gain -0.02, above 0 is needed)"
    )


def test_a_dummy_in_other_clothes_is_no_model() -> None:
    assert verdict(Bar(), evidence(0.5, 0.5, bounds=(0.0, 0.0), basis=Basis.FIRST)) == Verdict.FAILED


# -- against a champion -------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", [Basis.UNSEEN, Basis.RECIPES])
@pytest.mark.parametrize(
    ("compare", "gain", "bounds", "passes"),
    [
        ("not_worse", -0.010, (-0.030, 0.010), True),
        ("not_worse", -0.010, (-0.020, 0.000), True),
        ("not_worse", -0.010, (-0.019, -0.001), False),
        ("better", 0.001, (-0.020, 0.022), True),
        ("better", 0.000, (-0.020, 0.020), False),
        ("better", -0.001, (-0.020, 0.018), False),
        ("significantly_better", 0.010, (0.001, 0.019), True),
        ("significantly_better", 0.010, (0.000, 0.020), False),
        ("significantly_better", 0.010, (-0.001, 0.021), False),
    ],
)
def test_what_not_worse_and_better_mean(
    basis: Basis, compare: str, gain: float, bounds: tuple[float, float], passes: bool
) -> None:
    found = judge(Bar(compare=compare), evidence(0.8 + gain, 0.8, bounds=bounds, basis=basis))
    assert found.verdict == (Verdict.PASSED if passes else Verdict.FAILED)
    rule, drop = found.reasons[-2:]
    assert rule["passed"] is passes
    assert drop["passed"]


def test_a_refusal_says_what_would_have_passed() -> None:
    found = judge(Bar(), evidence(0.780, 0.806, bounds=(-0.042, -0.010)))
    worse, drop = failing(found)
    assert worse["threshold"] == pytest.approx(0.790)
    assert worse["message"] == (
        "ROC AUC is 0.78 against 0.806 of the champion: surely worse at 95 % confidence"
        " (upper bound of the gain -0.01, at least 0 is needed)"
    )
    assert drop["threshold"] == pytest.approx(0.786)
    assert drop["message"].endswith("a gain of -0.026, and a drop of at most 0.02 is allowed")


def test_a_drop_has_a_limit_whatever_the_interval_says() -> None:
    wide = (-0.2, 0.15)
    assert verdict(Bar(), evidence(0.78, 0.80, bounds=wide)) == Verdict.PASSED  # .02, and not a hair more
    assert verdict(Bar(), evidence(0.7799, 0.80, bounds=wide)) == Verdict.FAILED
    assert verdict(Bar(max_drop=0.1), evidence(0.72, 0.80, bounds=wide)) == Verdict.PASSED
    assert verdict(Bar(max_drop=0.0), evidence(0.7999, 0.80, bounds=wide)) == Verdict.FAILED


@pytest.mark.parametrize("primary", ["rmse", "mae", "mape", "log_loss"])
def test_without_a_scale_a_drop_is_a_share_of_the_error(primary: str) -> None:
    wide = (-9.0, 9.0)
    assert verdict(Bar(), evidence(21.0, 20.0, bounds=wide, primary=primary)) == Verdict.PASSED
    found = judge(Bar(), evidence(21.01, 20.0, bounds=wide, primary=primary))
    assert found.verdict == Verdict.FAILED
    (drop,) = failing(found)
    assert drop["threshold"] == pytest.approx(21.0)
    assert "a drop of at most 1 (5% of 20) is allowed" in drop["message"]


def test_lower_is_better_for_errors() -> None:
    worse = judge(Bar(), evidence(20.8, 20.0, bounds=(-1.1, -0.5), primary="rmse"))
    assert worse.verdict == Verdict.FAILED
    assert failing(worse)[0]["threshold"] == pytest.approx(20.3)
    assert verdict(Bar(compare="better"), evidence(19.9, 20.0, bounds=(-1, 1), primary="rmse")) == Verdict.PASSED


# -- absolute bars, people, and what cannot be told ---------------------------------------------------


def test_absolute_bars_are_read_by_direction() -> None:
    bars = {"roc_auc": 0.6, "brier": 0.2}
    more = {
        "challenger": {"roc_auc": Measured(0.7, 0.65, 0.75), "brier": Measured(0.2, 0.18, 0.22)},
        "opponent": {"roc_auc": Measured(0.69, 0.6, 0.8), "brier": Measured(None, None, None)},
    }
    found = judge(Bar(bars=bars), evidence(0.7, 0.69, **more))
    assert found.verdict == Verdict.PASSED
    first, second = found.reasons[3:5]
    assert (first["metric"], first["threshold"], first["interval"]) == ("roc_auc", 0.6, [0.65, 0.75])
    assert first["champion_value"] == 0.69
    assert second["message"] == "Brier score is 0.2 and the recipe asks for at most 0.2"
    high = judge(Bar(bars={"roc_auc": 0.71, "brier": 0.19, "f1": 0.1}), evidence(0.7, 0.69, **more))
    assert high.verdict == Verdict.FAILED
    assert [reason["metric"] for reason in failing(high)] == ["roc_auc", "brier", "f1"]
    assert verdict(Bar(bars={"roc_auc": 0.7}), evidence(0.7, 0.69, **more)) == Verdict.PASSED
    assert failing(high)[2]["message"] == "F1 could not be told, and the recipe asks for 0.1"


def test_a_person_is_asked_only_where_all_else_passes() -> None:
    human = Bar(approval="human")
    assert verdict(human, evidence()) == Verdict.NEEDS_APPROVAL
    assert [reason["metric"] for reason in failing(judge(human, evidence()))] == ["approval"]
    assert verdict(human, evidence(0.5, 0.8, bounds=(-0.4, -0.2))) == Verdict.FAILED
    assert verdict(human, evidence(rows=10)) == Verdict.INSUFFICIENT_DATA
    lowered = judge(Bar(), evidence(lowered_bar=True))
    assert lowered.verdict == Verdict.NEEDS_APPROVAL
    assert [reason["metric"] for reason in failing(lowered)] == ["bar"]
    assert verdict(Bar(), evidence(0.5, 0.8, bounds=(-0.4, -0.2), lowered_bar=True)) == Verdict.FAILED


def test_a_challenger_that_cannot_be_measured_fails() -> None:
    found = judge(Bar(), evidence(None, 0.8))
    assert found.verdict == Verdict.FAILED
    assert failing(found)[0]["message"].startswith("ROC AUC of the challenger could not be told")
    assert verdict(Bar(), evidence(None, 0.5, basis=Basis.FIRST)) == Verdict.FAILED


def test_a_champion_that_cannot_be_measured_waits_for_a_person() -> None:
    found = judge(Bar(), evidence(0.8, None))
    assert found.verdict == Verdict.NEEDS_APPROVAL
    assert failing(found)[0]["message"] == (
        "ROC AUC of the champion could not be told on these rows, so a person decides"
    )
    assert verdict(Bar(bars={"roc_auc": 0.9}), evidence(0.8, None)) == Verdict.FAILED
    assert verdict(Bar(), evidence(0.8, None, basis=Basis.FIRST)) == Verdict.FAILED


# -- and against a dummy, whoever the champion is ------------------------------------------------------


def test_who_beats_the_champion_and_no_dummy_is_refused() -> None:
    gain = Difference(0.0, 0.0, 0.0)
    found = judge(Bar(), evidence(0.5, 0.2, bounds=(0.25, 0.35), dummy=0.5, beyond_dummy=gain))
    assert found.verdict == Verdict.FAILED
    (reason,) = failing(found)
    assert (reason["value"], reason["champion_value"], reason["interval"]) == (0.5, None, [0.0, 0.0])
    assert reason["threshold"] == 0.5
    assert reason["message"] == (
        "ROC AUC is 0.5 against 0.5 of a dummy: no better (a gain of 0, above 0 is needed of every challenger)"
    )
    likely = Difference(0.02, -0.03, 0.07)
    assert verdict(Bar(), evidence(0.52, 0.2, bounds=(0.25, 0.35), dummy=0.5, beyond_dummy=likely)) == Verdict.PASSED
    surely = Difference(0.31, 0.27, 0.35)
    assert verdict(Bar(), evidence(dummy=0.5, beyond_dummy=surely)) == Verdict.PASSED
    assert verdict(Bar(), evidence(0.4, 0.5, bounds=(0.05, 0.15), primary="brier", dummy=0.6,
                                   beyond_dummy=Difference(0.2, 0.1, 0.3))) == Verdict.PASSED


def test_no_person_is_asked_about_what_a_dummy_does_as_well() -> None:
    none = Difference(0.0, -0.05, 0.05)
    assert verdict(Bar(approval="human"), evidence(0.5, 0.5, dummy=0.5, beyond_dummy=none)) == Verdict.FAILED
    assert verdict(Bar(), evidence(0.5, None, dummy=0.5, beyond_dummy=none)) == Verdict.FAILED


# -- for all ------------------------------------------------------------------------------------------

share = st.floats(0, 1)


@given(
    ours=st.none() | share, theirs=st.none() | share, below=share, above=share, basis=st.sampled_from(Basis),
    primary=st.sampled_from(["roc_auc", "brier", "log_loss", "rmse"]), rows=st.integers(0, 400),
    rare=st.none() | st.integers(0, 40), lowered=st.booleans(),
    compare=st.sampled_from(["not_worse", "better", "significantly_better"]),
    approval=st.sampled_from(["none", "human"]), threshold=st.none() | share, dummy=st.none() | share,
)
def test_every_reason_can_be_checked_by_its_reader(
    ours: float | None, theirs: float | None, below: float, above: float, basis: Basis, primary: str, rows: int,
    rare: int | None, lowered: bool, compare: str, approval: str, threshold: float | None,
    dummy: float | None,
) -> None:
    """The threshold is where the verdict of a rule turns; all is JSON; the verdict follows from the reasons."""
    sign = 1 if METRICS[primary].higher_is_better else -1
    gain = 0.0 if ours is None or theirs is None else (ours - theirs) * sign
    beyond = None
    if ours is not None and dummy is not None and basis != Basis.FIRST:
        gained = (ours - dummy) * sign
        beyond = Difference(gained, gained - below, gained + above)
    bar = Bar(compare=compare, approval=approval, bars={} if threshold is None else {primary: threshold})
    found = judge(bar, evidence(
        ours, theirs, bounds=(gain - below, gain + above), primary=primary, basis=basis, rows=rows, rarest=rare,
        lowered_bar=lowered, dummy=dummy, beyond_dummy=beyond,
    ))
    json.dumps(found.reasons, allow_nan=False)
    assert headline(found, primary, rows)
    asked = {"approval", "bar"}
    for reason in found.reasons:
        assert reason["message"] and "nan" not in reason["message"]
        if reason["metric"] in asked or reason["threshold"] is None or reason["value"] is None:
            continue
        metric = METRICS.get(reason["metric"])
        better = reason["value"] - reason["threshold"]
        better = better if metric is None or metric.higher_is_better else -better
        if math.isclose(better, 0, abs_tol=1e-9):
            continue
        assert reason["passed"] == (better > 0)
    broken = {reason["metric"] for reason in failing(found)}
    if found.verdict == Verdict.PASSED:
        assert not broken
    elif found.verdict == Verdict.NEEDS_APPROVAL:
        assert broken <= asked | {primary}
    else:
        assert broken - asked


# -- the short story ----------------------------------------------------------------------------------


def test_headlines() -> None:
    def line(given: Evidence, bar: Bar | None = None) -> str:
        return headline(judge(bar or Bar(), given), given.primary, given.rows_holdout)

    assert line(evidence()) == ".812 against .806 on 602 (-.004 to +.016)"
    assert line(evidence(1.0, 0.9, bounds=(0.0, 0.2), rows=1_250)) == "1.000 against .900 on 1,250 (0 to +.200)"
    assert line(evidence(51.853, 53.2, bounds=(-0.31, 1.2), primary="rmse")) == (
        "51.85 against 53.20 on 602 (-.31 to +1.20)"
    )
    assert line(evidence(0.0123, 0.0125, bounds=(-0.0001, 0.0005), primary="mae")) == (
        ".01230 against .01250 on 602 (-.00010 to +.00050)"
    )
    assert line(evidence(1_234_567.0, 1_234_000.0, bounds=(-9_000.0, 8_000.0), primary="mae")) == (
        "1,234,567 against 1,234,000 on 602 (-9,000 to +8,000)"
    )
    assert line(evidence(-0.2, 0.1, bounds=(-0.5, -0.1), primary="r2")) == "-.200 against .100 on 602 (-.500 to -.100)"
    assert line(evidence(rows=120)) == "120 of 200 rows to judge on"
    assert line(evidence(rarest=12)) == "12 of 20 rows of the rarest class"
    assert line(evidence(None, 0.8)) == "nothing to compare on 602"
    assert headline(Judgement(Verdict.INSUFFICIENT_DATA, []), "roc_auc", 3) == "too few rows"


def test_a_bar_is_read_from_a_recipe() -> None:
    class Gate:
        compare, confidence, max_drop, min_rows, min_minority = "better", 0.9, 0.01, 50, 5
        approval, bars = "human", {"roc_auc": 0.6}

    class Recipe:
        gate = Gate()

    assert Bar.of(Recipe()) == Bar("better", 0.9, 0.01, 50, 5, "human", {"roc_auc": 0.6})  # type: ignore[arg-type]
