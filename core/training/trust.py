"""What a stored model may be made of: the curated list, and scikit-learn's own estimators.

skops trusts those estimators by itself; to list them it imports every module of scikit-learn, which takes a third
of a second. `import_skops` does without that list, and `is_trusted` looks at the one estimator in question instead.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from core.recipes import trusted

_NO_ESTIMATORS = {"tests", "externals", "conftest", "experimental", "estimator_checks"}  # as scikit-learn's own list


def is_trusted(name: str) -> bool:
    """Whether a stored model may hold a thing of this type (its dotted name)."""
    return trusted.is_trusted(name) or _is_estimator_of_sklearn(name)


def _is_estimator_of_sklearn(name: str) -> bool:
    module, _, kind = name.rpartition(".")
    parts = module.split(".")
    if parts[0] != "sklearn" or not _NO_ESTIMATORS.isdisjoint(parts) or kind.startswith("_"):
        return False
    from sklearn.base import BaseEstimator

    try:
        found = getattr(importlib.import_module(module), kind, None)
    except ImportError:
        return False
    return (
        isinstance(found, type) and issubclass(found, BaseEstimator) and found is not BaseEstimator
        and not getattr(found, "__abstractmethods__", None)
    )


def import_skops() -> Any:
    """`skops.io`; where it is not loaded yet, without its list of estimators (it then trusts none by itself).

    For processes of ours only: it stays so until the process ends.
    """
    if "skops.io" not in sys.modules:
        import sklearn.utils

        listed = sklearn.utils.all_estimators
        sklearn.utils.all_estimators = list
        try:
            importlib.import_module("skops.io")
        finally:
            sklearn.utils.all_estimators = listed
    return sys.modules["skops.io"]
