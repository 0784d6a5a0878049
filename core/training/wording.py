"""Numbers as people read them, in the gate's reasons and in the one-line story."""

from __future__ import annotations

import math
import re


def start(label: str) -> str:
    return label[:1].upper() + label[1:]


def plain(value: float, sign: str = "") -> str:
    """Four significant digits, and no exponent for what is merely large."""
    return f"{value:{sign},.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:{sign}.4g}"


def signed(value: float) -> str:
    return plain(value, "+") if value else "0"


def places(bounded: bool, *values: float) -> int:
    """Decimals that show three digits of a metric with a scale of its own, and four of any other."""
    size = max(abs(value) for value in values)
    return 3 if bounded or not size else min(12, max(0, 3 - math.floor(math.log10(size))))


def brief(value: float, decimals: int, sign: str = "") -> str:
    """A fixed number of decimals, without the zero before them."""
    text = f"{value:{sign},.{decimals}f}"
    if sign and not any(digit in "123456789" for digit in text):
        return "0"
    return re.sub(r"^([+-]?)0\.", r"\1.", text)
