"""The target as numbers, however it is written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.training.labels import Coding
from core.vocabulary import Task


def classes(*labels: str) -> Coding:
    return Coding(Task.CLASSIFICATION, labels)


def test_numbers_in_their_order_then_texts() -> None:
    target = pd.Series(["x", "10", "9", None, "x"], dtype="str")
    coding = Coding.of(Task.CLASSIFICATION, target)
    assert coding.classes == ("9", "10", "x")
    assert coding.encode(target).tolist() == [2, 1, 0, 2]


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (pd.Series([0, 1, None, 2.5, 1e15, -3], dtype="float64"), ("-3", "0", "1", "2.5", "1000000000000000")),
        (pd.Series(["003", None, " b", "nan"], dtype="str"), (" b", "003", "nan")),
        (pd.Series(["2024-01-01", None], dtype="datetime64[us]"), ("2024-01-01",)),
        (pd.Series([], dtype="str"), ()),
    ],
)
def test_classes_are_written_as_in_the_data(target: pd.Series, written: tuple[str, ...]) -> None:
    coding = Coding.of(Task.CLASSIFICATION, target)
    assert sorted(coding.classes) == sorted(written)
    assert sorted(coding.encode(target).tolist()) == list(range(len(written)))


def test_whole_numbers_have_no_point_and_what_is_unknown_no_code() -> None:
    coding = Coding.of(Task.CLASSIFICATION, pd.Series([1.0, np.nan, 0.0]))
    assert coding.classes == ("0", "1")
    assert coding.encode(pd.Series([2.0, 1.0])).tolist() == [-1, 1]
    assert coding.encode(pd.Series([], dtype=float)).tolist() == []


def test_booleans_are_written_as_in_the_data() -> None:
    coding = Coding.of(Task.CLASSIFICATION, pd.Series([1.0, 0.0]), ("FALSE", "TRUE"))
    assert coding.classes == ("FALSE", "TRUE")
    assert coding.encode(pd.Series([0.0, 1.0])).tolist() == [0, 1]


def test_a_class_that_the_other_lacks_loses_its_probability() -> None:
    said = classes("a", "b", "c").translate(np.array([[0.2, 0.3, 0.5]]), classes("a", "c", "d"))
    assert said.tolist() == [[0.2, 0.5, 0.0]]
    assert classes("a", "b").translate_codes(np.array([0, 1]), classes("a", "c")).tolist() == [0, -1]


@pytest.mark.parametrize("there", [("False", "True"), ("FALSE", "TRUE"), ("0", "1")])
def test_a_champion_is_understood_that_learned_booleans_written_in_another_way(there: tuple[str, str]) -> None:
    said = classes("false", "true").translate(np.array([[0.2, 0.8]]), classes(*there))
    assert said.tolist() == [[0.2, 0.8]]
    assert classes(*there).translate_codes(np.array([1, 0]), classes("false", "true")).tolist() == [1, 0]


def test_classes_that_are_there_to_the_letter_are_meant() -> None:
    both = classes("True", "true", "maybe")
    assert both.translate_codes(np.array([0, 1, 2]), classes("maybe", "true", "True")).tolist() == [2, 1, 0]
