"""Would retraining have paid? The last replay of a model as a picture, with its means and its refusals."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from core.views import replays
from core.views.replays import POLICIES, Replayed
from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.plain import plain
from screens.widgets.markers import SHARED, plot

LETTERS = {"never": "n", "always": "a", "gated": "g"}
TONES = {"n": "bad", "a": "busy", "g": "good"}
WIDE, HIGH = 76, 9
TOLD = {
    "never": "the first model that was good enough, for ever", "always": "retrained whenever a file arrived",
    "gated": "retrained, and promoted only where the gate passes",
}


class ReplayPage(Page):
    name = "replay"

    def __init__(self, model: str) -> None:
        self.model = model

    @property
    def crumb(self) -> str:
        return f"{self.model} replay"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        found = replays.last(workspace, self.model)
        return never(self.model) if found is None else told(found, now)

    def raw(self, workspace: Workspace) -> object:
        return replays.last(workspace, self.model)

    def row_id(self) -> str:
        return self.model

    def command(self) -> str:
        return f"footplate replay {f.quoted(self.model)} --last"


def never(model: str) -> list[Text]:
    return [
        Text(f"{plain(model)} was never replayed", "title"), Text(),
        Text("  A replay lets the past files arrive once more, in their order, under three policies:"),
        *(f.field(policy, words) for policy, words in TOLD.items()), Text(),
        Text.assemble("  ", ("r", "key"), "  replays it, as a job of the daemon; nothing is promoted by it"),
        Text(plain(f"  footplate replay {f.quoted(model)}"), "key"),
    ]


def told(found: Replayed, now: datetime) -> list[Text]:
    """Title, picture, legend, means, refusals."""
    better = "higher" if found.higher_is_better else "lower"
    head = Text.assemble(
        (f"{plain(found.metric)} of the model that met each file", "title"), f", {better} is better",
    )
    series = {LETTERS[policy]: found.series(policy) for policy in POLICIES}
    picture = plot(series, TONES, WIDE, HIGH)
    lines = [head, Text(f"replayed {f.when(found.at, now).plain}, by {plain(found.actor)}", "quiet"), *picture]
    if picture:
        first, last = found.steps[0].file, found.steps[-1].file
        lines += [Text(f"{'':>9}{plain(first)} to {plain(last)}, {len(found.steps):,} files", "quiet"), Text()]
    return [*lines, *legend(), Text(), *means(found), *refusals(found)]


def legend() -> list[Text]:
    lines = [
        Text.assemble("  ", (LETTERS[policy], TONES[LETTERS[policy]]), f" {policy:<8} ", (TOLD[policy], "quiet"))
        for policy in POLICIES
    ]
    return [*lines, Text.assemble("  ", (SHARED, "warn"), f" {'':<8} ", ("several of them at once", "quiet"))]


def means(found: Replayed) -> list[Text]:
    """A line a policy, the best one marked."""
    known = {policy: value for policy, value in found.means.items() if value is not None}
    pick = max if found.higher_is_better else min
    best = pick(known, key=lambda policy: known[policy]) if known else None
    lines = [Text(f"  {'policy':<8}  {'mean':>9}  {'fits':>5}  {'time':>12}", "quiet")]
    for policy in POLICIES:
        mean, fits = f.significant(found.means.get(policy)), found.fits.get(policy, 0)
        took = f.duration(found.seconds.get(policy))
        lines.append(Text.assemble(
            f"  {policy:<8}  ", (f"{mean:>9}", "strong" if policy == best else ""), f"  {fits:>5,}  {took:>12}",
            ("  best", "good") if policy == best else "",
        ))
    return lines


def refusals(found: Replayed) -> list[Text]:
    """What the gate did not let through, and why."""
    refused = [step for step in found.steps if step.verdict != "passed"]
    if not refused:
        return [Text(), Text("  the gate let every challenger through", "quiet")]
    lines = [Text(), f.heading("Not promoted")]
    for step in refused:
        why = "; ".join(step.reasons) or step.headline
        lines.append(Text.assemble("  ", f.status(step.verdict), f"  {plain(step.file)}  ", (plain(why), "quiet")))
    return lines
