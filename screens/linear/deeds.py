"""What a line of the plain mode changes: the same actions, questions and services as the console's keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UsageError
from core.services import baselines, notes
from core.views import models as model_views
from core.views import runs as run_views
from core.views.datasets import Version as DataVersion
from core.views.model_line import ModelLine
from core.views.models import Model
from core.views.models import Version as ModelVersion
from core.views.run_rows import Run
from core.workspace import Workspace
from screens import asks, disposal, releases, returns
from screens.acts.action import Action
from screens.acts.asked import done, question
from screens.desk import Desk
from screens.inquiry import Alternatives, Prepared, refuse
from screens.level import Row
from screens.levels.models import ModelVersions
from screens.levels.replay import ReplayPage
from screens.levels.run import RunPage
from screens.levels.version import VersionPart
from screens.linear.reader import Reader
from screens.marks import Marks
from screens.selection import Selection

DIGITS, MOST_ROWS = 12, 10_000  # of a row's number; rows that one range may name
Prepares = Callable[["Deeds", Sequence[str]], "Prepared | Alternatives"]


@dataclass(frozen=True)
class Deed:
    """A word, what may follow it, and what it does. `prepares` makes the question, or raises why there is none."""

    follows: str
    about: str
    prepares: Prepares


class Deeds:
    """What can be done from where the reader is."""

    def __init__(self, desk: Desk, reader: Reader) -> None:
        self.desk, self.reader = desk, reader

    @property
    def workspace(self) -> Workspace:
        return self.desk.workspace

    def prepare(self, word: str, rest: Sequence[str]) -> Prepared | Alternatives | None:
        """The question that a line asks; None where its word does nothing."""
        deed, actions = DEEDS.get(word), self.actions()
        named = bool(rest) and not numbers_in(rest[0])
        if word in actions and not (named and deed is not None):
            return self._act(actions[word], rest)
        if deed is not None:
            return deed.prepares(self, rest)
        return None

    def actions(self) -> Mapping[str, Action]:
        """What the rows of the list allow, by their verbs."""
        reader = self.reader
        return {one.verb: one for one in reader.listing.actions} if reader.is_list else {}

    def _act(self, action: Action, rest: Sequence[str]) -> Prepared:
        """An action on the rows whose numbers follow it, or on the row that was told last."""
        taken = [number for word in rest for number in numbers_in(word)] if not action.asks else numbers_in(
            rest[0] if rest else ""
        )
        text = " ".join(rest[1:] if taken else rest) if action.asks else ""
        if not action.asks and (odd := next((word for word in rest if not numbers_in(word)), None)) is not None:
            raise UsageError(f"{odd!r} is no number of a row", f"as in: {action.verb} 3")
        if action.asks and not text:
            raise UsageError(f"{action.verb} needs a {action.asks.strip('-').lower()}", f"{action.verb} 3 WORDS")
        reader = self.reader
        rows = [reader.row(number) for number in taken or [reader.number]]
        if len(rows) == 1 and isinstance(rows[0], DataVersion):
            return disposal.prepare(self.workspace, self._disposable(rows[0], action.verb), action.verb)
        identities = frozenset(map(reader.listing.identity, rows))
        one = rows[0] if len(rows) == 1 else None
        chosen = Selection(reader.listing, Marks() if one is not None else Marks(identities), one)
        part = chosen.allowed(self.workspace, action)
        if not len(part):
            name, why = part.refused[0] if part.refused else ("this row", "it is not there any more")
            raise refuse(f"{name} does not allow that: {why}", "help tells what this list allows")
        return question(part, text), lambda: done(part, self.workspace, text)

    @staticmethod
    def _disposable(row: DataVersion, verb: str) -> DataVersion:
        if verb not in disposal.allowed_for(row):
            raise refuse(disposal.why_not(row))
        return row

    # -- what is meant

    def row(self, rest: Sequence[str]) -> Row | None:
        """The row whose number comes first in what follows, else the one told last; None on a text."""
        reader = self.reader
        if not reader.is_list:
            return None
        given = numbers_in(rest[0]) if rest else []
        number = given[0] if given else reader.number
        return reader.row(number) if number else None

    def model(self, rest: Sequence[str]) -> tuple[str, int | None]:
        """A model, and of it a version where one is meant: by name (NAME or NAME@3), row or page."""
        if rest and not numbers_in(rest[0]):
            name, _, version = rest[0].rpartition("@")
            tail = version.removeprefix("v")
            return (name, int(tail)) if name and tail.isdecimal() else (rest[0], None)
        row, level = self.row(rest), self.reader.level
        if isinstance(row, Model):
            return row.name, None
        if isinstance(row, ModelVersion):
            return row.model, row.version
        if isinstance(row, ModelLine) and row.task is not None:
            return row.name, None
        if isinstance(level, VersionPart):
            return level.model, level.version
        if isinstance(level, ReplayPage | ModelVersions):
            return level.model, None
        raise UsageError("which model?", "name it, as NAME or NAME@3, or go to models and say the number of its row")

    def run(self, rest: Sequence[str]) -> int:
        """The number of the run that is meant."""
        row, level = self.row(rest), self.reader.level
        if isinstance(row, Run):
            return row.id
        if isinstance(level, RunPage):
            return level.id
        raise UsageError("which run?", "go to runs, and say the number of its row")


def numbers_in(word: str) -> list[int]:
    """`3` and `3-5` as rows; nothing else is one."""
    first, dash, last = word.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        return []
    if max(len(first), len(last)) > DIGITS:
        return []
    return list(range(int(first), min(int(last or first), int(first) + MOST_ROWS) + 1))


# -- deeds that are no action of a list


def _promote(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return releases.promote(deeds.workspace, *deeds.model(rest))


def _roll_back(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return releases.roll_back(deeds.workspace, deeds.model(rest)[0])


def _approve(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return releases.approve(deeds.workspace, deeds.model(rest)[0])


def _evaluate(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return releases.evaluate(deeds.workspace, *deeds.model(rest))


def _replay(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return releases.replay(deeds.workspace, deeds.model(rest)[0])


def _hold(deeds: Deeds, rest: Sequence[str], *, held: bool = False) -> Prepared:
    name, _ = deeds.model(rest)
    if model_views.show(deeds.workspace, name).held != held:
        raise refuse(f"{name} is not held" if held else f"{name} is held already")
    return asks.hold(deeds.workspace, name, held=held)


def _resume(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return _hold(deeds, rest, held=True)


def _train(deeds: Deeds, rest: Sequence[str]) -> Prepared | Alternatives:
    if rest and not numbers_in(rest[0]):
        return asks.train(deeds.workspace, rest[0])
    row: Any = deeds.row(rest)
    if isinstance(row, Run):
        return asks.train(deeds.workspace, row.recipe)
    if isinstance(row, Model | ModelLine):
        return asks.train(deeds.workspace, row.name)
    return asks.train_some(deeds.workspace)


def _stop(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    run = run_views.get(deeds.workspace, deeds.run(rest))
    return asks.cancel(deeds.workspace, run.job, f"run {run.id} of {run.recipe}, {run.state}")


def _undo(deeds: Deeds, rest: Sequence[str], *, redo: bool = False) -> Prepared:
    level = deeds.reader.level if deeds.reader.stack else None
    scope = f"model {level.model}" if isinstance(level, ModelVersions | VersionPart) else ""
    return returns.prepare(deeds.workspace, scope, redo=redo)


def _redo(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return _undo(deeds, rest, redo=True)


def _daemon(deeds: Deeds, rest: Sequence[str]) -> Prepared:
    return asks.daemon(deeds.desk)


DEEDS: Mapping[str, Deed] = {
    "promote": Deed("[ROW or MODEL@3]", "promote the version to champion", _promote),
    "rollback": Deed("[ROW or MODEL]", "back to the champion before, and hold", _roll_back),
    "approve": Deed("[ROW or MODEL]", "approve the version that waits for a person", _approve),
    "evaluate": Deed("[ROW or MODEL@3]", "measure the version again, on rows that it has not seen", _evaluate),
    "rehearse": Deed("[ROW or MODEL]", "replay the past of the model, as a job", _replay),
    "hold": Deed("[ROW or MODEL]", "hold a model: nothing is promoted", _hold),
    "resume": Deed("[ROW or MODEL]", "let a held model, or a paused recipe, go on", _resume),
    "train": Deed("[ROW or RECIPE]", "train the recipe now", _train),
    "stop": Deed("[ROW]", "stop the run", _stop),
    "undo": Deed("", "undo your last change, on a model its last one; what comes back is told first", _undo),
    "redo": Deed("", "redo what was undone last", _redo),
    "daemon": Deed("", "start the daemon, or stop it", _daemon),
}


# -- deeds without a question: they are undone by the same words


def note(deeds: Deeds, rest: Sequence[str]) -> str:
    text = rest[1:] if rest and numbers_in(rest[0]) else rest
    if not text:
        raise UsageError("what is the note?", "note 3 WORDS")
    return notes.note(deeds.workspace, deeds.run(rest), " ".join(text))


def untag(deeds: Deeds, rest: Sequence[str]) -> str:
    text = rest[1:] if rest and numbers_in(rest[0]) else rest
    if not text:
        raise UsageError("which tag?", "untag 3 TAG")
    return notes.untag(deeds.workspace, deeds.run(rest), text[0].removeprefix("#"))


def baseline(deeds: Deeds, rest: Sequence[str]) -> str:
    """Pin the run, or unpin it."""
    id = deeds.run(rest)
    pinned = run_views.get(deeds.workspace, id).is_baseline
    return baselines.unpin(deeds.workspace, id) if pinned else baselines.pin(deeds.workspace, id)


AT_ONCE: Mapping[str, tuple[Callable[[Deeds, Sequence[str]], str], str, str]] = {
    "note": (note, "[ROW] WORDS", "write a note on the run"),
    "untag": (untag, "[ROW] TAG", "take a tag off the run"),
    "baseline": (baseline, "[ROW]", "pin the run as its recipe's baseline, or unpin it"),
}
