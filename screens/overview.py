"""Screen 1: the verdict, a line a model, what needs a person and the key that answers it, the loop, the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from time import monotonic

from rich.text import Text
from textual import events, work
from textual.message import Message
from textual.widget import Widget

from core.views import models as model_views
from core.views.model_line import ModelLine
from core.views.needs import Need
from core.views.overview import Disk, Overview, disk_use
from core.views.telling import Told
from core.workspace import Workspace
from screens import asks
from screens import format as f
from screens.asking import ConsoleScreen, Prepared
from screens.browsing import Browser
from screens.frame import WIDE
from screens.keys import OVERVIEW
from screens.level import Level
from screens.levels.models import ModelVersions
from screens.levels.needs import Needs, answer, line
from screens.levels.overview import ModelLines
from screens.plain import plain
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane, folded

MOST_NEEDS = 5  # of what needs a person; the others are counted
TALLEST = 8  # lines that these may take
GOOD_SECONDS, GOOD_TIMES = 5.0, 100  # what the disk holds is measured so rarely, and never for 1 % of the time
ROOMY = 100  # cells from which the loop's stations have their long names
SHARE = 0.5  # of the screen's height that the table takes, where the last decisions stand below it


class OverviewScreen(ConsoleScreen):
    NAME = OVERVIEW
    DEFAULT_CSS = """
    OverviewScreen #needs, OverviewScreen #story, OverviewScreen #told { display: none; }
    OverviewScreen #needs.some, OverviewScreen #story.some, OverviewScreen #told.some { display: block; }
    """

    def roots(self) -> Sequence[Level]:
        self.lines = ModelLines()
        return [self.lines, Needs(self.lines)]

    def above(self) -> Iterable[Widget]:
        yield OneLine(id="verdict", ground="")

    def below(self) -> Iterable[Widget]:
        yield OneLine(id="told", ground="")
        yield TextPane(id="story")
        yield TextPane(id="needs", ground="raised")
        yield OneLine(id="loop", ground="")
        yield OneLine(id="disk", ground="")

    def on_browser_read(self, message: Browser.Read) -> None:
        super().on_browser_read(message)
        if self.lines.seen is not None:
            self._around(self.lines.seen)

    def _around(self, seen: Overview) -> None:
        """What stands around the table; the last decisions only where no model was opened."""
        self.query_one("#verdict", OneLine).show(verdict(seen))
        needs, lines = self.query_one("#needs", TextPane), need_lines(seen)
        needs.set_class(bool(lines) and self.tab == 0, "some")
        needs.styles.height = min(TALLEST, sum(len(folded(line, self.size.width - 1)) for line in lines))
        needs.show(lines, keep=True)
        self.query_one("#loop", OneLine).show(loop(seen, self.size.width))
        self._tell()
        if not self._measuring and monotonic() > self._measured_until:
            self._measure()

    # -- the disk

    class Measured(Message):
        """What the disk holds, and how many seconds it took to say so."""

        def __init__(self, disk: Disk, seconds: float) -> None:
            super().__init__()
            self.disk, self.seconds = disk, seconds

    _measuring = False
    _measured_until = 0.0  # a measurement is good until then, by the monotonic clock

    def _measure(self) -> None:
        self._measuring = True
        self._measure_disk()

    @work(thread=True, exclusive=True, exit_on_error=False, group="disk")
    def _measure_disk(self) -> None:
        start = monotonic()
        with suppress(Exception):  # whoever reads the rows says what is wrong with the registry
            disk = disk_use(self.desk.workspace)
            self.post_message(self.Measured(disk, monotonic() - start))

    def on_overview_screen_measured(self, message: Measured) -> None:
        message.stop()
        self._measuring, self.lines.disk = False, message.disk
        self._measured_until = monotonic() + max(GOOD_SECONDS, GOOD_TIMES * message.seconds)
        self.query_one("#disk", OneLine).show(disk(message.disk))

    def minute(self) -> None:
        super().minute()
        self._measure()

    # -- around the table

    def _tell(self) -> None:
        told = story_lines(self.lines.story) if len(self.stack) == 1 and self.tab == 0 else []
        least = round(self.size.height * SHARE)
        rows = len(self.table.rows) + 1 if self.size.width < WIDE else least  # a preview wants its height
        self.query_one("#body").styles.height = min(rows, least) if told and not self.is_full else "1fr"
        title, pane = self.query_one("#told", OneLine), self.query_one("#story", TextPane)
        title.set_class(bool(told), "some")
        pane.set_class(bool(told), "some")
        title.show(Text("last decisions", "head"))
        pane.show(told, keep=True)

    def _lay_out(self) -> None:
        super()._lay_out()
        if self.lines.seen is not None:
            self._tell()

    def _enter(self) -> None:
        super()._enter()
        if self.lines.seen is not None and (len(self.stack) > 1 or self.tab != 0):
            self._around(self.lines.seen)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self.lines.seen is not None:
            self._around(self.lines.seen)

    def action_hold(self) -> None:
        row, level, workspace = self.row(), self.place.level, self.desk.workspace
        name = row.name if isinstance(row, ModelLine | Need) else ""
        name = level.model if isinstance(level, ModelVersions) else name
        if not name:
            self.say("there is no model to hold")
        elif isinstance(row, ModelLine) and row.task is None:
            self.say(f"{name} has no model yet: nothing would be promoted")
        else:
            self.ask(lambda: asks.hold(workspace, name, held=model_views.show(workspace, name).held))

    def recipe_at_hand(self) -> Callable[[], str] | None:
        row, level = self.row(), self.place.level
        if isinstance(row, ModelLine | Need) and row.name:
            return lambda: row.name
        return (lambda: level.model) if isinstance(level, ModelVersions) else None

    def action_open(self) -> None:
        """From what needs a person to the very place."""
        row = self.row()
        if not isinstance(row, Need):
            super().action_open()
        elif way := line(row):
            self.run_command(way)
        elif row.kind == "daemon":
            self.action_start_daemon()
        else:
            self.act("describe")

    def action_start_daemon(self) -> None:
        seen = self.lines.seen
        if seen is None:
            self.say("not read yet: try again in a moment")
        else:
            self.ask(lambda: asks.daemon(self.desk))

    def action_acknowledge(self) -> None:
        """The failed job, or the alert, of the model, or of any where none is chosen."""
        seen, row, workspace = self.lines.seen, self.row(), self.desk.workspace
        failed = [need for need in seen.needs if need.kind in ("job", "alert")] if seen is not None else []
        mine = [need for need in failed if row == need or (isinstance(row, ModelLine) and need.name == row.name)]
        if not mine and not isinstance(row, Need):
            mine = failed
        if not mine:
            self.say("no failed job and no alert waits to be acknowledged")
            return
        need = mine[0]
        if need.kind == "alert":
            self.ask(lambda: acknowledge_alert(workspace, int(need.subject.removeprefix("alert "))))
            return
        job = int(need.subject.removeprefix("job "))
        self.ask(lambda: asks.acknowledge(workspace, job, need.text.partition(" failed: ")[2]))

    def action_log(self) -> None:
        if self.row() is None:
            self.open_log(self.desk.workspace.logs / "daemon.log")
        else:
            super().action_log()


def acknowledge_alert(workspace: Workspace, id: int) -> Prepared:
    from screens import silencing  # nothing that is seen first needs it

    return silencing.acknowledge(workspace, id)


def verdict(seen: Overview) -> Text:
    """`✓ ALL WELL · 5 models · daemon up`, or what needs a person."""
    models = f.counted(len(seen.models), "model")
    if seen.well:
        daemon = "daemon up" if seen.daemon.running else "no daemon"
        return Text.assemble(("✓ ALL WELL", "good"), f" · {models} · {daemon}")
    number = len(seen.needs)
    return Text.assemble((f"! {number} NEED{'S' if number == 1 else ''} YOU", "warn"), f" · {models}")


def need_lines(seen: Overview) -> list[Text]:
    """Each with the screen and the key that answer it."""
    lines = [
        Text.assemble((" ! ", "warn"), (f"{answer(need):<4}", "key"), " ", plain(need.text))
        for need in seen.needs[:MOST_NEEDS]
    ]
    more = len(seen.needs) - len(lines)
    return [*lines, Text(f"   and {more} more: Tab", "quiet")] if more > 0 else lines


def story_lines(told: Sequence[Told]) -> list[Text]:
    """The newest first: when, a glyph, and the line."""
    lines = []
    for one in told:
        glyph = f.status(one.outcome)
        time = one.line.removesuffix(one.text).strip()
        lines.append(Text.assemble((f" {time}  ", "quiet"), glyph[:2], plain(one.text)))
    return lines


def loop(seen: Overview, width: int = WIDE) -> Text:
    """How much is where in the loop, from the folder to what is served, and the worst of what watches it."""
    at, short = seen.loop, width < ROOMY
    stations = (
        ("arrive" if short else "arriving", at.arriving), ("check" if short else "checking", at.ingesting),
        ("train" if short else "training", at.training), ("approve" if short else "to approve", at.approvals),
        ("champions", at.champions),
    )
    parts = [
        Text.assemble((f"{name} ", "quiet"), (f"{count:,}", "strong" if count else "quiet")) for name, count in stations
    ]
    served = "–" if at.served is None else f"{at.served:,.0f}/s" if not 0 < at.served < 10 else f"{at.served:.1f}/s"
    tone = "strong" if at.served else "quiet"
    parts.append(Text.assemble(("serve " if short else "served ", "quiet"), (served, tone)))
    parts.append(Text("not watched", "quiet") if at.monitors is None else f.status(at.monitors))
    return Text(" → ", "quiet").join(parts)


def disk(seen: Disk) -> Text:
    parts = (("data", seen.data), ("models and curves", seen.artifacts), ("registry", seen.registry))
    used = ", ".join(f"{name} {f.size(size)}" for name, size in parts)
    return Text(f"disk: {used}, free {f.size(seen.free)}", "quiet")
