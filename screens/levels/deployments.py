"""What serves where: a line an environment of a model; and one of them with its last hour and its steps."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime

from rich.text import Text

from core.views import deployments as views
from core.views import flat
from core.views.deployments import Deployment, Details, Minute, Side
from core.vocabulary import Role, Strategy
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Page, Query, Slice, number
from screens.plain import plain
from screens.widgets.plot import Axis, Series, legend, plot

WIDE, HIGH = 70, 9


class Deployments(Listing):
    name, table = "deployment", flat.DEPLOYMENTS
    singles = ("deploy", "approve", "roll_back", "acknowledge")
    lasting = "a deployment stays, so that what was served can be told; roll it back, or deploy another version"
    columns = (
        Column("model", lambda row, now: f.text(row.model, "strong"), 20, narrowest=8, order="name", letter="n",
               field="model"),
        Column("in", lambda row, now: f.text(row.environment), 14, narrowest=7, order="environment", letter="e"),
        Column("serves", lambda row, now: f.text(row.split), 26, narrowest=16, order="split", letter="v"),
        Column("state", lambda row, now: f.status(row.state), order="state", letter="s"),
        number("req/s", lambda row, now: rate(row.rate), "r", "rate"),
        number("p50", lambda row, now: latency(row.stable, "p50"), "1", "p50"),
        number("p95", lambda row, now: latency(row.stable, "p95"), "2", "p95"),
        number("p99", lambda row, now: latency(row.stable, "p99"), "3", "p99"),
        number("errors", lambda row, now: errors(row.stable), "x", "error_rate"),
        number("agrees", lambda row, now: Text(f.share(row.beside.agreement if row.beside else None)), "g",
               "agreement"),
        Column("step", lambda row, now: step(row), 30, narrowest=8, field="steps"),
        number("changed", lambda row, now: f.ago(row.changed_at, now), "a", "changed_at"),
        Column("why", lambda row, now: f.text(row.why), 60, narrowest=12),
    )

    @property
    def crumb(self) -> str:
        return "deployments"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(views.list(workspace, where=query.where, order=query.order))

    def identity(self, row: Deployment) -> Hashable:
        return row.name

    def open(self, row: Deployment) -> Level:
        return DeploymentPage(row.name)

    def describe(self, workspace: Workspace, row: Deployment) -> list[Text]:
        return told(views.show(workspace, row.model, row.environment), workspace.clock.now())

    def raw(self, workspace: Workspace, row: Deployment) -> object:
        return views.show(workspace, row.model, row.environment)

    def row_command(self, row: Deployment) -> str:
        return show_command(row.model, row.environment)

    def command(self) -> str:
        return "footplate deployments list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [
            Text("nothing is deployed yet", "title"),
            Text("  the first champion will be, by its recipe's [release]; s on a version deploys it now", "quiet"),
        ]


class DeploymentPage(Page):
    """`name` is MODEL/ENVIRONMENT."""

    name = "deployment page"
    width = 80

    def __init__(self, name: str) -> None:
        self.title = name
        self.model, _, self.environment = name.rpartition("/")
        self.deployment: Deployment | None = None  # as it was read last

    @property
    def crumb(self) -> str:
        return self.title

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        found = views.show(workspace, self.model, self.environment)
        self.deployment = found.deployment
        return told(found, now, self.width)

    def raw(self, workspace: Workspace) -> object:
        return views.show(workspace, self.model, self.environment)

    def row_id(self) -> str:
        return self.title

    def command(self) -> str:
        return show_command(self.model, self.environment)


def told(found: Details, now: datetime, width: int = WIDE) -> list[Text]:
    """What serves and what comes in beside it, the last hour, and the steps that led here."""
    one = found.deployment
    up = f"{one.servers} up" + (f", {one.behind} of them on the way to this" if one.behind else "")
    lines = [
        Text.assemble((f"{plain(one.model)} in {plain(one.environment)}", "title"), "  ", f.status(one.state)),
        f.field("serves", f.text(one.split, "strong")),
        f.field("before", f.version(one.previous)),
    ]
    if one.candidate is not None:
        lines.append(f.field("comes in by", Text.assemble(plain(one.strategy), "  ", step(one))))
    lines += [
        f.field("requests", Text.assemble(rate(one.rate), " a second")),
        f.field("servers", f.text(up) if one.servers else Text("none is up: footplate serve", "warn")),
        f.field("why", f.text(one.why)),
        f.field("since", f.when(one.changed_at, now)),
        f.field("by", f.text(one.actor)),
    ]
    sides = [side for side in (one.stable, one.beside) if side is not None]
    if sides:
        head = f"  {'':<9} {'requests':>9} {'errors':>9} {'p50':>8} {'p95':>8} {'p99':>8}  agrees"
        lines += [Text(), Text(head, "quiet"), *map(_side, sides)]
    lines += _hour(found.minutes, width)
    return [*lines, *_steps(found, now)]


def _side(side: Side) -> Text:
    agrees = f"{f.share(side.agreement)} of {side.compared:,}" if side.agreement is not None else f.NOTHING
    return Text.assemble(
        (f"  v{side.version} {side.role}"[:12].ljust(12), "strong"),
        f"{side.requests:>9,} {f.share(side.error_rate):>9} ",
        *(f"{f.latency(one):>8} " for one in (side.p50, side.p95, side.p99)), f" {agrees}",
    )


def _hour(minutes: Sequence[Minute], width: int) -> list[Text]:
    """Requests by the minute, a curve a version."""
    if len({one.at for one in minutes}) < 2 or not width:
        return []
    first = minutes[0].at
    of: dict[str, list[Minute]] = {}
    for one in sorted(minutes, key=lambda minute: (minute.role != Role.STABLE, minute.at)):
        of.setdefault(f"v{one.version} {one.role}", []).append(one)
    series = [
        Series(name, [(one.at - first).total_seconds() / 60 for one in own], [one.requests for one in own])
        for name, own in of.items()
    ]
    drawn = plot(series, min(WIDE, width - 4), HIGH, Axis("minutes of the last hour"), Axis("requests a minute", 0))
    return [Text(), f.heading("The last hour"), *drawn, *legend([*of])] if drawn else []


def _steps(found: Details, now: datetime) -> list[Text]:
    lines = [Text(), f.heading("How it came here")]
    for one in found.history:
        glyph = ("↩ ", "warn") if one.back else ("● ", "good")
        lines.append(Text.assemble(
            "  ", (f"{f.ago(one.at, now).plain:>6}  ", "quiet"), glyph, plain(one.why),
            (f"  {plain(one.actor)}", "quiet"),
        ))
        lines += [Text(f"            {plain(reason.get('message'))}", "quiet") for reason in one.reasons]
    return lines if found.history else [*lines, Text("  nothing has changed yet", "quiet")]


def rate(found: float) -> Text:
    """Requests a second."""
    return Text(f"{found:,.1f}" if 0 < found < 10 else f"{found:,.0f}", "" if found else "quiet")


def latency(side: Side | None, which: str) -> Text:
    found = getattr(side, which) if side is not None else None
    return f.text(None) if found is None else Text(f.latency(found))


def errors(side: Side | None) -> Text:
    found = side.error_rate if side is not None else None
    return Text(f.share(found), "bad" if found else "")


def step(row: Deployment) -> Text:
    """The steps of a canary, the one that it stands on marked; what a shadow is."""
    if row.candidate is None:
        return Text()
    if row.strategy != Strategy.CANARY:
        return Text("answers beside, unseen" if row.strategy == Role.SHADOW else "", "quiet")
    parts = [
        Text(f"[{share:.0%}]", "strong") if place == row.step else Text(f"{share:.0%}", "quiet")
        for place, share in enumerate(row.steps)
    ]
    return Text(" ").join(parts)


def show_command(model: str, environment: str) -> str:
    return f"footplate deployments show {f.quoted(model)}{env(environment)}"


def env(environment: str) -> str:
    """The option that names an environment; empty for the one that is meant without."""
    return "" if environment == "production" else f" --env {f.quoted(environment)}"
