"""What would have changed a verdict, from the numbers of the rules alone."""

from __future__ import annotations

from core.views.reasons import changes, told
from core.vocabulary import Verdict
from tests.unit.views.past import reason


def test_each_reason_is_ticked_or_crossed() -> None:
    assert told(reason("rows", 602, 200, True, "602 rows may judge")) == "✓ 602 rows may judge"
    assert told(reason("rows", 60, 200, False, "60 rows may judge")) == "✗ 60 rows may judge"


def test_insufficient_data_says_how_many_are_missing() -> None:
    found = [
        reason("rows", 142, 200, False, ""), reason("rarest_class", 3, 20, False, ""),
        reason("classes_train", 2, 2, True, ""),
    ]
    assert changes(Verdict.INSUFFICIENT_DATA, found, "churn") == [
        "58 more rows to judge on: 200 instead of 142", "and also 17 more rows of the rarest class: 20 instead of 3",
    ]


def test_a_refusal_says_which_number_would_have_done() -> None:
    found = [
        reason("rows", 602, 200, True, ""), reason("roc_auc", 0.65, 0.80, False, ""),
        reason("rmse", 12.5, 11.75, False, ""), reason("f1", None, 0.5, False, "could not be told"),
    ]
    assert changes(Verdict.FAILED, found, "churn") == [
        "roc_auc of at least 0.8 instead of 0.65", "and also rmse of at most 11.75 instead of 12.5",
    ]


def test_a_passed_gate_says_where_its_nearest_border_was() -> None:
    found = [
        reason("rows", 602, 200, True, ""), reason("roc_auc", 0.812, 0.6, True, ""),
        reason("roc_auc", 0.812, 0.797, True, ""), reason("rmse", 10.0, 10.5, True, ""),
    ]
    assert changes(Verdict.PASSED, found, "churn") == [
        "fewer than 200 rows to judge on: it would have waited",
        "roc_auc below 0.797 instead of 0.812: it would have been refused",
        "rmse above 10.5 instead of 10: it would have been refused",
    ]


def test_a_verdict_that_waits_for_a_person_says_so() -> None:
    assert changes(Verdict.NEEDS_APPROVAL, [reason("approval", None, None, False, "")], "churn") == [
        "a person's yes: `footplate models approve churn`"
    ]
