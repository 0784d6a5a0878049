"""The console over 1,000,000 runs: against a bare Textual app, against itself over 1,000, and in whole seconds.

All through a real pseudo-terminal: a figure is the time from a key (or a start) to the bytes that paint the answer.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.crowd import crowd
from benchmarks.measuring import PROJECT, Figure, environment, in_turns, spoken
from benchmarks.terminal import Terminal
from core.views import runs as run_views
from core.workspace import Workspace

MANY, FEW = 1_000_000, 1_000
STARTS = 9
PRESSES = 210  # fifteen down, fifteen up: it ends where it began
EVENTS_A_MINUTE = 10_000
START_BAR, KEY_BAR, BARE_KEY_BAR = 1.3, 1.5, 3.0
LOOK_BAR = 0.3  # seconds beyond a key in which rows, or a sign that can be cancelled, have to come
MEMORY_BAR = 120  # MB
SIGN = "Esc stops"
NAME = "churn"  # a model of the crowd
BARE = [sys.executable, str(PROJECT / "benchmarks" / "bare.py")]


def figures() -> Iterator[Figure]:
    many, few = crowd(MANY), crowd(FEW)
    yield from starts(many)
    with ExitStack() as stack:
        consoles = [stack.enter_context(at_runs(root)) for root in (many, few)]
        bare = stack.enter_context(Terminal([*BARE, "--rows", "200"], environment()))
        bare.until(lambda text: "00015" in text)
        bare.settle(0.5)
        quiet = presses([*consoles, bare])
        yield from keys(quiet)
        yield from looks(consoles[0], many, at(quiet[0], 0.95))
        peak = psutil.Process(consoles[0].process.pid).memory_full_info().rss, high_water(consoles[0].process.pid)
        yield Figure(
            "console", f"memory over {MANY:,} runs, at its highest", peak[1] / 1e6, MEMORY_BAR, "MB",
            f"{peak[0] / 1e6:.0f} MB by the end",
        )
        with writing(many) as wrote:
            beside = presses([*consoles, bare])
            written = wrote()
        yield from under_fire(quiet, beside, written)


# -- starting


def starts(root: Path) -> Iterator[Figure]:
    ours = [sys.executable, "-m", "console", "-w", str(root)]
    frame = in_turns(
        lambda: start(ours, lambda text: "? help" in text and "footplate" in text),
        lambda: start(BARE, lambda text: "Quit" in text), STARTS,
    )
    yield frame.figure("console", "the frame is painted / a bare Textual app is", START_BAR)
    rows = in_turns(
        lambda: start(ours, lambda text: NAME in text),
        lambda: start([*BARE, "--sqlmodel"], lambda text: "Quit" in text), STARTS,
    )
    yield rows.figure("console", f"first rows over {MANY:,} runs / a bare app that imports sqlmodel", START_BAR)


def start(command: Sequence[str], painted: Callable[[str], bool]) -> float:
    began = time.perf_counter()
    with Terminal(command, environment()) as terminal:
        terminal.until(painted)
        return time.perf_counter() - began


@contextmanager
def at_runs(root: Path) -> Iterator[Terminal]:
    """A console that shows the leaderboard."""
    with Terminal([sys.executable, "-m", "console", "-w", str(root)], environment()) as terminal:
        terminal.until(lambda text: NAME in text)
        terminal.send("3")
        terminal.until(lambda text: "Experiments" in text and bool(first_id(terminal)))
        terminal.settle(0.5)
        yield terminal


# -- keys


def presses(terminals: Sequence[Terminal]) -> list[list[float]]:
    """Seconds from a row down (or up) to the row that is painted, in turns."""
    taken: list[list[float]] = [[] for _ in terminals]
    for number in range(PRESSES):
        key = "j" if number // 15 % 2 == 0 else "k"
        for terminal, found in zip(terminals, taken, strict=True):
            arrow = {"j": "\x1b[B", "k": "\x1b[A"}[key] if terminal is terminals[-1] else key
            terminal.settle(0.02, 0.2)
            where = cursor_row if terminal is terminals[-1] else under
            before = where(terminal)
            began = time.perf_counter()
            terminal.send(arrow)
            terminal.until(lambda text: where(terminal) not in (before, -1, 0), 10)  # noqa: B023
            found.append(terminal.heard - began)
    return taken


def cursor_row(terminal: Terminal) -> int:
    """The line that bears the cursor: by its mark, or in a table of Textual's by a ground of its own."""
    marked = [y for y, line in enumerate(terminal.screen.display) if line.startswith(("▌", "●"))]
    if marked:
        return marked[0]
    grounds = [terminal.screen.buffer[y][8].bg for y in range(2, terminal.screen.lines - 1)]
    alone = [y for y, ground in enumerate(grounds, 2) if grounds.count(ground) == 1]
    return alone[0] if len(alone) == 1 else -1


def keys(quiet: Sequence[Sequence[float]]) -> Iterator[Figure]:
    many, few, bare = (at(times, 0.95) for times in quiet)
    middles = ", ".join(f"{spoken_exactly(at(times, 0.5))}" for times in quiet)
    said = f"{spoken_exactly(many)} against {spoken_exactly(few)}; medians (and of the bare app) {middles}"
    yield Figure("console", f"a row down, p95: over {MANY:,} runs / over {FEW:,}", many / few, KEY_BAR, "x", said)
    said = f"{spoken_exactly(many)} against {spoken_exactly(bare)}, {PRESSES} presses in turns"
    what = f"a row down, p95: over {MANY:,} runs / in a bare app"
    yield Figure("console", what, many / bare, BARE_KEY_BAR, "x", said)


def under_fire(
    quiet: Sequence[Sequence[float]], beside: Sequence[Sequence[float]], written: str
) -> Iterator[Figure]:
    many, few, bare = (at(times, 0.95) for times in beside)
    alone = at(quiet[0], 0.95)
    said = ", ".join(f"{name} {spoken_exactly(one)}" for name, one in (
        (f"{MANY:,}", many), (f"{FEW:,} (nobody writes there)", few), ("bare", bare), ("before", alone),
    ))
    what = f"the same while {EVENTS_A_MINUTE:,} events a minute are written / in a bare app"
    yield Figure("console", what, many / bare, BARE_KEY_BAR, "x", f"{said}; {written}")


@contextmanager
def writing(root: Path) -> Iterator[Callable[[], str]]:
    """Events and runs are written into the registry; all of them are taken out again afterwards."""
    before = sql(root, "SELECT (SELECT max(id) FROM event), (SELECT max(id) FROM run)")
    writer = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.writer", str(root), str(EVENTS_A_MINUTE)], env=environment(),
        stdout=subprocess.PIPE, text=True, cwd=PROJECT,
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    began = time.perf_counter()

    def wrote() -> str:
        events = sql(root, "SELECT max(id) FROM event")[0] - before[0]
        return f"{60 * events / (time.perf_counter() - began):,.0f} a minute came"

    try:
        yield wrote
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
        sql(root, f"DELETE FROM event WHERE id > {before[0]}")
        sql(root, f"DELETE FROM run WHERE id > {before[1]}")


def sql(root: Path, statement: str) -> tuple[int, ...]:
    workspace = Workspace.open(root)
    try:
        with workspace.registry.write("benchmark") as tx:
            found = tx.connection.exec_driver_sql(statement)
            return tuple(found.fetchone()) if found.returns_rows else ()
    finally:
        workspace.close()


# -- looking for something


@dataclass(frozen=True)
class Look:
    """What is typed, and the filter and order whose first row has to come."""

    what: str
    typed: str
    where: str = ""
    order: str = "-id"


LOOKS = (
    *(Look(f"sort by {name}", f"o{letters}", order=order) for name, letters, order in (
        ("score", "m", "-roc_auc"), ("recipe", "r", "recipe"), ("state", "s", "state"), ("gate", "g", "verdict"),
        ("became", "b", "outcome"), ("oldest", "aO", "started_at"), ("cause", "c", "cause"), ("took", "t", "-seconds"),
        ("worst score", "mO", "roc_auc"),
    )),
    *(Look(f"filter {where}", f"/{where}\r", where) for where in (
        "roc_auc>0.8", "roc_auc>0.93", "state=failed", "state=cancelled recipe=churn", "params.max_iter=325",
        "params.learning_rate>0.4 accuracy>0.9", "verdict=needs_approval", "log_loss<0.3 state=finished", "MemoryError",
        "nothing-has-this", "-f mmry", "/fold [34]$/", "!daemon", "tag=keep", "data=churn@7", "started_at<2020-02-01",
        "error~fold", "seconds>39",
    )),
)


def looks(terminal: Terminal, root: Path, key: float) -> Iterator[Figure]:
    """Each from the same place, and back to it."""
    workspace = Workspace.open(root)
    worst: tuple[float, str] = (0.0, "")
    told, cancels = [], []
    try:
        for look in LOOKS:
            seconds, rows, cancelled = one_look(terminal, workspace, look)
            told.append(f"{look.what}: {spoken(seconds)}" + (f" a sign, rows {spoken(rows)}" if rows > seconds else ""))
            cancels += [cancelled] if cancelled else []
            worst = max(worst, (seconds, look.what))
        seconds = jump(terminal, workspace)
        told.append(f"jump to the end: {spoken(seconds)}")
        worst = max(worst, (seconds, "jump to the end"))
    finally:
        workspace.close()
    yield Figure(
        "console", f"first rows or a sign after any sort, filter, jump; the longest: {worst[1]}", worst[0],
        round(LOOK_BAR + key, 3), "s", "; ".join(told),
    )
    if cancels:
        yield Figure("console", "Esc ends a search", max(cancels), LOOK_BAR, "s", f"{len(cancels)} searches")


def first_id(terminal: Terminal) -> int:
    """The number in the first row of the table."""
    for line in terminal.screen.display[3:4]:
        if found := re.match(r"[▌●○ ]\s*(\d+) ", line):
            return int(found[1])
    return 0


def one_look(terminal: Terminal, workspace: Workspace, look: Look) -> tuple[float, float, float]:
    """Seconds to the first rows or a sign, to the rows, and (where they took long) from Esc to its end; then back."""
    found = run_views.list(workspace, where=look.where, order=look.order, limit=1).rows
    expected = found[0].id if found else None
    newest = first_id(terminal)
    assert expected != newest, f"{look.what} begins with the row that is shown"

    def there() -> bool:
        return first_id(terminal) == expected if expected is not None else "no row matches" in terminal.text()

    sign, rows = timed(terminal, look.typed, there)
    back(terminal, look, newest)
    cancelled = 0.0
    if rows > 1.0:
        terminal.send(look.typed)
        terminal.until(lambda text: SIGN in text, 10)
        began = time.perf_counter()
        terminal.send("\x1b")
        terminal.until(lambda text: SIGN not in text, 30)
        cancelled = terminal.heard - began
        assert first_id(terminal) == newest, "Esc leaves the rows that were there"
        back(terminal, look, newest)
    return sign, rows, cancelled


def timed(terminal: Terminal, typed: str, there: Callable[[], bool]) -> tuple[float, float]:
    """Seconds from typing to a sign or the rows, and to the rows."""
    terminal.settle(0.1, 2)
    began, sign = time.perf_counter(), 0.0
    terminal.send(typed)
    while not there():
        if not sign and SIGN in terminal.text():
            sign = terminal.heard - began
        terminal.read(0.05)
        if time.perf_counter() - began > 120:
            raise TimeoutError(f"{typed!r} was not answered:\n{terminal.text()}")
    rows = terminal.heard - began
    return sign or rows, rows


def back(terminal: Terminal, look: Look, newest: int) -> None:
    """No filter, newest first, the cursor on the first row."""
    terminal.settle(0.1, 2)
    terminal.send("\x7f" if look.where else "on")
    terminal.settle(0.3, 60)
    terminal.send("g")
    terminal.until(lambda text: first_id(terminal) == newest, 60)


def jump(terminal: Terminal, workspace: Workspace) -> float:
    """To the last row: as the runs come, of a filter, and in another order (where rows without a value are last)."""
    worst = 0.0
    for typed, undo, last in (("", "", 1), ("om", "on", 7), ("/state=failed\r", "\x7f", 7)):
        if typed:
            terminal.send(typed)
            terminal.settle(0.5, 10)
        seconds, _ = timed(terminal, "G", lambda last=last: under(terminal) == last)  # type: ignore[misc]
        worst = max(worst, seconds)
        timed(terminal, "g", lambda last=last: under(terminal) != last)  # type: ignore[misc]
        if undo:
            terminal.send(undo)
            terminal.settle(0.5, 10)
    return worst


def under(terminal: Terminal) -> int:
    """The number of the row under the cursor."""
    found = re.match(r"[▌●]\s*(\d+) ", terminal.under_cursor())
    return int(found[1]) if found else 0


# -- figures


def at(values: Sequence[float], share: float) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def spoken_exactly(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def high_water(pid: int) -> float:
    """The most memory that a process ever had, bytes."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM: this needs Linux")
