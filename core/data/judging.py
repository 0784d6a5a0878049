"""The rules of the verdict, one function each: what was found goes in, reasons and warnings come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from core.data.badrows import BadRows
from core.data.findings import Finding
from core.data.passing import TextOrder
from core.data.schema import Schema, compare
from core.text import shortened, visible
from core.vocabulary import Kind

PLURAL = {
    Kind.NUMBER: "numbers", Kind.BOOLEAN: "true and false", Kind.DATE: "dates", Kind.CATEGORY: "text",
    Kind.EMPTY: "nothing",
}  # fmt: skip
SIMILAR = 0.5  # from which likeness on (0 to 1) another name may have been meant


def ambiguous(names: Sequence[str]) -> list[Finding]:
    """Columns that cannot be told apart."""
    found = []
    for name, times in Counter(names).items():
        if name and times == 1:
            continue
        places = " and ".join(str(place) for place, other in enumerate(names, 1) if other == name)
        if not name:
            found.append(Finding("duplicate_columns", None, f"the header has no name for column {places}", 1))
        else:
            said = f"the header names column {visible(name)} {times} times (columns {places})"
            found.append(Finding("duplicate_columns", name, said, 1))
    return found


def lost(
    names: Sequence[str], schema: Schema | None, target: str, roles: Mapping[str, str | None]
) -> tuple[list[Finding], list[Finding]]:
    """Reasons and warnings about columns that are not in the header, or are new in it.

    `roles`: columns that the recipe names, by what they are to it.
    """
    reasons, warnings = [], []
    here = set(names)
    if target not in here:
        said = f"the target column {visible(target)} is missing"
        reasons.append(Finding("no_target", target, said + _nearest_said(target, names)))
    if schema is not None:
        found = Schema.of(dict.fromkeys(names, Kind.EMPTY))  # kinds are judged by what can be read
        for finding in compare(schema, found):
            if finding.check == "new_column":
                warnings.append(finding)
            elif finding.column != target:
                reasons.append(finding)
    for role, name in roles.items():
        if name is not None and name not in here:
            said = f"column {visible(name)}, the recipe's {role}, is missing"
            reasons.append(Finding("missing_column", name, said + _nearest_said(name, names)))
    return reasons, warnings


def nearest(name: str, names: Sequence[str]) -> str | None:
    """The most similar of `names`, whatever their case; None where none is similar."""
    wanted = name.casefold()
    likeness = {other: SequenceMatcher(None, wanted, other.casefold()).ratio() for other in names}
    near = max(names, key=likeness.__getitem__, default=None)
    return near if near is not None and likeness[near] >= SIMILAR else None


def _nearest_said(name: str, names: Sequence[str]) -> str:
    near = nearest(name, names)
    return f"; the nearest column is {visible(near)}" if near else ""


def mixed(name: str, nearly: Kind, text: str, line: int) -> Finding:
    """The warning that a column is text only because some of its values are."""
    said = f"column {visible(name)} is nearly all {PLURAL[nearly]}, and is read as text"
    return Finding("mixed_column", name, f"{said}: line {line:,} holds '{shortened(text)}'", line)


def unreadable_rows(rows: int, bad: BadRows, allowed: float) -> tuple[list[Finding], list[Finding]]:
    """The reason where more rows than allowed were set aside, the warning where some were."""
    total = rows + bad.count
    if not bad.count:
        return [], []
    first = min(bad.first, key=lambda row: row.line)
    where = f"line {first.line:,}" + (f", column {visible(first.column)}" if first.column else "")
    said = f"{bad.count:,} of {total:,} rows cannot be read ({bad.count / total:.2%}"
    if not rows or bad.count / total > allowed:
        message = f"{said}; {allowed:.2%} are allowed): {where}: {first.message}"
        return [Finding("bad_rows", first.column, message, first.line)], []
    message = f"{said}) and are set aside: {where}: {first.message}"
    return [], [Finding("bad_rows", first.column, message, first.line)]


def turned(
    name: str, kind: Kind, pinned: Kind | None, classification: bool | None, known: Sequence[str] | None,
    classes: Sequence[str] | None,
) -> list[Finding]:
    """A target that is text where numbers are wanted, or numbers where it had names.

    `pinned` is its kind so far (None: this is the first version), `known` are its classes so far.
    """
    new = pinned is None or pinned is Kind.EMPTY
    if classification is False and new and kind in (Kind.CATEGORY, Kind.DATE):
        said = f"the target {visible(name)} of a regression must be numbers and holds {PLURAL[kind]}"
        return [Finding("retyped_column", name, said)]
    if new or kind is not Kind.CATEGORY or not known or not classes or set(known) & set(classes):
        return []
    if all(map(_is_number, classes)) and not any(map(_is_number, known)):
        was, now = shortened(known[0]), shortened(classes[0])
        said = f"the target {visible(name)} held names ('{was}' ...) and holds numbers ('{now}' ...)"
        return [Finding("retyped_column", name, said)]
    return []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def unread_times(name: str, column: Mapping[str, Any], texts: TextOrder | None) -> list[Finding]:
    """The warning that rows cannot be ordered by their time, or some of them."""
    if texts is not None and texts.misfit is not None:
        text, line = texts.misfit
        said = f"the times in column {visible(name)} do not sort as they stand ('{shortened(text)}' on line {line:,})"
        return [Finding("unread_time", name, f"{said}: write them like 2024-05-31", line)]
    if column["missing"]:
        said = f"{column['missing']:,} of {column['rows']:,} rows have no time in column {visible(name)}"
        return [Finding("unread_time", name, f"{said}; they count as the oldest")]
    return []


def unique(findings: Sequence[Finding]) -> list[Finding]:
    """One finding a check and column: the first tells most."""
    kept: dict[tuple[str, str | None, str | None], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.check, finding.column, None if finding.column else finding.message), finding)
    return list(kept.values())
