"""`footplate --version` against importing the library that it is written with."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measuring import Figure, footplate, in_turns, python

BAR = 1.5
PAIRS = 15


def figures() -> Iterator[Figure]:
    pairs = in_turns(lambda: footplate("--version"), lambda: python("-c", "import typer"), PAIRS)
    yield pairs.figure("version", 'footplate --version / python -c "import typer"', BAR)
