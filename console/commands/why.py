"""`footplate why`: the decision record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument

from console import output
from console.commands.call import Call
from console.commands.names import recipe_names

if TYPE_CHECKING:
    from core.views.record import Record
    from core.views.why import Decision


def why(
    call: Call,
    what: Annotated[
        str, Argument(
            metavar="MODEL[@V]|RUN|event:N", autocompletion=recipe_names,
            help="A model's newest decision, a version, a run, or any decision by the number of its event.",
        ),
    ],
) -> None:
    """What caused a decision, what was compared, and what would have changed it."""
    from core.views import record
    from core.views import why as view

    number = what.removeprefix(record.PREFIX)
    if what != number and number.isascii() and number.isdecimal():
        call.one(record.record(call.workspace, int(number)), show)
        return
    call.one(view.why(call.workspace, what), show)


def show(found: Decision | Record) -> None:
    """A line a fact; a label is written once."""
    width = max((len(line.label) for line in found.lines), default=0)
    before = ""
    for line in found.lines:
        output.say(f"{'' if line.label == before else line.label:<{width}}  {line.text}")
        before = line.label
