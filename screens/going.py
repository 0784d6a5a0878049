"""Going about: the command bar with its names and its past, and the views that one has been at."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.message import Message

from core.errors import Conflict, FootplateError
from screens import command, themes
from screens.command import HELP, QUIT, THEME, CommandLine
from screens.desk import Desk
from screens.moving import Mover
from screens.naming import names
from screens.widgets.bar import Bar

BAR = "command"  # what the bar is open for
MOST_LINES = 50  # of the command bar that are remembered


class Goer(Mover):
    """A screen from which one goes to others."""

    class Named(Message):
        """What can be named by now."""

        def __init__(self, names: dict[str, Sequence[str]]) -> None:
            super().__init__()
            self.names = names

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._names: dict[str, Sequence[str]] = {}
        self._line_at = 0  # which of the past lines is shown, counted from the newest; 0: the one that is typed
        self._line_typed = ""
        self._completing: list[str] = []

    # -- history

    def action_history_back(self) -> None:
        self._visit(-1, "this is the first view that was shown")

    def action_history_forth(self) -> None:
        self._visit(1, "this is the last of the views: nothing lies ahead")

    def _visit(self, by: int, nothing: str) -> None:
        self.leave()
        view = self.desk.history.step(by)
        self.arrive() if view is None else self.post_message(self.Visit(view))
        if view is None:
            self.say(nothing)

    def action_last_view(self) -> None:
        self.leave()
        view = self.desk.history.last()
        if view is None:
            self.arrive()
            self.say("no other view was shown yet")
        else:
            self.post_message(self.Visit(view))

    # -- the command bar

    def action_command(self) -> None:
        self.open_command("")

    def open_command(self, text: str) -> None:
        """The command bar, with something typed in it already."""
        self._line_at, self._completing = 0, []
        self._read_names()
        self.bar.open(BAR, ":", text, below=command.told(text, self._names))

    @work(thread=True, exclusive=True, exit_on_error=False, group="names")
    def _read_names(self) -> None:
        try:
            found: dict[str, Sequence[str]] = dict(names(self.desk.workspace))
        except Exception:
            return  # nothing can be completed, then; what is typed works all the same
        self.post_message(self.Named(found))

    def on_goer_named(self, message: Named) -> None:
        message.stop()
        self._names = {**self._names, command.THEME: themes.names(), **message.names}
        if self.bar.purpose == BAR:
            self.bar.help(command.told(self.bar.text, self._names))

    def on_bar_typed(self, event: Bar.Typed) -> None:
        if event.purpose == BAR:
            event.stop()
            event.prevent_default()
            if event.text not in self._completing:
                self._completing = []
                self.bar.help(command.told(event.text, self._names))

    def on_bar_pressed(self, event: Bar.Pressed) -> None:
        if event.purpose == BAR:
            event.stop()
            if event.key in ("tab", "shift+tab"):
                self._complete(1 if event.key == "tab" else -1)
            elif event.key in ("up", "down"):
                self._recall(1 if event.key == "up" else -1)

    def _complete(self, by: int) -> None:
        """The line that it may become; where there are several, one after the other."""
        text = self.bar.text
        if text not in self._completing:
            self._completing = command.completions(text, self._names)
            at = 0 if by > 0 else -1
        else:
            at = (self._completing.index(text) + by) % len(self._completing)
        if not self._completing:
            self.bar.help("nothing begins so")
            return
        self.bar.put(self._completing[at])
        if len(self._completing) == 1:
            self._completing = []

    def _recall(self, by: int) -> None:
        """Lines that were typed before, the newest first."""
        lines = self.desk.memory.lines
        to = self._line_at + by
        if not 0 <= to <= len(lines):
            self.bar.help("no line was typed before that" if to > 0 else "this is the line that you type")
            return
        if self._line_at == 0:
            self._line_typed = self.bar.text
        self._line_at = to
        self.bar.put(lines[-to] if to else self._line_typed)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        if event.purpose == BAR:
            event.stop()
            event.prevent_default()
            self._close_bar()
            self.run_command(event.text)

    def run_command(self, text: str) -> None:
        """What was typed after `:`; where it is not understood the bar comes back with what is wrong."""
        try:
            self.obey(command.parse(text, self._names))
        except FootplateError as error:
            self.bar.open(BAR, ":", text)
            self.bar.complain(error)
            return
        if text.strip() and self.desk.memory.lines[-1:] != [text.strip()]:
            self.desk.memory.lines.append(text.strip())
            del self.desk.memory.lines[:-MOST_LINES]

    def obey(self, line: CommandLine) -> None:
        """Do what a command line says. Raises FootplateError where it cannot be."""
        if line.verb == QUIT:
            self.action_quit()
        elif line.verb == HELP:
            self.action_help()
        elif line.verb == THEME:
            self.show_theme(line.argument)
        elif line.screen:
            self.post_message(self.Go(line))

    def show_theme(self, name: str) -> None:
        """Other colours from now on. Raises UsageError where there is no such theme."""
        theme = themes.named(name)
        if self.app.no_color and theme != themes.MONO:
            raise Conflict("NO_COLOR is set: the theme stays mono", "start the console without it")
        self.app.theme, short = theme, theme.removeprefix(themes.PREFIX)
        self.desk.memory.choose_theme(short, self.desk.workspace.settings.theme)
        self.say(f"theme {short}, from now on for you; for everybody: theme = \"{short}\" in footplate.toml")
