"""Events and the daemon's log in one order of time, from either end, filtered alike, however large the log."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.errors import UsageError
from core.views import logs, stream
from core.views.stream import Entry
from core.vocabulary import EventKind
from core.workspace import Workspace
from tests.fakes.clock import START, FakeClock


def at(minutes: float) -> str:
    return clock.iso(START + timedelta(minutes=minutes))


@pytest.fixture
def house(workspace: Workspace, clock: FakeClock) -> Workspace:
    """Events at the minutes 1 to 6, the log says something between; one file was rotated away."""
    for minute in range(1, 7):
        clock.go_on(60)
        with workspace.registry.write("ann" if minute % 2 else "daemon") as tx:
            tx.emit(EventKind.MODEL_HELD, f"model m{minute}", reason=f"why {minute}")
    log(workspace).write_text(
        f"{at(3.5)} disk full\nTraceback (most recent call last):\n  here\nOSError: full\n{at(5.5)} better\n", "utf-8"
    )
    log(workspace, ".1").write_text(f"before any time\n{at(1.5)} first words\n", "utf-8")
    return workspace


def log(workspace: Workspace, suffix: str = "") -> Path:
    return workspace.logs / f"daemon.log{suffix}"


def told(entry: Entry) -> str:
    return entry.lines[0] if entry.lines else entry.subject


def all_of(workspace: Workspace, order: str, limit: int) -> list[Entry]:
    found: list[Entry] = []
    after = None
    while True:
        page = stream.list(workspace, order=order, limit=limit, after=after)
        found, after = [*found, *page.rows], page.next
        if after is None:
            return found


def test_they_stand_in_the_order_of_time(house: Workspace) -> None:
    assert [told(entry) for entry in stream.list(house)] == [
        "model m6", "better", "model m5", "model m4", "disk full", "model m3", "model m2", "first words",
        "before any time", "model m1", "workspace",
    ]
    entry = next(entry for entry in stream.list(house) if told(entry) == "disk full")
    assert entry.lines[1:] == ("Traceback (most recent call last):", "  here", "OSError: full")
    assert entry.to_json()["payload"]["text"].endswith("OSError: full") and entry.to_json()["kind"] == "log"


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_of_any_size_from_either_end_are_the_same_stream(house: Workspace, limit: int) -> None:
    down, up = all_of(house, "", limit), all_of(house, "at", limit)
    assert [entry.key for entry in down] == [entry.key for entry in up][::-1]
    assert len(down) == 11 == stream.count(house)


def test_one_filter_asks_both(house: Workspace) -> None:
    def found(where: str) -> list[str]:
        return [told(entry) for entry in stream.list(house, where=where)]

    assert found("kind=log") == ["better", "disk full", "first words", "before any time"]
    assert found("full") == ["disk full"] and found("actor=ann") == ["model m5", "model m3", "model m1"]
    assert found("kind=log !disk !words !before") == ["better"]
    assert found("kind=ModelHeld why payload~2") == ["model m2"]
    assert found(f"at>{at(5)[:19]} kind=log") == ["better"]
    assert found("/^.{2}st. w/") == [] and found("payload~/wo.ds$/") == ["first words"]
    assert found("-f dskfll") == ["disk full"] and found("subject=daemon.log.1 any") == ["before any time"]
    assert stream.count(house, "kind=log") == 4
    assert found("id<=3") == ["model m2", "model m1", "workspace"] and found('id="" full') == ["disk full"]
    assert [entry.id for entry in stream.list(house, order="-id", limit=3)] == [7, 6, 5]
    with pytest.raises(UsageError):
        stream.list(house, where="kind=lok")
    with pytest.raises(UsageError, match="its order is that of time"):
        stream.list(house, order="kind")


def test_what_comes_after_is_read_from_where_one_was(house: Workspace, clock: FakeClock) -> None:
    after = stream.now(house)
    assert stream.list(house, order="at", after=after, limit=0).rows == ()
    with log(house).open("a", encoding="utf-8") as file:
        file.write(f"{at(6.5)} again\n")
    clock.go_on(60)
    with house.registry.write("ann") as tx:
        tx.emit(EventKind.MODEL_RESUMED, "model m6")
    page = stream.list(house, order="at", after=after, limit=0)
    assert [told(entry) for entry in page] == ["again", "model m6"]
    after = stream.after(page.rows, after)
    assert stream.list(house, order="at", after=after, limit=0).rows == ()


def test_a_log_that_is_rotated_while_one_reads_is_read_on_where_it_went(house: Workspace) -> None:
    page = stream.list(house, where="kind=log", limit=1)
    assert told(page.rows[0]) == "better"
    log(house, ".1").rename(log(house, ".2"))
    log(house).rename(log(house, ".1"))
    log(house).write_text(f"{at(7)} a new file\n", "utf-8")
    rest = stream.list(house, where="kind=log", after=page.next)
    assert [told(entry) for entry in rest] == ["disk full", "first words", "before any time"]
    assert told(stream.list(house, where="kind=log").rows[0]) == "a new file"
    log(house).write_text("", "utf-8")  # emptied in its place
    assert told(stream.list(house, where="kind=log").rows[0]) == "better"


def test_of_a_huge_log_only_the_end_is_looked_at(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = log(workspace)
    with path.open("wb") as file:
        file.truncate(3 << 30)  # holes: it takes no room
        file.seek(0, os.SEEK_END)
        file.write(f"\n{at(1)} the end\n".encode())
    monkeypatch.setattr(logs, "END", 1 << 20)
    assert told(stream.list(workspace, where="kind=log", limit=1).rows[0]) == "the end"
    assert logs.earlier_bytes(workspace) > 2 << 30


def test_lines_without_end_and_bytes_that_are_no_text(workspace: Workspace) -> None:
    odd = b"x" * 300_000 + b"\n\xff\xfe\x1b[31m\n"
    log(workspace).write_bytes(at(1).encode() + b" " + odd + at(2).encode() + b" ok")
    ok, long, *_ = stream.list(workspace, where="kind=log").rows
    assert told(ok) == "ok" and len(long.lines[0]) <= logs.LONGEST and "\x1b" not in "".join(long.lines)
    assert [told(entry)[:3] for entry in all_of(workspace, "at", 3) if entry.kind == "log"][-1] == "ok"


def test_no_log_is_no_trouble(workspace: Workspace) -> None:
    log(workspace).unlink(missing_ok=True)
    assert [entry.kind for entry in stream.list(workspace)] == ["WorkspaceCreated"]
    assert logs.end(workspace) is None
