"""What the help says of each key, as a check: press it where it can act, and see that it happened.

`PROMISES` has an entry for every action of the key map; each is called on every screen where the key holds, from the
screen's first list, with the cursor on its first row. `Stage` is what a check may use.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from core.views import activity
from core.views import datasets as dataset_views
from core.views import models as model_views
from core.views import recipes as recipe_views
from core.views import runs as run_views
from core.vocabulary import RunState
from screens.keys import AUDIT, AUTOMATION, DATA, EXPERIMENTS, MODELS, MONITORS, SCREENS
from screens.modals.question import Ask
from screens.modals.text_view import TextView
from tests.screens.driver import Driver
from tests.screens.world import World

ROWS_BELOW = (DATA, MODELS, MONITORS)  # screens whose rows lead to another list


@dataclass(frozen=True)
class Stage:
    driver: Driver
    world: World
    screen: str
    key: str  # as it is typed
    folder: Path  # for files

    @property
    def place(self) -> object:
        return self.driver.screen.place.level

    def number(self, row: object) -> object:
        listing = self.driver.screen.listing
        assert listing is not None
        return listing.identity(row)

    async def press(self) -> None:
        await self.driver.keys(self.key)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        await self.driver.until(holds, f"{self.key} on {self.screen}: {what}")

    async def says(self, words: str) -> None:
        await self.until(lambda: words in self.driver.said, f"says {words!r}, not {self.driver.said!r}")

    async def asks(self, words: str) -> Ask:
        await self.until(lambda: self.driver.modal == "Ask", f"asks {words!r}; says {self.driver.said!r}")
        top = self.driver.app.screen
        assert isinstance(top, Ask) and words in top.question.title, top
        return top

    async def does(self, words: str, holds: Callable[[], object]) -> None:
        """Press, see the question, say yes, and wait for what it promised."""
        await self.press()
        await self.asks(words)
        assert not holds(), "it holds before anybody said yes"
        await self.driver.keys("y")
        await self.until(holds, f"done; says {self.driver.said!r}")
        await self.driver.ready()

    async def text(self) -> str:
        """What the text view shows that lies over the screen."""
        await self.until(lambda: self.driver.modal == "TextView", f"shows a text; says {self.driver.said!r}")
        top = self.driver.app.screen
        assert isinstance(top, TextView)
        await self.until(lambda: not top._first, "the text was read")
        return "\n".join(line.plain for line in top._pane.lines)


Check = Callable[[Stage], Awaitable[None]]
PROMISES: dict[str, Check] = {}


def promise(*actions: str) -> Callable[[Check], Check]:
    def keep(check: Check) -> Check:
        PROMISES.update(dict.fromkeys(actions, check))
        return check

    return keep


# -- going about


@promise(*(f"screen_{name}" for name in SCREENS))
async def _screen(on: Stage) -> None:
    await on.press()
    await on.until(lambda: SCREENS.index(on.driver.screen.NAME) + 1 == int(on.key))


@promise("command")
async def _command(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.bar.purpose == "command")
    await on.driver.type("runs churn")
    await on.driver.press("enter")
    await on.until(lambda: on.driver.screen.place.where == "recipe=churn", "the command was obeyed")


@promise("palette")
async def _palette(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.bar.purpose == "palette" and on.driver.screen.drawer.display)
    await on.driver.type("read everything")
    await on.driver.keys("enter")
    await on.says("read again")


@promise("filter")
async def _filter(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.bar.purpose == "filter")
    await on.driver.type("nothingislikethis")
    await on.driver.press("enter")
    await on.until(lambda: not on.driver.screen.table.rows and "no row matches" in on.driver.text())


@promise("down", "page_down", "last")
async def _down(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.table.cursor > 0)


@promise("up", "page_up", "first")
async def _up(on: Stage) -> None:
    on.driver.screen.table.move_to(1)
    await on.press()
    await on.until(lambda: on.driver.screen.table.cursor == 0)


@promise("columns_right")
async def _right(on: Stage) -> None:
    table = on.driver.screen.table
    hidden = len(table.shown_columns()) < len(table.columns)
    await on.press()
    await on.until(lambda: table._from == 1 if hidden else "all columns" in on.driver.said)


@promise("columns_left")
async def _left(on: Stage) -> None:
    on.driver.screen.table.move_columns(1)
    await on.press()
    await on.until(lambda: on.driver.screen.table._from == 0)


@promise("preview_down")
async def _preview_down(on: Stage) -> None:
    await on.driver.pilot.resize_terminal(140, 8)
    preview = on.driver.screen.preview
    await on.until(lambda: preview.max_scroll_y > 0, "a preview that is longer than its place")
    await on.press()
    await on.until(lambda: preview.scroll_y > 0)


@promise("preview_up")
async def _preview_up(on: Stage) -> None:
    await on.driver.pilot.resize_terminal(140, 8)
    preview = on.driver.screen.preview
    await on.until(lambda: preview.max_scroll_y > 0, "a preview that is longer than its place")
    preview.to_end()
    before = preview.scroll_y
    await on.press()
    await on.until(lambda: preview.scroll_y < before)


@promise("next_list", "previous_list")
async def _next_list(on: Stage) -> None:
    if on.screen == MODELS:
        await on.driver.press("enter", "enter")
        await on.until(lambda: len(on.driver.screen.stack) == 3)
    before = (on.driver.screen.tab, type(on.place), on.driver.app.focused)
    await on.press()
    await on.until(lambda: (on.driver.screen.tab, type(on.place), on.driver.app.focused) != before)


@promise("open")
async def _open(on: Stage) -> None:
    await on.press()
    await on.until(lambda: len(on.driver.screen.stack) > 1 or on.driver.modal == "TextView")


@promise("back")
async def _back(on: Stage) -> None:
    await on.driver.press("space")
    await on.press()
    await on.until(lambda: not on.driver.screen.place.marks, "first the marks")
    await on.driver.press("slash", "e", "enter")
    await on.until(lambda: on.driver.screen.place.where == "e")
    await on.press()
    await on.until(lambda: not on.driver.screen.place.where, "then the filter")
    await on.driver.ready()
    await on.until(lambda: on.driver.screen.row() is not None)
    if on.screen in ROWS_BELOW:
        await on.driver.press("enter")
        await on.until(lambda: len(on.driver.screen.stack) == 2)
        await on.press()
        await on.until(lambda: len(on.driver.screen.stack) == 1, "then the place")


async def _elsewhere(on: Stage) -> str:
    other = DATA if on.screen != DATA else AUDIT
    await on.driver.press(str(SCREENS.index(other) + 1))
    await on.until(lambda: other == on.driver.screen.NAME)
    return other


@promise("history_back", "last_view")
async def _history_back(on: Stage) -> None:
    other = await _elsewhere(on)
    await on.press()
    await on.until(lambda: on.driver.screen.NAME == on.screen != other)


@promise("history_forth")
async def _history_forth(on: Stage) -> None:
    other = await _elsewhere(on)
    await on.driver.press("comma")
    await on.until(lambda: on.screen == on.driver.screen.NAME)
    await on.press()
    await on.until(lambda: other == on.driver.screen.NAME)


# -- looking closer


@promise("describe")
async def _describe(on: Stage) -> None:
    listing, row = on.driver.screen.listing, on.driver.screen.row()
    assert listing is not None
    wanted = [line.plain for line in listing.describe(on.world.workspace, row)]
    await on.press()
    assert (await on.text()).split("\n") == wanted


@promise("raw")
async def _raw(on: Stage) -> None:
    await on.press()
    assert isinstance(json.loads(await on.text()), dict | list)


@promise("log")
async def _log(on: Stage) -> None:
    await on.press()
    assert "a line of the log" in await on.text()


@promise("mark")
async def _mark(on: Stage) -> None:
    for marked in (1, 0):
        on.driver.screen.table.move_to(0)
        await on.press()
        await on.until(lambda marked=marked: len(on.driver.screen.place.marks) == marked)  # type: ignore[misc]


@promise("mark_range")
async def _mark_range(on: Stage) -> None:
    await on.press()
    await on.driver.keys("down")
    await on.press()
    await on.until(lambda: len(on.driver.screen.place.marks) == 2)


@promise("mark_all")
async def _mark_all(on: Stage) -> None:
    await on.press()
    rows = on.driver.screen.table.rows
    numbered = [row for row in rows if on.screen != AUDIT or row.id is not None]  # lines of the log have no number
    await on.until(lambda: len(on.driver.screen.place.marks) == len(numbered))


@promise("sort")
async def _sort(on: Stage) -> None:
    columns = on.driver.screen._sortable()
    await on.press()
    if not columns:
        await on.says("this list has one order")
        return
    letter, column = next(iter(columns.items()))
    await on.driver.press(letter)
    await on.until(lambda: on.driver.screen.place.order.removeprefix("-") == column.order)


@promise("reverse")
async def _reverse(on: Stage) -> None:
    columns = on.driver.screen._sortable()
    if not columns:
        await on.press()
        await on.says("this list has one order")
        return
    await on.driver.press("o", next(iter(columns)))
    before = list(map(on.number, on.driver.screen.table.rows))
    await on.press()
    await on.driver.ready()
    await on.until(lambda: list(map(on.number, on.driver.screen.table.rows)) == before[::-1])


@promise("columns")
async def _columns(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "Columns " in on.driver.text() and on.driver.modal)


@promise("export")
async def _export(on: Stage) -> None:
    screen, file = on.driver.screen, on.folder / f"{on.screen}.csv"
    await on.press()
    await on.until(lambda: screen.bar.purpose == "export")
    screen.bar.put(str(file))
    await on.driver.keys("enter")
    await on.until(file.exists)
    assert len(file.read_text("utf-8").splitlines()) >= 1 + len(screen.table.rows)


@promise("copy_id")
async def _copy_id(on: Stage) -> None:
    listing, row = on.driver.screen.listing, on.driver.screen.row()
    assert listing is not None
    await on.press()
    await on.until(lambda: on.driver.app.clipboard == listing.row_id(row))


@promise("copy_command")
async def _copy_command(on: Stage) -> None:
    if on.screen not in SCREENS:  # a question
        await on.press()
        await on.until(lambda: on.driver.app.clipboard.startswith("footplate models hold"))
        return
    listing, row = on.driver.screen.listing, on.driver.screen.row()
    assert listing is not None
    await on.press()
    await on.until(lambda: on.driver.app.clipboard == listing.row_command(row) != "")


@promise("wide")
async def _wide(on: Stage) -> None:
    before = on.driver.lines()
    await on.press()
    await on.until(lambda: on.driver.lines() != before)
    if on.screen in SCREENS:
        assert on.driver.screen.is_wide
    await on.press()
    await on.until(lambda: not on.driver.screen.is_wide)


@promise("full")
async def _full(on: Stage) -> None:
    assert on.driver.lines()[1].strip().startswith(on.driver.screen.NAME.capitalize())
    await on.press()
    await on.until(lambda: not on.driver.lines()[1].strip().startswith(on.driver.screen.NAME.capitalize()))
    await on.press()
    await on.until(lambda: on.driver.lines()[1].strip().startswith(on.driver.screen.NAME.capitalize()))


@promise("read_only")
async def _read_only(on: Stage) -> None:
    await on.press()
    await on.says("read-only for now")
    await on.driver.keys("z")
    await on.until(lambda: "only" in on.driver.said and not on.driver.modal)
    await on.press()
    await on.says("changes can be made again")


@promise("shell")
async def _shell(on: Stage) -> None:
    await on.press()
    await on.says("back from the shell")
    assert (on.folder / "shell").read_text() == str(on.world.workspace.root)


@promise("refresh")
async def _refresh(on: Stage) -> None:
    await on.press()
    await on.says("read again")
    await on.driver.ready()


@promise("pause_view")
async def _pause(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "view paused" in on.driver.lines()[1])
    await on.press()
    await on.until(lambda: "view paused" not in on.driver.lines()[1])


@promise("help")
async def _help(on: Stage) -> None:
    await on.press()
    assert "quit; the daemon lives on" in await on.text()


@promise("quit")
async def _quit(on: Stage) -> None:
    await on.press()
    await on.until(lambda: not on.driver.app.is_running)


# -- what acts


@promise("actions")
async def _actions(on: Stage) -> None:
    await on.press()
    if on.screen in (MONITORS, AUDIT) or (on.screen == DATA):
        await on.says("nothing can be done with")
    else:
        await on.until(lambda: on.driver.modal == "Actions")


@promise("undo")
async def _undo(on: Stage) -> None:
    await on.driver.press("4")
    await on.until(lambda: on.driver.screen.NAME == MODELS)
    await on.driver.keys("H")
    await on.asks("Hold churn?")
    await on.driver.keys("y")
    await on.until(lambda: model_views.show(on.world.workspace, "churn").held)
    await on.driver.press(str(SCREENS.index(on.screen) + 1), "g")
    await on.does("Undo: churn was held", lambda: not model_views.show(on.world.workspace, "churn").held)


@promise("redo")
async def _redo(on: Stage) -> None:
    from core.services import release, undoing

    release.hold(on.world.workspace, "churn")
    undoing.undo(on.world.workspace)
    await on.does("Redo: ", lambda: model_views.show(on.world.workspace, "churn").held)


@promise("delete")
async def _delete(on: Stage) -> None:
    if on.screen != EXPERIMENTS:
        await on.press()
        await on.until(lambda: any(word in on.driver.said for word in ("stay", "cannot be deleted", "file", "record")))
        return
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.id == 7))
    await on.press()
    await on.asks("Delete run 7?")
    await on.driver.type("7")
    await on.driver.keys("y")
    await on.until(lambda: 7 not in [run.id for run in run_views.list(on.world.workspace)])


@promise("edit")
async def _edit(on: Stage) -> None:
    """The editor of this test adds a line; the answer is no, the file stays as it is."""
    await on.press()
    await on.asks("Save recipe")
    assert "schedule" in on.driver.text()


@promise("hold")
async def _hold(on: Stage) -> None:
    row: object = on.driver.screen.row()
    name = str(getattr(row, "name", ""))
    await on.does(f"Hold {name}?", lambda: model_views.show(on.world.workspace, name).held)
    await on.does(f"Let {name} promote again?", lambda: not model_views.show(on.world.workspace, name).held)


@promise("start_daemon")
async def _daemon(on: Stage) -> None:
    await on.press()
    await on.asks("Start the daemon?")
    await on.driver.keys("y")
    await on.says("daemon started, pid 1")


async def _versions(on: Stage, number: int) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.name == "flights"))
    await on.driver.press("enter")
    await on.until(lambda: len(on.driver.screen.stack) == 2 and on.driver.screen.row() is not None)
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.version == number))
    await on.driver.settle()


def _row_of(on: Stage, wanted: Callable[[object], bool]) -> int:
    return next(at for at, row in enumerate(on.driver.screen.table.rows) if wanted(row))


@promise("dispose")
async def _dispose(on: Stage) -> None:
    await _versions(on, 3)
    await on.does("Retire flights@3?", lambda: dataset_views.show(on.world.workspace, "flights@3").state == "retired")
    await on.does("Restore flights@3?", lambda: dataset_views.show(on.world.workspace, "flights@3").state == "accepted")


@promise("add")
async def _add(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "AskPath")


@promise("check")
async def _check(on: Stage) -> None:
    """The file of the world's versions is not there any more, which is what judging it again finds."""
    await _versions(on, 3)
    await on.press()
    await on.until(lambda: "flights@3" in on.driver.said or on.driver.modal == "TextView")


@promise("rows")
async def _rows(on: Stage) -> None:
    await _versions(on, 8)
    await on.press()
    await on.until(lambda: len(on.driver.screen.stack) == 3 and len(on.driver.screen.table.rows) == 2)


@promise("differences")
async def _differences(on: Stage) -> None:
    await _versions(on, 3)
    await on.press()
    await on.until(lambda: len(on.driver.screen.stack) == 3 and "v2 = v3" in on.driver.lines()[1])


def _jobs(on: Stage) -> list[tuple[str, str, str]]:
    return [(job.kind, job.subject, job.state) for job in activity.jobs(on.world.workspace, limit=0)]


@promise("train", "retrain", "trigger")
async def _train(on: Stage) -> None:
    before = activity.jobs(on.world.workspace).rows[0].id
    await on.press()
    await on.until(lambda: on.driver.modal in ("Ask", "Choose"))
    if on.driver.modal == "Choose":
        await on.driver.keys("1")
    await on.asks("Train ")
    await on.driver.keys("y")
    await on.until(lambda: any(
        job.id > before and job.kind == "train" and job.cause == "manual" for job in activity.jobs(on.world.workspace)
    ))


@promise("stop")
async def _stop(on: Stage) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.state == RunState.RUNNING))
    job = on.driver.screen.row().job
    await on.does(f"Stop job {job}?", lambda: activity.job(on.world.workspace, job).state == "cancelled")


@promise("compare")
async def _compare(on: Stage) -> None:
    await on.driver.press("space", "down")
    await on.press()
    await on.until(lambda: on.place.name == "comparison")


@promise("baseline")
async def _baseline(on: Stage) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.id == 2))
    for pinned in (True, False):
        await on.press()
        await on.until(lambda pinned=pinned: run_views.get(on.world.workspace, 2).is_baseline == pinned)


@promise("metric")
async def _metric(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "Choose")
    await on.driver.press("1")
    await on.until(lambda: on.driver.screen.listing.metric == "roc_auc" and "roc_au" in on.driver.lines()[2])
    assert on.driver.screen.place.order == "-score"


@promise("note", "tag")
async def _write(on: Stage) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.id == 2))
    await on.press()
    await on.until(lambda: on.driver.modal == "Prompt")
    await on.driver.type("odd")
    await on.driver.keys("enter")

    def written() -> bool:
        run = run_views.get(on.world.workspace, 2)
        return run.tags == ("odd",) if on.key == "#" else run.note is not None and run.note.text == "odd"

    await on.until(written)


async def _model(on: Stage, name: str) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.name == name))
    await on.driver.settle()


def _champion(on: Stage, name: str) -> int | None:
    return model_views.show(on.world.workspace, name).champion


@promise("promote")
async def _promote(on: Stage) -> None:
    await _model(on, "flights")
    await on.driver.press("enter")
    await on.until(lambda: len(on.driver.screen.stack) == 2 and on.driver.screen.row() is not None)
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.version == 4))
    await on.does("Promote flights v4?", lambda: _champion(on, "flights") == 4)


@promise("roll_back")
async def _roll_back(on: Stage) -> None:
    await _model(on, "flights")
    await on.does("Roll flights back to v5", lambda: _champion(on, "flights") == 5)
    assert model_views.show(on.world.workspace, "flights").held


@promise("approve")
async def _approve(on: Stage) -> None:
    await _model(on, "churn")
    await on.does("Approve churn v2?", lambda: _champion(on, "churn") == 2)


@promise("evaluate")
async def _evaluate(on: Stage) -> None:
    """What is asked for is a job: there are new rows that nobody has learned from."""
    await _model(on, "flights")
    await on.does("Measure flights v6 again?", lambda: ("evaluate", "flights", "queued") in _jobs(on))


@promise("follow")
async def _follow(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "following" in on.driver.lines()[1])
    on.world.run(minutes=0)
    await on.until(lambda: "run 11" in on.driver.text() and on.driver.screen.table.cursor == 0)


@promise("suspend")
async def _suspend(on: Stage) -> None:
    recipe = recipe_views.show
    await on.does("Pause ", lambda: any(recipe(on.world.workspace, name).paused for name in ("flights", "churn")))
    await on.does("Resume ", lambda: not any(recipe(on.world.workspace, name).paused for name in ("flights", "churn")))


@promise("cancel")
async def _cancel(on: Stage) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.state == "queued"))
    job = on.driver.screen.row().id
    await on.does(f"Stop job {job}?", lambda: activity.job(on.world.workspace, job).state == "cancelled")


@promise("acknowledge")
async def _acknowledge(on: Stage) -> None:
    failed = next(job for job in activity.jobs(on.world.workspace, limit=0) if job.state == "failed")
    if on.screen == AUTOMATION:
        on.driver.screen.table.move_to(_row_of(on, lambda row: row.id == failed.id))

    def seen() -> bool:
        events = activity.events(on.world.workspace, where="kind=JobAcknowledged").rows
        return any(event.subject == f"job {failed.id}" for event in events)

    await on.does(f"Acknowledge that job {failed.id} failed?", seen)


@promise("retry")
async def _retry(on: Stage) -> None:
    on.driver.screen.table.move_to(_row_of(on, lambda row: row.state == "failed"))
    before = len(_jobs(on))
    await on.does("Try job ", lambda: len(_jobs(on)) == before + 1)


# -- texts and questions


@promise("search")
async def _search(on: Stage) -> None:
    await on.press()
    await on.driver.type("quit")
    await on.driver.keys("enter")
    await on.until(lambda: "quit: 1/1" in on.driver.text())


@promise("next_match", "previous_match")
async def _match(on: Stage) -> None:
    await on.driver.keys("slash")
    await on.driver.type("the")
    await on.driver.keys("enter")
    before = on.driver.lines()
    await on.press()
    await on.until(lambda: on.driver.lines() != before)


@promise("copy_text")
async def _copy_text(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "quit; the daemon lives on" in on.driver.app.clipboard)


@promise("close")
async def _close(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "" and on.driver.app.is_running)


@promise("yes")
async def _yes(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "" and model_views.show(on.world.workspace, "churn").held)


@promise("no")
async def _no(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "")
    assert not model_views.show(on.world.workspace, "churn").held
    await on.says("nothing was changed")



