"""`footplate deployments`: what serves where, approve, roll back; `footplate deploy`: put a version there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.names import recipe_names
from console.output import Column, ago
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.deployments import Deployment, Details, Side

app = group("What serves where: the split, requests, latency and errors; approve, roll back.")

Name = Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)]
Environment = Annotated[str, Option("--env", metavar="ENV", help="Of footplate.toml: staging, production.")]
PRODUCTION = "production"


@app.command("list", cls=Listed)
def list_(
    call: Call, name: Annotated[str | None, Argument(metavar="NAME", autocompletion=recipe_names)] = None,
    limit: Limit = 100, where: Where = None, order: Order = None,
) -> None:
    """All deployments (of a model), what is under way first."""
    from core.views import deployments, flat
    from screens.format import latency, share, status

    listing.show(
        call, partial(deployments.list, call.workspace, model=name), asked(where, order, limit),
        [
            Column("model", lambda one: one.model),
            Column("environment", lambda one: one.environment),
            Column("state", lambda one: status(one.state)),
            Column("serves", lambda one: one.split),
            Column("requests/s", lambda one: f"{one.rate:,.1f}" if one.rate else None, right=True),
            Column("p50", lambda one: latency(one.stable and one.stable.p50), right=True),
            Column("p95", lambda one: latency(one.stable and one.stable.p95), right=True),
            Column("p99", lambda one: latency(one.stable and one.stable.p99), right=True),
            Column("errors", lambda one: share(one.stable and one.stable.error_rate), right=True),
            Column("agreement", lambda one: share(one.beside and one.beside.agreement), right=True),
            Column("changed", lambda one: ago(one.changed_at)),
            Column("why", lambda one: one.why),
        ],
        flat.DEPLOYMENTS, empty="nothing is deployed yet: the first champion will be" if not where else
        "no deployment is like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, name: Name, environment: Environment = PRODUCTION) -> None:
    """One deployment: both versions beside each other, and the last steps with their reasons."""
    from core.views import deployments

    call.one(deployments.show(call.workspace, name, environment), write)


def write(found: Details) -> None:
    from screens.format import moment, status

    one = found.deployment
    output.write_facts({
        "model": f"{one.model} in {one.environment}",
        "state": status(one.state),
        "serves": one.split,
        "before": f"v{one.previous}" if one.previous is not None else None,
        "steps": _steps(one),
        "requests": f"{one.rate:,.1f} a second",
        "servers": _servers(one),
        "why": one.why,
        "since": moment(one.changed_at),
    })
    output.say()
    output.write_table(
        [side for side in (one.stable, one.beside) if side is not None], _side_columns(),
        empty="nothing serves here",
    )
    output.say()
    output.write_table(
        found.history,
        [
            Column("at", lambda step: moment(step.at)),
            Column("by", lambda step: step.actor),
            Column("what", lambda step: step.why),
            Column("reasons", lambda step: "; ".join(reason["message"] for reason in step.reasons)),
        ],
        empty="nothing has changed yet",
    )
    if one.candidate is not None:
        output.say(f"back: `footplate deployments rollback {one.model}{_env(one.environment)}`")


def _side_columns() -> list[Column]:
    from screens.format import latency, share

    def whole(name: str) -> Column:
        return Column(name, lambda side: f"{getattr(side, name):,}", right=True)

    def quantile(name: str) -> Column:
        return Column(name, lambda side: latency(getattr(side, name)), right=True)

    return [
        Column("version", lambda side: f"v{side.version}"), Column("as", lambda side: side.role),
        Column("requests/s", lambda side: f"{side.rate:,.1f}", right=True), whole("requests"), whole("errors"),
        Column("error rate", lambda side: share(side.error_rate), right=True),
        quantile("p50"), quantile("p95"), quantile("p99"),
        Column("agreement", _agreement, right=True),
    ]


def _agreement(side: Side) -> str | None:
    from screens.format import share

    return None if side.agreement is None else f"{share(side.agreement)} of {side.compared:,}"


def _steps(one: Deployment) -> str | None:
    if one.candidate is None or one.strategy != "canary":
        return None
    return " · ".join(f"[{step:.0%}]" if place == one.step else f"{step:.0%}" for place, step in enumerate(one.steps))


def _servers(one: Deployment) -> str:
    if not one.servers:
        return "none is up: `footplate serve`"
    return f"{one.servers} up" + (f", {one.behind} of them on the way to this" if one.behind else "")


@app.command("approve", cls=Verb)
def approve(call: Call, name: Name, environment: Environment = PRODUCTION) -> None:
    """Let in the version that waits at the door of an environment."""
    from core.services import deploy

    call.done(deploy.approve(call.workspace, name, environment))


@app.command("rollback", cls=Verb)
def rollback(call: Call, name: Name, environment: Environment = PRODUCTION) -> None:
    """Back to what served before; a candidate under way goes."""
    from core.services import deploy

    call.done(deploy.rollback(call.workspace, name, environment))


@app.command("acknowledge", cls=Verb)
def acknowledge(call: Call, name: Name, environment: Environment = PRODUCTION) -> None:
    """Say that a rollback that happened by itself is known: `status` no longer asks for a person."""
    from core.services import deploy

    call.done(deploy.acknowledge(call.workspace, name, environment))


def deploy(
    call: Call,
    name: Annotated[
        str, Argument(metavar="NAME[@V]", help="Without @V or @ALIAS: the champion.", autocompletion=recipe_names)
    ],
    to: Annotated[str, Option("--to", metavar="ENV", help="The environment.")] = PRODUCTION,
    strategy: Annotated[
        str, Option("--strategy", metavar="HOW", help="replace, shadow or canary; else as the recipe's [release] says.")
    ] = "",
    steps: Annotated[
        str, Option("--steps", metavar="SHARES", help="Of the requests, for a canary: 5%,25%,100%.")
    ] = "",
) -> None:
    """Put a version into an environment, instead of what serves there or beside it."""
    from core.services import deploy as service
    from core.services.predict import find_version
    from core.vocabulary import Strategy

    if strategy and strategy not in tuple(Strategy):
        raise UsageError(f"there is no strategy {strategy!r}", f"choose {', '.join(Strategy)}")
    row = find_version(call.workspace, name)
    call.done(service.deploy(
        call.workspace, row["model"], row["version"], to, Strategy(strategy) if strategy else None,
        service.shares(steps) if steps else None,
    ))


def _env(environment: str) -> str:
    return "" if environment == PRODUCTION else f" --env {environment}"
