"""Screen 3: the leaderboard of runs, one run in full, runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual import work
from textual.message import Message

from core.services import baselines, notes
from core.views import runs as views
from core.views.comparison import MOST_COMPARED
from core.views.run_rows import Run
from core.vocabulary import RunState
from core.workspace import Workspace
from screens import asks
from screens import run_words as words
from screens.asking import ConsoleScreen, Prepared, refuse
from screens.keys import EXPERIMENTS
from screens.level import Level
from screens.levels.comparison import ComparisonPage
from screens.levels.run import RunPage
from screens.levels.runs import SCORE, Runs
from screens.modals.choice import Choose, Option
from screens.plain import plain
from screens.trouble import told

CHARTS = 160  # columns from which the preview has pictures
NO_RUN = "there is no run here: choose one in the list"


class ExperimentsScreen(ConsoleScreen):
    NAME = EXPERIMENTS

    class MetricsFound(Message):
        """The metrics that there are to choose from."""

        def __init__(self, names: Sequence[str]) -> None:
            super().__init__()
            self.names = names

    def roots(self) -> Sequence[Level]:
        return [Runs()]

    def _start_preview(self) -> None:
        if isinstance(self.listing, Runs):
            self.listing.width = self.preview.size.width - 2 if self.size.width >= CHARTS else 0
        super()._start_preview()

    def action_next_section(self) -> None:
        self._section(1)

    def action_previous_section(self) -> None:
        self._section(-1)

    def _section(self, by: int) -> None:
        if self.listing is None:
            self.to_section(by)
        else:
            self.say(f"sections are on the page of a run: {self.desk.key('open')} opens it")

    # -- the run that is meant

    def run_id(self) -> int | None:
        """The run that a key means: the row's, or the one whose page this is."""
        row, level = self.row(), self.place.level
        if isinstance(row, Run):
            return row.id
        return level.id if isinstance(level, RunPage) else None

    def recipe_at_hand(self) -> Callable[[], str] | None:
        id = self.run_id()
        return None if id is None else lambda: views.show(self.desk.workspace, id).run.recipe

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

    def action_baseline(self) -> None:
        """Pin the run; where it is the baseline already, unpin it. It is undone by the same key."""
        id = self.run_id()
        if id is None:
            self.say(NO_RUN)
        elif self.may_change():
            self.do(lambda: turn_baseline(self.desk.workspace, id))

    def action_metric(self) -> None:
        if isinstance(self.listing, Runs):
            self._find_metrics()
        else:
            self.say("go back to the list of runs: Esc")

    @work(thread=True, exclusive=True, exit_on_error=False, group="metrics")
    def _find_metrics(self) -> None:
        try:
            self.post_message(self.MetricsFound(views.metrics(self.desk.workspace)))
        except Exception as error:
            self.post_message(self.Done(told(self.desk.workspace, error)))

    def on_experiments_screen_metrics_found(self, message: MetricsFound) -> None:
        message.stop()
        if not message.names:
            self.say("no run has been measured yet")
            return
        options = [Option("0", "the metric that decided, each run's own", "")]
        options += [
            Option(letter, f"{plain(name)}  {words.direction(name)}", name)
            for letter, name in zip(asks.LETTERS, message.names, strict=False)
        ]
        more = asks.left_out(len(message.names), f"{self.desk.key('columns')} shows any of them, and o sorts by it")
        lines = [Text(f"  {more}", "quiet")] if more else []
        self.app.push_screen(Choose("Show and sort by which metric?", options, lines), self._show_metric)

    def _show_metric(self, metric: str | None) -> None:
        """The same list with another score, best first; the cursor stays on its run."""
        if metric is None or not isinstance(self.listing, Runs):
            return
        self._remember()
        self.listing.metric = metric
        self.place.order = f"-{SCORE}" if metric else ""
        self._enter()

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
            title = f"Tag for run {id}; -TAG takes one off"
            self.write(title, lambda text: turn_tag(self.desk.workspace, id, text))


def turn_baseline(workspace: Workspace, id: int) -> str:
    is_pinned = views.get(workspace, id).is_baseline
    return baselines.unpin(workspace, id) if is_pinned else baselines.pin(workspace, id)


def turn_tag(workspace: Workspace, id: int, text: str) -> str:
    """Put a tag on; with a minus or a # in front of it that is how it is written: `-odd` takes odd off."""
    if text.startswith("-"):
        return notes.untag(workspace, id, text[1:].strip().removeprefix("#"))
    return notes.tag(workspace, id, text.removeprefix("#"))


def stop(workspace: Workspace, id: int) -> Prepared:
    """Stop the job of a running run."""
    run = views.get(workspace, id)
    if run.state not in (RunState.RUNNING, RunState.QUEUED):
        raise refuse(f"run {id} is {run.state}", "only a running one can be stopped")
    return asks.cancel(workspace, run.job, f"run {id} of {run.recipe}, {run.state}")
