"""Screen 3: the leaderboard of runs, one run in full, runs side by side."""

from __future__ import annotations

from collections.abc import Sequence

from core.services import notes
from core.views import runs as views
from core.views.runs import MOST_COMPARED, Run
from core.vocabulary import RunState
from core.workspace import Workspace
from screens import asks
from screens.asking import ConsoleScreen, Prepared, refuse
from screens.keys import EXPERIMENTS
from screens.level import Level
from screens.levels.comparison import ComparisonPage
from screens.levels.run import RunPage
from screens.levels.runs import Runs

NO_RUN = "there is no run here: choose one in the list"


class ExperimentsScreen(ConsoleScreen):
    NAME = EXPERIMENTS

    def roots(self) -> Sequence[Level]:
        return [Runs()]

    def run_id(self) -> int | None:
        """The run that a key means: the row's, or the one whose page this is."""
        row, level = self.row(), self.place.level
        if isinstance(row, Run):
            return row.id
        return level.id if isinstance(level, RunPage) else None

    def action_train(self) -> None:
        id = self.run_id()
        if id is None:
            self.ask(lambda: asks.train_some(self.desk.workspace))
        else:
            self.ask(lambda: asks.train(self.desk.workspace, views.get(self.desk.workspace, id).recipe))

    def action_stop(self) -> None:
        id = self.run_id()
        if id is None:
            self.say(NO_RUN)
        else:
            self.ask(lambda: stop(self.desk.workspace, id))

    def action_compare(self) -> None:
        """The marked runs; where one is marked, that one with the run under the cursor."""
        id = self.run_id()
        if self.listing is None or id is None:
            self.say("go back to the list of runs: Esc")
            return
        marked = self.few_marked(MOST_COMPARED)
        if marked is None:
            return
        ids = [one for one in marked if isinstance(one, int)]
        if len(ids) < 2 and id not in ids:
            ids.append(id)
        if len(ids) < 2:
            self.say(f"mark another run with {self.desk.key('mark')}, then {self.desk.key('compare')} compares")
        else:
            self.go_to(ComparisonPage(sorted(ids)))

    def action_note(self) -> None:
        id = self.run_id()
        if id is None:
            self.say(NO_RUN)
        else:
            self.write(f"Note on run {id}", lambda text: notes.note(self.desk.workspace, id, text))

    def action_tag(self) -> None:
        id = self.run_id()
        if id is None:
            self.say(NO_RUN)
        else:
            self.write(f"Tag for run {id}", lambda text: notes.tag(self.desk.workspace, id, text))


def stop(workspace: Workspace, id: int) -> Prepared:
    """Stop the job of a running run."""
    run = views.get(workspace, id)
    if run.state not in (RunState.RUNNING, RunState.QUEUED):
        raise refuse(f"run {id} is {run.state}", "only a running one can be stopped")
    return asks.cancel(workspace, run.job, f"run {id} of {run.recipe}, {run.state}")
