"""Histogram gradient boosting by bit vectors: which leaf a row reaches, without walking down any tree.

Each tree's leaves are the bits of a word, left to right. A test that a row fails rules out the leaves to its left;
for each value that a feature can take among the thresholds, what all tests of that feature rule out, in all trees,
is worked out beforehand. A row then costs one search a feature, one AND of those words, and the lowest bit that is
left in each is the leaf (Lucchese et al. 2015, "QuickScorer"). The numbers are those of scikit-learn, to the last
bit: the same leaves, summed in the same order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.serving.forms.form import Array, NotCompiled, added, all_linked, linked
from core.serving.forms.splits import FIELDS, Splits

LARGEST: Final = 64 << 20  # bytes of the table
ROWS: Final = 2_048  # that are worked out at a time
_LINKS: Final = {"IdentityLink": "identity", "LogLink": "log", "LogitLink": "logit", "MultinomialLogit": "softmax"}


def fits(estimator: Any) -> bool:
    kind = type(estimator)
    return kind.__name__.startswith("HistGradientBoosting") and kind.__module__.startswith("sklearn.")


def compiled(estimator: Any) -> dict[str, Array]:
    """The arrays of a fitted HistGradientBoosting; NotCompiled where it holds something that is not known here."""
    link = _LINKS.get(type(estimator._loss.link).__name__)
    if link is None:
        raise NotCompiled(f"its link {type(estimator._loss.link).__name__} is not known")
    trees = [tree for iteration in estimator._predictors for tree in iteration]
    nodes: dict[str, Array] = {
        name: np.concatenate([tree.nodes[name] for tree in trees]).astype(kind) for name, kind in FIELDS.items()
    }
    sets = [tree.raw_left_cat_bitsets for tree in trees]
    first_set = np.cumsum([0, *(len(one) for one in sets)])
    sizes = [len(tree.nodes) for tree in trees]
    nodes["bitset_idx"] = (nodes["bitset_idx"] + np.repeat(first_set[:-1], sizes)).astype(np.int32)
    categorical = estimator.is_categorical_
    width = estimator.n_features_in_
    if categorical is None:
        source, categories = np.arange(width), []
    else:
        source = np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])
        categories = list(estimator._preprocessor.named_transformers_["encoder"].categories_)
    known, _ = estimator._bin_mapper.make_known_categories_bitsets()
    return {
        **nodes, "sizes": np.array(sizes, dtype=np.int32), "sets": np.concatenate(sets).astype(np.uint32),
        "known_sets": known.astype(np.uint32), "source": source.astype(np.int32),
        "categories": np.concatenate([np.empty(0), *categories]),
        "category_sizes": np.array([len(one) for one in categories], dtype=np.int32),
        "baseline": np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1),
        "link": np.array(link),
    }


class Forest:
    """What `compiled` kept, made ready."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._link = str(arrays["link"])
        self._baseline = arrays["baseline"]
        leaves, self._values = _leaves(arrays)
        self._first_leaf = np.concatenate([[0], np.cumsum(leaves)[:-1]]).astype(np.int64)
        most = int(leaves.max())
        word = np.dtype(np.uint32 if most <= 32 else np.uint64)
        self._words = -(-most // (word.itemsize * 8))  # of a tree
        self._bits = word.itemsize * 8
        splits = Splits(arrays, self._first_leaf, word, self._words)
        if splits.size > LARGEST:
            raise NotCompiled(f"{len(leaves):,} trees of up to {most:,} leaves are too many for it")
        self._table = splits.table()
        self._features = splits.features

    def one(self, row: Sequence[float]) -> list[float]:
        places = [
            missing if (value := row[column]) != value
            else first + bisect_left(steps, value) if codes is None else codes.get(value, missing)
            for column, first, steps, codes, missing in self._features
        ]
        left = np.bitwise_and.reduce(self._table[places], 0) if places else self._table[0]
        return linked(self._sums(left[None])[0].tolist(), self._link)

    def many(self, matrix: Array) -> Array:
        return np.concatenate([self._part(matrix[start : start + ROWS]) for start in range(0, len(matrix), ROWS)])

    def _part(self, matrix: Array) -> Array:
        left: Array | None = None
        for column, first, steps, codes, missing in self._features:
            values = matrix[:, column]
            if codes is None:
                places = first + np.searchsorted(np.array(steps), values)
                places[np.isnan(values)] = missing
            else:
                places = np.array([codes.get(value, missing) for value in values.tolist()], dtype=np.int64)
            words = self._table[places]
            left = words if left is None else np.bitwise_and(left, words, out=left)
        if left is None:
            left = np.repeat(self._table[:1], len(matrix), axis=0)
        return all_linked(self._sums(left), self._link)

    def _sums(self, left: Array) -> Array:
        """n x outputs from the leaves that are left, n x words; added in the order of scikit-learn."""
        leaf: Array = np.bitwise_count(~left & (left - 1))  # zeros below the lowest bit
        if self._words > 1:
            shape = (len(left), -1, self._words)
            word = (left != 0).reshape(shape).argmax(axis=2)
            leaf = np.take_along_axis(leaf.reshape(shape), word[:, :, None], 2)[:, :, 0] + self._bits * word
        values = self._values[self._first_leaf + leaf]
        return added(values.reshape(len(left), -1, len(self._baseline)), self._baseline)


def _leaves(arrays: Mapping[str, Array]) -> tuple[Array, Array]:
    """How many leaves each tree has, and the values of all, left to right.

    Nodes lie in the order in which they are met going down to the left first, so their leaves do too.
    """
    is_leaf, sizes = arrays["is_leaf"], arrays["sizes"]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    inner = np.flatnonzero(~is_leaf)
    own = inner - np.repeat(first, sizes)[inner]
    if (arrays["left"][inner] != own + 1).any() or (arrays["right"][inner] <= arrays["left"][inner]).any():
        raise NotCompiled("its trees lie in another order than is known")
    return np.add.reduceat(is_leaf.astype(np.int64), first), arrays["value"][is_leaf]
