"""Questions about a model: promote, roll back, approve, measure again, replay. Each shows what will change."""

from __future__ import annotations

from rich.text import Text

from core.services import evaluating, release, replaying
from core.views import models as views
from core.views.difference import Difference, difference
from core.views.models import Model
from core.vocabulary import Verdict
from core.workspace import Workspace
from screens import format as f
from screens.inquiry import Prepared, Question, refuse
from screens.levels.difference import changed, measures, reasons, summary
from screens.texts import changes


def promote(workspace: Workspace, name: str, version: int | None) -> Prepared:
    """Carries the champion that was seen, so that a stale question cannot overrule somebody else."""
    model = views.show(workspace, name)
    if version is None and model.challenger is None:
        raise refuse("nothing waits to be promoted", "open the model, choose one of its versions, then promote it")
    wanted = model.version(version if version is not None else model.challenger)
    if wanted is None:
        raise refuse(f"{name} has no version {version} any more", "look again")
    if wanted.version == model.champion:
        raise refuse(f"{name} v{wanted.version} is the champion already", "choose another version")
    seen = model.champion
    command = f"footplate models promote {f.quoted(name)} {wanted.version}"
    if seen is not None:
        command += f" --champion {seen}"
    lines = effect(difference(workspace, name, wanted.version), held=model.held)
    question = Question(f"Promote {name} v{wanted.version}?", lines, command)
    return question, lambda: release.promote(workspace, name, wanted.version, seen_champion=seen)


def roll_back(workspace: Workspace, name: str) -> Prepared:
    model, before = views.show(workspace, name), views.ways(workspace, name).rollback
    if model.champion is None or before is None:
        raise refuse(f"{name} has no earlier champion to go back to", "promote a version instead")
    lines = effect(difference(workspace, name, before))
    lines.insert(2, Text("  ! the model is held then: nothing is promoted until it is resumed", "warn"))
    command = f"footplate models rollback {f.quoted(name)} --champion {model.champion}"
    question = Question(f"Roll {name} back to v{before}, and hold it?", lines, command)
    return question, lambda: release.rollback(workspace, name, seen_champion=model.champion)


def approve(workspace: Workspace, name: str) -> Prepared:
    model = views.show(workspace, name)
    waiting = model.version(model.challenger)
    if waiting is None or waiting.verdict != Verdict.NEEDS_APPROVAL:
        raise refuse(f"nothing of {name} waits for approval", "a gate that asks for a person would show it here")
    lines = effect(difference(workspace, name, waiting.version), held=model.held)
    command = f"footplate models approve {f.quoted(name)} --run {waiting.run}"
    question = Question(f"Approve {name} v{waiting.version}?", lines, command)
    return question, lambda: release.approve(workspace, name, waiting.run)


def effect(found: Difference, *, held: bool = False) -> list[Text]:
    """What a move of the champion changes: the numbers, what the gate did not like, and what they come from."""
    lines = [*summary(found), *reasons(found.reasons)]
    if held:
        lines.append(Text("  ! the model is held, and stays held", "warn"))
    return [*lines, *changed(found), *measures(found)]


def evaluate(workspace: Workspace, name: str, version: int | None, data: str | None = None) -> Prepared:
    """Measure a version (None: the champion) and today's champion on rows that neither has seen."""
    model: Model = views.show(workspace, name)
    wanted = model.champion if version is None else version
    if wanted is None:
        raise refuse(f"{name} has no champion to measure", "open it and choose one of its versions")
    text = f"{name}@{wanted}"
    rows = evaluating.rows_for(workspace, text, data)
    beside = f" beside the champion v{rows.champion}" if rows.champion not in (None, wanted) else ""
    several = f"{len(rows.data)} versions of data, {rows.data[0]} to {rows.data[-1]}"
    lines = changes(
        ("measure", f"v{wanted}{beside}"), ("on", rows.data[0] if len(rows.data) == 1 else several),
        ("rows", f"{rows.labelled:,} labelled; those that stood in older data do not count"),
        ("then", "the numbers are recorded and shown; no alias moves"),
    )
    if rows.learned:
        who = " and ".join(f"v{one}" for one in rows.learned)
        lines.append(Text(f"  ! {who} learned from these rows: its number will flatter it", "warn"))
    command = f"footplate models evaluate {f.quoted(text)}" + (f" --data {f.quoted(data)}" if data else "")

    def doing() -> str:
        job = evaluating.request(workspace, text, data)
        return f"job {job} measures {text} (stop it: `footplate jobs cancel {job}`)"

    return Question(f"Measure {name} v{wanted} again?", lines, command), doing


def replay(workspace: Workspace, name: str) -> Prepared:
    """Let the past files arrive once more, as a job."""
    lines = changes(
        ("recipe", name), ("asks", "would never, or always, retraining have done better than the gate?"),
        ("then", "every past file is learned from again under each policy; nothing is promoted"),
    )

    def doing() -> str:
        job = replaying.request(workspace, name)
        return f"job {job} replays {name} (stop it: `footplate jobs cancel {job}`)"

    return Question(f"Replay the past of {name}?", lines, f"footplate replay {f.quoted(name)} --job"), doing
