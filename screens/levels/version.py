"""A version of a model, in parts that Tab goes round: its record, metrics, gate, card and lineage."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from core.views import card, evaluations
from core.views import models as views
from core.views import runs as run_views
from core.views.evaluations import Evaluation
from core.views.models import Version
from core.views.reasons import changes, of_difference
from core.views.run_rows import Interval
from core.views.spans import spans
from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.levels.run import read_run
from screens.plain import plain
from screens.widgets.forest import scale, whisker

FOREST = 32  # cells of the common scale
SHOWN = 12  # versions beside this one on the scale


class VersionPart(Page):
    """One part of a version; `part` is its name in the ring."""

    name = "version"
    part = ""

    def __init__(self, model: str, version: int) -> None:
        self.model, self.version = model, version

    @property
    def crumb(self) -> str:
        return f"v{self.version} {self.part}"

    def row_id(self) -> str:
        return f"{self.model}@{self.version}"

    def log(self, workspace: Workspace) -> Path | None:
        return run_views.show(workspace, views.version(workspace, self.row_id()).run).log


class RecordPart(VersionPart):
    """Why the version is there: the decision record and the run."""

    part = "record"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return why(workspace, self.model, self.version)

    def raw(self, workspace: Workspace) -> object:
        return run_views.show(workspace, views.version(workspace, self.row_id()).run)

    def command(self) -> str:
        return f"footplate why {f.quoted(self.row_id())}"


class MetricsPart(VersionPart):
    """What was measured, with intervals; the versions beside it; and what was measured again later."""

    part = "metrics"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        version = views.version(workspace, self.row_id())
        full = run_views.show(workspace, version.run)
        lines = [*title(version), Text(), f.heading("Metrics of the evaluated fit, with 95 % intervals")]
        names = sorted(full.intervals, key=lambda name: name != full.run.primary)
        wide = max(14, *map(len, names)) if names else 14
        for name in names:
            one = full.intervals[name]
            mark = ("  decides", "title") if name == full.run.primary else ("", "")
            lines.append(f.field(plain(name), f.joined([
                Text(f"{f.significant(one.value):>8}"), f.interval(one.lower, one.upper), Text.assemble(mark),
            ]), wide))
        if not names:
            lines.append(Text("  nothing was measured", "quiet"))
        if full.run.rows_holdout:
            lines.append(Text(f"  on {full.run.rows_holdout:,} rows: {plain((full.basis or {}).get('how'))}", "quiet"))
        if not version.measured:
            lines.append(Text("  the fit that serves was made afterwards from all rows; it was not itself measured",
                              "quiet"))
        return [*lines, *beside(workspace, version), *measured_again(workspace, version, now)]

    def raw(self, workspace: Workspace) -> object:
        version = views.version(workspace, self.row_id())
        return {
            "metrics": run_views.show(workspace, version.run).intervals,
            "evaluations": evaluations.list(workspace, self.model, version=self.version, limit=0).rows,
        }

    def command(self) -> str:
        return f"footplate models evaluations {f.quoted(self.row_id())}"


class GatePart(VersionPart):
    """Every rule: the value, the champion's, the interval, the threshold, and whether it held, in words."""

    part = "gate"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        version = views.version(workspace, self.row_id())
        run = run_views.get(workspace, version.run)
        found = [*(run.gate or {}).get("reasons", ())]
        lines = [*title(version), Text(), Text.assemble("  ", f.status(run.verdict), f"  {plain(run.headline)}")]
        if not found:
            return [*lines, Text("  no gate was held over this version", "quiet")]
        lines += [Text(), rule_head()]
        for one in found:
            lines += [rule_line(one), Text(f"      {plain(one['message'])}", "quiet")]
        told = changes(str(run.verdict), found, self.model)
        if told:
            lines += [Text(), f.heading("What would have changed it"), *(Text(f"  {plain(line)}") for line in told)]
        return lines

    def raw(self, workspace: Workspace) -> object:
        return run_views.get(workspace, views.version(workspace, self.row_id()).run).gate

    def command(self) -> str:
        return f"footplate why {f.quoted(self.row_id())}"


class CardPart(VersionPart):
    """The model card."""

    part = "card"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return painted(card.card(workspace, self.row_id()).markdown)

    def raw(self, workspace: Workspace) -> object:
        return card.card(workspace, self.row_id())

    def command(self) -> str:
        return f"footplate models card {f.quoted(self.row_id())}"


def why(workspace: Workspace, model: str, version: int) -> list[Text]:
    now, found = workspace.clock.now(), views.version(workspace, f"{model}@{version}")
    return [*version_lines(found, now), Text(), *read_run(workspace, found.run, now)]


def title(row: Version) -> list[Text]:
    return [Text.assemble((f"{plain(row.model)} v{row.version}", "title"), "  ", aliases(row))]


def version_lines(row: Version, now: datetime) -> list[Text]:
    return [
        *title(row),
        f.field("registered", f.when(row.registered_at, now)),
        f.field("learned from", f"{row.rows:,} rows"),
        f.field("fit", fit(row)),
        f.field("file", f"{f.size(row.bytes)}  {f.short(row.artifact)}"),
    ]


v = f.version


def aliases(row: Version) -> Text:
    return f.joined([f.status(alias) for alias in row.aliases]) if row.aliases else Text()


def fit(row: Version) -> Text:
    return Text("measured" if row.measured else "refitted on all rows", "quiet")


# -- metrics


def beside(workspace: Workspace, version: Version) -> list[Text]:
    """The deciding metric of the versions around this one, on one scale."""
    trend = views.trend(workspace, version.model)
    at = next((place for place, one in enumerate(trend.points) if one.version == version.version), None)
    if at is None:
        return []
    points = trend.points[max(0, min(at - SHOWN // 2, len(trend.points) - SHOWN)) :][:SHOWN]
    low, high = scale((one.value, one.lower, one.upper) for one in points)
    better = "lower" if trend.lower_is_better else "higher"
    lines = [Text(), f.heading(f"{plain(trend.metric)} of the versions, {better} is better")]
    for one in reversed(points):
        here = one.version == version.version
        bounds = (one.value, one.lower, one.upper)
        lines.append(Text.assemble(
            ("  ▸ " if here else "    ", "busy"), (f"{f'v{one.version}':<6}", "strong" if here else ""),
            (f"{'★' if one.champion else ' '} ", "good"),
            whisker(bounds, low, high, FOREST, "busy" if here else "quiet"), f"  {f.significant(one.value)}",
        ))
    scale_line = f"{f.significant(low)}{f.significant(high):>{FOREST - len(f.significant(low))}}"
    note = "  each was measured on rows of its own: only a gate, or evaluating again, compares two of them"
    return [*lines, Text(f"{' ' * 12}{scale_line}", "quiet"), Text(note, "quiet")]


def measured_again(workspace: Workspace, version: Version, now: datetime) -> list[Text]:
    found = evaluations.list(workspace, version.model, version=version.version, limit=SHOWN).rows
    lines = [Text(), f.heading("Measured again")]
    if not found:
        return [*lines, Text("  not yet: r measures it, and today's champion, on rows that neither has seen", "quiet")]
    for one in found:
        lines += evaluation(one, now)
    return lines


def evaluation(one: Evaluation, now: datetime) -> list[Text]:
    lines = [
        Text.assemble(
            f"  {plain(one.primary)} ", figure(one.own.get(one.primary)),
            f" on {one.rows:,} rows of {plain(spans(one.data))}",
            (f"  {f.ago(one.at, now).plain}, {plain(one.actor)}", "quiet"),
        )
    ]
    if one.champion is not None:
        apart = ""
        if one.difference:
            gain, low, high = one.difference
            apart = f"; better by {f.signed(gain)} ({f.signed(low)} to {f.signed(high)})"
        lines.append(Text.assemble(
            f"    the champion then, v{one.champion}: ", figure(one.theirs.get(one.primary)), apart,
        ))
    if one.learned:
        who = " and ".join(f"v{version}" for version in one.learned)
        lines.append(Text(f"    ! {who} had learned from some of these rows: its number flatters it", "warn"))
    return lines + [Text(f"    {plain(note)}", "quiet") for note in one.notes]


def figure(one: Interval | None) -> Text:
    """`0.7100 (0.6900 to 0.7300)`."""
    if one is None:
        return f.text(None)
    bounds = f.interval(one.lower, one.upper)
    return Text.assemble((f.significant(one.value), "strong"), (f" ({bounds.plain})", "quiet"))


# -- gate


RULE, NUMBER = 18, 10


def rule_head() -> Text:
    return Text(
        f"  {'rule':<{RULE}}  {'value':>{NUMBER}}  {'champion':>{NUMBER}}  {'needed':>{NUMBER}}  interval", "quiet"
    )


def rule_line(one: dict[str, Any]) -> Text:
    glyph = ("✓ ", "good") if one["passed"] else ("✗ ", "bad")
    shown = f.signed if of_difference(one) else f.significant
    bounds = " to ".join(shown(bound) for bound in one.get("interval") or ())

    def number(key: str) -> str:
        value = one.get(key)
        return f"{value:,}" if isinstance(value, int) else f.significant(value)

    name = plain(one["metric"]).replace("_", " ")
    return Text.assemble(
        glyph, (f"{name[:RULE]:<{RULE}}", "strong"), f"  {number('value'):>{NUMBER}}",
        f"  {number('champion_value'):>{NUMBER}}  {number('threshold'):>{NUMBER}}  ", (bounds, "quiet"),
    )


# -- card


def painted(markdown: str) -> list[Text]:
    """Markdown as it is written, its headings to be seen as such."""
    lines = []
    for line in markdown.split("\n"):
        if line.startswith("#"):
            lines.append(Text(plain(line.lstrip("# ")), "title"))
        else:
            lines.append(Text(plain(line), "quiet" if line.startswith(("|---", "```")) else ""))
    return lines
