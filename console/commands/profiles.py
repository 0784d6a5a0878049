"""A profile and a difference of two, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console import output
from console.output import Column
from core.errors import NotFound

JSON = Mapping[str, Any]


def write_profile(profile: JSON) -> None:
    """A line a column: what it is, what is missing, how it is spread, and what it says of the target."""
    from screens.format import significant

    def bound(name: str) -> Column:
        return Column(name, lambda one: _bound(one[1].get(name)), right=True)

    def median(one: Any) -> str:
        quantiles = one[1].get("quantiles")
        return _bound(quantiles["0.5"]) if quantiles else ""

    columns = [
        Column("column", lambda one: f"{one[0]} (target)" if one[0] == profile["target"] else one[0]),
        Column("kind", lambda one: one[1]["kind"]),
        Column("missing", lambda one: _missing(one[1]), right=True),
        Column("distinct", lambda one: f"{'' if one[1]['distinct_exact'] else '~'}{one[1]['distinct']:,}", right=True),
        bound("min"),
        Column("median", median, right=True),
        bound("max"),
    ]
    if profile["target"]:
        columns.append(Column("to target", lambda one: significant(one[1].get("relation"), 2), right=True))
    columns.append(Column("most common", lambda one: _top(one[1])))
    output.write_table(profile["columns"].items(), columns, empty="no columns")


def _missing(column: JSON) -> str:
    from screens.format import share

    return share(column["missing"] / column["rows"]) if column["rows"] else ""


def _bound(value: Any) -> str:
    """A value of the data: a number without idle zeros, a time to the second."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    return str(value)[:19].removesuffix("T00:00:00")


def _top(column: JSON) -> str:
    from core.text import shortened
    from screens.format import share

    levels = column.get("top") or (column.get("levels") or [] if column["kind"] == "boolean" else [])
    rows = max(1, column["rows"])
    return ", ".join(f"{shortened(str(one['value']), 20)} {share(one['count'] / rows)}" for one in levels[:3])


def one_column(profile: JSON, version: str, name: str) -> JSON:
    """The facts of one column. NotFound with the nearest name where there is no such column."""
    from difflib import get_close_matches

    columns: Mapping[str, JSON] = profile["columns"]
    if name not in columns:
        near = get_close_matches(name, columns, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"`footplate data profile {version}` lists them"
        raise NotFound(f"{version} has no column {name!r}", hint)
    return columns[name]


def write_column(profile: JSON, name: str, facts: JSON) -> None:
    """The page that the console shows of a column."""
    from screens.levels.feature import Feature, described

    for line in described(Feature(name, 0, name == profile["target"], facts), profile["target"]):
        output.say(line.plain.rstrip())


def write_difference(found: JSON) -> None:
    """What changed, a line each; then the columns whose distribution moved most."""
    from screens.format import significant

    for one in found["findings"]:
        output.say(f"! {one['message']}")
    if not found["findings"]:
        output.say("nothing worth a word changed")
    moved = sorted((one for one in found["stability"] if one["psi"] is not None), key=lambda one: -one["psi"])[:10]
    columns = [
        Column("column", lambda one: one["column"]),
        Column("PSI", lambda one: significant(one["psi"], 2), right=True),
    ]
    if moved:
        output.say()
        output.write_table(moved, columns, empty="")
