"""What an undo or a redo would bring back, and the question that shows it."""

from __future__ import annotations

from rich.text import Text

from core.services import undoing
from core.views import changes as views
from core.views.changes import Change
from core.workspace import Workspace
from screens.inquiry import Prepared, Question, refuse
from screens.plain import plain
from screens.texts import changes

SHOWN = 8  # things that come back that a question names


def prepare(workspace: Workspace, scope: str, *, redo: bool) -> Prepared:
    """The question, in a thread; raises why there is nothing to take back."""
    change, passed = views.newest(workspace, redo=redo, subject=scope)
    word = "redo" if redo else "undo"
    if change is None:
        of = f"of {scope.partition(' ')[2]}" if scope else "of yours"
        raise refuse(
            f"there is nothing {of} to {word}" + (f": {passed.text}, {passed.why}" if passed else ""),
            "`footplate undo --list` shows all that can be taken back",
        )
    title = f"{word.capitalize()}: {change.text}?"
    doing = undoing.redo if redo else undoing.undo
    return Question(title, lines(workspace, change, passed), f"footplate {word} {change.id}"), lambda: doing(
        workspace, change.id
    )


def lines(workspace: Workspace, change: Change, passed: Change | None) -> list[Text]:
    """Who did it and when, what comes back, and what cannot come back any more."""
    from screens import format as f

    shown = changes(("by", change.actor), ("when", f.when(change.at, workspace.clock.now()).plain))
    for place, line in enumerate(change.returns[:SHOWN]):
        shown += changes(("comes back" if not place else "", line))
    more = len(change.returns) - SHOWN
    if more > 0:
        shown += changes(("", f"and {more:,} more"))
    stays = change.parts - len(change.returns)
    if stays:
        shown.append(Text(f"  ! {stays:,} parts of it were changed since, and stay", "warn"))
    if len(change.moves) == 1:
        from core.views.difference import difference
        from screens.releases import effect

        shown += effect(difference(workspace, *change.moves[0]))
    if passed is not None:
        shown.append(Text(f"  ! not your newest: {plain(passed.text)}; {plain(passed.why)}", "warn"))
    return shown
