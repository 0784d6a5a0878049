"""Random forests, extra trees, gradient boosting and single trees: all trees of a row are walked down together, a
level at a time. Histogram gradient boosting has a quicker form (`forest`), which needs few thresholds and leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.serving.forms.form import Array, NotCompiled, added, all_linked

LARGEST: Final = 64 << 20  # bytes
ROWS: Final = 512  # that are walked at a time
_BOOSTED: Final = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_KNOWN: Final = frozenset(
    f"{name}{task}" for name in ("RandomForest", "ExtraTrees", "DecisionTree", "ExtraTree")
    for task in ("Classifier", "Regressor")
) | {*_BOOSTED}


def fits(estimator: Any) -> bool:
    kind = type(estimator)
    return kind.__name__ in _KNOWN and kind.__module__.startswith("sklearn.")


def compiled(estimator: Any) -> dict[str, Array]:
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise NotCompiled("it answers several questions at once")
    fitted = np.asarray(getattr(estimator, "estimators_", [estimator]), dtype=object)
    trees = [one.tree_ for one in fitted.reshape(-1)]
    sizes = np.array([tree.node_count for tree in trees])
    total = int(sizes.sum())
    if total * (20 + 4 * trees[0].value.shape[2]) > LARGEST:
        raise NotCompiled(f"{len(trees):,} trees with {total:,} nodes are too many")
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    left = _children([tree.children_left for tree in trees], first)
    right = _children([tree.children_right for tree in trees], first)
    leaf = left == np.arange(total)
    return {
        "child": np.stack([left, right], axis=1).reshape(-1).astype(np.int32),
        "feature": np.maximum(np.concatenate([tree.feature for tree in trees]), 0).astype(np.int32),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "leaf": (np.cumsum(leaf) - 1).astype(np.int32),
        "values": np.concatenate([tree.value[:, 0, :] for tree in trees])[leaf],
        "roots": first.astype(np.int32), "depth": np.array(max(tree.max_depth for tree in trees)),
        **_sum(estimator, fitted),
    }


def _children(sides: Sequence[Array], first: Array) -> Array:
    """The nodes after each, counted over all trees; of a leaf itself."""
    return np.concatenate([
        np.where(side < 0, np.arange(len(side)), side) + start for side, start in zip(sides, first, strict=True)
    ])


def _sum(estimator: Any, fitted: Array) -> dict[str, Array]:
    """How the trees' answers become the model's: a start, to which a share of each is added, and a link."""
    if type(estimator).__name__ not in _BOOSTED:
        start = np.zeros(fitted[0].tree_.value.shape[2])
        return {"start": start, "share": np.array(1.0), "divisor": np.array(float(fitted.size)),
                "together": np.array(1), "link": np.array("identity")}
    ends = np.array([[-1e6], [1e6]]) * np.ones(estimator.n_features_in_)
    start = np.asarray(estimator._raw_predict_init(ends), dtype=np.float64).reshape(2, -1)
    if (start[0] != start[1]).any():
        raise NotCompiled("it starts from another estimator")
    link = "identity" if not hasattr(estimator, "classes_") else "logit" if fitted.shape[1] == 1 else "softmax"
    return {"start": start[0], "share": np.array(float(estimator.learning_rate)), "divisor": np.array(1.0),
            "together": np.array(fitted.shape[1]), "link": np.array(link)}


class Trees:
    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._child, self._feature, self._threshold = arrays["child"], arrays["feature"], arrays["threshold"]
        self._leaf, self._roots, self._depth = arrays["leaf"], arrays["roots"], int(arrays["depth"])
        self._values = arrays["values"] * float(arrays["share"])
        self._start, self._divisor = arrays["start"], float(arrays["divisor"])
        self._together, self._link = int(arrays["together"]), str(arrays["link"])

    def one(self, row: Sequence[float]) -> list[float]:
        values = np.array(row, dtype=np.float32)  # as scikit-learn's trees take them
        child, feature, threshold = self._child, self._feature, self._threshold
        node = self._roots
        for _ in range(self._depth):
            node = child[2 * node + (values[feature[node]] > threshold[node])]
        said: list[float] = self._answers(node[None])[0].tolist()
        return said

    def many(self, matrix: Array) -> Array:
        made = []
        for start in range(0, len(matrix), ROWS):
            values = matrix[start : start + ROWS].astype(np.float32)
            row = np.arange(len(values))[:, None]
            node = np.broadcast_to(self._roots, (len(values), len(self._roots)))
            for _ in range(self._depth):
                node = self._child[2 * node + (values[row, self._feature[node]] > self._threshold[node])]
            made.append(self._answers(node))
        return np.concatenate(made)

    def _answers(self, node: Array) -> Array:
        """n x outputs of the leaves that are reached, n x trees; added in the order of the trees."""
        reached = self._values[self._leaf[node]]
        reached = reached.reshape(len(node), -1, self._together * reached.shape[2])
        return all_linked(added(reached, self._start) / self._divisor, self._link)
