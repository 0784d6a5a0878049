"""Questions before a change: prepared in a thread, asked, done by a service, answered by its own sentence.

A change is prepared in a thread (it reads what will change, and may say why it cannot be), asked, and done in a
thread by a service.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import work
from textual.message import Message

from core.errors import FootplateError
from screens.inquiry import Alternatives as Alternatives
from screens.inquiry import Doing, Preparing
from screens.inquiry import Prepared as Prepared
from screens.inquiry import refuse as refuse
from screens.looking import Looker
from screens.modals.choice import Choose
from screens.modals.prompt import Prompt
from screens.modals.question import Ask
from screens.plain import plain
from screens.trouble import told


class Asker(Looker):
    """A screen that asks before it changes anything."""

    class Ready(Message):
        """A question is prepared."""

        def __init__(self, prepared: Prepared | Alternatives) -> None:
            super().__init__()
            self.prepared = prepared

    class Done(Message):
        """A service has answered."""

        def __init__(self, answer: str | FootplateError) -> None:
            super().__init__()
            self.answer = answer

    # -- changing

    def may_change(self) -> bool:
        """Whether this console may change anything; says why not."""
        if not self.desk.changes:
            why = "--read-only" if self.desk.read_only else f"{self.desk.key('read_only')} lifts it"
            self.say(f"this console only reads ({why}): nothing can be changed from here", "warn")
        return self.desk.changes

    def ask(self, prepare: Preparing) -> None:
        """Ask the question that `prepare` makes in a thread; it may raise why there is none."""
        if self.may_change():
            self._prepare(prepare)

    @work(thread=True, exclusive=True, exit_on_error=False, group="prepare")
    def _prepare(self, prepare: Preparing) -> None:
        try:
            self.post_message(self.Ready(prepare()))
        except Exception as error:
            self.post_message(self.Done(told(self.desk.workspace, error)))

    def on_asker_ready(self, message: Ready) -> None:
        message.stop()
        self.say("")  # that it was being prepared
        prepared = message.prepared
        if not self.is_shown:
            return  # nobody is asked about one workspace while another one is shown
        if isinstance(prepared, Alternatives):
            follow = {option.value: prepare for option, prepare in prepared.options}
            options = [option for option, _ in prepared.options]

            def chosen(value: str | None) -> None:
                if value is not None:
                    self.say("reading what would change …", "quiet")
                    self._prepare(follow[value])

            more = [Text(f"  {plain(prepared.more)}", "quiet")] if prepared.more else []
            self.app.push_screen(Choose(prepared.title, options, more), chosen)
            return
        question, doing = prepared

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(doing)
            else:
                self.say("nothing was changed")

        self.app.push_screen(Ask(self.desk, question), answered)

    def write(self, title: str, doing: Callable[[str], str]) -> None:
        """Have one line typed, and do something with it."""
        if self.may_change():
            self.app.push_screen(Prompt(title), lambda text: self.do(lambda: doing(text)) if text else None)

    def do(self, doing: Doing) -> None:
        """Call a service in a thread; its sentence is shown when it is done."""
        if self.may_change():
            self.say("working …", "quiet")
            self._do(doing)

    @work(thread=True, exit_on_error=False, group="do")
    def _do(self, doing: Doing) -> None:
        try:
            answer: str | FootplateError = doing()
        except Exception as error:
            answer = told(self.desk.workspace, error)
        self.post_message(self.Done(answer))

    def on_asker_done(self, message: Done) -> None:
        message.stop()
        self.say(message.answer, "" if isinstance(message.answer, FootplateError) else "good")
        self.reload()
