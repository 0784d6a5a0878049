"""Screen 6: the queue, what was decided, the watched folders with what waits in them, and the triggers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.services.arrivals import Waiting
from core.services.triggers import Trigger
from core.views import recipes as recipe_views
from core.views.activity import Job
from core.views.pipelines import Pipeline
from core.views.recipes import Recipe
from core.views.telling import Told
from core.vocabulary import JobKind, JobState
from core.workspace import Workspace
from screens import asks
from screens.asking import Prepared, refuse
from screens.format import quoted
from screens.keys import AUTOMATION
from screens.level import Level, Row
from screens.levels.decisions import Decisions
from screens.levels.folders import Folders
from screens.levels.jobs import Jobs
from screens.levels.pipelines import Pipelines
from screens.levels.triggers import Triggers
from screens.levels.waiting import WaitingFiles
from screens.modals.question import Question
from screens.rehearsing import Rehearser
from screens.texts import changes

NO_JOB = "this is no job: Tab goes to the queue"


class AutomationScreen(Rehearser):
    NAME = AUTOMATION

    def roots(self) -> Sequence[Level]:
        return [Jobs(), Decisions(), Folders(), Triggers(), Pipelines()]

    def recipe_at_hand(self) -> Callable[[], str] | None:
        level = self.place.level
        if isinstance(level, WaitingFiles):
            return lambda: level.recipe
        row, workspace = self.row(), self.desk.workspace
        return None if row is None else lambda: recipe_of(workspace, row)

    def action_trigger(self) -> None:
        row, workspace = self.row(), self.desk.workspace
        self.ask(
            lambda: asks.train(workspace, recipe_of(workspace, row)) if row is not None else asks.train_some(workspace)
        )

    def action_suspend(self) -> None:
        row, workspace = self.row(), self.desk.workspace
        if row is None:
            self.say("there is no row whose recipe could be paused")
        else:
            self.ask(lambda: suspend(workspace, recipe_of(workspace, row)))

    def action_cancel(self) -> None:
        row, workspace = self.row(), self.desk.workspace
        if not isinstance(row, Job):
            self.say(NO_JOB)
        elif row.state not in (JobState.QUEUED, JobState.DEFERRED, JobState.RUNNING):
            self.say(f"job {row.id} has ended already: it {row.state}")
        else:
            self.ask(lambda: asks.cancel(workspace, row.id, f"{row.kind} {row.subject}, {row.state}"))

    def action_retry(self) -> None:
        row, workspace = self.row(), self.desk.workspace
        if not isinstance(row, Job):
            self.say(NO_JOB)
        elif row.state not in (JobState.FAILED, JobState.CANCELLED):
            self.say(f"job {row.id} is {row.state}: only a failed or cancelled one can be tried again")
        else:
            self.ask(lambda: retry(workspace, row))

    def action_acknowledge(self) -> None:
        row, workspace = self.row(), self.desk.workspace
        if not isinstance(row, Job):
            self.say(NO_JOB)
        elif row.state != JobState.FAILED:
            self.say(f"job {row.id} is {row.state}: only a failed one is acknowledged")
        else:
            self.ask(lambda: asks.acknowledge(workspace, row.id, row.error or "no reason was left"))


def recipe_of(workspace: Workspace, row: Row) -> str:
    """The recipe that a row is about; an ingest job names a dataset. Raises why there is none."""
    if isinstance(row, Recipe):
        return row.name
    if isinstance(row, Trigger | Waiting | Pipeline):
        return row.recipe
    if isinstance(row, Told) and row.name:
        return str(row.name)
    if isinstance(row, Job) and row.kind != JobKind.INGEST:
        return row.subject
    if isinstance(row, Job):
        for recipe in recipe_views.list(workspace, limit=0):
            if recipe.dataset == row.subject:
                return recipe.name
    raise refuse("this row is about no recipe", "choose a folder: Tab")


def suspend(workspace: Workspace, name: str) -> Prepared:
    """Pause a recipe, or let it go on."""
    from core.services import recipes

    recipe = recipe_views.show(workspace, name)
    if recipe.paused:
        lines = changes(("recipe", name), ("now", "paused"), ("then", "its files are taken and learned from"))
        question = Question(f"Resume {name}?", lines, f"footplate resume {quoted(name)}")
        return question, lambda: recipes.resume(workspace, name)
    effect = "none of its files is taken and nothing is trained, until it is resumed"
    lines = changes(("recipe", name), ("then", effect))
    question = Question(f"Pause {name}?", lines, f"footplate pause {quoted(name)}")
    return question, lambda: recipes.pause(workspace, name)


def retry(workspace: Workspace, row: Job) -> Prepared:
    from core.services import work

    lines = changes(
        ("what", f"{row.kind} {row.subject}"), ("because", row.error or row.state),
        ("then", "a new job asks for the same"),
    )
    question = Question(f"Try job {row.id} again?", lines, f"footplate jobs retry {row.id}")
    return question, lambda: work.retry(workspace, row.id)
