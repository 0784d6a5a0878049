"""One version beside another in lines: for the question that comes before a promotion, and for a page."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from core.views.difference import Change, Difference, Measure
from core.views.spans import spans
from screens import format as f
from screens.plain import plain

TONES = {"+": "good", "-": "bad", "@": "busy"}


def summary(found: Difference) -> list[Text]:
    """The champion before and after, on which rows they were compared, and with what result."""
    primary = next((one for one in found.metrics if one.decides), None)

    def told(version: int | None, rows: int | None, side: str) -> str:
        if version is None:
            return "none"
        interval = getattr(primary, side) if primary else None
        score = f"{primary.name} {f.significant(interval.value)}, " if primary and interval else ""
        return f"v{version}, {score}{rows or 0:,} rows"

    lines = [
        f.field("champion", told(found.before, found.rows_before, "before"), 12),
        f.field("then", told(found.after, found.rows_after, "after"), 12),
        f.field("its gate", Text.assemble(f.status(found.verdict), f"  {plain(found.headline)}"), 12),
    ]
    if found.before is not None:
        against = f"! it was judged against {plain(found.judged_against)}; no gate compared it with v{found.before}"
        said = Text(plain(found.compared), "strong") if found.compared else Text(against, "warn")
        lines.append(f.field("same rows", said, 12))
    return lines


def changed(found: Difference) -> list[Text]:
    """Data, parameters, settings, code and recipe, as far as they differ."""
    lines = []
    if found.data_new:
        lines.append(f.field("more data", spans(found.data_new), 12))
    if found.data_gone:
        lines.append(f.field("less data", Text(plain(spans(found.data_gone)), "warn"), 12))
    for title, changes in (("parameter", found.params), ("by hand", found.settings), ("code", found.code)):
        lines += [f.field(title if place == 0 else "", change(one), 12) for place, one in enumerate(changes)]
    if found.recipe:
        count = sum(line[:1] in "+-" for line in found.recipe[2:])
        lines.append(f.field("recipe", f.counted(count, "changed line"), 12))
        lines += [Text(f"    {plain(line)}", TONES.get(line[:1], "quiet")) for line in found.recipe[2:]]
    return lines or [f.field("the same", "data, parameters, code and recipe", 12)]


def change(one: Change) -> Text:
    return Text.assemble(
        f"{plain(one.name)} ", f.text(one.before, "quiet"), (" → ", "quiet"), f.text(one.after, "strong")
    )


def measures(found: Difference) -> list[Text]:
    """Every metric of both; each on the rows of its own run, so that only the gate's number compares them."""
    wide = max((len(one.name) for one in found.metrics), default=8)
    before = f"v{found.before}" if found.before is not None else "–"
    lines = [Text(f"  {'each on its own rows':<{wide}}  {before:>9}  {f'v{found.after}':>9}   better by", "quiet")]
    return lines + [measure(one, wide) for one in found.metrics]


def measure(one: Measure, wide: int) -> Text:
    before, after = (f.significant(side.value if side else None) for side in (one.before, one.after))
    tone = "" if one.gain is None or not one.gain else "good" if one.gain > 0 else "warn"
    return Text.assemble(
        f"  {plain(one.name):<{wide}}", f"  {before:>9}  {after:>9}   ", (f.signed(one.gain), tone),
        ("  decides", "title") if one.decides else "",
    )


def reasons(found: Sequence[dict[str, object]], *, all: bool = False) -> list[Text]:
    """What the gate went by, in words; without `all` only what did not hold."""
    lines = []
    for one in found:
        if all or not one["passed"]:
            glyph = ("  ✓ ", "good") if one["passed"] else ("  ✗ ", "bad")
            lines.append(Text.assemble(glyph, f.text(one["message"])))
    return lines


def whole(found: Difference) -> list[Text]:
    """All of it, the most telling first."""
    return [
        *summary(found), *changed(found), Text(), f.heading("Gate"), *reasons(found.reasons, all=True), Text(),
        f.heading("Metrics"), *measures(found),
    ]
