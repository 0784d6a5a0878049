"""The command bar's language: `:runs flights /roc_auc>0.8`, `:versions flights`, `:theme light`, `:help`, `:q`.

Pure, and knows no Textual. `names` are what can be named, by kind (`screens.destinations`), as far as is known.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import UsageError
from core.query.fields import nearest
from core.query.language import Op, Term, joined
from core.text import shortened
from screens import destinations
from screens.destinations import ALERT, NUMBERED, VERSION, Destination

QUIT, HELP, THEME, COLUMNS, WORKSPACE = "quit", "help", "theme", "columns", "ws"
VERBS = {
    QUIT: "quit; the daemon lives on", HELP: "the keys", THEME: "other colours",
    COLUMNS: "which columns: names with commas, none for the list's own",
    WORKSPACE: "another workspace: its name or its path, none for a list",
}
ALIASES = {
    "q": QUIT, "q!": QUIT, "wq": QUIT, "exit": QUIT, "h": HELP, "?": HELP,
    "workspace": WORKSPACE, "workspaces": WORKSPACE,
}
_REGEX = re.compile(r"/(?:[^/\\]|\\.)+/(?=\s|\Z)")
_FILTER = re.compile(r"[/!<>=~:\"']|-f\b")
Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class CommandLine:
    """Where to go, and with which filter (None: whatever there is); or a verb and what follows it."""

    screen: str = ""
    where: str | None = None
    to: Destination | None = None
    argument: str = ""
    verb: str = ""


def parse(text: str, names: Names | None = None) -> CommandLine:
    """The line that was typed; UsageError with the nearest name where it is not understood."""
    word, _, rest = text.strip().lstrip(":").strip().partition(" ")
    word, rest, names = word.lower(), rest.strip(), names or {}
    if not word:
        return CommandLine()
    verb = ALIASES.get(word, word)
    if verb in VERBS:
        return CommandLine(verb=verb, argument=_unquoted(rest))
    to = destinations.find(word)
    if to is None:
        raise UsageError(f"no command {shortened(word)!r}", _hint(word))
    argument, where = _parted(to, rest, names)
    if to.takes:
        return CommandLine(to.screen, where, to, _named(to, argument, names))
    if to.scope and argument:
        where = joined(str(Term(to.scope, Op.EQ, argument)), where or "")
    return CommandLine(to.screen, where, to)


def _hint(word: str) -> str:
    near = nearest(word, [*destinations.names(), *VERBS])
    return f"did you mean {near!r}?" if near else f"{' '.join(one.name for one in destinations.ALL)} {' '.join(VERBS)}"


def _parted(to: Destination, rest: str, names: Names) -> tuple[str, str | None]:
    """What is named and the filter, out of `NAME /FILTER`; a name that nobody knows is a word of the filter."""
    if not rest:
        return "", None
    found = re.match(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S+", rest) if to.named else None
    first = found[0] if found is not None else ""
    quoted = first[:1] in "\"'" and len(first) > 1
    if first and (quoted or not _FILTER.match(first)):
        name = _unquoted(first)
        if to.takes or name in names.get(to.scope, ()):
            more = rest[len(first) :].strip()
            return name, _without_slash(more) if more else None
    return "", _without_slash(rest)


def _without_slash(text: str) -> str:
    """A filter may be written as it is typed, with the slash before it; one that ends a regular expression stays."""
    return text if _REGEX.match(text) else text.removeprefix("/").strip()


def _named(to: Destination, argument: str, names: Names) -> str:
    """What is named, which must be there as far as is known; the only one there is need not be named."""
    known = [*names.get(to.takes, ())]
    if not argument:
        if len(known) == 1 and to.takes not in (*NUMBERED, VERSION):
            return known[0]
        there = f"there are: {' '.join(known[:12])}" if known else f"there is no {to.takes} yet"
        raise UsageError(f"{to.name} of which {to.takes}?" if to.name != to.takes else f"which {to.takes}?", there)
    if to.takes in NUMBERED:
        if not argument.removeprefix("#").isdecimal():
            of = "an" if to.takes == ALERT else "a"
            raise UsageError(f"{shortened(argument)!r} is no number of {of} {to.takes}", f"`:{to.takes}s` lists them")
        return argument.removeprefix("#")
    if to.takes == VERSION:
        if not re.fullmatch(r".+@v?\d+", argument):
            raise UsageError(f"{shortened(argument)!r} names no version", "write DATASET@NUMBER")
    elif known and argument not in known and len(known) < destinations.MOST:
        near = nearest(argument, known)
        hint = f"did you mean {near!r}?" if near else f"there are: {' '.join(known[:12])}"
        raise UsageError(f"there is no {to.takes} {shortened(argument)!r}", hint)
    return argument


def _unquoted(text: str) -> str:
    try:
        return " ".join(shlex.split(text)) if text[:1] in ("'", '"') else text
    except ValueError:
        return text


def completions(text: str, names: Names) -> list[str]:
    """Whole lines that what was typed may become."""
    typed = text.lstrip(": ")
    word, space, rest = typed.partition(" ")
    if not space:
        known = [*(one.name for one in destinations.ALL), *VERBS]
        starts = [name for name in known if name.startswith(word.lower())]
        aliases = [name for name in destinations.names() if name.startswith(word.lower()) and name not in known]
        return [f"{name} " if _goes_on(name) else name for name in starts or aliases]
    start, of_kind = rest.lstrip(), names.get(_kind(word), ())
    return [f"{word} {quoted(name)}" for name in of_kind if name.startswith(start) and start != name]


def _kind(word: str) -> str:
    """What may be named after a word."""
    verb = ALIASES.get(word, word)
    if verb in (THEME, WORKSPACE):
        return verb
    to = destinations.find(word.lower())
    return to.named if to is not None else ""


def _goes_on(name: str) -> bool:
    to = destinations.find(name)
    return name in (THEME, WORKSPACE) or (to is not None and bool(to.takes))


def quoted(name: str) -> str:
    """A name as the command bar takes it."""
    return name if re.fullmatch(r"[^\s\"'/!<>=~:]\S*", name) else f'"{name}"'


def told(text: str, names: Names) -> str:
    """What stands under what is typed: what it may become, or what the command does."""
    typed = text.lstrip(": ")
    word, space, _ = typed.partition(" ")
    found = completions(text, names)
    if not space:
        exact = VERBS.get(ALIASES.get(word, word)) or getattr(destinations.find(word) if word else None, "about", "")
        others = "  ".join(one.strip() for one in found if one.strip() != word)
        return "  ".join(part for part in (f"{word}: {exact}" if exact else "", others) if part)
    if found:
        return "  ".join(one[len(word) + 1 :] for one in found[:20])
    to = destinations.find(word.lower())
    return f"{to.about}; after it a filter: /words  /roc_auc>0.8" if to is not None else ""
