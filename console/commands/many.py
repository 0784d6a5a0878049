"""Verbs that change one thing, several, or all that a filter finds: `jobs cancel 3`, `3 4`, `--where state=queued`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from typer import Option

from console import output
from console.commands.call import Call
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.page import Page

T = TypeVar("T")
PAGE = 500

Whose = Annotated[
    list[str] | None, Option("--where", metavar="TERM", help="Instead of naming them: all that are like that.")
]
Count = Annotated[
    int | None, Option("--count", min=1, metavar="N", help="With --where: only if exactly so many are found.")
]


def each(
    call: Call, named: Sequence[T] | None, where: list[str] | None, *, listing: Callable[..., Page[Any]],
    name: Callable[[Any], T], doing: Callable[[T], str], did: str, undo: str = "",
) -> int:
    """Do it to each; what fails is named and the rest goes on. Exit 1 where anything failed."""
    if bool(named) == bool(where):
        raise UsageError("which ones?", "name them, or say --where")
    if named and len(named) == 1:
        call.done(doing(named[0]))
        return 0
    from core.services import many

    things = list(dict.fromkeys(named)) if named else found(listing, where or [], name)
    outcome = many.each(
        things, doing, progress=lambda now: call.progress(f"{now.done + now.failed:,} of {len(things):,}")
    )
    call.progress("")
    line = outcome.line(did, f"`footplate {undo}`" if undo else "")
    if call.json:
        failed = [{"name": one, "message": why} for one, why in outcome.failures]
        output.write_json({"done": line, "changed": outcome.done, "failed": outcome.failed, "failures": failed})
    else:
        output.say(line)
        for one, why in outcome.failures[3:]:
            output.say(f"  {one}: {why}")
    return int(bool(outcome.failed))


def found(listing: Callable[..., Page[Any]], where: list[str], name: Callable[[Any], T]) -> list[T]:
    """The names of all that a filter finds, before any of them is changed."""
    return [name(row) for row in _rows(listing, " ".join(where))]


def counted(listing: Callable[..., Page[Any]], where: list[str] | None, count: int | None, verb: str) -> None:
    """What cannot be undone is done to all of a filter only by somebody who knows how many they are."""
    if not where:
        return
    number = sum(1 for _ in _rows(listing, " ".join(where)))
    if count != number:
        said = f"{number:,} are like that" if count is None else f"{number:,} are like that by now, not {count:,}"
        raise UsageError(f"{said}: {verb} cannot be undone", f"add --count {number}" if number else "look again")


def _rows(listing: Callable[..., Page[Any]], where: str) -> Iterator[Any]:
    after = None
    while True:
        page = listing(where=where, limit=PAGE, after=after)
        yield from page.rows
        after = page.next
        if after is None:
            return
