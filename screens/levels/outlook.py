"""What a dry run found out, as lines: the verdict first, then what would follow and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from screens import format as f
from screens.plain import clipped, plain

Found = Mapping[str, Any]
LONG = 60  # cells of a value
CLOSE = 1.1  # times as many rows as are needed; fewer may turn out to be too few
VERDICTS = {
    "accepted": ("✓", "good", "would be accepted"), "quarantined": ("✗", "bad", "would be quarantined"),
    "same": ("–", "quiet", "is there already: the same bytes"), "ignored": ("–", "warn", "would be left alone"),
}
MOST = 8  # reasons or changes that are told


def told(found: Found, *, daemon: bool) -> list[Text]:
    """`core.services.dryrun` or `core.services.rehearsal` in words; `daemon`: whether one runs that would do it."""
    return list(_recipe(found, daemon) if found["kind"] == "recipe" else _file(found, daemon))


def _file(found: Found, daemon: bool) -> Iterator[Text]:
    glyph, tone, said = VERDICTS[found["verdict"]]
    yield Text.assemble((f"{glyph} {plain(found['file'])} {said}", tone))
    yield f.field("taken", f.text(found["taken"]))
    if found["verdict"] == "ignored":
        return
    which = f"it is {found['same']}" if found["same"] else f"it would be {found['version']}"
    yield f.field("version", f.text(which))
    if found["rows"] is not None:
        yield f.field("rows", Text(_rows(found)))
    if found["supersedes"]:
        yield f.field("supersedes", f.text(", ".join(found["supersedes"])))
    yield from _findings(found["reasons"], "✗", "bad")
    yield from _findings(found["warnings"], "!", "warn")
    yield from _follows(found["runs"], found, daemon)


def _rows(found: Found) -> str:
    parts = [f"{found['rows']:,}"]
    if found["labelled"] is not None:
        parts.append(f"{found['labelled']:,} with a label")
    if found["bad_rows"]:
        parts.append(f"{found['bad_rows']:,} set aside")
    if found["new_rows"] is not None and found["new_rows"] != found["rows"]:
        parts.append(f"{found['new_rows']:,} that stand in no older version")
    return ", ".join(parts)


def _findings(found: Sequence[Found], glyph: str, tone: str) -> Iterator[Text]:
    for one in found[:MOST]:
        yield Text.assemble((f"  {glyph} ", tone), plain(one["message"]))
    if len(found) > MOST:
        yield Text(f"    and {len(found) - MOST} more", "quiet")


def _follows(runs: Sequence[Found], found: Found, daemon: bool) -> Iterator[Text]:
    """Which runs would be asked for, when, who would judge, and what becomes of the result."""
    for one in runs:
        yield f.field("run", _run(one))
    judges = found["judges"]
    if judges is not None and any(one["would"] for one in runs):
        yield f.field("judges", _judges(judges))
        if found.get("late"):
            yield f.field("", f.text("its rows are older than what the champion has seen: they train and never judge"))
    for line in found["then"]:
        yield f.field("then", f.text(line))
    by_hand = str(found.get("taken", "")).startswith("by hand")
    arrives = found["kind"] == "file" and not by_hand and found["verdict"] != "same"
    if not daemon and (any(one["would"] for one in runs) or arrives):
        yield f.field("daemon", Text("none runs: it waits for `footplate daemon start`", "warn"))


def _run(one: Found) -> Text:
    if not one["would"]:
        return Text.assemble(("none of ", "quiet"), plain(one["recipe"]), f": {plain(one['why'])}")
    at = f", not before {f.moment(datetime.fromisoformat(one['not_before']))}" if one["not_before"] else ""
    return Text.assemble(("▶ ", "busy"), plain(one["recipe"]), f": {plain(one['why'])}{at}")


def _judges(one: Found) -> Text:
    if one["basis"] == "recipes":
        return Text(
            f"no row is new to the champion: both recipes are fitted on some of {one['of']:,} rows"
            " and judged on the others"
        )
    whose = "no champion yet" if one["basis"] == "first" else "new to the champion"
    enough = one["enough"]
    said = f"about {one['rows']:,} of {one['of']:,} rows ({whose}); {one['needed']:,} are needed"
    if one["rarest"] is not None:
        said += f", of the rarest class about {one['rarest']:,}; {one['rarest_needed']:,} are needed"
    if enough and one["rows"] < CLOSE * one["needed"]:  # rows of one moment are never parted, so that it may be fewer
        return Text.assemble(("… ", "warn"), said, (": that is close, it may wait for more", "warn"))
    return Text.assemble((f"{'✓' if enough else '…'} ", "good" if enough else "warn"), said,
                         ("" if enough else ": it would wait for more", "warn"))


def _recipe(found: Found, daemon: bool) -> Iterator[Text]:
    name = plain(found["recipe"])
    if found["valid"]:
        yield Text(f"✓ recipe {name} is valid", "good")
    else:
        yield Text(f"✗ recipe {name} cannot be used", "bad")
    yield f.field("file", f.text(found["file"]))
    yield from problems(found)
    if found["hash"] is None:
        yield from (f.field("then", f.text(line)) for line in found["then"])
        return
    yield f.field("version", _hashes(found))
    for one in found["changes"][:MOST]:
        yield Text.assemble(
            ("  ~ ", "warn"), f"{plain(one['key'])}: ", (_value(one["before"]), "quiet"), " → ", _value(one["after"])
        )
    if len(found["changes"]) > MOST:
        yield Text(f"    and {len(found['changes']) - MOST} more keys", "quiet")
    folder = found["folder"]
    if folder is not None:
        there = f"{f.counted(folder['files'], 'file')} in it" if folder["there"] else "it is not there yet"
        yield f.field("watches", f.text(f"{folder['path']}, {there}", "" if folder["there"] else "warn"))
    yield from _follows([found["run"]], found, daemon)


def problems(found: Found) -> Iterator[Text]:
    """What is wrong with a recipe: key, what, and what to do."""
    for one in found["problems"]:
        yield Text.assemble(("  ✗ ", "bad"), plain(one["message"]))
        if one["hint"]:
            yield Text(f"    {plain(one['hint'])}", "quiet")


def _hashes(found: Found) -> Text:
    if found["new"]:
        return Text(f"{f.short(found['hash'], 8)}, a new recipe")
    if not found["changed"]:
        return Text(f"{f.short(found['hash'], 8)}, as it is in force")
    return Text(f"{f.short(found['before'], 8)} → {f.short(found['hash'], 8)}", "warn")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()  # as TOML writes it
    return f.NOTHING if value is None else clipped(plain(value), LONG)
