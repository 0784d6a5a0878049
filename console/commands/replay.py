"""`footplate replay`: would retraining have paid?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console import output
from console.commands.call import Call
from console.commands.names import recipe_names
from console.commands.threads import few_threads
from core.errors import NotFound

if TYPE_CHECKING:
    from core.views.replays import Replayed, Step


def replay(
    call: Call, name: Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)],
    last: Annotated[bool, Option("--last", help="Show the last one again.")] = False,
    job: Annotated[bool, Option("--job", help="Let the daemon do it, as a job.")] = False,
) -> None:
    """Let the past files arrive once more: what never, always and gated retraining would have scored."""
    from core.services import replaying
    from core.views import replays

    if job:
        id = replaying.request(call.workspace, name)
        call.done(f"job {id} will replay {name} (stop it: `footplate jobs cancel {id}`)", job=id)
        return
    if not last:
        few_threads()
        from core.services import replay as service

        try:
            replaying.remember(call.workspace, service.replay(call.workspace, name, call.progress))
        finally:
            call.progress("")
    found = replays.last(call.workspace, name)
    if found is None:
        raise NotFound(f"{name} was never replayed", f"`footplate replay {name}`")
    call.one(found, show)


def show(found: Replayed) -> None:
    """A line a file, the means, what it cost, and each refusal with its reason."""
    from core.views.replays import POLICIES
    from screens.format import duration, significant, status

    def scored(policy: str) -> output.Column:
        return output.Column(policy, lambda step: significant(step.scores[policy]), right=True)

    output.write_table(
        found.steps,
        [
            output.Column("file", lambda step: step.file),
            output.Column("rows", lambda step: f"{step.rows:,}", right=True),
            *(scored(policy) for policy in POLICIES),
            output.Column("gate", lambda step: status(step.verdict)),
        ],
        empty="no files",
    )
    better = "higher" if found.higher_is_better else "lower"
    output.say(f"\nmean {found.metric} of the model that meets each file ({better} is better), and what its fits took:")
    output.write_table(
        POLICIES,
        [
            output.Column("policy", lambda policy: policy),
            output.Column("mean", lambda policy: significant(found.means[policy]), right=True),
            output.Column("fits", lambda policy: f"{found.fits[policy]}", right=True),
            output.Column("time", lambda policy: duration(found.seconds[policy]), right=True),
        ],
        empty="",
    )
    refused = [step for step in found.steps if step.verdict != "passed"]
    if refused:
        output.say("\nnot promoted:")
    for step in refused:
        output.say(f"  {step.file}: {_why(step)}")


def _why(step: Step) -> str:
    return "; ".join(step.reasons) or step.headline
