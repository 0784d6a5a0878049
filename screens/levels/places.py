"""The very place of a finding, as lines: its cells among their neighbours, what was expected and what is there. Pure.

Takes the JSON of `core.services.quarantine.Place`, so that a process of its own may have made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from screens import format as f
from screens.plain import clipped, plain

WIDEST = 18  # cells of a column
LONG = 110  # cells of a line that is shown as it stands
LABEL = 10


def placed(place: Mapping[str, Any], tone: str = "bad") -> list[Text]:
    """The reason, what was expected, what is there, and the lines around it; what is meant stands in [brackets]."""
    where = [f"line {place['line']:,}"] if place.get("line") is not None else []
    if place.get("column") and str(place["column"]) not in str(place["message"]):
        where.append(f"column {plain(place['column'])}")
    lines = [Text.assemble(
        (f"  {'✗' if tone == 'bad' else '!'} ", tone), (f"{plain(place['check'])}  ", "quiet"), plain(place["message"]),
        (f"  ({', '.join(where)})" if where else "", "quiet"),
    )]
    for name in ("expected", "found"):
        if place.get(name):
            lines.append(Text.assemble((f"    {name:<{LABEL}}", "quiet"), clipped(plain(place[name]), LONG)))
    return [*lines, *_excerpt(place), Text()] if place["lines"] or place["columns"] else [*lines, Text()]


def _excerpt(place: Mapping[str, Any]) -> list[Text]:
    columns, at = place["columns"], place["place"]
    numbers = [f"{line['line']:,}" for line in place["lines"]]
    wide = max((len(number) for number in numbers), default=4)
    rows = [_cells(line, at) for line in place["lines"]]
    titles = [f"[{plain(name)}]" if here == at else plain(name) for here, name in enumerate(columns)]
    widths = [
        min(WIDEST, max([cell_len(title), *(cell_len(row[here]) for row in rows if row)]))
        for here, title in enumerate(titles)
    ]
    lines = []
    if columns:
        head = [(_fit(title, width), "bad" if here == at else "head")
                for here, (title, width) in enumerate(zip(titles, widths, strict=True))]
        lines.append(Text.assemble(" " * (wide + 7), *_joined(head)))
    for number, line, row in zip(numbers, place["lines"], rows, strict=True):
        lead = Text.assemble(("    ▸ " if line["here"] else "      ", "bad"), (f"{number:>{wide}} ", "quiet"))
        if not row:
            text = clipped(plain(line["text"]), LONG)
            lines.append(lead.append(text, "bad" if line["here"] else ""))
            continue
        cells = [
            (_fit(cell, width), "bad" if here == at and (line["here"] or place["found"].startswith("no such")) else "")
            for here, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(lead.append_text(Text.assemble(*_joined(cells))))
    return lines


def _cells(line: Mapping[str, Any], at: int | None) -> list[str]:
    """The cells of a line; the offending one of the line that is meant in brackets."""
    shown = [f.NOTHING if cell is None or cell == "" else plain(cell) for cell in line["cells"]]
    if line["here"] and at is not None and at < len(shown):
        shown[at] = f"[{shown[at]}]"
    return shown


def _fit(text: str, width: int) -> str:
    cut = clipped(text, width)
    return cut + " " * (width - cell_len(cut))


def _joined(cells: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for cell in cells:
        found += [cell, ("  ", "")]
    return found


def judged(found: Mapping[str, Any]) -> list[Text]:
    """What a kept file would be found to be by today's recipe (`core.services.checking`)."""
    name = plain(found["version"])
    if found["fine"]:
        said = Text.assemble((f"✓ {name} would be accepted today", "good"))
    else:
        said = Text.assemble((f"✗ {name} would be quarantined today", "bad"))
    lines = [said]
    if found["rows"] is not None:
        aside = f", {found['bad_rows']:,} set aside" if found["bad_rows"] else ""
        lines.append(f.field("rows", f"{found['rows']:,}, {found['labelled'] or 0:,} with a label{aside}"))
    lines.append(f.field("it is", f"{found['state']}, and stays so: nothing was changed"))
    if found["places"]:
        lines += [Text(), f.heading("Reasons"), *(line for one in found["places"] for line in placed(one))]
    if found["warnings"]:
        lines += [Text(), f.heading("Warnings")]
        lines += [Text.assemble(("  ! ", "warn"), plain(one["message"])) for one in found["warnings"]]
    if found["then"]:
        lines += [Text(), f.field("then", Text(plain(found["then"]), "key"))]
    return lines
