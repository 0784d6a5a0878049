"""The key map: every key of the console, what it does, and where. Help, hints and dispatch are made from it.

Knows no Textual, so that a command can print the map. Keys are written as they are typed; those without a
character have Textual's names (`enter`, `escape`, `pagedown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

OVERVIEW, DATA, EXPERIMENTS, MODELS = "overview", "data", "experiments", "models"
MONITORS, AUTOMATION, AUDIT = "monitors", "automation", "audit"
SCREENS = (OVERVIEW, DATA, EXPERIMENTS, MODELS, MONITORS, AUTOMATION, AUDIT)
TEXT, QUESTION = "text", "question"  # what lies over a screen has keys of its own


@dataclass(frozen=True)
class Key:
    """One line of the map: `action` is also its name in `[keys]` of footplate.toml."""

    action: str
    keys: tuple[str, ...]
    description: str
    screens: tuple[str, ...] = SCREENS
    hint: str = ""  # the word in the hint line; empty: only in the help

    def shown(self) -> str:
        return " ".join(NAMES.get(key, key) for key in self.keys)


NAMES = {
    "enter": "Enter", "escape": "Esc", "backspace": "Backspace", "up": "↑", "down": "↓", "left": "←",
    "right": "→", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "tab": "Tab",
    "space": "Space", "shift+tab": "Shift-Tab",
}

MAP: tuple[Key, ...] = (
    *(
        Key(f"screen_{name}", (str(number),), f"{name}: go to this screen")
        for number, name in enumerate(SCREENS, 1)
    ),
    Key("command", (":",), "command bar: `runs flights /roc_auc>0.8`, `events`, `theme light`; Tab completes"),
    Key("palette", (";",), "palette: all that can be done here, and every command, found by a few letters"),
    Key("filter", ("/",), "filter the rows; plain words match anywhere, or roc_auc>0.8 state=failed", hint="filter"),
    Key("down", ("j", "down"), "one row down"),
    Key("up", ("k", "up"), "one row up"),
    Key("first", ("g", "home"), "to the first row"),
    Key("last", ("G", "end"), "to the last row"),
    Key("page_down", ("pagedown",), "one page down"),
    Key("page_up", ("pageup",), "one page up"),
    Key("columns_left", ("h", "left"), "columns to the left"),
    Key("columns_right", ("l", "right"), "columns to the right"),
    Key("preview_down", ("J",), "scroll the preview down; on a page the next section"),
    Key("preview_up", ("K",), "scroll the preview up; on a page the section before"),
    Key("next_list", ("tab",), "the next list, or part, of this screen", (OVERVIEW, MODELS, MONITORS, AUTOMATION),
        "next"),
    Key("previous_list", ("shift+tab",), "the list, or part, before", (MODELS, MONITORS)),
    Key("next_section", ("tab",), "the next section of a page", (EXPERIMENTS,), "next section"),
    Key("previous_section", ("shift+tab",), "the section before", (EXPERIMENTS,)),
    Key("open", ("enter",), "open the row", hint="open"),
    Key("back", ("escape", "backspace"), "close, stop what takes long, clear the marks, the filter, or go back"),
    Key("history_back", (",",), "back to where one was before, on whatever screen"),
    Key("history_forth", (".",), "forth again"),
    Key("last_view", ("-",), "the last view, and back"),
    Key("describe", ("d",), "describe the row; for runs and models the decision record", hint="describe"),
    Key("raw", ("y",), "the row as JSON"),
    Key("log", ("L",), "the log of a run, a job or the daemon", (OVERVIEW, EXPERIMENTS, MODELS, AUTOMATION, AUDIT)),
    Key("mark", ("space",), "mark the row, or take its mark off"),
    Key("mark_range", ("v",), "mark a range: here or from the last mark, move, and again"),
    Key("mark_all", ("*",), "mark all rows that the filter finds"),
    Key("sort", ("o",), "sort by a column: then its letter"),
    Key("reverse", ("O",), "reverse the order"),
    Key("columns", ("V",), "choose the columns: show, hide, move; of runs also any metric and parameter"),
    Key("export", ("E",), "export the view to a file: CSV, JSON or JSON Lines"),
    Key("copy_id", ("c",), "copy the id of the row"),
    Key("copy_command", ("C",), "copy the command that shows the row; in a question, the one that does it"),
    Key("wide", ("w",), "wide, and back: no cell is cut, no line is folded; in the audit the whole entry",
        (*SCREENS, TEXT)),
    Key("full", ("f",), "full screen, and back: only the table or the text"),
    Key("read_only", ("W",), "read-only for now, and back; never lifts --read-only"),
    Key("shell", ("!",), "a shell in the workspace; exit comes back"),
    Key("refresh", ("R",), "read everything again"),
    Key("pause_view", ("p",), "pause the view, and go on"),
    Key("help", ("?",), "this help"),
    Key("quit", ("q",), "quit; the daemon lives on"),
    # what acts
    Key("actions", ("x",), "all that the marked rows allow, or the row", hint="actions"),
    Key("undo", ("z", "u"), "undo your last change, on a model its last one; what comes back is shown first"),
    Key("redo", ("Z",), "redo what was undone last"),
    Key("delete", ("D",), "delete the marked rows, or the row: the name or the number is typed first"),
    Key("edit", ("e",), "edit the recipe in $VISUAL or $EDITOR", (OVERVIEW, DATA, EXPERIMENTS, MODELS, AUTOMATION)),
    Key("add_folder", ("+",), "add a folder to watch: asks what to predict, shows the recipe before it is written"),
    Key("hold", ("H",), "hold a model, or let it go on", (OVERVIEW, MODELS), "hold"),
    Key("start_daemon", ("S",), "start the daemon, or stop it", (OVERVIEW,), "daemon"),
    Key("dispose", ("X",), "release, discard, retire or restore the version", (DATA,), "release, discard, retire"),
    Key("add", ("i",), "take a file into the dataset by hand", (DATA,), "add"),
    Key("check", ("r",), "judge the file again, by today's recipe", (DATA,), "check again"),
    Key("rows", ("s",), "see the rows of the version", (DATA,), "rows"),
    Key("differences", ("=",), "compare two marked versions, or one with the version before it", (DATA,), "compare"),
    Key("train", ("t",), "train the recipe now", (EXPERIMENTS,), "train"),
    Key("stop", ("S",), "stop the run", (EXPERIMENTS,), "stop"),
    Key("compare", ("=",), "compare the marked runs with this one", (EXPERIMENTS,), "compare"),
    Key("baseline", ("b",), "pin the run as its recipe's baseline, or unpin it", (EXPERIMENTS,), "baseline"),
    Key("metric", ("M",), "which metric the list shows and sorts by", (EXPERIMENTS,)),
    Key("note", ("m",), "write a note on the run", (EXPERIMENTS,)),
    Key("tag", ("#",), "tag the run", (EXPERIMENTS,)),
    Key("promote", ("P",), "promote the version to champion", (MODELS,), "promote"),
    Key("roll_back", ("B",), "back to the champion before, and hold; a deployment: to what served", (MODELS, MONITORS),
        "roll back"),
    Key("approve", ("A",), "approve the version that waits for a person", (MODELS,), "approve"),
    Key("deploy", ("s",), "deploy the version: let it serve in an environment", (MODELS,), "deploy"),
    Key("evaluate", ("r",), "measure the version again, on rows that it has not seen; replay", (MODELS,), "measure"),
    Key("follow", ("F",), "follow the stream: stay on its newest entry", (AUDIT,), "follow"),
    Key("silence", ("s",), "silence the monitor for a while, or let it be heard again", (MONITORS,), "silence"),
    Key("threshold", ("=",), "what the monitor goes by: effect, level, rows", (MONITORS,), "threshold"),
    Key("retrain", ("t",), "train now what the monitor is about", (MONITORS,), "train"),
    Key("trigger", ("t",), "train the recipe now", (AUTOMATION,), "train"),
    Key("dry_run", ("i",), "dry run: what if a file arrived, or the recipe were saved", (AUTOMATION,), "dry run"),
    Key("suspend", ("H",), "pause the recipe, or resume it", (AUTOMATION,), "pause"),
    Key("cancel", ("S",), "stop the job", (AUTOMATION,), "stop"),
    Key("acknowledge", ("a",), "acknowledge a failed job, an alert, or a rollback that happened by itself",
        (OVERVIEW, MODELS, MONITORS, AUTOMATION),
        "acknowledge"),
    Key("retry", ("r",), "try the job again", (AUTOMATION,), "retry"),
    # texts and questions
    Key("search", ("/",), "search in the text", (TEXT,), "search"),
    Key("next_match", ("n",), "the next match", (TEXT,), "next"),
    Key("previous_match", ("N",), "the match before", (TEXT,), "previous"),
    Key("copy_text", ("c",), "copy the text", (TEXT,), "copy"),
    Key("save_text", ("E",), "save the text to a file", (TEXT,)),
    Key("close", ("q",), "close the text", (TEXT,)),
    Key("yes", ("y",), "yes, do it", (QUESTION,), "yes"),
    Key("no", ("n", "escape", "backspace"), "no; Enter never confirms", (QUESTION,), "no"),
    Key("copy_command", ("C",), "copy the command that does it", (QUESTION,), "copy the command"),
)
OF_ROWS = frozenset(("filter", "open", "describe", "actions", "dispose", "differences", "compare"))
OF_TEXTS = frozenset(("next_section",))  # hints: the former stand below a list, the latter below a text
ALIASES = {"ctrl+p": "palette"}  # habits of other programs; never needed
_SCROLL = ("down", "up", "first", "last", "page_down", "page_up")
_BORROWED = {  # keys of screens that work in these too
    TEXT: (*_SCROLL, "columns_left", "columns_right", "back", "help"), QUESTION: _SCROLL,
}


def resolved(remapped: Mapping[str, str] | None = None) -> tuple[Key, ...]:
    """The map with the keys of footplate.toml in place: `{"promote": "U"}` (several, with spaces between)."""
    given = remapped or {}
    return tuple(replace(key, keys=tuple(given[key.action].split())) if key.action in given else key for key in MAP)


def means(key: Key, screen: str) -> bool:
    """Whether a line of the map holds there."""
    return screen in key.screens or key.action in _BORROWED.get(screen, ())


def of_screen(keys: Iterable[Key], screen: str) -> dict[str, Key]:
    """Typed key -> line of the map, for one screen. A text has the moves besides its own keys."""
    found: dict[str, Key] = {}
    for key in keys:
        if means(key, screen):
            aliases = [typed for typed, action in ALIASES.items() if action == key.action]
            found.update({**dict.fromkeys(aliases, key), **found, **dict.fromkeys(key.keys, key)})
    return found


def clashes(keys: Iterable[Key]) -> list[str]:
    """A sentence for each key that means two things on one screen."""
    said = []
    for screen in (*SCREENS, TEXT, QUESTION):
        seen: dict[str, str] = {}
        for key in keys:
            if not means(key, screen):
                continue
            for typed in key.keys:
                if seen.setdefault(typed, key.action) != key.action:
                    said.append(f"{NAMES.get(typed, typed)} means {seen[typed]} and {key.action} on {screen}")
    return said
