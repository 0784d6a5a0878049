"""What is said of a run in a cell or a few words: its difference to another, what became of it, tags, notes. Pure."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from core.views.run_rows import Difference, Note, Run, Tag, lower_is_better
from core.vocabulary import RunState
from screens import format as f
from screens.plain import plain

BASELINE = "◎ baseline"
LEGEND = "▲ better  ▼ worse  (△ ▽: the 95 % intervals overlap)"


def glyph(found: Difference) -> str:
    """▲ better, ▼ worse; hollow where the intervals overlap, so that it may be chance."""
    if found.better is None:
        return "=" if not found.value else "±"
    return ("▲" if found.clear else "△") if found.better else ("▼" if found.clear else "▽")


def difference(found: Difference | None) -> Text:
    """`▲ +0.012`: glyph and colour say better or worse, the sign says more or less."""
    if found is None:
        return Text(f.NOTHING, "quiet")
    shown = f"{glyph(found)} {f.signed(found.value) if found.value else '0'}"
    return Text(shown, "quiet" if found.better is None else "good" if found.better else "bad")


def direction(metric: str) -> str:
    """Which way is better, in a glyph and a word."""
    lower = lower_is_better(metric)
    return "" if lower is None else "↓ lower is better" if lower else "↑ higher is better"


def against_baseline(run: Run, metric: str = "") -> Text:
    """Of `metric`, else of the one that decided."""
    if run.is_baseline:
        return Text(BASELINE, "title")
    return difference(run.against_baseline(metric or run.primary))


def became(run: Run) -> Text:
    """What became of the challenger, in a word or two; that its version is the champion now comes first."""
    version = f" v{run.model_version}" if run.model_version else ""
    if run.champion:
        return Text(f"★ champion{version}", "good")
    if run.state == RunState.FAILED:
        return f.text(run.error, "bad")
    if run.outcome is None:
        return Text()
    tone = {"promoted": "good", "refused": "quiet"}.get(run.outcome, "warn")
    return Text(plain(run.outcome) + version, tone)


def took(run: Run, now: datetime) -> Text:
    if run.state == RunState.RUNNING and run.started_at is not None:
        return Text.assemble(f.duration((now - run.started_at).total_seconds()), (" so far", "quiet"))
    if run.seconds is None and run.started_at is not None and run.ended_at is not None:
        return Text.assemble(f.duration((run.ended_at - run.started_at).total_seconds()), (" until it ended", "quiet"))
    return f.text(f.duration(run.seconds) if run.seconds is not None else None)


def who(actor: str | None) -> str:
    """The name before the host."""
    return plain((actor or "").partition("@")[0])


def tagged(tags: tuple[Tag, ...], now: datetime) -> Text:
    """`#best #odd ann 3 h`: who put the newest one on, and when."""
    if not tags:
        return Text()
    newest = max((tag for tag in tags if tag.at is not None), key=lambda tag: str(tag.at), default=None)
    shown = Text(" ".join(f"#{plain(tag.name)}" for tag in tags), "title")
    if newest is not None:
        shown.append(f"  {who(newest.actor)} {f.ago(newest.at, now).plain}", "quiet")
    return shown


def noted(note: Note | None, now: datetime) -> Text:
    """Who wrote the newest note, when, and what."""
    if note is None:
        return Text()
    return Text.assemble((f"{who(note.actor)} {f.ago(note.at, now).plain}: ", "quiet"), plain(note.text))
