"""What the first rows of a file suggest: the likeliest target first, a time, an id, and why a column is none."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data.schema import Schema
from core.recipes import guess
from core.recipes.guess import Guess
from core.vocabulary import Kind

ROWS = 60


def guessed(**columns: tuple[Kind, list[object]]) -> list[Guess]:
    frame = pd.DataFrame({name: pd.Series(values) for name, (_, values) in columns.items()})
    return guess.columns(frame, Schema.of({name: kind for name, (kind, _) in columns.items()}))


def churn() -> list[Guess]:
    days = [pd.Timestamp("2026-01-01") + pd.Timedelta(days=at) for at in range(ROWS)]
    return guessed(
        customer_id=(Kind.CATEGORY, [f"c{at}" for at in range(ROWS)]),
        month=(Kind.DATE, list(days)),
        plan=(Kind.CATEGORY, [("basic", "plus")[at % 2] for at in range(ROWS)]),
        minutes=(Kind.NUMBER, [at * 1.5 for at in range(ROWS)]),
        country=(Kind.CATEGORY, ["de"] * ROWS),
        note=(Kind.CATEGORY, [f"call {at}" for at in range(ROWS)]),
        churned=(Kind.NUMBER, [float(at % 3 == 0) for at in range(ROWS)]),
    )


def test_the_likeliest_target_comes_first_and_what_cannot_be_predicted_last() -> None:
    ordered = [one.name for one in guess.likeliest(churn())]
    assert ordered[0] == "churned"
    assert set(ordered[-4:]) == {"customer_id", "month", "country", "note"}


def test_what_a_column_would_be_as_a_target_and_why_it_is_none() -> None:
    found = {one.name: one for one in churn()}
    assert (found["churned"].task, found["churned"].primary, found["churned"].values) == (
        "classification", "roc_auc", ("0", "1")
    )
    assert (found["minutes"].task, found["minutes"].primary) == ("regression", "rmse")
    assert found["country"].why_not == "always the same" and found["month"].why_not == "a date"
    assert "different texts" in found["note"].why_not and found["churned"].why_not == ""


def test_time_and_id_are_found_out() -> None:
    found = churn()
    assert guess.times(found, ROWS) == ["month"] and guess.ids(found, ROWS) == ["customer_id"]


def test_a_sparse_date_orders_nothing_and_a_repeated_id_tells_nothing_apart() -> None:
    days = [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-02")] + [pd.NaT] * 8
    found = guessed(
        cancelled_on=(Kind.DATE, list(days)), order_id=(Kind.CATEGORY, ["a", "b"] * 5),
        y=(Kind.NUMBER, [float(at) / 3 for at in range(10)]),
    )
    assert guess.times(found, 10) == [] and guess.ids(found, 10) == []


@pytest.mark.parametrize("name", ["id", "customer_id", "PassengerId", "customerID", "order key", "customer"])
def test_names_of_ids(name: str) -> None:
    assert guess.ids(guessed(**{name: (Kind.CATEGORY, ["a", "b"])}), 2) == [name]


@pytest.mark.parametrize("name", ["paid", "humid", "valid", "keyword", "customers_before"])
def test_names_that_only_end_like_ids(name: str) -> None:
    assert guess.ids(guessed(**{name: (Kind.CATEGORY, ["a", "b"])}), 2) == []
