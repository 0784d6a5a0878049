"""Which rows may judge: not seen, not older, first to arrive."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.training.rows import Columns, Part, Rows, assemble

Y = Columns("y")
TIMED = Columns("y", time="t")


def part(
    id: int, values: Sequence[Any], *, name: str | None = None, number: int | None = None,
    times: Sequence[Any] | None = None, labels: Sequence[float] | None = None, kind: Any = None,
) -> Part:
    """A version whose rows are recognised by `values` (and by their time and label, as real hashes are)."""
    frame = pd.DataFrame({"x": np.asarray(values), "y": np.zeros(len(values)) if labels is None else labels})
    if times is not None:
        frame["t"] = pd.Series(list(times), dtype=kind)
    return Part(id, id if number is None else number, name or f"part{id}.csv", frame, hashes(frame))


def hashes(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    return pd.util.hash_pandas_object(frame.astype(str), index=False).to_numpy(np.uint64)


def judging(rows: Rows) -> list[Any]:
    return rows.frame["x"][rows.judgeable].tolist()


def test_without_a_champion_all_rows_judge_but_a_later_copy_does_not() -> None:
    rows = assemble([part(1, [1, 2, 2]), part(2, [2, 3])], Y, seen=None)
    assert judging(rows) == [1, 2, 2, 3]
    assert rows.repeat.tolist() == [False, False, False, True, False]
    assert not rows.backfill.any()


def test_the_first_to_arrive_judges_whatever_its_name() -> None:
    rows = assemble([part(1, [1, 2], name="b.csv"), part(2, [2, 3], name="a.csv")], Y, seen=None)
    assert rows.frame["x"].tolist() == [2, 3, 1, 2]
    assert rows.judgeable.tolist() == [False, True, True, True]


def test_without_a_champion_older_versions_do_not_matter() -> None:
    old = part(1, [1, 2])
    rows = assemble([part(2, [1, 2, 3])], Y, seen=None, older={1: old.hashes})
    assert judging(rows) == [1, 2, 3]


def test_seen_rows_and_their_copies_never_judge() -> None:
    rows = assemble([part(1, [1, 2]), part(2, [2, 3, 3]), part(3, [3, 4])], Y, seen=frozenset({1}))
    assert judging(rows) == [3, 3, 4]


def test_a_copy_of_a_row_that_was_seen_later_than_it_arrived_does_not_judge() -> None:
    rows = assemble(
        [part(1, [7, 8], name="z.csv"), part(2, [7, 9], name="a.csv")], Y, seen=frozenset({2})
    )
    assert judging(rows) == [8]


def test_rows_of_superseded_versions_never_judge() -> None:
    first, dump = part(1, [1, 2]), part(2, [1, 2, 3])
    rows = assemble([dump], Y, seen=frozenset({1}), older={1: first.hashes})
    assert judging(rows) == [3]
    assert not rows.backfill.any()


def test_a_version_of_hardly_distinct_rows_is_not_compared() -> None:
    few = [0, 1, 0, 1, 0]
    rows = assemble([part(1, few), part(2, few)], Y, seen=frozenset({1}))
    assert judging(rows) == few
    rows = assemble([part(1, few), part(2, few)], Y, seen=None)
    assert judging(rows) == few + few


def test_half_distinct_is_distinct_enough() -> None:
    rows = assemble([part(1, [0, 1, 2]), part(2, [0, 0, 1, 1])], Y, seen=frozenset({1}))
    assert judging(rows) == []


def test_rows_without_a_label_are_left_out() -> None:
    rows = assemble([part(1, [1, 2, 3], labels=[0.0, np.nan, 1.0])], Y, seen=None)
    assert rows.frame["x"].tolist() == [1, 3]
    assert rows.frame.index.tolist() == [0, 1]
    assert len(rows.judgeable) == len(rows.version) == len(rows) == 2


def test_versions_come_in_natural_order_of_names_and_arrival_breaks_ties() -> None:
    rows = assemble(
        [part(1, [1], name="part10.csv"), part(2, [2], name="part2.csv"), part(3, [3], name="part2.csv")],
        Y, seen=None,
    )
    assert rows.frame["x"].tolist() == [2, 3, 1]
    assert rows.order.tolist() == [0, 1, 2]
    assert rows.version.tolist() == [2, 3, 1]


def test_without_time_an_earlier_file_is_a_backfill() -> None:
    rows = assemble(
        [part(1, [1], name="m05.csv"), part(2, [2], name="m02.csv"), part(3, [3], name="m06.csv")],
        Y, seen=frozenset({1}),
    )
    assert judging(rows) == [3]
    assert rows.frame["x"][rows.backfill].tolist() == [2]


def test_with_time_older_rows_are_backfill_and_equal_ones_judge() -> None:
    rows = assemble(
        [part(1, [1, 2], times=[10.0, 20.0]), part(2, [3, 4, 5, 6], times=[19.0, 20.0, 21.0, np.nan])],
        TIMED, seen=frozenset({1}),
    )
    assert judging(rows) == [4, 5]
    assert rows.frame["x"][rows.backfill].tolist() == [3, 6]


def test_what_the_champion_saw_without_a_label_does_not_make_its_label_late() -> None:
    rows = assemble(
        [
            part(1, [1, 2], times=[10.0, 20.0], labels=[0.0, np.nan]),
            part(2, [3, 2], times=[15.0, 20.0], labels=[1.0, 1.0]),
        ],
        TIMED, seen=frozenset({1}),
    )
    assert judging(rows) == [3, 2]


def test_a_snapshot_is_compared_in_time_with_what_it_superseded() -> None:
    first = part(1, [1, 2], times=[10.0, 20.0])
    rows = assemble(
        [part(2, [1, 2, 3, 4], times=[10.0, 20.0, 5.0, 25.0])], TIMED, seen=frozenset({1}),
        older={1: first.hashes},
    )
    assert judging(rows) == [4]
    assert rows.frame["x"][rows.backfill].tolist() == [3]


@pytest.mark.parametrize(
    ("times", "kind"),
    [
        ([np.datetime64("2024-02-01", "us"), np.datetime64("NaT"), np.datetime64("2023-12-31", "us")], None),
        ([2.5, np.nan, -1.0], "float64"),
        (["2024-02", None, "2023-12"], "str"),
        (["week 10", None, "week 9"], "str"),
    ],
)
def test_time_of_any_kind(times: Sequence[Any], kind: Any) -> None:
    rows = assemble([part(1, [1, 2, 3], times=times, kind=kind)], TIMED, seen=None)
    assert rows.time is not None
    assert rows.time[[2, 0]].tolist() == [1.0, 2.0]
    assert np.isnan(rows.time[1])


def test_times_of_several_kinds_are_put_in_some_order() -> None:
    empty = part(2, [2], times=[None], kind="str")
    rows = assemble([part(1, [1], times=[3.0]), empty], TIMED, seen=None)
    assert rows.time is not None
    assert rows.frame["x"].tolist() == [1, 2]  # a version without any time comes last
    assert rows.time[0] == 1.0
    mixed = assemble([part(1, [1], times=[3.0]), part(2, [2], times=["12 May"], kind="str")], TIMED, seen=None)
    assert mixed.time is not None
    assert sorted(mixed.time.tolist()) == [1.0, 2.0]
    numbers = assemble([part(1, [1], times=[10], kind="int64"), part(2, [2], times=[9.5])], TIMED, seen=None)
    assert numbers.frame["x"].tolist() == [2, 1]


def test_times_are_ranked_without_the_rows_that_are_left_out() -> None:
    rows = assemble(
        [part(1, [1, 2, 3], times=[1.0, 2.0, 3.0], labels=[0.0, np.nan, 0.0])], TIMED, seen=None
    )
    assert rows.time is not None
    assert rows.time.tolist() == [1.0, 2.0]


def test_groups_are_codes_over_all_versions() -> None:
    def grouped(id: int, groups: list[Any]) -> Part:
        frame = pd.DataFrame({"y": np.zeros(len(groups)), "g": pd.Series(groups, dtype="str")})
        return Part(id, id, f"{id}", frame, np.arange(id * 100, id * 100 + len(groups), dtype=np.uint64))

    rows = assemble([grouped(1, ["a", None, "b"]), grouped(2, ["b", "a"])], Columns("y", group="g"), seen=None)
    assert rows.group is not None
    assert rows.group.tolist() == [0, -1, 1, 1, 0]


@pytest.mark.parametrize("parts", [[], [part(1, [])]])
@pytest.mark.parametrize("older", [None, {1: np.array([3], dtype=np.uint64)}])
@pytest.mark.parametrize("seen", [None, frozenset({9})])
def test_nothing_is_nothing(
    parts: list[Part], older: Mapping[int, np.ndarray[Any, Any]] | None, seen: frozenset[int] | None
) -> None:
    rows = assemble(parts, Y, seen=seen, older=older)
    assert len(rows) == 0
    assert len(rows.judgeable) == len(rows.order) == len(rows.identity) == 0


def test_many_small_files_are_assembled_in_seconds() -> None:
    random = np.random.default_rng(0)
    parts = [
        Part(
            id, id, f"{id}.csv",
            pd.DataFrame({"x": random.normal(size=100), "t": np.full(100, float(id)), "y": np.zeros(100)}),
            random.integers(0, 2**63, size=100).astype(np.uint64),
        )
        for id in range(2_000)
    ]
    began = time.thread_time()
    rows = assemble(parts, TIMED, seen=frozenset(range(1_000)))
    assert time.thread_time() - began < 3  # about 0.3 s; what grows with the square takes minutes
    assert rows.judgeable.sum() == 100_000
