"""Adding a folder, a step at a time, at the bottom of the screen: which one, what to predict, a name, and a last look.

Nothing is written before the last step's yes; Esc leaves without a trace, Shift-Tab goes a step back.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import events

from core.errors import FootplateError, UsageError
from core.services import proposing
from core.services.proposing import Wish
from core.views.daemon import running
from screens import wizard_words as words
from screens.desk import Desk
from screens.modals.docked import TALLEST, Docked
from screens.paths import Completion, about, whole
from screens.plain import plain
from screens.widgets.bar import Bar
from screens.widgets.clipboard import copy

FOLDER, TARGET, NAME, LOOK = "folder", "target", "name", "look"
STEPS = (FOLDER, TARGET, NAME, LOOK)
TITLES = {
    FOLDER: "which folder do files arrive in?", TARGET: "which column shall be predicted?",
    NAME: "what shall the model be called?", LOOK: "write this recipe?",
}
BELOW = "Enter goes on · Shift-Tab back · Esc leaves"
HELP = {
    FOLDER: f"Tab completes · {BELOW}", TARGET: f"↑ ↓ choose, letters narrow · {BELOW}", NAME: BELOW,
}
NARROW = 60  # columns below which only the essential is said
AROUND = 5  # lines of the screen that the last step leaves to what lies below
ANSWERS = "j k the rest · Shift-Tab back · Esc leaves · C copies the command"
MOST_FOLDERS = 7
TIME_KEY, ID_KEY, DAEMON_KEY = "t", "i", "S"
KEYS = {"time": TIME_KEY, "id": ID_KEY, "daemon": DAEMON_KEY}


@dataclass(frozen=True)
class Wanted:
    """What is to be written, and whether a daemon is to be started then."""

    wish: Wish
    daemon: bool


class Wizard(Docked[Wanted | None]):
    """Gives what is to be written, or None."""

    def __init__(self, desk: Desk, root: Path) -> None:
        """`root` is where relative folders count from."""
        super().__init__(desk)
        self._root = root
        self.step = FOLDER
        self._typed = dict.fromkeys(STEPS, "")
        self._found: Mapping[str, Any] = {}
        self._wish = Wish(root, "", "")
        self._cursor = 0
        self._daemon = False
        self._looked = False  # what would be written stands there
        self._completing: str | None = None  # the text that Tab was pressed on

    def begin(self) -> None:
        self._enter(FOLDER)

    def complain(self, error: FootplateError) -> None:
        if self.step == LOOK:
            self._enter(NAME)  # the last step types nothing
        super().complain(error)

    # -- steps

    def _enter(self, step: str) -> None:
        """Show a step as it was left."""
        self.step = step
        lead = f"Add a folder, {STEPS.index(step) + 1} of {len(STEPS)}: " if self.size.width >= NARROW else ""
        title = Text.assemble((lead, "quiet"), (TITLES[step], "title"))
        seen = words.seen(self._found) if step == TARGET else ""
        right = f"relative to {self._root.name}/" if step == FOLDER else seen
        self.head(title, Text(plain(right if self.size.width >= NARROW else ""), "quiet"))
        self.list_lines(())
        if step != LOOK:
            self.bar.open(step, f"{step} ", self._typed[step], below=HELP[step])
        {FOLDER: self._look_about, TARGET: self._list_columns, NAME: self._name_it, LOOK: self._last_look}[step]()

    def _back(self) -> None:
        at = STEPS.index(self.step)
        if at == 0:
            self.bar.help("this is the first step; Esc leaves it")
        else:
            self.forget()
            self._enter(STEPS[at - 1])

    def _entered(self, text: str) -> None:
        self._typed[self.step] = text
        if self.step == FOLDER:
            self._survey(text)
        elif self.step == TARGET:
            self._choose(text)
        elif self.step == NAME:
            workspace = self.desk.workspace
            self.find(lambda: proposing.name_wrong(workspace, text), lambda wrong: self._named(text, wrong))

    # the folder

    def _complete(self) -> None:
        self._completing = self.bar.text
        self._look_about()

    def _look_about(self) -> None:
        """What the text may go on as, and what lies there."""
        text, root = self.bar.text, self._root

        def looked(found: tuple[Completion, list[tuple[str, str]]]) -> None:
            done, there = found
            taken, self._completing = self._completing == text != done.text, None
            if taken:
                self.bar.put(done.text)
            self.list_lines(words.folders(there, len(done.names) - MOST_FOLDERS))

        self.find(lambda: about(text, root, MOST_FOLDERS), looked)

    def _survey(self, text: str) -> None:
        if not text.strip():
            self.bar.complain(UsageError("name a folder", "Tab completes"))
            return
        typed, workspace = whole(text.strip(), self._root), self.desk.workspace
        self.bar.help("reading the first rows of what is in it … · Esc leaves")

        def survey() -> tuple[Path, Mapping[str, Any]]:
            folder = Path(os.path.realpath(typed))
            return folder, proposing.survey_apart(workspace, folder)

        self.find(survey, lambda found: self._surveyed(*found))

    def _surveyed(self, folder: Path, found: Mapping[str, Any]) -> None:
        if folder != self._wish.folder:
            self._typed[TARGET] = self._typed[NAME] = ""
        time, id = next(iter(found["times"]), None), next(iter(found["ids"]), None)
        self._found, self._wish, self._cursor = found, Wish(folder, self._wish.name, "", time, id), 0
        self._enter(TARGET)

    # the target

    def _list_columns(self) -> None:
        found = self._found
        if not found["columns"]:
            why = [Text(f"  {plain(one)}", "warn") for one in found["unread"]]
            none = "none of its files can be read" if why else "no file is in it yet"
            self.list_lines([*why, Text(f"  {none}: type the name that the column will have", "quiet")])
            return
        shown = words.choices(found, self.bar.text)
        self._cursor = max(0, min(self._cursor, len(shown) - 1))
        room = min(TALLEST, max(4, self.size.height - 8)) - 1
        top = max(0, min(self._cursor - room // 2, len(shown) - room))
        best, width = words.best(found), self.size.width - 2
        lines = [words.column_header(width)] + [
            words.column_line(one, width, chosen=at == self._cursor, first=one is best)
            for at, one in list(enumerate(shown))[top : top + room]
        ]
        if len(shown) > top + room:
            lines[-1] = Text(f"   and {len(shown) - top - room + 1} more", "quiet")
        self.list_lines(lines if shown else [Text("   no column has these letters", "quiet")])

    def _choose(self, text: str) -> None:
        shown = words.choices(self._found, text)
        if not self._found["columns"]:
            if not text.strip():
                self.bar.complain(UsageError("name the column", "as the header of the files will spell it"))
                return
            target = text.strip()
        elif not shown:
            self.bar.complain(UsageError("no column has these letters", "Backspace takes them away"))
            return
        elif shown[self._cursor]["why_not"]:
            one = shown[self._cursor]
            self.bar.complain(UsageError(f"{one['name']} cannot be predicted: {one['why_not']}", "choose another"))
            return
        else:
            target = str(shown[self._cursor]["name"])
        times, ids = self._found["times"], self._found["ids"]
        self._wish = replace(
            self._wish, target=target, time=next((one for one in times if one != target), None),
            id=next((one for one in ids if one != target), None),
        )
        self._enter(NAME)

    # the name

    def _name_it(self) -> None:
        folder, workspace = self._wish.folder, self.desk.workspace
        self.list_lines([Text("  of the recipe, its data and its model; they are found by it later", "quiet")])
        if not self._typed[NAME]:
            self.find(lambda: proposing.free_name(workspace, folder), self.bar.put)

    def _named(self, name: str, wrong: str) -> None:
        if wrong:
            self.bar.complain(UsageError(wrong))
        else:
            self._wish = replace(self._wish, name=name)
            self._enter(LOOK)

    # the last look

    def _last_look(self) -> None:
        workspace, wish = self.desk.workspace, self._wish
        self._looked = False
        self.bar.close()

        def shown(found: tuple[Mapping[str, Any], bool]) -> None:
            said, self._daemon = found
            self._looked = True
            lines = words.inferred(self._found, wish, said, daemon=self._daemon, keys=KEYS)
            self.list_lines(lines, max(6, self.size.height - AROUND))
            both = "" if self._daemon else f" · {DAEMON_KEY} writes it and starts the daemon"
            self.bar.say(f"y writes it{both} · {ANSWERS}")

        self.find(lambda: (proposing.preview(workspace, wish), running(workspace) is not None), shown)

    def _turn(self, field: str, known: Sequence[str]) -> None:
        """The next of the columns that may be the time or the id; after the last one none."""
        ring = [None, *(one for one in known if one != self._wish.target)]
        now = getattr(self._wish, field)
        at = ring.index(now) if now in ring else 0
        chosen = ring[(at + 1) % len(ring)]
        self._wish = replace(self._wish, time=chosen) if field == "time" else replace(self._wish, id=chosen)
        self._last_look()

    # -- keys

    def press(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.forget()
            self.dismiss(None)
        elif event.key == "shift+tab":
            self._back()
        elif self.step == LOOK:
            self._answer(event)
        elif self.step == FOLDER and event.key == "tab":
            self._complete()
        elif self.step == TARGET and event.key in ("up", "down", "tab", "pageup", "pagedown"):
            self._cursor += {"up": -1, "pageup": 1 - TALLEST, "pagedown": TALLEST - 1}.get(event.key, 1)
            self._list_columns()
        else:
            self.bar.complain(None)
            self.bar.take(event)

    def _answer(self, event: events.Key) -> None:
        typed, pane = event.character or "", self.pane
        moves = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": pane.page, "pageup": -pane.page}
        if typed == "y" or (typed == DAEMON_KEY and not self._daemon):
            if self._looked:  # nobody says yes to what is not there yet
                self.dismiss(Wanted(self._wish, typed == DAEMON_KEY))
        elif typed == TIME_KEY:
            self._turn("time", self._found["times"])
        elif typed == ID_KEY:
            self._turn("id", self._found["ids"])
        elif typed == "C":
            self.bar.say(copy(self.app, self.desk.command(self._wish.command(self.desk.workspace))))
        elif by := moves.get(typed) or moves.get(event.key):
            pane.move(by)
        elif event.key == "backspace" or typed == "n":
            self._back()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self.step != LOOK:
            self.bar.insert(event.text.strip())

    def on_bar_typed(self, event: Bar.Typed) -> None:
        event.stop()
        if event.purpose != self.step:
            return
        if self.step == FOLDER:
            self._look_about()
        elif self.step == TARGET:
            self._cursor = 0
            self._list_columns()

    def on_bar_left(self, event: Bar.Left) -> None:
        event.stop()
        self._back()

    def on_bar_entered(self, event: Bar.Entered) -> None:
        event.stop()
        self._entered(event.text.strip())
