"""The log of a run, followed until the run is over: every line once, whole, and the last one too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NotFound
from core.registry import jobs, runs
from core.registry.database import Fence
from core.views import run_log
from core.views import runs as views
from core.vocabulary import RunState
from tests.unit.views.past import Past


@pytest.fixture
def begun(past: Past) -> tuple[int, Fence, Path]:
    past.recipe()
    run, fence = past.begin([past.version()])
    path = views.show(past.workspace, run).log
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("one\ntwo\nthr", "utf-8")
    return run, fence, path


def after(steps: list[Callable[[], object]]) -> Callable[[], None]:
    """A pause in which the next thing happens."""

    def pause() -> None:
        steps.pop(0)()

    return pause


def test_lines_come_whole_and_the_end_is_not_missed(past: Past, begun: tuple[int, Fence, Path]) -> None:
    run, fence, path = begun

    def says(text: str) -> Callable[[], object]:
        def append() -> None:
            with path.open("a", encoding="utf-8") as stream:
                stream.write(text)

        return append

    def ends() -> None:
        says("five\nno newline")()
        with past.write() as tx:
            runs.change(tx, run, state=RunState.FINISHED, ended_at=tx.now)
            jobs.finish(tx, fence)

    steps: list[Callable[[], object]] = [says("ee\n"), says("four\n"), lambda: None, ends]
    said = [*run_log.follow(past.workspace, run, 1, after(steps))]
    assert said == ["two", "three", "four", "five", "no newline"] and not steps


def test_of_a_long_log_the_end_is_followed(past: Past, begun: tuple[int, Fence, Path]) -> None:
    run, fence, path = begun
    path.write_text("x" * 99 + "\n" + ("y" * 99 + "\n") * 5_000 + "the end\n", "utf-8")
    with past.write() as tx:
        runs.change(tx, run, state=RunState.FAILED, ended_at=tx.now)
        jobs.fail(tx, fence, "no")
    said = [*run_log.follow(past.workspace, run, 0, after([]))]
    assert said[-1] == "the end" and 2_000 < len(said) < 3_000 and set(map(len, said[:-1])) == {99}


def test_a_run_that_is_not_there_has_no_log(past: Past) -> None:
    with pytest.raises(NotFound):
        next(run_log.follow(past.workspace, 7, 0, after([])))
