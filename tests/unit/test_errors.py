"""The error tree: its picture is true, and every error says what to do with what exit code."""

from __future__ import annotations

import re

import pytest

from core import errors
from core.errors import BadData, BadRecipe, FootplateError

ALL = [
    value for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, FootplateError)
]


def test_the_picture_names_every_error_in_its_place() -> None:
    assert errors.__doc__ is not None
    drawn: dict[str, tuple[str, int]] = {}
    above: list[tuple[int, str]] = []
    code = 0
    for line in errors.__doc__.splitlines():
        found = re.match(r"[\s│├└─]*([A-Z]\w+)( {2,}exit (\d+))?", line)
        if found is None or found[1] not in vars(errors):
            continue
        depth = found.start(1)
        above = [(place, name) for place, name in above if place < depth]
        code = int(found[3]) if found[3] else code
        drawn[found[1]] = (above[-1][1] if above else "Exception", code)
        above.append((depth, found[1]))
    assert drawn == {one.__name__: (one.__bases__[0].__name__, one.exit_code) for one in ALL}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_carries_what_and_what_to_do(kind: type[FootplateError]) -> None:
    error = kind("what was wrong", "what to do")
    assert (str(error), error.message, error.hint, error.kind) == (
        "what was wrong", "what was wrong", "what to do", kind.__name__
    )
    assert kind("what was wrong").hint == ""


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {one.exit_code for one in ALL} == {1, 2, 3, 4, 5}


def test_bad_data_knows_the_place() -> None:
    error = BadData("no number", check="retyped_column", column="age", line=7)
    assert (error.check, error.column, error.line) == ("retyped_column", "age", 7)
    assert BadData("no bytes").check == "unreadable"


def test_a_bad_recipe_knows_file_and_key() -> None:
    error = BadRecipe("unknown", path="recipes/a.toml", key="data.targett")
    assert (error.path, error.key) == ("recipes/a.toml", "data.targett")
