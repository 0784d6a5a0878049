"""What a model answers, as columns: so that answers are held against earlier ones as any other column is."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from core.training.labels import Coding
from core.training.model import Predictions
from core.vocabulary import Kind

PREDICTION: Final = "prediction"
MOST: Final = 20  # classes whose probabilities are followed


def columns(said: Predictions, coding: Coding) -> tuple[pd.DataFrame, dict[str, Kind]]:
    """A frame of the answers, one row each, and the kinds of its columns: numbers as they are, classes by name,
    probabilities as `probability_CLASS` (of two classes the second's)."""
    if not coding.classes:
        return pd.DataFrame({PREDICTION: said.values}), {PREDICTION: Kind.NUMBER}
    if said.probabilities is not None and len(coding.classes) == 2:
        name = f"probability_{coding.classes[1]}"
        return pd.DataFrame({name: said.probabilities[:, 1]}), {name: Kind.NUMBER}
    names = np.array([*coding.classes, None], dtype=object)  # the code -1 is none of them
    made: dict[str, Any] = {PREDICTION: pd.array(names[said.values], dtype="str")}
    kinds = {PREDICTION: Kind.CATEGORY}
    if said.probabilities is not None:
        for code, label in enumerate(coding.classes[:MOST]):
            made[f"probability_{label}"] = said.probabilities[:, code]
            kinds[f"probability_{label}"] = Kind.NUMBER
    return pd.DataFrame(made), kinds
