"""The uniform sample of a stream."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.sampling import RowSample


def rows(start: int, count: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(start, start + count)}, index=pd.RangeIndex(start, start + count))


@settings(deadline=None, max_examples=100)
@given(pieces=st.lists(st.integers(0, 40), max_size=12), size=st.integers(1, 50), seed=st.integers(0, 5))
def test_it_holds_so_many_different_rows_in_their_order(pieces, size, seed):
    sample, at = RowSample(size, seed), 0
    for count in pieces:
        sample.add(rows(at, count))
        at += count
        assert sum(map(len, sample._frames)) <= 1.5 * size + 40  # memory is bounded on the way, too
    frame = sample.frame()
    assert sample.seen == at
    assert sample.whole == (at <= size)
    assert len(frame) == min(at, size)
    if len(frame):
        chosen = frame["x"].tolist()
        assert chosen == sorted(set(chosen))
        assert frame.index.tolist() == chosen


def test_every_row_is_equally_likely_wherever_it_stands():
    times = np.zeros(100)
    pieces = [rows(at, 20) for at in range(0, 100, 20)]
    for seed in range(500):
        sample = RowSample(20, seed)
        for piece in pieces:
            sample.add(piece)
        times[sample.frame()["x"].to_numpy()] += 1
    # each row is in or out 500 times with probability 1/5: mean 100, standard deviation 8.9
    assert abs(times - 100).max() < 5 * 8.9
    assert abs(times[:20].sum() - times[-20:].sum()) < 5 * 8.9 * 6


def test_a_seed_gives_one_sample_and_another_seed_another():
    def drawn(seed: int) -> list[int]:
        sample = RowSample(20, seed)
        for at in range(0, 500, 50):
            sample.add(rows(at, 50))
        return sample.frame()["x"].tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_nothing_gives_nothing():
    assert RowSample(5).frame().empty
