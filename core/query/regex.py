"""Regular expressions that never take long: a linear subset, searched by an automaton that is made as it is needed.

Every character of a text is looked at once, whatever the expression is: there is nothing to back out of, so
`(a+)+b` costs what `ab` does. Case does not matter, as it does not for words. What cannot be had in linear time
(references to groups, looking ahead and back) is refused with the place where it stands.

    .  [a-z_]  [^0-9]  \\d \\w \\s \\D \\W \\S  \\. (itself)  ^  $  ab  a|b  (ab)  a* a+ a? a{2} a{2,5} a{2,}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from core.errors import UsageError
from core.text import shortened

LONGEST: Final = 500  # characters of an expression
DEEPEST: Final = 40  # groups in groups
LARGEST: Final = 1_000  # steps of the automaton: what repetitions by number may make of it
KEPT: Final = 20_000  # transitions that are remembered; then it begins to remember anew
HINT: Final = "known: . [a-z] [^a-z] \\d \\w \\s ^ $ | ( ) * + ? {2,5}; a backslash takes a sign as itself"

Test = Callable[[str], bool]
Tree = tuple[Any, ...]
SETS: Final[dict[str, Test]] = {
    "d": str.isdecimal, "w": lambda one: one == "_" or one.isalnum(), "s": str.isspace,
}
SIGNS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
EMPTY: Final[Tree] = ("all", ())


@lru_cache(64)
def compiled(expression: str) -> Expression:
    """Raises UsageError, with the place in `expression`, where it cannot be used."""
    return Expression(expression)


class _Parser:
    """From text to a tree: ("one", test), ("all", parts), ("any", parts), ("many", part, least, most), ("at", "^")."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def wrong(self, what: str, start: int | None = None) -> UsageError:
        start = self.at if start is None else start
        return UsageError(f"/{shortened(self.text)}/: {what}", HINT, at=(start, min(len(self.text), start + 1)))

    def whole(self) -> Tree:
        if len(self.text) > LONGEST:
            raise self.wrong(f"an expression has at most {LONGEST} characters", 0)
        made = self.alternatives()
        if self.at < len(self.text):
            raise self.wrong("a ) closes nothing")
        return made

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def alternatives(self) -> Tree:
        found = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            found.append(self.sequence())
        return found[0] if len(found) == 1 else ("any", tuple(found))

    def sequence(self) -> Tree:
        parts = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.atom()))
        return ("all", tuple(parts))

    def repeated(self, part: Tree) -> Tree:
        start, sign = self.at, self.peek()
        times = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign)
        if times is not None:
            self.at += 1
        elif sign == "{" and (found := self._times()) is not None:
            times = found
        else:
            return part
        if self.peek() == "?":  # lazy or greedy: whether something is found is the same
            self.at += 1
        if self.peek() in ("*", "+", "?") and self.peek():
            raise self.wrong("a repetition is repeated")
        if part[0] == "at":
            raise self.wrong("there is nothing to repeat", start)
        return ("many", part, *times)

    def _times(self) -> tuple[int, int | None] | None:
        """`{2}`, `{2,}` or `{2,5}`; None where the brace is only a brace."""
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not least.isdecimal() or (most and not most.isdecimal()):
            return None
        found = int(least), int(most) if most else None if comma else int(least)
        if max(found[0], found[1] or 0) > LARGEST:
            raise self.wrong(f"at most {LARGEST} repetitions can be asked for")
        if found[1] is not None and found[1] < found[0]:
            raise self.wrong("the repetitions end before they begin")
        self.at = end + 1
        return found

    def atom(self) -> Tree:
        sign = self.peek()
        self.at += 1
        if sign == "(":
            return self.group()
        if sign == "[":
            return ("one", self.choice())
        if sign in ("*", "+", "?"):
            raise self.wrong("there is nothing to repeat", self.at - 1)
        if sign in ("^", "$"):
            return ("at", sign)
        if sign == ".":
            return ("one", lambda one: True)
        if sign == "\\":
            return ("one", self.escaped())
        return ("one", _same(sign))

    def group(self) -> Tree:
        start = self.at - 1
        if self.peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise self.wrong("groups with a question mark cannot be had in bounded time", start)
            self.at += 2
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong("too many groups in groups", start)
        inside = self.alternatives()
        self.depth -= 1
        if self.peek() != ")":
            raise self.wrong("this ( is not closed", start)
        self.at += 1
        return inside

    def escaped(self) -> Test:
        sign = self.peek()
        self.at += 1
        if sign.lower() in SETS:
            test = SETS[sign.lower()]
            return test if sign.islower() else lambda one: not test(one)
        if sign in SIGNS:
            return _same(SIGNS[sign])
        if not sign or sign.isalnum():
            raise self.wrong(f"\\{sign} is not known", self.at - 2)
        return _same(sign)

    def choice(self) -> Test:
        """What stands in brackets."""
        start, tests, first = self.at - 1, list[Test](), True
        inverse = self.peek() == "^"
        self.at += inverse
        while first or self.peek() != "]":
            if not self.peek():
                raise self.wrong("this [ is not closed", start)
            first = False
            one, test = self.member()
            if one and self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                last, _ = self.member()
                if not last or last < one:
                    raise self.wrong("this range ends before it begins", self.at - 1)
                test = _within(one, last)
            tests.append(test)
        self.at += 1
        return (lambda one: not any(test(one) for test in tests)) if inverse else (
            lambda one: any(test(one) for test in tests)
        )

    def member(self) -> tuple[str, Test]:
        """One sign of a choice (empty where it stands for many), and its test."""
        sign = self.peek()
        self.at += 1
        if sign != "\\":
            return sign, _same(sign)
        escaped = self.peek()
        test = self.escaped()
        return ("" if escaped.lower() in SETS else SIGNS.get(escaped, escaped)), test


def _same(sign: str) -> Test:
    low = sign.lower()
    return lambda one: one in (low, sign)


def _within(first: str, last: str) -> Test:
    return lambda one: first <= one <= last or first <= one.upper() <= last


@dataclass
class _State:
    """Some steps of the automaton at once: where it may be after the characters so far."""

    steps: frozenset[int]
    found: bool
    at_end: bool
    following: dict[str, _State]


class Expression:
    """An automaton: `tests[step]` leads to `after[step]`; `free[step]` are steps that are reached without a sign."""

    def __init__(self, text: str) -> None:
        self._tests: list[Test | str] = []
        self._after: list[int] = []
        self._free: list[list[int]] = []
        self._too_large = _Parser(text).wrong("its repetitions make it too large", 0)
        self._end = self._step("end")
        self._start = self._build(_Parser(text).whole(), self._end)
        first, self._again = self._reached([self._start], "^"), self._reached([self._start], "")
        self._first = _State(first, self._end in first, self._end in self._reached([self._start], "^ $"), {})
        self._states: dict[frozenset[int], _State] = {}
        self._kept = 0

    def search(self, text: str) -> bool:
        """Whether it is found anywhere in `text`."""
        state = self._first
        if state.found:
            return True
        for sign in text.lower():
            following = state.following.get(sign)
            state = self._go(state, sign) if following is None else following
            if state.found:
                return True
        return state.at_end

    # -- making it

    def _step(self, test: Test | str, after: int = -1, free: list[int] | None = None) -> int:
        if len(self._tests) >= LARGEST:
            raise self._too_large
        self._tests.append(test)
        self._after.append(after)
        self._free.append(free or [])
        return len(self._tests) - 1

    def _build(self, tree: Tree, then: int) -> int:
        """Steps for `tree` that go on to `then`; returns the first."""
        kind = tree[0]
        if kind == "one":
            return self._step(tree[1], then)
        if kind == "at":
            return self._step(tree[1], -1, [then])
        if kind == "all":
            for part in reversed(tree[1]):
                then = self._build(part, then)
            return then
        if kind == "any":
            return self._step("free", -1, [self._build(part, then) for part in tree[1]])
        _, part, least, most = tree
        if most is None:
            loop = self._step("free", -1, [then])
            self._free[loop].append(self._build(part, loop))
            then = loop
        for _ in range((most or least) - least):
            then = self._step("free", -1, [self._build(part, then), then])
        for _ in range(least):
            then = self._build(part, then)
        return then

    # -- going through it

    def _reached(self, steps: list[int], edge: str) -> frozenset[int]:
        """All steps that can be reached without a sign; `^` and `$` are passed where `edge` is theirs."""
        found: set[int] = set()
        left = list(steps)
        while left:
            step = left.pop()
            if step in found:
                continue
            found.add(step)
            if self._tests[step] not in ("^", "$") or self._tests[step] in edge.split():
                left += self._free[step]
        return frozenset(found)

    def _state(self, steps: frozenset[int]) -> _State:
        known = self._states.get(steps)
        if known is None:
            known = _State(steps, self._end in steps, self._end in self._reached(list(steps), "$"), {})
            self._states[steps] = known
        return known

    def _go(self, state: _State, sign: str) -> _State:
        if self._kept >= KEPT:
            self._states, self._kept, self._first.following = {}, 0, {}
        passed = [
            self._after[step] for step in state.steps
            if not isinstance(test := self._tests[step], str) and test(sign)
        ]
        following = self._state(self._reached(passed, "") | self._again)
        state.following[sign] = following
        self._kept += 1
        return following
