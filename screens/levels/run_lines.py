"""The parts of a run's page, each a few lines below a heading. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from core.views.run_rows import difference
from core.views.runs import Full
from core.views.spans import spans
from core.views.under_way import UnderWay, Usage
from core.views.why import Decision
from core.vocabulary import RunState
from screens import format as f
from screens import run_words as words
from screens.evaluation.shown import Shown
from screens.plain import clipped, plain
from screens.widgets.spread import padded

NAME, VALUE, BOUNDS, APART = 22, 9, 19, 14
ROOM = 70  # cells from which metrics have the differences beside them


def head(full: Full, now: datetime) -> list[Text]:
    """Which run it is, and where it stands."""
    run = full.run
    lines = [
        Text.assemble(
            (f"run {run.id}", "title"), "  ", f.text(run.recipe, "strong"), "  ", f.status(run.state),
            *((("  ", ""), f.status(run.verdict)) if run.verdict else ()),
            *((("  ", ""), words.became(run)) if run.champion else ()),
            *((("  ", ""), (words.BASELINE, "title")) if run.is_baseline else ()),
        ),
        f.field("started", f.when(run.started_at, now)),
        f.field("took", words.took(run, now)),
    ]
    if full.deleted:
        lines.append(f.field("deleted", Text("thrown away: no listing shows it", "warn")))
    if run.error and run.error != run.state:
        lines.append(f.field("error", f.text(run.error, "bad")))
    if run.tagged:
        lines.append(f.field("tags", f.joined([_tag(tag.name, tag.actor, tag.at, now) for tag in run.tagged])))
    return lines


def _tag(name: str, actor: str | None, at: datetime | None, now: datetime) -> Text:
    since = f" {words.who(actor)} {f.ago(at, now).plain}" if at is not None else ""
    return Text.assemble((f"#{plain(name)}", "title"), (since, "quiet"))


def current(live: UnderWay, before: Usage | None) -> list[Text]:
    """How far it is, and what it takes right now."""
    lines = [Text(), f.heading("Now")]
    lines.append(f.field("says", f.text(live.progress)))
    if live.stopping:
        lines.append(f.field("stopping", Text("a person asked for it; the worker is being ended", "warn")))
    used = live.usage
    if used is None:
        return [*lines, f.field("worker", Text("cannot be seen from here: it is starting or ending", "quiet"))]
    busy = used.cpus_since(before)
    now = f"{busy:.2f} CPUs busy, " if busy is not None else ""
    lines.append(f.field("CPU", f"{now}{f.duration(used.cpu_seconds)} so far"))
    lines.append(f.field("memory", f"{f.size(used.memory)} in {_processes(used.processes)}"))
    return lines


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def log(tail: tuple[str, ...], more: str, *, live: bool) -> list[Text]:
    """Its last lines."""
    title = "Log, as it is written" if live else "The end of its log"
    said = [Text(f"  {plain(line)}") for line in tail] or [Text("  nothing so far", "quiet")]
    return [Text(), Text(title, "title"), *said, Text(f"  {more}", "quiet")]


def decision(record: Decision) -> list[Text]:
    """The record in its own words, a label once."""
    lines, before = [Text(), f.heading("Decision")], ""
    for one in record.lines:
        tone = {"✓": "good", "✗": "bad"}.get(one.text[:1], "")
        value = Text(plain(one.text), "strong" if one.label == "outcome" else "")
        if tone:
            value.stylize(tone, 0, 1)
        lines.append(f.field(one.label if one.label != before else "", value))
        before = one.label
    return lines


def metrics(full: Full, width: int = 0) -> list[Text]:
    """Values with intervals, the one that decides first; with room, the differences to champion and baseline."""
    run = full.run
    if not run.intervals:
        return []
    others = [(title, other) for title, other in (
        (f"± champion {full.champion.id}" if full.champion else "", full.champion),
        (f"± baseline {full.reference.id}" if full.reference else "", full.reference),
    ) if other is not None and width >= ROOM]
    lines = [Text(), f.heading("Metrics, with 95 % intervals")]
    if others:
        titles = "".join(f"{title:>{max(APART, len(title) + 2)}}" for title, _ in others)
        lines.append(Text(f"  {'':<{NAME}}{'value':>{VALUE}}  {'interval':<{BOUNDS}}{titles}", "quiet"))
    for name in sorted(run.intervals, key=lambda name: name != run.primary):
        one = run.intervals[name]
        decides = name == run.primary
        label = f"{clipped(plain(name), NAME - 3)} {words.direction(name)[:1]}"
        line = Text.assemble(
            "  ", padded(Text(label, "strong" if decides else "quiet"), NAME), f"{f.significant(one.value):>{VALUE}}  ",
            padded(f.interval(one.lower, one.upper), BOUNDS),
        )
        for title, other in others:
            apart = difference(name, one, other.intervals[name]) if name in other.intervals else None
            shown = words.difference(apart)
            line.append(" " * (max(APART, len(title) + 2) - len(shown.plain))).append_text(shown)
        if decides:
            line.append("  decides", "title")
        lines.append(line)
    lines.append(Text("  ↑ more is better, ↓ less is" + (f"; {words.LEGEND}" if others else ""), "quiet"))
    for title, other in others:
        if other.judged_on != run.judged_on:
            lines.append(Text(
                f"  {title[2:]} was judged on other rows: part of the difference is theirs", "quiet"
            ))
    return lines


def params(full: Full) -> list[Text]:
    """Its parameters, those that are not the champion's first."""
    own = full.run.params
    theirs = full.champion.params if full.champion is not None else None
    if not own:
        return []
    other = [name for name in (theirs or {}) if name not in own]
    wide = max(14, *(min(32, len(name)) for name in (*own, *other)))
    differing = [name for name in (*own, *other) if theirs is not None and own.get(name) != theirs.get(name)]
    same = [name for name in own if name not in differing]
    title = "Parameters"
    if full.run.champion:
        title = "Parameters, the champion's"
    elif theirs is not None:
        title = f"Parameters, {f.counted(len(differing), 'difference')} to the champion's (run {full.champion.id})"  # type: ignore[union-attr]
    lines = [Text(), f.heading(title)]
    for name in differing:
        was = f.text(theirs.get(name)) if theirs is not None else Text()
        shown = Text.assemble((f.text(own.get(name)).plain, "warn"), ("  ≠ ", "warn"), (f"{was.plain} there", "quiet"))
        lines.append(f.field(plain(name), shown, wide))
    return lines + [f.field(plain(name), f.text(own[name]), wide) for name in same]


def notes(full: Full, now: datetime) -> list[Text]:
    if not full.notes:
        return []
    lines = [Text(), f.heading("Notes")]
    for note in full.notes:
        who = (f"  {plain(note.actor)}, {f.moment(note.at)}", "quiet")
        lines.append(Text.assemble("  ", plain(note.text), who))
    return lines


def standing(full: Full) -> list[Text]:
    """On what the run stands: rows, data, seed, machine, packages, code, files."""
    run, environment = full.run, full.environment or {}
    lines = [Text(), f.heading("Record")]
    rows = [(run.rows_train, "to learn"), (run.rows_holdout, "to judge"), (full.rows_refit, "in the released fit")]
    lines.append(f.field("rows", ", ".join(f"{count:,} {what}" for count, what in rows if count is not None) or None))
    lines.append(f.field("data", spans(run.data)))
    lines.append(f.field("seed", str(run.seed)))
    if run.state != RunState.RUNNING:
        lines.append(f.field("CPU", f.duration(full.cpu_seconds) if full.cpu_seconds is not None else None))
        lines.append(f.field("peak memory", f.size(full.peak_memory)))
    lines += _time(environment.get("seconds"))
    lines.append(f.field("recipe", f.short(run.recipe_hash)))
    for file in full.code:
        lines.append(f.field("code", Text.assemble(plain(file["name"]), (f"  {f.short(file['sha256'])}", "quiet"))))
    if full.git:
        dirty = ", with changes" if full.git.get("dirty") else ""
        lines.append(f.field("git", f"{f.short(str(full.git.get('commit')))}{dirty}"))
    for name in ("python", "platform", "cpus", "cpu"):
        if environment.get(name):
            lines.append(f.field(name, str(environment[name])))
    if environment.get("memory"):
        lines.append(f.field("memory", f.size(environment["memory"])))
    if environment.get("packages"):
        lines.append(f.field("packages", f"{len(environment['packages'])}, listed in its JSON"))
    for file_ in full.artifacts:
        facts = (f"  {f.size(file_.bytes)}  {f.short(file_.hash)}", "quiet")
        lines.append(f.field("file", Text.assemble(plain(file_.name), facts)))
    if full.settings:
        lines += [Text(), f.heading("Set by hand")]
        lines += [f.field(plain(name), f.text(value)) for name, value in full.settings.items()]
    return lines


def _time(seconds: Mapping[str, Any] | None) -> list[Text]:
    """Where the time went."""
    if not seconds:
        return []
    parts = ", ".join(f"{plain(name)} {f.duration(value)}" for name, value in seconds.items() if value >= 0.001)
    return [f.field("time", parts)] if parts else []


def recipe(full: Full) -> list[Text]:
    if not full.recipe_text:
        return []
    lines = [Text(), f.heading("The recipe as it was")]
    return lines + [Text(f"  {plain(line)}") for line in full.recipe_text.splitlines()]


def shown(full: Full, place: int = 0) -> Shown:
    """The run as pictures need it."""
    judged = full.run.state == RunState.FINISHED and bool(full.run.intervals)
    return Shown(f"run {full.run.id}", full.pictures, full.points, place, judged)
