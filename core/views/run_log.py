"""What a run said while it ran: the end of its log, or that and what is still to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from core.errors import NotFound
from core.text import visible
from core.views.run_fields import RUN
from core.vocabulary import RunState
from core.workspace import Workspace

LOG_BYTES = 256 << 10  # of the end of a log that are looked at


def log(workspace: Workspace, id: int, lines: int = 200) -> tuple[str, ...]:
    """The last lines of a run's log, made visible; empty where it has none."""
    path = _log_of(workspace, id)[0]
    return tail(path, lines) if path is not None else ()


def _log_of(workspace: Workspace, id: int) -> tuple[Path | None, bool]:
    """Where the log of a run is, and whether the run is over."""
    with workspace.registry.read() as connection:
        row = connection.execute(select(RUN.c.log, RUN.c.state).where(RUN.c.id == id)).fetchone()
    if row is None:
        raise NotFound(f"there is no run {id}", "`footplate runs list` shows them")
    return workspace.hidden / row[0] if row[0] else None, row[1] not in (RunState.QUEUED, RunState.RUNNING)


def follow(workspace: Workspace, id: int, lines: int, pause: Callable[[], None]) -> Iterator[str]:
    """The last lines of a run's log (0: all of its last 256 KiB), then what comes, until the run is over."""
    begun, at = False, 0
    while True:
        path, over = _log_of(workspace, id)  # before the log is read: nothing of its end is missed
        found, at = _lines_from(path, at, over) if path is not None else ([], 0)
        yield from found[-lines:] if lines and not begun else found
        if over:
            return
        begun = True
        pause()


def _lines_from(path: Path, at: int, over: bool) -> tuple[Sequence[str], int]:
    """The whole lines after an offset, and the offset behind them; of a log that is over also a line without an end."""
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, 2)
            cut = end - at > LOG_BYTES
            stream.seek(max(at, end - LOG_BYTES) if cut else at)
            data = stream.read()
    except OSError:
        return [], at
    if cut:
        data = data[data.find(b"\n") + 1:]
    whole = data if over else data[: data.rfind(b"\n") + 1]
    return [visible(line) for line in whole.decode("utf-8", "replace").splitlines()], end - len(data) + len(whole)


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """The last `lines` lines of a file, of which at most its last 256 KiB are read; 0: all that these hold."""
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, 2)
            stream.seek(max(0, end - LOG_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ()
    found = text.split("\n")
    if end > LOG_BYTES:
        found = found[1:]  # the first one may have lost its beginning
    if found and not found[-1]:
        found.pop()
    return tuple(visible(line) for line in (found[-lines:] if lines else found))
