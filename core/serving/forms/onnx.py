"""Whatever has no form of our own, where the extra [onnx] is installed and can translate it, in double precision."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.serving.forms.form import Array, NotCompiled


def compiled(estimator: Any) -> dict[str, Array]:
    kind = type(estimator).__name__
    if importlib.util.find_spec("skl2onnx") is None or importlib.util.find_spec("onnxruntime") is None:
        raise NotCompiled(f"{kind} has one only with the extra [onnx]")
    classifies = hasattr(estimator, "classes_")
    if classifies and not hasattr(estimator, "predict_proba"):
        raise NotCompiled(f"{kind} gives no probabilities")
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType

    inputs = [("rows", DoubleTensorType([None, estimator.n_features_in_]))]
    options = {id(estimator): {"zipmap": False}} if classifies else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = to_onnx(estimator, initial_types=inputs, options=options).SerializeToString()
    except Exception as error:  # the libraries raise kinds of their own
        raise NotCompiled(f"{kind} cannot be translated: {_first_line(error)}") from None
    return {"onnx": np.frombuffer(data, dtype=np.uint8)}


class Onnx:
    def __init__(self, arrays: Mapping[str, Array]) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise NotCompiled("the extra [onnx] is not installed here") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                arrays["onnx"].tobytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise NotCompiled(f"the runtime does not take it: {_first_line(error)}") from None
        self._name = self._session.get_outputs()[-1].name

    def one(self, row: Sequence[float]) -> list[float]:
        said: list[float] = self.many(np.array(row)[None])[0].tolist()
        return said

    def many(self, matrix: Array) -> Array:
        said = np.asarray(self._session.run([self._name], {"rows": matrix})[0], dtype=np.float64)
        return said.reshape(len(matrix), -1)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
