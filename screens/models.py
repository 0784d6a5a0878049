"""Screen 4: models, versions, why a version is there; promote, roll back, hold, approve, undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from core.services import release
from core.views import models as views
from core.views import runs as run_views
from core.views.models import Model, Version
from core.vocabulary import Verdict
from core.workspace import Workspace
from screens import asks
from screens import format as f
from screens.asking import ConsoleScreen, Prepared, refuse
from screens.keys import MODELS
from screens.level import Level
from screens.levels.models import Models, ModelVersions, WhyPage
from screens.modals.question import Question
from screens.texts import changes

NO_MODEL = "there is no model here"


class ModelsScreen(ConsoleScreen):
    NAME = MODELS

    def roots(self) -> Sequence[Level]:
        return [Models()]

    def model(self) -> str | None:
        """The model that a key means, on whatever level."""
        row, level = self.row(), self.place.level
        if isinstance(row, Model):
            return row.name
        return level.model if isinstance(level, ModelVersions | WhyPage) else None

    def version(self) -> int | None:
        """The version under the cursor, or whose page this is."""
        row, level = self.row(), self.place.level
        if isinstance(row, Version):
            return row.version
        return level.version if isinstance(level, WhyPage) else None

    def _ask_model(self, prepare: Callable[[Workspace, str], Prepared]) -> None:
        model = self.model()
        if model is None:
            self.say(NO_MODEL)
        else:
            self.ask(lambda: prepare(self.desk.workspace, model))

    def action_promote(self) -> None:
        """The version under the cursor; on a model, the challenger that waits."""
        version = self.version()
        self._ask_model(lambda workspace, model: promote(workspace, model, version))

    def action_roll_back(self) -> None:
        self._ask_model(roll_back)

    def action_hold(self) -> None:
        self._ask_model(lambda workspace, name: asks.hold(workspace, name, held=views.show(workspace, name).held))

    def action_approve(self) -> None:
        self._ask_model(approve)

    def action_undo(self) -> None:
        self._ask_model(undo)


def promote(workspace: Workspace, name: str, version: int | None) -> Prepared:
    """Carries the champion that was seen, so that a stale question cannot overrule somebody else."""
    model = views.show(workspace, name)
    if version is None and model.challenger is None:
        raise refuse("nothing waits to be promoted", "Enter shows the versions; choose one, then promote it")
    wanted = model.version(version if version is not None else model.challenger)
    if wanted is None:
        raise refuse(f"{name} has no version {version} any more", "look again")
    if wanted.version == model.champion:
        raise refuse(f"{name} v{wanted.version} is the champion already", "choose another version")
    seen = model.champion
    lines = moved(model, wanted.version)
    gate = run_views.get(workspace, wanted.run)
    lines += [Text(), Text.assemble("  gate  ", f.status(gate.verdict), "  ", gate.headline)]
    for reason in (gate.gate or {}).get("reasons", ()):
        if not reason["passed"]:
            lines.append(Text.assemble(("  ✗ ", "bad"), f.text(reason["message"])))
    if model.held:
        lines.append(Text("  ! the model is held, and stays held", "warn"))
    command = f"footplate models promote {f.quoted(name)} {wanted.version}"
    if seen is not None:
        command += f" --champion {seen}"
    question = Question(f"Promote {name} v{wanted.version}?", lines, command)
    return question, lambda: release.promote(workspace, name, wanted.version, seen_champion=seen)


def roll_back(workspace: Workspace, name: str) -> Prepared:
    model = views.show(workspace, name)
    before = views.ways(workspace, name).rollback
    if model.champion is None or before is None:
        raise refuse(f"{name} has no earlier champion to go back to", "promote a version instead")
    lines = moved(model, before)
    lines.append(Text("  ! the model is held then: nothing is promoted until it is resumed", "warn"))
    command = f"footplate models rollback {f.quoted(name)} --champion {model.champion}"
    question = Question(f"Roll {name} back to v{before}, and hold it?", lines, command)
    return question, lambda: release.rollback(workspace, name, seen_champion=model.champion)


def approve(workspace: Workspace, name: str) -> Prepared:
    model = views.show(workspace, name)
    waiting = model.version(model.challenger)
    if waiting is None or waiting.verdict != Verdict.NEEDS_APPROVAL:
        raise refuse(f"nothing of {name} waits for approval", "a gate that asks for a person would show it here")
    run = run_views.get(workspace, waiting.run)
    lines = moved(model, waiting.version)
    lines += [Text.assemble("  ", f.text(reason["message"])) for reason in (run.gate or {}).get("reasons", ())]
    command = f"footplate models approve {f.quoted(name)} --run {waiting.run}"
    question = Question(f"Approve {name} v{waiting.version}?", lines, command)
    return question, lambda: release.approve(workspace, name, waiting.run)


def undo(workspace: Workspace, name: str) -> Prepared:
    model = views.show(workspace, name)
    ways = views.ways(workspace, name)
    if ways.undo is None or ways.last is None:
        raise refuse(f"there is no move of {name}'s champion to undo", "the first champion stays")
    lines = [*changes(("last move", f"{ways.last['why']}, by {ways.last['actor']}")), *moved(model, ways.undo)]
    question = Question(f"Undo the last move of {name}'s champion?", lines, f"footplate models undo {f.quoted(name)}")
    return question, lambda: release.undo(workspace, name)


def moved(model: Model, version: int) -> list[Text]:
    """What a move of the champion changes, in numbers."""
    def told(number: int | None) -> str:
        one = model.version(number)
        score = one.metrics.get(model.primary) if one else None
        return "none" if one is None else f"v{one.version}, {model.primary} {f.significant(score)}, {one.rows:,} rows"

    return changes(("champion", told(model.champion)), ("then", told(version)))
