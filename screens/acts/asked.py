"""What is asked before something is done to rows, and how it is done to each: for every door the same."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from core.services import many
from core.workspace import Workspace
from screens.inquiry import Question, refuse
from screens.level import Listing
from screens.plain import plain
from screens.selection import Part, Selection
from screens.selection import told as told_rows
from screens.texts import changes


def noun(listing: Listing, number: int) -> str:
    return listing.name if number == 1 else listing.plural


def named(selection: Selection) -> str:
    """`run 12`, `3 marked runs`."""
    if selection.row is not None and not selection.marks:
        return f"{selection.listing.name} {plain(selection.listing.row_id(selection.row))}"
    return f"{len(selection):,} marked {noun(selection.listing, len(selection))}"


def question(part: Part, text: str) -> Question:
    """What will change, how many, what is left out, how to undo it, and the command."""
    listing, action, number = part.listing, part.action, len(part)
    only = part.names[0] if number == 1 and part.rows else ""
    what = only if only and "@" in only else f"{listing.name} {only}" if only else f"{number:,} {noun(listing, number)}"
    facts = told_rows(part, listing.row_id)
    facts += [(action.asks.strip("-").lower(), text)] if text else []
    facts += [("then", action.then), ("undo", "cannot be undone" if action.final else action.undo or "–")]
    typed = (only or f"{number}") if action.final else ""
    lines: list[Text] = changes(*facts)
    return Question(f"{action.verb.capitalize()} {what}?", lines, part.commands(text), typed=typed)


def done(
    part: Part, workspace: Workspace, text: str, *,
    progress: Callable[[many.Outcome], None] = lambda outcome: None, cancelled: Callable[[], bool] = lambda: False,
) -> str:
    """Do it to each row; the sentence that tells what came of it. Raises Conflict where nothing was done."""
    action = part.action
    if part.single:
        return action.does(workspace, part.rows[0], text)
    outcome = many.each(
        part.each(workspace), lambda row: action.does(workspace, row, text), named=part.listing.row_id,
        progress=progress, cancelled=cancelled,
    )
    line = outcome.line(f"{noun(part.listing, outcome.done)} {action.did}", f"`{action.undo}`" if action.undo else "")
    if not outcome.done and outcome.failed:
        raise refuse(line)
    return line
