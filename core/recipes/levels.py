"""The levels of a category: which there are, their codes, and what the target is like at each.

Everything goes by codes (int64, -1 where missing or unknown); no row is touched in Python.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

FOLDS: Final = 5


@dataclass(frozen=True)
class Texts:
    """A column of text, looked at once: `codes` into the different `words`, -1 where missing."""

    codes: Array
    words: Array

    @classmethod
    def of(cls, values: pd.Series) -> Texts:
        codes, words = pd.factorize(values)
        return cls(codes, np.asarray(words, dtype=object))

    @property
    def missing(self) -> Array:
        return self.codes < 0


def common(texts: Texts, most: int, at_least: int = 1) -> list[str]:
    """The commonest levels that occur `at_least` so often, commonest first; ties in the order of their names."""
    counts = np.bincount(texts.codes[texts.codes >= 0], minlength=len(texts.words))
    often = np.flatnonzero(counts >= at_least)
    named = often[np.argsort(texts.words[often], kind="stable")]
    order = named[np.argsort(-counts[named], kind="stable")]
    return [str(word) for word in texts.words[order[:most]]]


def pack(levels: list[str]) -> str:
    """Levels as one text: a stored model keeps it whole, whatever characters they hold."""
    return json.dumps(levels)


def coded(texts: Texts, packed: str) -> Array:
    """Codes into the packed levels; -1 where missing or none of them."""
    codes = _codes(packed)
    table = np.array([*(codes.get(word, -1) for word in texts.words), -1], dtype=np.int64)
    return np.asarray(table[texts.codes])


@lru_cache(maxsize=1024)
def _codes(packed: str) -> dict[str, int]:
    """For looking levels up; made once, since one row is often scored at a time."""
    return {level: code for code, level in enumerate(json.loads(packed))}


def means(codes: Array, levels: int, targets: Array, smooth: float) -> Array:
    """(levels + 1) x k: the mean of each target at each level, drawn to the overall mean where rows are few.

    The last row is the overall mean, which code -1 picks.
    """
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=levels)
    overall = targets.mean(axis=0)
    sums = np.stack([np.bincount(codes[known], column[known], levels) for column in targets.T], axis=1)
    table = (sums + smooth * overall) / (counts + smooth)[:, None]
    return np.vstack([table, overall])


def cross_fitted(codes: Array, levels: int, targets: Array, smooth: float, folds: Array) -> Array:
    """n x k: for each row the mean at its level over the rows of the other folds, so that none sees its own label.

    Micci-Barreca 2001, cross-fitted as scikit-learn's TargetEncoder does.
    """
    count = int(folds.max(initial=0)) + 1
    place = np.where(codes >= 0, codes, levels) * count + folds  # what is missing gets a level, which is not used
    cells = (levels + 1, count)
    rows = np.bincount(place, minlength=cells[0] * count).reshape(cells)
    others = np.maximum(rows.sum(axis=1, keepdims=True) - rows, 0)
    in_fold = np.bincount(folds, minlength=count)
    made = np.empty((len(codes), targets.shape[1]))
    for position, column in enumerate(targets.T):
        sums = np.bincount(place, column, cells[0] * count).reshape(cells)
        outside = column.sum() - np.bincount(folds, column, count)
        overall = outside / np.maximum(len(codes) - in_fold, 1)
        table = (sums.sum(axis=1, keepdims=True) - sums + smooth * overall) / (others + smooth)
        table[-1] = overall
        made[:, position] = table.reshape(-1)[place]
    return made


def folds_of(rows: int, seed: int) -> Array:
    """A fold for each row, as even as can be, in an order that depends on nothing but the seed."""
    return np.random.default_rng(seed).permutation(rows) % max(1, min(FOLDS, rows))


def counts(codes: Array, levels: int) -> Array:
    """How often each level occurs; one more, 0, for code -1."""
    return np.append(np.bincount(codes[codes >= 0], minlength=levels), 0)
