"""What the wizard shows at each of its steps, as lines. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from core.services.proposing import Wish, features
from screens import format as f
from screens.plain import clipped, plain

Found = Mapping[str, Any]
NAME, KIND, DISTINCT = 20, 9, 9  # cells
NARROW = 58  # below which a line has the name and what it would be alone
MOST_FEATURES = 6
BARELY = 10  # what every column has that can be predicted


def folders(there: Sequence[tuple[str, str]], more: int) -> list[Text]:
    """What lies in the folder that is typed, and in those that it may become (`screens.paths.about`)."""
    if not there:
        return [Text("  no folder is called so", "quiet")]
    lines = [Text.assemble(f"  {plain(name) or 'here':<24} ", (plain(what), "quiet" if name else "strong"))
             for name, what in there]
    return [*lines, Text(f"  and {more} more", "quiet")] if more > 0 else lines


def best(found: Found) -> Found | None:
    """The column that is the likeliest, if one stands out."""
    return next((one for one in found["columns"][:1] if one["likely"] > BARELY), None)


def choices(found: Found, letters: str) -> list[Found]:
    """The columns whose name holds what was typed, those first that one would most likely predict."""
    return [one for one in found["columns"] if letters.casefold() in str(one["name"]).casefold()]


def seen(found: Found) -> str:
    """Which rows were looked at."""
    return f"{found['rows']:,} rows of {found['sample']}" if found["sample"] else ""


def column_header(width: int) -> Text:
    figures = f" {'kind':<{KIND}} {'different':>{DISTINCT}}" if width >= NARROW else ""
    return Text(f"   {'column':<{NAME}}{figures}  it would be", "quiet")


def column_line(one: Found, width: int, *, chosen: bool, first: bool) -> Text:
    """One column as something to predict, in at most `width` cells: what it would be, or why not."""
    name = clipped(plain(one["name"]), NAME)
    line = Text.assemble(
        (" ▌ " if chosen else "   ", "busy"), (name + " " * (NAME - cell_len(name)), "strong" if chosen else ""),
    )
    if width >= NARROW:
        line.append(f" {one['kind']:<{KIND}}", "quiet").append(f" {one['distinct']:>{DISTINCT},}")
    line.append("  ")
    if one["why_not"]:
        line.append(f"nothing to predict: {one['why_not']}", "quiet")
    else:
        more = " …" if one["distinct"] > len(one["values"]) else ""
        line.append(one["task"]).append(", likeliest" if first else "", "good")
        line.append(f"  {', '.join(map(plain, one['values']))}{more}", "quiet")
    line.truncate(width, overflow="ellipsis")
    return line


def inferred(found: Found, wish: Wish, shown: Found, *, daemon: bool, keys: Mapping[str, str]) -> list[Text]:
    """All that was found out, and the recipe's text: what is written after a yes."""
    target = next((one for one in found["columns"] if one["name"] == wish.target), None)
    lines = [f.field("watches", _folder(found)), f.field("predicts", _target(wish, target))]
    if target is not None:
        metric = Text.assemble(plain(target["primary"]), ("  as these rows suggest", "quiet"))
        lines.append(f.field("judged by", metric))
    if found["columns"]:
        lines.append(f.field("time", _either(wish.time, "orders rows and versions", found["times"], keys["time"])))
        lines.append(f.field("id", _either(wish.id, "tells rows apart", found["ids"], keys["id"])))
        lines.append(f.field("learns from", _features(features(found, wish))))
    for one in found["unread"]:
        lines.append(f.field("not read", f.text(one, "warn")))
    if found["watched_by"]:
        also = f"recipe {', '.join(found['watched_by'])} watches this folder already: each takes its files for itself"
        lines.append(f.field("note", f.text(also, "warn")))
    lines.append(f.field("then", Text("each file is checked; the first model has to beat a dummy on the newest half")))
    if daemon:
        lines.append(f.field("daemon", Text("runs: it takes the files at once")))
    else:
        lines.append(f.field("daemon", Text.assemble(
            ("none runs: nothing is taken before one does; ", "warn"), (keys["daemon"], "key"), " writes and starts it"
        )))
    lines += [Text(), Text(plain(shown["path"]), "title")]
    return lines + [Text(f"  {plain(line)}", "" if not line.startswith("#") else "quiet")
                    for line in str(shown["text"]).splitlines()]


def _folder(found: Found) -> Text:
    names = f": {', '.join(map(plain, found['names']))}" if found["names"] else ""
    more = ", …" if found["files"] > len(found["names"]) else ""
    files = f.counted(found["files"], "file") if found["files"] else "no file yet"
    return Text.assemble(plain(found["folder"]), (f"  {files}{names}{more}", "quiet"))


def _target(wish: Wish, target: Found | None) -> Text:
    if target is None:
        return Text.assemble((plain(wish.target), "strong"), ("  no file to look at: the first one tells", "quiet"))
    missing = f", {target['missing']:,} of the first rows without" if target["missing"] else ""
    kinds = f"{target['distinct']:,} classes" if target["task"] == "classification" else f"{target['kind']}s"
    return Text.assemble((plain(target["name"]), "strong"), f"  {target['task']}", (f"  {kinds}{missing}", "quiet"))


def _either(chosen: str | None, what: str, known: Sequence[str], key: str) -> Text:
    if chosen:
        shown = Text.assemble((plain(chosen), "strong"), (f"  {what}; no feature", "quiet"))
    else:
        shown = Text("none", "quiet")
    return shown.append_text(Text.assemble("   ", (key, "key"), (" another", "quiet"))) if known else shown


def _features(found: Sequence[Found]) -> Text:
    kinds: dict[str, int] = {}
    for one in found:
        kinds[str(one["kind"])] = kinds.get(str(one["kind"]), 0) + 1
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    names = ", ".join(plain(one["name"]) for one in found[:MOST_FEATURES])
    names += ", …" if len(found) > MOST_FEATURES else ""
    return Text.assemble(f.counted(len(found), "column"), (f" ({said}): {names}" if found else "", "quiet"))
