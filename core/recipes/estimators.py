"""The estimator that a recipe names: found, given its parameters, its seed and its CPUs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from core.errors import BadRecipe
from core.recipes.recipe import Recipe
from core.text import visible
from core.vocabulary import Task

_PACKAGES: Final = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn"}  # module -> what is installed
_EXAMPLE: Final = "name a class, like sklearn.linear_model.LogisticRegression"


def make(recipe: Recipe, task: Task) -> Any:
    """An unfitted estimator. "auto" is HistGradientBoosting, untuned, without early stopping.

    The recipe's seed and CPUs are handed to an estimator that asks for `random_state` and `n_jobs`.
    Raises BadRecipe where there is no such estimator, or it does not take a parameter.
    """
    kind = _automatic(task) if recipe.model.estimator == "auto" else _named(recipe)
    params = dict(recipe.model.params)
    known = _known(kind)
    for name in params:
        if known is not None and name.partition("__")[0] not in known:
            raise _refused(
                recipe, f"model.params.{name}", f"{kind.__name__} has no such parameter", _nearest(name, known)
            )
    given = {name: value for name, value in params.items() if "__" not in name}
    wanted: dict[str, Any] = {"random_state": recipe.model.seed}
    if recipe.resources.cpus > 1:
        wanted["n_jobs"] = recipe.resources.cpus
    if recipe.model.estimator == "auto":
        wanted["early_stopping"] = False
    given = {name: value for name, value in wanted.items() if name in _taken(kind)} | given
    try:
        estimator = kind(**given)
        estimator.set_params(**{name: value for name, value in params.items() if "__" in name})
        estimator.get_params()
    except Exception as error:
        said = f"{kind.__name__} cannot be made: {_first_line(error)}"
        raise _refused(recipe, "model.params" if params else "model.estimator", said, _EXAMPLE) from error
    return estimator


def _automatic(task: Task) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return HistGradientBoostingRegressor if task == Task.REGRESSION else HistGradientBoostingClassifier


def _named(recipe: Recipe) -> Any:
    path = recipe.model.estimator
    module_name, _, name = path.rpartition(".")
    if not module_name or not all(part.isidentifier() for part in path.split(".")):
        raise _refused(recipe, "model.estimator", f"{visible(path)!r} is no dotted name of a class", _EXAMPLE)
    module = _imported(recipe, module_name)
    kind = getattr(module, name, None)
    if kind is None:
        classes = [one for one in _public(module) if _is_estimator(getattr(module, one, None))]
        near = get_close_matches(name, classes, 1, 0.5)
        hint = f"did you mean {module_name}.{near[0]}?" if near else _EXAMPLE
        raise _refused(recipe, "model.estimator", f"{module_name} has no {name}", hint)
    if not _is_estimator(kind):
        raise _refused(recipe, "model.estimator", f"{path} is no estimator: it has no fit and predict", _EXAMPLE)
    return kind


def _imported(recipe: Recipe, name: str) -> Any:
    """A module; BadRecipe says whether its package is missing, its name is wrong, or it breaks."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        missing = error.name or name
        if missing == package or not name.startswith(missing):
            install = _PACKAGES.get(missing.partition(".")[0], missing.partition(".")[0])
            raise _refused(
                recipe, "model.estimator", f"the package {install} is missing", f"install it: `pip install {install}`"
            ) from None
        inside = importlib.import_module(missing.rpartition(".")[0])
        submodules = [one.name for one in pkgutil.iter_modules(getattr(inside, "__path__", []))]
        near = get_close_matches(missing.rpartition(".")[2], submodules, 1, 0.5)
        hint = f"did you mean {inside.__name__}.{near[0]}?" if near else _EXAMPLE
        raise _refused(recipe, "model.estimator", f"there is no module {missing}", hint) from None
    except Exception as error:
        said = f"{name} cannot be imported: {type(error).__name__}: {_first_line(error)}"
        raise _refused(recipe, "model.estimator", said, "mend its installation") from error


def _is_estimator(kind: Any) -> bool:
    methods = ("fit", "predict", "get_params", "set_params")
    return isinstance(kind, type) and all(callable(getattr(kind, name, None)) for name in methods)


def _public(module: Any) -> list[str]:
    return [name for name in dir(module) if not name.startswith("_")]


def _parameters(kind: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return {}


def _known(kind: Any) -> set[str] | None:
    """The names of its parameters; None where it takes any."""
    parameters = _parameters(kind)
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        return None
    return set(parameters)


def _taken(kind: Any) -> Iterable[str]:
    """The parameters that it takes by name, those behind **kwargs as far as it tells them."""
    named = set(_parameters(kind))
    if _known(kind) is not None:
        return named
    try:
        return named | set(kind().get_params())
    except Exception:  # it cannot be made without arguments: then nothing is known
        return named


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"it has: {', '.join(sorted(known))}"


def _refused(recipe: Recipe, key: str, message: str, hint: str) -> BadRecipe:
    return BadRecipe(f"recipe {recipe.name}: {key}: {visible(message)}", hint, key=key)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
