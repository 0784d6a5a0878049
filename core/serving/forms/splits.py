"""The splits of all trees of a forest, feature by feature, as a table of the leaves that are left by each value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.serving.forms.form import Array

FIELDS: Final = {  # of scikit-learn's nodes, and how they are kept
    "feature_idx": np.int32, "num_threshold": np.float64, "missing_go_to_left": np.bool_, "left": np.int32,
    "right": np.int32, "is_leaf": np.bool_, "is_categorical": np.bool_, "bitset_idx": np.int32, "value": np.float64,
}
Feature = tuple[int, int, list[float], dict[float, int] | None, int]


class Splits:
    """`features`: for each that splits use its column in the matrix, its first row in the table, its thresholds in
    order, or the row of each of its codes, and the row for what is missing. `size` of the table is in bytes."""

    def __init__(self, arrays: Mapping[str, Array], first_leaf: Array, word: np.dtype[Any], words: int) -> None:
        sizes, is_leaf = arrays["sizes"], arrays["is_leaf"]
        inner = np.flatnonzero(~is_leaf)
        self._nodes = {name: arrays[name][inner] for name in FIELDS if name != "value"}
        self._sets, self._known = arrays["sets"], arrays["known_sets"]
        self._word, self._words, self._trees = word, words, len(sizes)
        self._tree = np.repeat(np.arange(len(sizes)), sizes)[inner]
        first_node = np.concatenate([[0], np.cumsum(sizes)[:-1]])[self._tree]
        before = np.concatenate([[0], np.cumsum(is_leaf)])  # leaves before a node, over all trees
        start, stop = (
            before[first_node + self._nodes[side]] - first_leaf[self._tree] for side in ("left", "right")
        )
        self._ruled_out = _masks(start, stop, word, words)
        stops = np.cumsum(arrays["category_sizes"])
        self._categories = np.split(arrays["categories"], stops[:-1]) if len(stops) else []
        self.features: list[Feature] = []
        self._mine: list[tuple[int, Array]] = []
        self._rows = 0
        for feature in np.unique(self._nodes["feature_idx"]).tolist():
            self._add(feature, int(arrays["source"][feature]))
        self.size = max(self._rows, 1) * self._trees * words * word.itemsize

    def table(self) -> Array:
        """rows x (trees x words): the leaves that are left for each value of each feature, as bits."""
        shape = (max(self._rows, 1), self._trees, self._words)
        table = np.full(shape, np.iinfo(self._word).max, dtype=self._word)
        for (feature, mine), (_, first, steps, codes, missing) in zip(self._mine, self.features, strict=True):
            tree, out = self._tree[mine], self._ruled_out[mine]
            lost = ~self._nodes["missing_go_to_left"][mine]
            _rule_out(table, np.full(int(lost.sum()), missing), tree[lost], out[lost])
            if codes is None:
                place = np.searchsorted(np.array(steps), self._nodes["num_threshold"][mine])
                _rule_out(table, first + place + 1, tree, out)
                part = table[first:missing]
                np.bitwise_and.accumulate(part, axis=0, out=part)
            else:
                split, category = np.nonzero(self._goes_right(feature, mine, len(codes)))
                _rule_out(table, first + category, tree[split], out[split])
        return table.reshape(shape[0], -1)

    def _add(self, feature: int, column: int) -> None:
        mine = np.flatnonzero(self._nodes["feature_idx"] == feature)
        self._mine.append((feature, mine))
        first = self._rows
        if self._nodes["is_categorical"][mine].any():
            known = [code for code in self._categories[feature].tolist() if code == code]
            missing = first + len(known)
            codes = {code: first + place for place, code in enumerate(known)}
            self.features.append((column, first, [], codes, missing))
        else:
            steps = np.unique(self._nodes["num_threshold"][mine])
            missing = first + len(steps) + 1
            self.features.append((column, first, steps.tolist(), None, missing))
        self._rows = missing + 1

    def _goes_right(self, feature: int, mine: Array, categories: int) -> Array:
        """splits x categories; a category that no bin knows goes where what is missing goes."""
        code = np.arange(categories)
        left = _bits(self._sets[self._nodes["bitset_idx"][mine]], code)
        known = _bits(self._known[feature][None], code)
        to_left = self._nodes["missing_go_to_left"][mine][:, None]
        return np.asarray(~left & (known | ~to_left))


def _rule_out(table: Array, row: Array, tree: Array, masks: Array) -> None:
    for word in range(table.shape[2]):
        np.bitwise_and.at(table[:, :, word], (row, tree), masks[:, word])


def _bits(sets: Array, code: Array) -> Array:
    """sets x codes: whether each set of 256 bits holds the code."""
    return np.asarray((sets[:, code // 32] >> (code % 32).astype(np.uint32)) & 1).astype(bool)


def _masks(start: Array, stop: Array, word: np.dtype[Any], words: int) -> Array:
    """n x words: all bits but those from start to stop."""
    bits, full = word.itemsize * 8, int(np.iinfo(word).max)
    below = np.array([(1 << count) - 1 for count in range(bits)] + [full], dtype=word)  # the lowest `count` bits
    offset = np.arange(words) * bits
    low, high = (np.clip(end[:, None] - offset, 0, bits) for end in (start, stop))
    return np.asarray(~(below[high] & ~below[low]))
