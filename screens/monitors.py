"""Screen 5: the monitors, worst first, and the alerts; behind a monitor its readings, behind one of them its columns,
and the rows that were read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from rich.text import Text
from textual import events
from textual.widget import Widget

from core.views import alerts as alert_views
from core.views import monitors as views
from core.views import recipes as recipe_views
from core.views.alerts import Alert
from core.views.monitored import Monitor
from core.workspace import Workspace
from screens import asks, silencing
from screens.asking import Alternatives, ConsoleScreen, Prepared, refuse
from screens.browsing import Browser
from screens.keys import MONITORS
from screens.level import Level
from screens.levels import measures
from screens.levels.alerts import AlertPage, Alerts
from screens.levels.monitors import Monitors, Readings
from screens.levels.reading import ColumnPage, ReadingColumns, ReadingPage
from screens.levels.rows import RowsLevel
from screens.modals.choice import Choose, Option
from screens.modals.prompt import Prompt
from screens.widgets.text_pane import TextPane

HIGH, LEAST_ROWS = 12, 6  # lines of the picture at most, and of the table below it at least
WIDEST = 120
TYPED = "typed"


class MonitorsScreen(ConsoleScreen):
    NAME = MONITORS
    DEFAULT_CSS = """
    MonitorsScreen #series { display: none; }
    MonitorsScreen #series.some { display: block; }
    """

    def roots(self) -> Sequence[Level]:
        return [Monitors(), Alerts()]

    def above(self) -> Iterable[Widget]:
        yield TextPane(id="series")

    # -- the picture above the readings

    def on_browser_read(self, message: Browser.Read) -> None:
        super().on_browser_read(message)
        self._draw()

    def _enter(self) -> None:
        super()._enter()
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._draw()

    def _draw(self) -> None:
        """Readings with thresholds, where there is room for them and for some rows."""
        level, pane = self.place.level, self.query_one("#series", TextPane)
        lines: list[Text] = []
        if isinstance(level, Readings) and level.monitor is not None:
            unit = level.monitor.unit
            high = min(HIGH, self.size.height - LEAST_ROWS - 5)
            lines = measures.picture(level.points, unit, min(WIDEST, self.size.width - 2), high - 1)
            if lines:
                lines.append(measures.legend(level.points, unit))
        pane.styles.height = len(lines)
        pane.set_class(bool(lines), "some")
        pane.show(lines, keep=True)

    # -- what is meant

    def monitor(self) -> Callable[[], str] | None:
        """The monitor that a key means, on whatever level; to be found out in a thread."""
        row = self.row()
        if isinstance(row, Monitor):
            return lambda: row.name
        if isinstance(row, Alert):
            return lambda: row.monitor
        for place in reversed(self.stack):
            level = place.level
            if isinstance(level, Readings):
                return lambda name=level.title: str(name)  # type: ignore[misc]
            if isinstance(level, AlertPage):
                return partial(monitor_of, self.desk.workspace, level.id)
        return None

    def _ask_monitor(self, prepare: Callable[[Workspace, str], Prepared | Alternatives]) -> None:
        name, workspace = self.monitor(), self.desk.workspace
        if name is None:
            self.say("there is no monitor here")
        else:
            self.ask(lambda: prepare(workspace, name()))

    # -- parts

    def action_next_list(self) -> None:
        self._turn(super().action_next_list)

    def action_previous_list(self) -> None:
        self._turn(super().action_next_list)

    def _turn(self, lists: Callable[[], None]) -> None:
        """On a reading between its columns and the rows that were read; else to the other list."""
        level = self.place.level
        if isinstance(level, RowsLevel):
            reading, version = self._turned
            if reading is not None and version == level.rows.version:
                self._swap(reading)
            else:
                self.say("Esc goes back to the reading")
        elif isinstance(level, ReadingColumns | ReadingPage | ColumnPage):
            self._open_rows(level)
        elif len(self.stack) == 1:
            lists()
        else:
            self.say("open a reading first: its columns and its rows lie behind it")

    _turned: tuple[Level | None, str] = (None, "")  # the reading that its rows took the place of

    def _open_rows(self, level: ReadingColumns | ReadingPage | ColumnPage) -> None:
        from core.services.rows import rows_of

        workspace, source = self.desk.workspace, level.source
        if "@" not in source:
            self.say(f"{source} is a window of served requests: its rows lie in the log of answers")
            return

        def opened(rows: RowsLevel) -> None:
            if isinstance(level, ColumnPage):
                self.go_to(rows)
            else:
                self._turned = (level, rows.rows.version)
                self._swap(rows)

        self.find_out(f"opening {source}", lambda: RowsLevel(rows_of(workspace, source)), opened)

    def _swap(self, level: Level) -> None:
        self.stack[-1] = self.desk.memory.place(self.NAME, level, first=False)
        self._enter()

    # -- keys that act

    def action_acknowledge(self) -> None:
        row, level, workspace = self.row(), self.place.level, self.desk.workspace
        if isinstance(row, Alert):
            self.ask(lambda: silencing.acknowledge(workspace, row.id))
        elif isinstance(level, AlertPage):
            self.ask(lambda: silencing.acknowledge(workspace, level.id))
        else:
            self._ask_monitor(lambda workspace, name: silencing.acknowledge(
                workspace, views.show(workspace, name).alert, name
            ))

    def action_silence(self) -> None:
        """For how long, chosen or typed; one that is silent is heard again."""
        name, workspace = self.monitor(), self.desk.workspace
        if name is None:
            self.say("there is no monitor here")
        elif self.may_change():
            self.find_out("reading", lambda: views.show(workspace, name()), self._silence)

    def _silence(self, row: Monitor) -> None:
        workspace = self.desk.workspace

        def wanted(time: str | None) -> None:
            if time:
                self.ask(lambda: silencing.silence(workspace, row.name, time))

        def chosen(time: str | None) -> None:
            if time == TYPED:
                self.app.push_screen(Prompt(f"Silence {row.name} for how long? As 90m, 8h, 3d"), wanted)
            else:
                wanted(time)

        if row.silenced_until is not None:
            self.ask(lambda: silencing.silences(workspace, row.name))
        else:
            options = [Option(letter, words, time) for letter, words, time in silencing.TIMES]
            typed = Option("t", "for another time: type it", TYPED)
            self.app.push_screen(Choose(f"Silence {row.name}", [*options, typed]), chosen)

    def action_threshold(self) -> None:
        """Which of what it goes by, then its value, then the question."""
        name, workspace = self.monitor(), self.desk.workspace
        if name is None:
            self.say("there is no monitor here")
        elif self.may_change():
            self.find_out("reading", lambda: choices(workspace, name()), lambda found: self._set(*found))

    def _set(self, name: str, options: Sequence[Option]) -> None:
        workspace = self.desk.workspace

        def typed(key: str, text: str | None) -> None:
            if text:
                self.ask(lambda: silencing.threshold(workspace, name, key, text))

        def chosen(key: str | None) -> None:
            if key == "reset":
                self.ask(lambda: silencing.reset(workspace, name))
            elif key is not None:
                title = f"{key.replace('_', ' ')} of {name}: {silencing.MEANING[key]}"
                self.app.push_screen(Prompt(title), partial(typed, key))

        self.app.push_screen(Choose(f"What shall {name} go by?", options), chosen)

    def action_retrain(self) -> None:
        """Train what the monitor is about."""
        workspace = self.desk.workspace
        if self.monitor() is None:
            self.ask(lambda: asks.train_some(workspace))
        else:
            self._ask_monitor(lambda workspace, name: asks.train(
                workspace, learning_from(workspace, name.rpartition("/")[0])
            ))

    def action_roll_back(self) -> None:
        from screens import releases

        self._ask_monitor(lambda workspace, name: releases.roll_back(workspace, name.rpartition("/")[0]))

    def action_open(self) -> None:
        """From an alert to the reading behind it."""
        level = self.place.level
        if isinstance(level, AlertPage) and level.alert is not None:
            self.go_to(Readings(level.alert.monitor))
        else:
            super().action_open()


def monitor_of(workspace: Workspace, alert: int) -> str:
    return alert_views.show(workspace, alert).monitor


def choices(workspace: Workspace, name: str) -> tuple[str, Sequence[Option]]:
    """What a monitor goes by, to choose from."""
    from core.services.monitoring import BY_PEOPLE, effective

    now = effective(workspace, name)
    options = [
        Option(letter, f"{key.replace('_', ' '):<9} {_value(*now[key])}  {silencing.MEANING[key]}", key)
        for letter, key in silencing.LETTERS.items()
    ]
    if any(source == BY_PEOPLE for _, source in now.values()):
        options.append(Option("x", "what its recipe says, again", "reset"))
    return name, options


def _value(value: object, source: str) -> str:
    return f"{'its own' if value is None else f'{value}, {source}'}".ljust(19)


def learning_from(workspace: Workspace, subject: str) -> str:
    """The recipe of that name, or the one that learns from the dataset of that name."""
    found = [one for one in recipe_views.list(workspace, limit=0) if subject in (one.name, one.dataset)]
    if not found:
        raise refuse(f"no recipe learns from {subject}", "make one: footplate recipes new")
    return next((one.name for one in found if one.name == subject), found[0].name)
