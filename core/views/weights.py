"""How much a model leans on each column, with an interval: what a few repeats of shuffling can tell and what not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from core.views.shape import number

STUDENT: Final = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
NORMAL: Final = 1.959964


@dataclass(frozen=True)
class Weight:
    """`value`: by how much the metric is worse where the column is shuffled, on average over the repeats; `lower` and
    `upper` are its 95 % interval (Student, 1908), None where one number alone was measured."""

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
    value, spread, parts = one["value"], one["spread"], one.get("parts", one["repeats"])
    if spread is None or parts < 2:
        return Weight(one["column"], value, None, None)
    half = student(parts - 1) * spread / sqrt(parts)
    return Weight(one["column"], value, value - half, value + half)


def student(freedom: int) -> float:
    """What 97.5 % of Student's t with so many degrees of freedom lie below, within 0.001."""
    if freedom in STUDENT:
        return STUDENT[freedom]
    z = NORMAL  # Cornish and Fisher, 1938
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
