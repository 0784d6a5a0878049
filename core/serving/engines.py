"""The ways from checked rows to what a model says, slowest and most general first.

    frames     a typed DataFrame through the model as it was packed: user code, commands, anything
    matrix     rows straight into the encoder's matrix, then scikit-learn's estimator
    compiled   rows straight into the encoder's matrix, then a form of the estimator made for few rows (`forms`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from core.serving.checking import Table
from core.serving.encoding import RowEncoder, learned

if TYPE_CHECKING:
    from core.training.model import Model, Predictions
    from core.training.trainer import SklearnModel

Said = tuple[list[Any], list[list[float]] | None]  # class codes or numbers, and probabilities a class, one a row


class Engine(Protocol):
    how: str

    def say(self, table: Table) -> Said:
        """Safe to be called by several threads at once."""
        ...


class Frames:
    how = "frames"

    def __init__(self, model: Model) -> None:
        self._model = model

    def say(self, table: Table) -> Said:
        return _plain(self._model.predict(table.frame()))


class Matrix:
    """For a model of scikit-learn without user code: all of its pipeline but the first step."""

    how = "matrix"

    def __init__(self, model: SklearnModel) -> None:
        from sklearn.pipeline import Pipeline

        from core.training.trainer import SklearnModel

        first, *others = model.pipeline.steps
        self._encoder = RowEncoder(model.manifest.input_schema.names, learned(first[1]))
        self._rest = SklearnModel(model.manifest, Pipeline(others), ())

    def say(self, table: Table) -> Said:
        return _plain(self._rest.predict_features(self._encoder.matrix(table.rows)))


def of_model(model: Model) -> Engine:
    """The quickest way that needs nothing but the model itself."""
    from core.recipes.transformers import TableEncoder
    from core.training.trainer import SklearnModel

    direct = isinstance(model, SklearnModel) and not model.manifest.custom
    if direct and isinstance(model.pipeline.steps[0][1], TableEncoder):  # type: ignore[attr-defined]
        return Matrix(model)  # type: ignore[arg-type]
    return Frames(model)


def _plain(said: Predictions) -> Said:
    shares = None if said.probabilities is None else said.probabilities.tolist()
    return said.values.tolist(), shares
