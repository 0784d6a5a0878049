"""The plain mode: the console a line at a time, for screen readers, dumb terminals and pipes.

On a terminal lines are typed with readline (history with the arrows, Tab completes); off one they are read from
standard input. No cursor is moved, no colour is used, and nothing is said that was not asked for.
"""

from __future__ import annotations

import io
import sys

from core.text import visible
from core.workspace import Workspace
from screens import command, keys
from screens.desk import Desk
from screens.linear.deeds import AT_ONCE, DEEDS
from screens.linear.session import VERBS, Session

PROMPT = "> "
MOST_LINES = 500  # that the arrows bring back


def run(workspace: Workspace, *, read_only: bool = False) -> int:
    """Talk until the person quits or the input ends; off a terminal the exit code is that of the last line in error."""
    from console import daemon

    desk = Desk(
        workspace, start_daemon=daemon.start, stop_daemon=daemon.stop, read_only=read_only,
        keys=keys.resolved(workspace.settings.keys),
    )
    person = sys.stdin.isatty()
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    session = Session(desk, tell, ask, whole=not person)
    if not person:
        return piped(session)
    prepare_readline(session)
    session.greet()
    while session.open:
        try:
            line = input(PROMPT)
        except EOFError:
            tell("")
            break
        except KeyboardInterrupt:
            tell("")
            tell("quit leaves; the daemon lives on")
            continue
        session.obey(line)
    return 0


def piped(session: Session) -> int:
    """Every line of standard input, one after the other."""
    code = 0
    while session.open and (line := sys.stdin.readline()):
        code = session.obey(line) or code
    return code


def tell(line: str) -> None:
    sys.stdout.write(visible(line) + "\n")
    sys.stdout.flush()


def ask(prompt: str) -> str | None:
    """The answer to a question of one line; None where nobody answers."""
    if sys.stdin.isatty():
        try:
            return input(visible(prompt))
        except (EOFError, KeyboardInterrupt):
            tell("")
            return None
    tell(prompt.rstrip())
    return sys.stdin.readline() or None


def prepare_readline(session: Session) -> None:
    """History and completion, without the marks around pasted text that a dumb terminal would show."""
    try:
        import readline
    except ImportError:
        return
    readline.parse_and_bind("set enable-bracketed-paste off")
    readline.parse_and_bind("set bell-style none")
    readline.parse_and_bind("tab: complete")
    readline.set_history_length(MOST_LINES)
    readline.set_completer_delims("")

    def complete(text: str, state: int) -> str | None:
        found = completions(session, text)
        return found[state] if state < len(found) else None

    readline.set_completer(complete)


def completions(session: Session, text: str) -> list[str]:
    """Whole lines that what was typed may become."""
    if " " not in text:
        own = [f"{word} " for word in (*VERBS, *DEEDS, *AT_ONCE, *session.deeds.actions()) if word.startswith(text)]
        return sorted({*own, *command.completions(text, {})})
    try:
        return command.completions(text, session.names())
    except Exception:
        return []
