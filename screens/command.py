"""The command bar's language: `:runs flights`, `:models`, `:help`, `:q`. What follows the name filters."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from core.errors import UsageError
from screens.keys import AUDIT, AUTOMATION, DATA, EXPERIMENTS, MODELS, SCREENS

ALIASES = {
    "datasets": DATA, "runs": EXPERIMENTS, "jobs": AUTOMATION, "events": AUDIT, "queue": AUTOMATION, "model": MODELS,
}


@dataclass(frozen=True)
class CommandLine:
    """Where to go, with which filter; or to quit, or to help."""

    screen: str = ""
    where: str | None = None
    quit: bool = False
    help: bool = False


def parse(text: str) -> CommandLine:
    """The line that was typed; UsageError with the nearest name where it is not understood."""
    name, _, rest = text.strip().partition(" ")
    name = name.lstrip(":").lower()
    if not name:
        return CommandLine()
    if name in ("q", "quit", "q!", "wq", "exit"):
        return CommandLine(quit=True)
    if name in ("h", "help", "?"):
        return CommandLine(help=True)
    screen = ALIASES.get(name) or next((one for one in SCREENS if len(name) > 2 and one.startswith(name)), "")
    if not screen:
        near = get_close_matches(name, [*SCREENS, *ALIASES, "help", "quit"], 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(SCREENS)}, help, q"
        raise UsageError(f"no command {name!r}", hint)
    where = rest.strip().removeprefix("/")
    return CommandLine(screen, where or None)
