"""The plain mode: the same lists, words, questions and services, a line at a time."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from rich.text import Text

from console.seats import CLASSES
from core.views import activity
from core.views import models as model_views
from core.views import runs as run_views
from core.vocabulary import Verdict
from screens import keys
from screens.desk import Desk
from screens.format import field
from screens.linear import reader, words
from screens.linear.session import Session
from tests.screens.driver import no_daemon
from tests.screens.test_hostile import STRINGS, inhabit
from tests.screens.world import World

WAIT_SECONDS = 30.0


class Talk:
    """A session with its answers prepared; `say` gives what a line is answered."""

    def __init__(self, world: World, *answers: str, read_only: bool = False) -> None:
        self.told: list[str] = []
        self.answers: Iterator[str] = iter(answers)
        desk = Desk(world.workspace, no_daemon, no_daemon, read_only=read_only)
        self.session = Session(desk, self.told.append, self._answer)

    def _answer(self, prompt: str) -> str | None:
        self.told.append(prompt)
        return next(self.answers, None)

    def say(self, line: str) -> list[str]:
        self.told.clear()
        self.session.obey(line)
        return [*self.told]


@pytest.fixture
def talk(world: World) -> Talk:
    return Talk(world)


def test_a_list_is_told_row_by_row_with_its_number(talk: Talk) -> None:
    told = talk.say("runs flights")
    assert told[0] == "runs: 7 rows, filter recipe=flights"
    assert told[1].startswith("row 1 of 7: run 7, flights, finished, roc_auc 0.6100, became refused")
    assert len(told) == 8 and not any("  " in line for line in told)


def test_a_filter_and_an_order_are_those_of_the_console(talk: Talk) -> None:
    assert talk.say("runs /roc_auc>0.695")[0] == "runs: 2 rows, filter roc_auc>0.695"
    assert talk.say("sort -score")[1].startswith("row 1 of 2: run 5")
    assert talk.say("filter nonsense") == ["no row matches nonsense; filter alone shows all"]
    assert talk.say("/")[0] == "runs: 7 rows, order score"
    assert talk.say("filter roc_auc>>1")[0].startswith("error: ")
    assert talk.say("where") == ["runs"]
    assert talk.say("row 2")[0].startswith("row 2 of 7: run 1,")


def test_a_long_list_goes_on_when_it_is_asked_to(world: World) -> None:
    for number in range(45):
        world.run(verdict=Verdict.FAILED, minutes=2 - number / 60)
    talk = Talk(world)
    told = talk.say("runs")
    assert told[0] == "runs: 52 rows" and len(told) == 22 and told[-1] == "32 rows more: next"
    assert talk.say("next")[0].startswith("row 21 of 52: run 32")
    assert talk.say("next")[-1].startswith("row 52 of 52: run 1,")
    assert talk.say("next") == ["that was all"]
    assert talk.say("row 53") == ["error: there is no row 53 in runs", "hint: there are 52"]


def test_open_and_back_keep_the_row(talk: Talk) -> None:
    talk.say("runs")
    assert talk.say("open 3")[0] == "run 5, flights, finished, passed"
    assert talk.say("where") == ["runs, run 5"]
    assert talk.say("back")[1].startswith("row 3 of 7: run 5")
    assert talk.say("describe")[0] == "run 5, flights, finished, passed"
    assert talk.say("back")[0] == "error: this is where the list begins"
    assert talk.say("open x") == ["error: 'x' is no number of a row", "hint: as in: open 3"]


def test_every_root_of_every_screen_can_be_told(world: World) -> None:
    desk = Desk(world.workspace, no_daemon, no_daemon)
    for name in keys.SCREENS:
        module, cls = CLASSES[name]
        screen = getattr(import_module(module), cls)(desk)
        assert [type(level) for level in reader.roots(name)] == [type(level) for level in screen.roots()]
    talk = Talk(world)
    places = "overview data runs models deployments monitors alerts jobs decisions recipes schedules pipelines events"
    for line in places.split():
        told = talk.say(line)
        assert told and not any(one.startswith("error") for one in told), (line, told)


def test_a_version_of_a_model_has_its_parts(talk: Talk) -> None:
    talk.say("model flights")
    talk.say("open 1")
    assert talk.say("part gate") and talk.say("where") == ["models, flights, v6 gate"]
    talk.say("part")
    assert talk.say("where") == ["models, flights, v6 card"]
    assert talk.say("part nonsense")[0] == "error: there is no part 'nonsense'"


def test_promote_asks_and_only_y_does_it(world: World) -> None:
    talk = Talk(world, "", "yes")
    talk.say("model flights")
    told = talk.say("promote 3")
    assert told[0] == "Promote flights v4?" and told[-1] == "nothing was changed"
    assert "in a shell: footplate models promote flights 4 --champion 6" in told
    assert model_views.show(world.workspace, "flights").champion == 6
    assert talk.say("promote flights@4")[-1].startswith("flights v4 is the champion")
    assert model_views.show(world.workspace, "flights").champion == 4
    assert talk.say("promote 3") == [
        "error: flights v4 is the champion already", "hint: choose another version"
    ]


def test_undo_tells_what_comes_back(world: World) -> None:
    talk = Talk(world, "y", "y")
    talk.say("models")
    talk.say("hold 1")
    assert model_views.show(world.workspace, "flights").held
    assert talk.say("hold")[0].startswith("error: flights does not allow that")
    told = talk.say("undo")
    assert told[0].startswith("Undo: ") and "comes back: flights promotes again" in told
    assert not model_views.show(world.workspace, "flights").held


def test_what_cannot_be_undone_wants_its_name(world: World) -> None:
    talk = Talk(world, "y", "7")
    talk.say("runs")
    assert talk.say("delete 1")[-1] == "nothing was changed"
    assert talk.say("delete 1")[-1].startswith("run 7 is deleted")
    assert 7 not in [run.id for run in run_views.list(world.workspace)]


def test_several_rows_are_one_act(world: World) -> None:
    talk = Talk(world, "y")
    talk.say("versions flights")
    told = talk.say("retire 2-4")
    assert told[0] == "Retire 3 versions?" and told[-1].startswith("3 versions retired")
    assert [version.split(", ")[1] for version in talk.say("again")[2:5]] == ["retired"] * 3


def test_a_note_keeps_its_words(world: World) -> None:
    talk = Talk(world)
    talk.say("runs")
    talk.say("note 2 it's the \"odd\" one")
    note = run_views.get(world.workspace, 6).note
    assert note is not None and note.text == "it's the \"odd\" one"


def test_read_only_changes_nothing(world: World) -> None:
    talk, before = Talk(world, *"yyyyyy", read_only=True), activity.last_event(world.workspace)
    talk.say("runs")
    for line in ("delete 1", "note 1 hello", "train flights", "promote flights@1", "undo", "daemon"):
        assert talk.say(line)[0].startswith("error: this console only reads"), line
    assert activity.last_event(world.workspace) == before


def test_news_are_told_when_they_are_asked_for(world: World) -> None:
    talk = Talk(world)
    assert talk.say("news") == ["nothing new"]
    world.run(minutes=1)
    assert len(talk.say("runs")) == 9
    told = talk.say("news")
    assert any("RunFinished, run 8" in line for line in told) and talk.say("news") == ["nothing new"]


def test_what_is_not_known_says_what_is_near(talk: Talk) -> None:
    assert talk.say("descrbe 1") == ["error: there is no command 'descrbe'", "hint: did you mean 'describe'?"]
    assert talk.say("model flihgts")[-1] == "hint: did you mean 'flights'?"
    assert talk.say("open 1")[0] == "error: nothing is open yet"
    helped = talk.say("help")
    assert len(helped) > 40 and all(": " in line for line in helped)


@pytest.mark.parametrize(("shown", "told"), [
    (field("gate", Text("✓ 12 rows")), "  gate: passed: 12 rows"),
    (field("score", Text("0.7  0.6 to 0.8")), "  score: 0.7, 0.6 to 0.8"),
    (Text('  watch  = "inbox"  # here'), '  watch  = "inbox"  # here'),
    (Text("▁▂▃ 0.71"), "0.71"),
    (Text("run 3  ✗ failed"), "run 3, failed"),
])
def test_signs_and_pictures_become_words(shown: Text, told: str) -> None:
    assert words.line(shown) == told


@pytest.mark.parametrize("text", STRINGS, ids=range(len(STRINGS)))
def test_hostile_names_are_told_safely(empty: World, text: str) -> None:
    inhabit(empty, text)
    talk = Talk(empty)
    lines = ["overview", "datasets", "open 1", "open 1", "back", "describe 1", "raw 1", "runs", "open 1", "models"]
    for line in (*lines, "open 1", "open 1", "part metrics", "jobs", "describe 1", "recipes", "describe 1", "events"):
        for said in talk.say(line):
            assert said.isprintable(), (line, said)


# -- the door


def command_line(world: World, *words: str) -> list[str]:
    return [sys.executable, "-m", "console", "-w", str(world.workspace.root), *words]


def test_it_works_with_a_pipe_and_loads_no_textual(world: World) -> None:
    program = (
        "import sys; from console.cli import run; code = run(sys.argv[1:]);"
        "heavy = sorted({'textual', 'pandas', 'numpy', 'sklearn'} & {*sys.modules}); print(heavy); sys.exit(code)"
    )
    asked = "overview\nruns\ncompare 1 2\nmodel flights\nopen 1\npart lineage\npromote\nn\nversions flights\nbogus\n"
    done = subprocess.run(
        [sys.executable, "-c", program, "-w", str(world.workspace.root), "--plain", "--read-only"],
        input=asked, capture_output=True, text=True, check=False,
    )
    assert done.stderr == "" and done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[-1] == "[]" and "row 1 of 7: run 7" in done.stdout and "error: this console only reads" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_dumb_terminal_gets_lines_a_prompt_and_completion_without_an_escape(world: World) -> None:
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        command_line(world, "--plain"), stdin=other, stdout=other, stderr=other, env=environment, close_fds=True,
    )
    os.close(other)
    got = bytearray()

    def until(holds: Callable[[str], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds(got.decode("utf-8", "replace")):
            assert time.monotonic() < deadline, got
            if select.select([main], [], [], 0.1)[0]:
                got.extend(os.read(main, 65536))

    try:
        until(lambda text: text.endswith("> "))
        os.write(main, b"runs fl\t\n")
        until(lambda text: "row 7 of 7" in text and text.endswith("> "))
        os.write(main, b"quit\n")
        assert process.wait(WAIT_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        os.close(main)
    text = got.decode()
    assert "\x1b" not in text and "2 NEED" not in text and "runs: 7 rows" in text


def test_plain_and_a_command_are_two_things(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    from console.cli import run

    assert run(["-w", str(world.workspace.root), "--plain", "status"]) == 2
    assert "--plain and --read-only open the console" in capsys.readouterr().err


def test_a_word_that_is_no_row_is_not_taken_for_the_row_before(world: World) -> None:
    talk = Talk(world, "y", "y")
    talk.say("versions flights")
    assert "'flights@1' is no number of a row" in talk.say("retire flights@1")[0]
    assert talk.say("row 1-99999999999")[-1].startswith("hint: there are")
    assert talk.say("row 99999999999999999999")[0].startswith(("error", "row"))
