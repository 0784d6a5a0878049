"""How much a model leans on each column, with an interval: what a few repeats of shuffling can tell and what not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from core.views.shape import number

STUDENT: Final = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
NORMAL: Final = 1.96  # for more degrees of freedom than these: a little too narrow


@dataclass(frozen=True)
class Weight:
    """`value`: by how much the metric is worse where the column is shuffled, on average over the repeats; `lower` and
    `upper` are its 95 % interval (Student, 1908), None after a single repeat."""

    column: str
    value: float
    lower: float | None
    upper: float | None

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out: else it may be luck."""
        return self.lower is not None and self.upper is not None and (self.lower > 0 or self.upper < 0)

    def to_json(self) -> dict[str, Any]:
        return {
            "column": self.column, "value": number(self.value), "lower": number(self.lower),
            "upper": number(self.upper), "clear": self.clear,
        }


def weights(picture: Mapping[str, Any] | None) -> tuple[Weight, ...]:
    """Of the stored picture `importance`, the weightiest first."""
    return tuple(_weight(one) for one in (picture or {}).get("columns", ()))


def _weight(one: Mapping[str, Any]) -> Weight:
    value, spread, repeats = one["value"], one["spread"], one["repeats"]
    if spread is None or repeats < 2:
        return Weight(one["column"], value, None, None)
    half = STUDENT.get(repeats - 1, NORMAL) * spread / sqrt(repeats)
    return Weight(one["column"], value, value - half, value + half)
