"""A uniform sample of a stream of rows, in bounded memory."""

from __future__ import annotations

import numpy as np
import pandas as pd


class RowSample:
    """At most `size` rows of all frames added, each equally likely, in their order; seeded.

    Every row draws a random key and the smallest keys stay, so that once the sample is full nearly all
    further rows are refused by one comparison. Holds at most about 1.5 x `size` rows.
    """

    def __init__(self, size: int, seed: int = 0) -> None:
        self.size = size
        self.seen = 0
        self._random = np.random.default_rng(seed)
        self._frames: list[pd.DataFrame] = []
        self._keys: list[np.ndarray] = []
        self._held = 0
        self._bound = np.inf

    def add(self, frame: pd.DataFrame) -> None:
        self.seen += len(frame)
        keys = self._random.random(len(frame))
        if self._bound < np.inf:
            chosen = keys < self._bound
            frame, keys = frame[chosen], keys[chosen]
        self._frames.append(frame)
        self._keys.append(keys)
        self._held += len(frame)
        if self._held > self.size * 1.5:
            self._shrink()

    @property
    def whole(self) -> bool:
        """Whether every row that was added is in the sample."""
        return self.seen <= self.size

    def frame(self) -> pd.DataFrame:
        """The sample; an empty frame without columns where nothing was added."""
        if self._held > self.size:
            self._shrink()
        if len(self._frames) > 1:
            self._frames, self._keys = [pd.concat(self._frames)], [np.concatenate(self._keys)]
        return self._frames[0] if self._frames else pd.DataFrame()

    def _shrink(self) -> None:
        keys = np.concatenate(self._keys)
        bound = np.partition(keys, self.size - 1)[self.size - 1]
        chosen = keys <= bound
        self._frames = [pd.concat(self._frames)[chosen]]
        self._keys = [keys[chosen]]
        self._held = len(self._keys[0])
        self._bound = float(bound)
