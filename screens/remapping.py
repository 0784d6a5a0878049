"""What is wrong with the keys of footplate.toml: a sentence each, with the names. Pure.

A key that means two things, an action that no key reaches any more, a name that is none, and keys that never
arrive because a terminal, tmux or screen takes them for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from core.query.fields import nearest
from core.text import shortened
from screens.keys import MAP, NAMES, QUESTION, SCREENS, TEXT, Key, clashes, means, of_screen, resolved

EATEN = tuple(f"ctrl+{letter}" for letter in "abhijmqszc")
_OTHERS = ("delete", "insert", *(f"f{number}" for number in range(1, 13)))
_CONTROL = re.compile(r"ctrl\+[a-z]")


def problems(remapped: Mapping[str, str]) -> list[str]:
    """All that is wrong, the gravest first; nothing where nothing is remapped."""
    if not remapped:
        return []
    keys = resolved(remapped)
    return [*_unknown(remapped), *_odd(remapped), *clashes(keys), *unreachable(keys)]


def noticed(found: Sequence[str], help_key: str) -> str:
    """One line of it for a console that starts; empty where nothing is wrong."""
    if not found:
        return ""
    others = f", and {len(found) - 1} more" if len(found) > 1 else ""
    where = f"{help_key} shows it" if help_key else "`footplate keys` prints the map"
    return f"keys of footplate.toml: {found[0]}{others}; {where}"


def _unknown(remapped: Mapping[str, str]) -> list[str]:
    known = [key.action for key in MAP]
    said = []
    for name in remapped:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near}?" if near else ""
            said.append(f"[keys] {shortened(name)} is no action{hint}")
    return said


def _odd(remapped: Mapping[str, str]) -> list[str]:
    """Keys that are none, or that never arrive."""
    said = []
    for action, written in remapped.items():
        for typed in written.split():
            if typed in EATEN:
                said.append(f"{typed} for {shortened(action)} never arrives: terminals take it for themselves")
            elif not (len(typed) == 1 or typed in NAMES or typed in _OTHERS or _CONTROL.fullmatch(typed)):
                near = nearest(typed, [*NAMES, *_OTHERS])
                hint = f"; did you mean {near}?" if near else ""
                said.append(f"{shortened(typed)} for {shortened(action)} is no key{hint}")
    return said


def unreachable(keys: Iterable[Key]) -> list[str]:
    """A sentence for each action that no key reaches on a screen where it should be."""
    keys, lost = tuple(keys), dict[tuple[str, str], list[str]]()
    for screen in (*SCREENS, TEXT, QUESTION):
        reached = of_screen(keys, screen)
        for key in keys:
            if means(key, screen) and all(reached[typed].action != key.action for typed in reached):
                taken = ", ".join(f"{NAMES.get(typed, typed)} means {reached[typed].action}" for typed in key.keys)
                why = taken or "it has no key"
                lost.setdefault((key.action, why), []).append(screen)
    return [f"{action} cannot be reached {_where(screens)}: {why}" for (action, why), screens in lost.items()]


def _where(screens: Sequence[str]) -> str:
    return "anywhere" if set(SCREENS) <= set(screens) else f"on {', '.join(screens)}"
