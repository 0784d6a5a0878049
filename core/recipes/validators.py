"""What the keys of a recipe may be: each function takes what TOML says and gives the value, or a ValueError."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any, Final

from pydantic import BeforeValidator

from core.data.checks import Checks
from core.recipes.cron import check_cron
from core.recipes.units import parse_duration
from core.vocabulary import Task

METRICS: Final[Mapping[str, Task]] = {  # the metrics that a recipe may name, and the task that each measures
    "roc_auc": Task.CLASSIFICATION,
    "average_precision": Task.CLASSIFICATION,
    "brier": Task.CLASSIFICATION,
    "log_loss": Task.CLASSIFICATION,
    "accuracy": Task.CLASSIFICATION,
    "f1": Task.CLASSIFICATION,
    "f1_macro": Task.CLASSIFICATION,
    "balanced_accuracy": Task.CLASSIFICATION,
    "rmse": Task.REGRESSION,
    "mae": Task.REGRESSION,
    "mape": Task.REGRESSION,
    "r2": Task.REGRESSION,
}


def one_of(*allowed: Any) -> BeforeValidator:
    """For a key that takes one of a few words (or true, false)."""
    return BeforeValidator(choice(*allowed))


def choice(*allowed: Any) -> Callable[[Any], Any]:
    """A function that lets one of a few words through, and names the nearest otherwise."""
    words = {str(one): one for one in allowed if isinstance(one, str)}

    def check(value: Any) -> Any:
        if isinstance(value, str) and value in words:
            return words[value]
        if isinstance(value, bool) and value in [one for one in allowed if isinstance(one, bool)]:
            return value
        shown = [_shown(one) for one in allowed]
        near = get_close_matches(value.lower(), list(words), 1) if isinstance(value, str) else []
        also = f"; did you mean {_shown(near[0])}?" if near else ""
        raise ValueError(f"must be {' or '.join([', '.join(shown[:-1]), shown[-1]])}, not {_shown(value)}{also}")

    return check


def _shown(value: Any) -> str:
    """A value as TOML would write it, near enough."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


metric: Final = choice("auto", *METRICS)


def metrics(value: Any) -> Any:
    """The word auto, one metric, or a list of them."""
    return value if value == "auto" else tuple(map(choice(*METRICS), texts(value)))


def texts(value: Any) -> tuple[str, ...]:
    """One text or a list of texts."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
        raise ValueError(f'must be a list of texts, like ["a", "b"], not {_shown(value)}')
    return tuple(dict.fromkeys(values))


def command(value: Any) -> tuple[str, ...]:
    """A list of words; a word may come twice."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f'must be a list of words, like ["python", "train.py"], not {_shown(value)}')
    if any("\0" in one for one in value):
        raise ValueError("a word of a command cannot hold a NUL character")
    return tuple(value)


def column(value: Any) -> Any:
    """The name of a column; an empty one means that there is none."""
    return None if value == "" else value


def train_on(value: Any) -> Any:
    if value == "all":
        return value
    kind, _, amount = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind == "last" and re.fullmatch(r"[1-9]\d*", amount, re.ASCII):
        return value
    if kind == "since":
        parse_duration(amount)
        return value
    raise ValueError(f'must be "all", "last:12" (versions) or "since:30d", not {_shown(value)}')


def custom(value: Any) -> Any:
    """features.py:transform, a file in or below the recipe's folder."""
    if not isinstance(value, str) or not value:
        return value
    file, colon, function = value.rpartition(":")
    path = PurePosixPath(file)
    if not colon or path.suffix != ".py" or not function.isidentifier():
        raise ValueError(f'names a function of a file, like "features.py:transform", not {_shown(value)}')
    if path.is_absolute() or ".." in path.parts or "\\" in file or "\0" in file:
        raise ValueError(f"names a file in the recipe's folder, not {_shown(file)}")
    return f"{path}:{function}"


def checks(value: Any) -> Any:
    if isinstance(value, Checks):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a table with max_missing and range, not {_shown(value)}")
    unknown = sorted(set(value) - {"max_missing", "range"})
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key; [data.checks] has max_missing and range")
    most, ranges = value.get("max_missing", {}), value.get("range", {})
    if not isinstance(most, Mapping) or not isinstance(ranges, Mapping):
        raise ValueError("max_missing and range are tables by column, like max_missing = { age = 0.1 }")
    for name, share in most.items():
        if not _is_number(share) or not 0 <= share <= 1:
            raise ValueError(f"max_missing.{name}: must be a share between 0 and 1, not {_shown(share)}")
    return Checks(
        {str(name): float(share) for name, share in most.items()},
        {str(name): _range(str(name), bounds) for name, bounds in ranges.items()},
    )


def _range(name: str, bounds: Any) -> tuple[float | None, float | None]:
    """[low, high]; -inf and inf leave a side open."""
    if not isinstance(bounds, list | tuple) or len(bounds) != 2 or not all(map(_is_number, bounds)):
        raise ValueError(f"range.{name}: must be two numbers, like [0, 120] or [0, inf], not {_shown(bounds)}")
    low, high = (float(bound) for bound in bounds)
    if math.isnan(low) or math.isnan(high) or low > high:
        raise ValueError(f"range.{name}: the first number must not be above the second: {_shown(bounds)}")
    return (None if math.isinf(low) else low), (None if math.isinf(high) else high)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def schedule(value: Any) -> Any:
    return check_cron(value) if isinstance(value, str) and value.strip() else value


def saved(value: Any) -> Any:
    """true is the default's long name."""
    return "save" if value is True else value


def persistence(value: Any) -> Any:
    """"2 of 3": readings that have to agree, of the last so many."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(type(one) is int for one in value):
        wanted, last = value
    elif isinstance(value, str) and (found := re.fullmatch(r"([1-9]\d?) of ([1-9]\d?)", value.strip(), re.ASCII)):
        wanted, last = int(found[1]), int(found[2])
    else:
        raise ValueError(f'must be like "2 of 3", not {_shown(value)}')
    if not 1 <= wanted <= last:
        raise ValueError(f'must be like "2 of 3", the first number not above the second, not {_shown(value)}')
    return (wanted, last)


def steps(value: Any) -> Any:
    """Shares of the requests, each above the one before, the last one 1."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not values or not all(map(_is_number, values)) or not all(0 < one <= 1 for one in values):
        raise ValueError(f"must be shares between 0 and 1, like [0.05, 0.25, 1.0], not {_shown(value)}")
    if any(later <= earlier for earlier, later in pairwise(values)):
        raise ValueError(f"each step must be above the one before, not {_shown(value)}")
    made = tuple(float(one) for one in values)
    return made if made[-1] == 1 else (*made, 1.0)


def minutes(value: Any) -> Any:
    """A number of minutes."""
    if not _is_number(value) or not 0 <= value < math.inf:
        raise ValueError(f"must be a number of minutes, like 15, not {_shown(value)}")
    return float(value)
