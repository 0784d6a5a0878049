"""Screen 5: what can be read of data and models today, said for what it is; bars and alerts are to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.widget import Widget

from core.views import recipes as recipe_views
from core.views.monitors import STATEMENT, Monitor
from core.workspace import Workspace
from screens import asks
from screens.asking import ConsoleScreen, refuse
from screens.keys import MONITORS
from screens.level import Level
from screens.levels.monitors import Monitors, Readings
from screens.widgets.one_line import OneLine


class MonitorsScreen(ConsoleScreen):
    NAME = MONITORS

    def roots(self) -> Sequence[Level]:
        return [Monitors()]

    def below(self) -> Iterable[Widget]:
        yield OneLine(id="statement", ground="")

    def on_mount(self) -> None:
        self.query_one("#statement", OneLine).show(Text(STATEMENT, "quiet"))

    def action_retrain(self) -> None:
        """Train what the monitor is about."""
        row, level, workspace = self.row(), self.place.level, self.desk.workspace
        subject = row.subject if isinstance(row, Monitor) else None
        if subject is None and isinstance(level, Readings):
            subject = level.monitor.rpartition("/")[0]
        if subject is None:
            self.ask(lambda: asks.train_some(workspace))
        else:
            self.ask(lambda: asks.train(workspace, learning_from(workspace, subject)))


def learning_from(workspace: Workspace, subject: str) -> str:
    """The recipe of that name, or the one that learns from the dataset of that name."""
    found = [one for one in recipe_views.list(workspace, limit=0) if subject in (one.name, one.dataset)]
    if not found:
        raise refuse(f"no recipe learns from {subject}", "make one: footplate recipes new")
    return next((one.name for one in found if one.name == subject), found[0].name)
