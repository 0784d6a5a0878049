"""From the TOML of a recipe to its tables: flat keys go home, unknown keys are named with their nearest."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from core.errors import BadRecipe
from core.recipes.sections import SECTIONS
from core.recipes.validators import METRICS
from core.text import shortened, visible

Tables = dict[str, Any]

TOP: Final = ("name", "task")
TABLED: Final = frozenset({"release", "ci", "score", "labels", "monitors"})  # their keys stand in their tables only
HOME: Final[Mapping[str, str]] = {  # flat key -> its table; `name` is the recipe's own
    key: section
    for section, kind in SECTIONS.items()
    if section not in TABLED
    for key in kind.model_fields
    if key not in TOP and key != "bars"
} | dict.fromkeys(METRICS, "gate")
_WORDS: Final = {
    "string_type": "must be text in quotes", "int_type": "must be a whole number", "bool_type": "must be true or false",
    "float_type": "must be a number", "dict_type": "must be a table", "model_type": "must be a table",
    "int_from_float": "must be a whole number", "finite_number": "must be a finite number",
    "string_too_short": "must not be empty", "string_too_long": "must be one character", "missing": "is missing",
}  # fmt: skip


def read(text: str, path: str) -> Tables:
    """The nested tables that a recipe's text says. Raises BadRecipe for what is no TOML, and as `nested` does."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(
            f"{visible(path)}: is no TOML: {visible(str(error))}",
            'mend that line: texts stand in quotes, as in target = "churned"', path=path,
        ) from None
    except RecursionError:
        raise BadRecipe(f"{visible(path)}: is no TOML: nested too deeply", "write it flatter", path=path) from None
    return nested(raw, path)


def nested(raw: Mapping[str, Any], path: str) -> Tables:
    """`raw` with every flat key in its table, and the gate's bars in `gate.bars`.

    Raises BadRecipe for an unknown key, a key that is given twice, and a table that is none.
    """
    tables: Tables = {}
    for key, value in raw.items():
        if key in SECTIONS:
            if not isinstance(value, Mapping):
                raise problem(path, key, f"must be a table, not {shortened(repr(value))}", f"write [{key}]")
            for inner, inside in value.items():
                _known(path, key, inner)
                tables.setdefault(key, {})[inner] = inside
        elif key in TOP:
            tables[key] = value
        elif key not in HOME:
            raise problem(path, key, f"unknown key{_meant(key, [*TOP, *SECTIONS, *HOME])}", KEYS_HINT)
    for key, value in raw.items():
        home = HOME.get(key)
        if home is None:
            continue
        if key in tables.get(home, {}):
            raise problem(path, key, f"is given twice, here and as {home}.{key}", "keep one of the two")
        tables.setdefault(home, {})[key] = value
    if "gate" in tables:
        tables["gate"] = _with_bars(tables["gate"], path)
    return tables


KEYS_HINT: Final = "`footplate recipes show NAME --full` lists every key with its value"


def problem(path: str, key: str, message: str, hint: str) -> BadRecipe:
    """PATH: KEY: MESSAGE, harmless to look at."""
    where = f"{visible(path)}: {visible(key)}" if key else visible(path)
    return BadRecipe(f"{where}: {message}", hint, path=path, key=key)


def refused(error: ValidationError, path: str) -> BadRecipe:
    """The first thing that the models found, in a recipe's own words."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if place[:2] == ["gate", "bars"]:
        place = ["gate", *place[2:], "threshold"]
    key = ".".join(place)
    given = "" if first["type"] == "missing" else f", not {shortened(repr(first['input']))}"
    if first["type"] in _WORDS:
        said = _WORDS[first["type"]] + given
    elif first["type"] == "value_error":
        said = str(first["ctx"]["error"])
    elif first["type"] == "extra_forbidden":
        kind = {"data.dialect": "separator, decimal and encoding"}.get(".".join(place[:-1]), "")
        said = "unknown key" + (f"; the keys here are {kind}" if kind else "")
    else:
        said = first["msg"].replace("Input should be", "must be") + given
    hint = {"data.watch": 'name the folder where files arrive: watch = "inbox/churn"',
            "data.target": 'name the column to predict: target = "churned"'}.get(key, KEYS_HINT)
    return problem(path, key, visible(said), hint)


def flat(tables: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of every leaf; an empty table is a leaf."""
    for key, value in tables.items():
        dotted = f"{above}.{key}" if above else key
        if isinstance(value, Mapping) and value:
            yield from flat(value, dotted)
        else:
            yield dotted, value


def _known(path: str, section: str, key: str) -> None:
    fields = SECTIONS[section].model_fields
    if key in fields and not (section == "gate" and key == "bars"):
        return
    if section == "gate" and key in METRICS:
        return
    if key in HOME or key == "task":
        home = HOME.get(key)
        said = f"unknown key; did you mean {home}.{key}?" if home else f"unknown key; {key} stands above all tables"
        raise problem(path, f"{section}.{key}", said, "in TOML a key belongs to the [table] above it")
    own = [name for name in fields if name != "bars"] + (list(METRICS) if section == "gate" else [])
    raise problem(path, f"{section}.{key}", f"unknown key{_meant(key, own)}", KEYS_HINT)


def _meant(key: str, known: list[str]) -> str:
    near = get_close_matches(key.lower(), known, 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _with_bars(gate: Mapping[str, Any], path: str) -> Tables:
    bars = {}
    for metric in METRICS:
        if metric not in gate:
            continue
        table = gate[metric]
        if not isinstance(table, Mapping) or set(table) != {"threshold"}:
            raise problem(
                path, f"gate.{metric}", "must be a table with threshold, and nothing else",
                f"write {metric} = {{ threshold = 0.6 }}",
            )
        bars[metric] = table["threshold"]
    rest = {key: value for key, value in gate.items() if key not in METRICS}
    return rest | {"bars": bars} if bars else rest
