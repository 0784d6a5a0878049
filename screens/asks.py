"""Questions that more than one screen asks: train now, stop a job, hold or resume a model."""

from __future__ import annotations

from core.errors import NotFound
from core.services import asking
from core.views import recipes as recipe_views
from core.workspace import Workspace
from screens.desk import Desk
from screens.format import counted, quoted
from screens.inquiry import Alternatives, Option, Prepared, Question, refuse
from screens.plain import plain
from screens.texts import changes

LETTERS = "123456789abcdefghijklmopqrstuvwxz"


def left_out(many: int, how: str) -> str:
    """What is said where there are more of them than letters; `how` leads to the rest."""
    rest = many - len(LETTERS)
    return f"{rest:,} more have no letter: {how}" if rest > 0 else ""


def train(workspace: Workspace, name: str) -> Prepared:
    """A run of a recipe now, by hand."""
    recipe = recipe_views.show(workspace, name)
    if recipe.removed:
        raise refuse(f"the file of recipe {name} is gone", "put it back, or choose another run")
    if recipe.hash is None:
        raise refuse(f"recipe {name} cannot be read", "mend it first: 6, then d on the recipe")

    def doing() -> str:
        job = asking.request(workspace, name)
        return f"job {job} will train {name} (stop it: `footplate jobs cancel {job}`)"

    lines = changes(
        ("recipe", name), ("learns from", f"every accepted version of {recipe.dataset or name}"),
        ("then", "the gate compares it with the champion; it is promoted where it passes"),
    )
    return Question(f"Train {name} now?", lines, f"footplate train {quoted(name)}"), doing


def cancel(workspace: Workspace, job: int | None, what: str) -> Prepared:
    """Stop a running job, or take a waiting one out of the queue."""
    if job is None:
        raise NotFound(f"{what} has no job any more", "nothing is there to stop")
    from core.services import work

    lines = changes(("what", what), ("then", "what it has done so far is thrown away; nothing is promoted"))
    question = Question(f"Stop job {job}?", lines, f"footplate jobs cancel {job}")
    return question, lambda: work.cancel(workspace, job)


def acknowledge(workspace: Workspace, job: int, error: str) -> Prepared:
    """A failed job that nobody has to see to any more."""
    from core.services import work

    lines = changes(
        ("job", str(job)), ("failed", error), ("then", "it no longer needs you; it can still be tried again")
    )
    question = Question(f"Acknowledge that job {job} failed?", lines, f"footplate jobs acknowledge {job}")
    return question, lambda: work.acknowledge(workspace, job)


def hold(workspace: Workspace, model: str, *, held: bool) -> Prepared:
    """Hold a model, or let it go on."""
    from core.services import release

    if held:
        effect = "the next challenger that passes its gate is promoted"
        question = Question(
            f"Let {model} promote again?", changes(("model", model), ("now", "held"), ("then", effect)),
            f"footplate models resume {quoted(model)}",
        )
        return question, lambda: release.resume(workspace, model)
    effect = "nothing is promoted until it is resumed; data, training and monitors go on"
    question = Question(
        f"Hold {model}?", changes(("model", model), ("now", "promotes by itself"), ("then", effect)),
        f"footplate models hold {quoted(model)}",
    )
    return question, lambda: release.hold(workspace, model)


def train_some(workspace: Workspace) -> Prepared | Alternatives:
    """Which recipe? The only one is not asked for."""
    names = [recipe.name for recipe in recipe_views.list(workspace, limit=0) if recipe.hash]
    if not names:
        raise refuse("there is no recipe to train", "`footplate recipes new NAME --watch FOLDER --target COLUMN`")
    if len(names) == 1:
        return train(workspace, names[0])
    return Alternatives(
        "Train which recipe?",
        [
            (Option(letter, plain(name), name), lambda name=name: train(workspace, name))  # type: ignore[misc]
            for letter, name in zip(LETTERS, names, strict=False)
        ],
        left_out(len(names), "go to the recipe's row on automation (6), and train it there"),
    )


def daemon(desk: Desk) -> Prepared:
    """Start it, or stop the one that runs."""
    from core.views.daemon import status

    workspace, now = desk.workspace, status(desk.workspace)
    if now.running:
        lines = changes(
            ("daemon", f"pid {now.pid}"), ("running", f"{counted(now.jobs_running, 'job')}, finished or handed back"),
            ("then", "nothing is taken in or trained until it is started again"),
        )
        return Question("Stop the daemon?", lines, "footplate daemon stop"), lambda: desk.stop_daemon(workspace)
    lines = changes(
        ("waiting", counted(now.jobs_queued, "job")),
        ("then", "it takes in what arrives, trains and promotes; it lives on when the console is closed"),
    )
    return Question("Start the daemon?", lines, "footplate daemon start"), lambda: desk.start_daemon(workspace)
