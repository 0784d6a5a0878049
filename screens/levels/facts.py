"""The facts of one column's stored profile (see core.data.profile) as cells and lines. Pure.

Profiles of older releases lack some of them: what can be estimated from the rest is, and says so with a `~`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from screens import format as f
from screens.plain import plain
from screens.widgets.pictures import bar, histogram
from screens.widgets.spread import moments, share_beyond

BAR, PICTURE = 8, 16
FAR = 3.0  # quartile ranges beyond the quartiles: as in core.data.summary
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Outliers:
    """How many values lie beyond the fences `low` and `high`; `sure`: counted, and not estimated."""

    low: float
    high: float
    below: float
    above: float
    of: int
    sure: bool

    @property
    def share(self) -> float:
        return (self.below + self.above) / self.of if self.of else 0.0


def missing_share(facts: Facts) -> float:
    return facts["missing"] / facts["rows"] if facts["rows"] else 0.0


def missing(facts: Facts) -> Text:
    part = missing_share(facts)
    tone = "bad" if part > 0.5 else "warn" if part > 0 else "quiet"
    return Text.assemble((f"{f.share(part):>6}", tone), " ", bar(part, BAR, tone))


def distinct(facts: Facts) -> Text:
    return Text(f"{'' if facts.get('distinct_exact', True) else '~'}{facts['distinct']:,}")


def shape(facts: Facts) -> Text:
    """A histogram of numbers and dates; of categories the counts of the commonest."""
    if facts.get("histogram"):
        return histogram(facts["histogram"]["counts"], PICTURE)
    return histogram([one["count"] for one in facts.get("top") or ()][:PICTURE], PICTURE, "title")


def relation(facts: Facts, target: bool) -> Text:
    if target:
        return Text("is the target", "quiet")
    value = facts.get("relation")
    if value is None:
        return Text(f.NOTHING, "quiet")
    return Text.assemble(f"{value:.2f} ", bar(value, BAR))


def drift(moved: Mapping[str, Any] | None) -> Text:
    """How far it moved since the version before: the population stability index, or that it is new."""
    if moved is None:
        return Text(f.NOTHING, "quiet")
    if moved["state"] != "same":
        return Text({"added": "+ new", "retyped": "! retyped", "removed": "– gone"}[moved["state"]], "warn")
    if moved["psi"] is None:
        return Text(f.NOTHING, "quiet")
    tone = "bad" if moved["moved"] and moved["psi"] >= 0.25 else "warn" if moved["moved"] else "quiet"
    return Text(f"{'! ' if moved['moved'] else ''}{psi(moved['psi'])}", tone)


def psi(value: float) -> str:
    """Two decimals are more than a population stability index can mean."""
    return "0" if value < 0.005 else f"{value:.2f}"


def outliers(facts: Facts) -> Outliers | None:
    """Counted when the version was profiled; of an older profile estimated from its histogram."""
    present = facts["rows"] - facts["missing"]
    found = facts.get("outliers")
    if found is not None:
        of = facts.get("sampled") or present
        return Outliers(found["low"], found["high"], found["below"], found["above"], of, True)
    quantiles, drawn = facts.get("quantiles"), facts.get("histogram")
    if "outliers" in facts or facts["kind"] != "number" or not quantiles or not drawn:
        return None
    low, high = quantiles.get("0.25"), quantiles.get("0.75")
    if low is None or high is None or high <= low:
        return None
    low, high = low - FAR * (high - low), high + FAR * (high - low)
    below, above = share_beyond(drawn["edges"], drawn["counts"], low, high)
    return Outliers(low, high, round(below * present), round(above * present), present, False)


def far_out(facts: Facts) -> Text:
    found = outliers(facts)
    if found is None:
        return Text(f.NOTHING, "quiet")
    number = found.below + found.above
    tone = "warn" if found.share > 0.01 else "" if number else "quiet"
    return Text(f"{'' if found.sure else '~'}{number:,.0f}", tone)


def values(facts: Facts) -> Text:
    """What lies in it, in a few words: a range, or the commonest values."""
    if facts.get("top"):
        return Text(", ".join(plain(one["value"]) for one in facts["top"][:5]), "quiet")
    if facts.get("min") is None:
        return Text("no value at all", "quiet")
    return Text(f"{point(facts['min'])} to {point(facts['max'])}", "quiet")


def point(value: Any) -> str:
    """A number, or the day (and time, where it is not midnight) of a date."""
    if isinstance(value, str):
        return plain(value.removesuffix("T00:00:00Z"))
    return f.value(value)


def edges(facts: Facts) -> Sequence[float] | None:
    """The edges of the histogram on a line: dates as seconds."""
    drawn = facts.get("histogram")
    if not drawn:
        return None
    found: Sequence[Any] = drawn["edges"]
    return moments(found) if found and isinstance(found[0], str) else found
