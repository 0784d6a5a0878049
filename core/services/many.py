"""The same done to many: each for itself, so that what fails is counted and named and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from core.errors import FootplateError
from core.registry.acts import one_act

T = TypeVar("T")
NAMED = 20  # failures that are named; the others are counted


@dataclass
class Outcome:
    """What came of it. `said` is the sentence of the last that was done; `stopped`: somebody lost patience."""

    done: int = 0
    failed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # name, why
    said: str = ""
    stopped: bool = False

    def line(self, did: str, undo: str = "") -> str:
        """`12 runs deleted; 2 failed: run 3: it made flights v1 ...`"""
        parts = [f"{self.done:,} {did}"]
        if self.failed:
            shown = "; ".join(f"{name}: {why}" for name, why in self.failures[:3])
            more = f"; and {self.failed - 3:,} more" if self.failed > 3 else ""
            parts.append(f"{self.failed:,} failed: {shown}{more}")
        if self.stopped:
            parts.append("stopped before the rest")
        return "; ".join(parts) + (f" (undo: {undo})" if undo and self.done else "")


def each(
    things: Iterable[T], doing: Callable[[T], str], *, named: Callable[[T], str] = str,
    progress: Callable[[Outcome], None] = lambda outcome: None, cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Call a service for each thing; all of it is one act, which one undo takes back."""
    outcome = Outcome()
    with one_act():
        for thing in things:
            if cancelled():
                outcome.stopped = True
                break
            try:
                outcome.said = doing(thing)
                outcome.done += 1
            except FootplateError as error:
                outcome.failed += 1
                if len(outcome.failures) < NAMED:
                    outcome.failures.append((named(thing), error.message))
            progress(outcome)
    return outcome
