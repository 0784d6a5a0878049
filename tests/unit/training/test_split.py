"""Who trains and who judges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.rows import Rows
from core.training.split import Basis, Split, split

Array = np.ndarray[Any, Any]


def rows_of(
    version: list[int], *, time: list[float] | None = None, group: list[int] | None = None,
    judgeable: list[bool] | None = None, backfill: list[bool] | None = None, repeat: list[bool] | None = None,
    identity: list[int] | None = None,
) -> Rows:
    count = len(version)
    mask = [np.array(one if one is not None else [False] * count, dtype=bool) for one in (backfill, repeat)]
    return Rows(
        frame=pd.DataFrame({"y": np.zeros(count)}), order=np.array(version, dtype=np.int64),
        version=np.array(version, dtype=np.int64), number=np.array(version, dtype=np.int64),
        time=None if time is None else np.array(time, dtype=float),
        group=None if group is None else np.array(group, dtype=np.int64),
        judgeable=np.array(judgeable if judgeable is not None else [True] * count, dtype=bool),
        backfill=mask[0], repeat=mask[1],
        identity=np.array(identity if identity is not None else range(count), dtype=np.int64),
    )


def cut(
    rows: Rows, codes: list[int] | None = None, *, share: float = 0.5, seed: int = 0, champion: bool = False
) -> Split:
    known = None if codes is None else np.array(codes, dtype=np.int64)
    return split(rows, known, share=share, seed=seed, champion=champion)


def holdout(one: Split) -> list[int]:
    return np.flatnonzero(one.holdout).tolist()


# -- by example ---------------------------------------------------------------------------------------


def test_the_newest_half_by_time_judges_a_first_model() -> None:
    one = cut(rows_of([1, 1, 1, 1], time=[4, 1, 3, 2]))
    assert one.basis == Basis.FIRST
    assert holdout(one) == [0, 2]
    assert one.holdout_rows.tolist() == [2, 0]  # oldest first
    assert np.flatnonzero(one.train).tolist() == [1, 3]
    assert one.ordered
    assert one.how == "the newest 2 of 4 rows, by time"


def test_only_unseen_rows_judge_a_champion_and_all_else_trains() -> None:
    rows = rows_of([1, 1, 2, 2, 2, 2], judgeable=[False, False, True, True, True, True], time=[1, 2, 3, 4, 5, 6])
    one = cut(rows, champion=True)
    assert one.basis == Basis.UNSEEN
    assert holdout(one) == [4, 5]
    assert one.train.tolist() == [True, True, True, True, False, False]
    assert one.how == "the newest 2 of 4 rows that the champion has not seen, by time"


def test_where_nothing_is_unseen_the_newest_rows_of_all_judge_two_recipes() -> None:
    rows = rows_of(
        [1, 2, 2, 3, 3, 4], judgeable=[False] * 6, backfill=[True] + [False] * 5,
        repeat=[False] * 5 + [True], identity=[0, 1, 2, 3, 4, 4],
    )
    one = cut(rows, champion=True)
    assert one.basis == Basis.RECIPES
    assert holdout(one) == [3, 4]
    assert one.train.tolist() == [True, True, True, False, False, False]  # the copy of a judge is left out
    assert one.how == "the newest 2 of 4 rows, since none is new to the champion, by the order of the files"


def test_equal_times_stay_together_on_the_nearer_side() -> None:
    assert holdout(cut(rows_of([1] * 6, time=[1, 1, 2, 2, 2, 3]))) == [2, 3, 4, 5]
    assert holdout(cut(rows_of([1] * 8, time=[1, 1, 2, 2, 2, 3, 3, 3]))) == [5, 6, 7]
    assert holdout(cut(rows_of([1] * 8, time=[1, 1, 2, 2, 3, 3, 3, 3]))) == [4, 5, 6, 7]
    assert holdout(cut(rows_of([1] * 10, time=[1] * 4 + [2] * 5 + [3]))) == [4, 5, 6, 7, 8, 9]


def test_missing_times_are_oldest() -> None:
    nan = float("nan")
    assert holdout(cut(rows_of([1] * 4, time=[nan, 1, nan, 2]))) == [1, 3]
    assert holdout(cut(rows_of([1] * 4, time=[nan, nan, nan, 2]))) == [3]


def test_one_time_for_all_falls_back_to_the_order_of_files_and_then_to_chance() -> None:
    files = cut(rows_of([1, 1, 2, 2], time=[5, 5, 5, 5]))
    assert holdout(files) == [2, 3]
    assert files.ordered
    chance = cut(rows_of([1] * 40, time=[5] * 40), [0, 1] * 20)
    assert not chance.ordered
    assert chance.how == "20 of 40 rows, drawn by chance within each class"


def test_all_candidates_never_judge_where_nothing_else_is_left_to_train_on() -> None:
    assert holdout(cut(rows_of([1] * 10, time=[1] * 6 + [2] * 4), share=0.9)) == [6, 7, 8, 9]
    rows = rows_of([1, 2, 2, 2], judgeable=[False, True, True, True], time=[1, 2, 3, 3])
    assert holdout(cut(rows, champion=True, share=0.9)) == [2, 3]


def test_by_chance_every_class_gives_its_share() -> None:
    codes = [0] * 70 + [1] * 20 + [2] * 10
    one = cut(rows_of([1] * 100), codes, share=0.3, seed=5)
    assert np.bincount(np.array(codes)[one.holdout]).tolist() == [21, 6, 3]
    other = cut(rows_of([1] * 100), codes, share=0.3, seed=6)
    assert holdout(one) != holdout(other)
    assert holdout(one) == holdout(cut(rows_of([1] * 100), codes, share=0.3, seed=5))


def test_a_group_judges_whole_and_its_other_rows_are_left_out() -> None:
    rows = rows_of(
        [1, 1, 2, 2, 2, 2], group=[7, 8, 7, 8, 9, -1], judgeable=[False, False, True, True, True, True],
        time=[1, 1, 5, 3, 4, 6],
    )
    one = cut(rows, champion=True)
    assert holdout(one) == [2, 5]
    assert one.train.tolist() == [False, True, False, True, True, False]


def test_groups_by_chance_stay_together() -> None:
    group = [number // 4 for number in range(80)]
    one = cut(rows_of([1] * 80, group=group), [number % 2 for number in range(80)])
    assert one.holdout.sum() == 40
    assert set(np.array(group)[one.holdout]) & set(np.array(group)[one.train]) == set()


def test_people_that_come_back_every_month_are_divided_among_themselves() -> None:
    """Every group has a row in the newest month: judging all of them would leave nobody to learn from."""
    people, months = 40, 6
    rows = rows_of(
        sorted(list(range(months)) * people), group=list(range(people)) * months,
        time=sorted(list(range(1, months + 1)) * people),
    )
    one = cut(rows)
    assert one.holdout.sum() == one.train.sum() == people * months / 2


def test_too_few_rows_give_an_empty_holdout_and_all_train() -> None:
    for count in (0, 1):
        one = cut(rows_of([1] * count))
        assert holdout(one) == []
        assert one.train.all()
    alone = cut(rows_of([1] * 4, group=[3] * 4))
    assert holdout(alone) == []


def test_time_is_kept_whatever_the_classes() -> None:
    """A training side of one class is for the gate to refuse."""
    assert holdout(cut(rows_of([1] * 6, time=[1, 2, 3, 4, 5, 6]), [0, 0, 0, 1, 0, 1])) == [3, 4, 5]


# -- by property --------------------------------------------------------------------------------------


@st.composite
def any_rows(draw: st.DrawFn) -> tuple[Rows, Array | None, float, bool, int]:
    count = draw(st.integers(0, 40))
    each = {"min_size": count, "max_size": count}
    version = sorted(draw(st.lists(st.integers(1, 4), **each)))
    time = draw(st.none() | st.lists(st.sampled_from([float("nan"), 1.0, 2.0, 3.0, 4.0, 5.0]), **each))
    group = draw(st.none() | st.lists(st.integers(-1, 6), **each))
    status = draw(st.lists(st.sampled_from(["judge", "seen", "late", "repeat"]), **each))
    codes = draw(st.none() | st.lists(st.integers(0, 2), **each))
    champion = draw(st.booleans())
    rows = rows_of(
        version, time=time, group=group, judgeable=[one == "judge" for one in status],
        backfill=[one == "late" for one in status], repeat=[one == "repeat" for one in status],
        identity=draw(st.lists(st.integers(0, 60), **each)),
    )
    share = draw(st.sampled_from([0.05, 0.2, 0.29, 0.5, 0.8, 0.95]))
    return rows, None if codes is None else np.array(codes, dtype=np.int64), share, champion, draw(st.integers(0, 3))


def candidates_of(rows: Rows, basis: Basis) -> Array:
    return ~rows.backfill & ~rows.repeat if basis is Basis.RECIPES else rows.judgeable


@settings(max_examples=300, deadline=None)
@given(any_rows())
def test_nobody_is_on_both_sides(case: tuple[Rows, Array | None, float, bool, int]) -> None:
    rows, codes, share, champion, seed = case
    one = split(rows, codes, share=share, seed=seed, champion=champion)
    assert not (one.train & one.holdout).any()
    assert not (one.holdout & ~candidates_of(rows, one.basis)).any()
    if not one.holdout.any():
        assert one.train.all()
        return
    assert one.train.any()
    assert sorted(one.holdout_rows.tolist()) == holdout(one)
    if rows.group is not None:
        judging, training = rows.group[one.holdout], rows.group[one.train]
        assert not set(judging[judging >= 0]) & set(training[training >= 0])
    judges = set(rows.identity[one.holdout].tolist())
    assert not judges & set(rows.identity[one.train & rows.repeat].tolist())
    left_out = ~one.train & ~one.holdout
    grouped = np.zeros(len(rows), bool)
    if rows.group is not None:
        grouped = (rows.group >= 0) & np.isin(rows.group, rows.group[one.holdout])
    assert not (left_out & ~rows.repeat & ~grouped).any()


@settings(max_examples=300, deadline=None)
@given(any_rows())
def test_the_share_is_kept_up_to_one_group_or_one_time(case: tuple[Rows, Array | None, float, bool, int]) -> None:
    rows, codes, share, champion, seed = case
    one = split(rows, codes, share=share, seed=seed, champion=champion)
    if not one.holdout.any():
        return
    candidate = candidates_of(rows, one.basis)
    unit = np.arange(len(rows)) if rows.group is None else np.where(
        rows.group < 0, 100 + np.arange(len(rows)), rows.group
    )
    sizes = np.bincount(unit[candidate])
    slack = int(sizes.max())
    if rows.time is not None:
        times = np.nan_to_num(rows.time)
        newest = np.array([times[candidate & (unit == own)].max() for own in unit[candidate]])
        slack = max(slack, int(np.unique(newest, return_counts=True)[1].max()))
    assert abs(one.holdout.sum() - share * candidate.sum()) <= slack


@settings(max_examples=300, deadline=None)
@given(any_rows())
def test_the_newest_judge(case: tuple[Rows, Array | None, float, bool, int]) -> None:
    rows, codes, share, champion, seed = case
    one = split(rows, codes, share=share, seed=seed, champion=champion)
    candidate = candidates_of(rows, one.basis)
    other = candidate & ~one.holdout
    if not one.holdout.any() or not other.any() or rows.group is not None:
        return
    times = None if rows.time is None else np.nan_to_num(rows.time)
    if times is not None and len(np.unique(times[candidate])) > 1:
        assert times[one.holdout].min() > times[other].max()
        assert "by time" in one.how
    elif len(np.unique(rows.version[candidate])) > 1:
        assert np.flatnonzero(one.holdout).min() > np.flatnonzero(other).max()
        assert one.ordered
    else:
        assert not one.ordered


@settings(max_examples=100, deadline=None)
@given(any_rows())
def test_the_same_rows_are_divided_the_same_way(case: tuple[Rows, Array | None, float, bool, int]) -> None:
    rows, codes, share, champion, seed = case
    first, second = (split(rows, codes, share=share, seed=seed, champion=champion) for _ in range(2))
    assert holdout(first) == holdout(second)
    assert first.how == second.how
