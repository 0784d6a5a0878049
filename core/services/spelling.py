"""Labels as the model's classes are spelled, or as numbers. Nothing heavy is imported: a server asks here, too."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from core.data import cells
from core.serving.checking import found
from core.text import shortened, visible

_BOOLEANS = {"false": "0", "true": "1", "0": "0", "1": "1", "0.0": "0", "1.0": "1"}
NAMED = 8  # classes that an error names


@dataclass(frozen=True)
class Speller:
    """`classes`: those of the model; empty: it predicts numbers."""

    classes: tuple[str, ...]

    def of(self, value: Any) -> str | None:
        """A label as it is kept: a class as the model spells it, a number as Python does; None where it is missing.

        Raises ValueError, saying what was expected.

        >>> Speller(("0", "1")).of(True), Speller(()).of("2.50"), Speller(("no", "yes")).of(" yes ")
        ('1', '2.5', 'yes')
        """
        if isinstance(value, dict | list):
            raise ValueError(self.expected)
        text = cells.text(value)
        if text is None:
            return None
        return self._class(text.strip()) if self.classes else self._number(text)

    @property
    def expected(self) -> str:
        if not self.classes:
            return "a number"
        named = ", ".join(shortened(name) for name in self.classes[:NAMED])
        return f"one of {named}" + (f" and {len(self.classes) - NAMED} more" if len(self.classes) > NAMED else "")

    def hint(self, value: Any) -> str:
        near = get_close_matches(str(value), list(self.classes), 1)
        return f"did you mean {visible(near[0])}?" if near else f"a label is {self.expected}"

    def _number(self, text: str) -> str | None:
        try:
            number = cells.number(text)
        except ValueError:
            raise ValueError(self.expected) from None
        return None if number != number else repr(number + 0.0)

    def _class(self, text: str) -> str:
        if text in self._known:
            return text
        if text.lower() in _BOOLEANS and (name := self._booleans.get(_BOOLEANS[text.lower()])):
            return name
        try:
            name = self._numbers[float(text)]
        except (ValueError, KeyError):
            raise ValueError(self.expected) from None
        return name

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.classes)

    @cached_property
    def _booleans(self) -> dict[str, str]:
        """0 and 1 -> how they are spelled, where the classes are true and false."""
        spelled = {_BOOLEANS.get(name.lower(), ""): name for name in self.classes}
        return spelled if set(spelled) <= {"0", "1"} else {}

    @cached_property
    def _numbers(self) -> dict[float, str]:
        made: dict[float, str] = {}
        for name in self.classes:
            try:
                made[float(name)] = name
            except ValueError:
                continue
        return made


def wrong(place: int, column: str, value: Any, speller: Speller) -> dict[str, Any]:
    """An error of a request, as `core.serving.checking.BadRows` tells it."""
    return {"row": place, "column": column, "found": found(value), "expected": speller.expected}
