"""Which form an estimator gets, and a form out of its arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from core.serving.forms import dense
from core.serving.forms.dense import Dense
from core.serving.forms.forest import Forest
from core.serving.forms.forest import compiled as forest_of
from core.serving.forms.forest import fits as is_forest
from core.serving.forms.form import Array, Form, NotCompiled
from core.serving.forms.linear import Linear
from core.serving.forms.linear import compiled as linear_of
from core.serving.forms.linear import fits as is_linear
from core.serving.forms.onnx import Onnx
from core.serving.forms.onnx import compiled as onnx_of
from core.serving.forms.trees import Trees
from core.serving.forms.trees import compiled as trees_of
from core.serving.forms.trees import fits as is_trees

_MAKERS: Final[Mapping[str, tuple[Callable[[Any], bool], Callable[[Any], dict[str, Array]]]]] = {
    "forest": (is_forest, forest_of), "trees": (is_trees, trees_of), "linear": (is_linear, linear_of),
    "onnx": (lambda _: True, onnx_of),
}
_FORMS: Final[Mapping[str, Callable[[Mapping[str, Array]], Form]]] = {
    "forest": Forest, "trees": Trees, "linear": Linear, "onnx": Onnx,
}


class Staged:
    """A form behind the step that makes its columns dense."""

    def __init__(self, first: Dense, form: Form) -> None:
        self._first = first
        self._form = form

    def one(self, row: Sequence[float]) -> list[float]:
        return self._form.one(self._first.one(row))

    def many(self, matrix: Array) -> Array:
        return self._form.many(self._first.many(matrix))


def compiled(between: Sequence[tuple[str, Any]], estimator: Any) -> tuple[str, dict[str, Array]]:
    """The form's name and arrays, for an estimator and the steps `between` it and the encoder. NotCompiled else."""
    before = {}
    if between:
        if [name for name, _ in between] != ["dense"]:
            raise NotCompiled("the steps before the estimator are not known")
        before = dense.compiled(between[0][1])
    name, make = next((name, make) for name, (fits, make) in _MAKERS.items() if fits(estimator))
    return name, before | make(estimator)


def opened(name: str, arrays: Mapping[str, Array]) -> Form:
    """The form of that name; NotCompiled where this version does not know it."""
    if name not in _FORMS:
        raise NotCompiled(f"the form {name} is not known")
    form = _FORMS[name](arrays)
    return Staged(Dense(arrays), form) if any(key.startswith(dense.PREFIX) for key in arrays) else form
