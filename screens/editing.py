"""The key that edits a recipe: a copy in somebody's editor, judged when that comes back, saved after a yes.

Nothing is saved that cannot be used, and nothing that was typed is lost before a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual.app import SuspendNotSupported

from core.services import drafts
from core.services.drafts import Draft
from core.views.daemon import running
from screens import editor
from screens.editor import Edited
from screens.format import quoted
from screens.levels.outlook import problems, told
from screens.modals.choice import Choose, Option
from screens.modals.question import Ask, Question
from screens.plain import plain
from screens.undoing import Undoer

AGAIN, KEEP, THROW, LOOK = "again", "keep", "throw", "look"
OPTIONS = {
    AGAIN: Option("e", "edit it again", AGAIN),
    LOOK: Option("r", "read the copy now: it is saved in a window of its own", LOOK),
    KEEP: Option("k", "keep the copy for later; the recipe stays as it is", KEEP),
    THROW: Option("t", "throw the copy away; the recipe stays as it is", THROW),
}
NOBODY = "there is no recipe at hand: choose a row that is about one"


@dataclass(frozen=True)
class Outcome:
    """What an editor left: whether the copy differs from the recipe, and what saving it would do."""

    draft: Draft
    edited: Edited
    changed: bool
    found: dict[str, Any]
    daemon: bool


class RecipeEditor(Undoer):
    """A screen whose rows are about recipes, in one way or another."""

    def recipe_at_hand(self) -> Callable[[], str] | None:
        """What finds the name of the recipe of the row, in a thread; None where the row is about none."""
        return None

    def action_edit(self) -> None:
        """Edit the recipe of the row in $VISUAL or $EDITOR."""
        if not self.may_change():
            return
        find, workspace = self.recipe_at_hand(), self.desk.workspace
        if find is None:
            self.say(NOBODY)
        else:
            self.find_out("opening the recipe", lambda: drafts.begin(workspace, find()), self._edit)

    def _edit(self, draft: Draft) -> None:
        """Give the terminal to the editor, and take it back."""
        try:
            with self.app.suspend():
                edited = editor.edit(draft.path)
        except SuspendNotSupported:
            drafts.discard(draft)
            command = self.desk.command(f"footplate recipes edit {quoted(draft.name)}")
            self.say(f"this terminal cannot be given to an editor; in a shell: {command}", "warn")
            return
        self._look(draft, edited)

    def _look(self, draft: Draft, edited: Edited) -> None:
        workspace = self.desk.workspace

        def look() -> Outcome:
            changed = drafts.is_changed(draft)
            found = drafts.outlook(workspace, draft) if changed else {}
            return Outcome(draft, edited, changed, found, running(workspace) is not None)

        self.find_out("checking what was written", look, self._edited)

    def _edited(self, outcome: Outcome) -> None:
        draft, edited = outcome.draft, outcome.edited
        if edited.trouble and not outcome.changed:
            drafts.discard(draft)
            self.say(f"{edited.trouble}: nothing was changed", "bad")
        elif edited.trouble:
            self._what_next(outcome, f"{edited.trouble}, and the copy was changed", (), (AGAIN, LOOK, KEEP, THROW))
        elif not outcome.changed and edited.quick:
            said = Text("  nothing was changed so far; if it opened a window of its own, save there first", "quiet")
            self._what_next(outcome, f"{edited.command} came back at once", [said], (LOOK, AGAIN, THROW))
        elif not outcome.changed:
            drafts.discard(draft)
            self.say(f"recipe {draft.name} stays as it is: nothing was changed")
        elif outcome.found["hash"] is None:
            title = f"Recipe {draft.name} cannot be saved like this"
            self._what_next(outcome, title, list(problems(outcome.found)), (AGAIN, KEEP, THROW))
        else:
            self._ask(outcome)

    def _what_next(self, outcome: Outcome, title: str, lines: Sequence[Text], letters: tuple[str, ...]) -> None:
        draft = outcome.draft

        def chosen(value: str | None) -> None:
            if value == AGAIN:
                self._edit(draft)
            elif value == LOOK:
                self._look(draft, Edited(outcome.edited.command))
            elif value == THROW:
                drafts.discard(draft)
                self.say("the copy was thrown away; the recipe stays as it is")
            else:
                self.say(f"the copy is kept: {self.desk.key('edit')} on the recipe goes on with it; nothing was saved")

        self.app.push_screen(Choose(title, [OPTIONS[one] for one in letters], lines), chosen)

    def _ask(self, outcome: Outcome) -> None:
        """What saving would do, and whether to."""
        draft, workspace = outcome.draft, self.desk.workspace
        command = f"footplate recipes save {quoted(draft.name)} {quoted(str(draft.path))}"
        question = Question(f"Save recipe {draft.name}?", told(outcome.found, daemon=outcome.daemon), command)

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(lambda: drafts.save(workspace, draft))
            else:
                self._what_next(outcome, f"Recipe {plain(draft.name)} was not saved", (), (AGAIN, KEEP, THROW))

        self.app.push_screen(Ask(self.desk, question), answered)
