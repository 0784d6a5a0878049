"""What becomes of a port whose supervisor was killed: its workers answer on, and give the socket to the next one.

    worker, orphaned      offers the socket at FOLDER/orphan-PID.sock, and ends after a while
    the next supervisor   takes the socket, starts its own workers, then lets the orphans go

So no connection that waits is lost, and the port is never without somebody who listens.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from console.serving.sockets import Listening, bind, inherited

ORPHAN_SECONDS: Final = 10.0  # that orphans wait for the next supervisor
FIND_SECONDS: Final = 3.0  # that the next supervisor looks for orphans that have not noticed yet
FOLDER: Final = "serve-"  # in .footplate/run, then the supervisor's pid
LET_GO: Final = b"r"


def folder_of(run: Path, pid: int) -> Path:
    """Made anew: what an earlier process of that number left is of no use."""
    folder = run / f"{FOLDER}{pid}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def sweep(run: Path) -> None:
    """Remove what servers left that were killed; those whose workers live on are left alone."""
    for folder in run.glob(f"{FOLDER}*"):
        if not _alive(folder.name.removeprefix(FOLDER)) and not _orphans(folder):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Taken:
    """The socket to listen on, and the orphans that answer there until they are let go."""

    listening: Listening
    orphans: list[socket.socket] = field(default_factory=list)

    def let_go(self) -> None:
        """Others are ready to answer."""
        for one in self.orphans:
            with suppress(OSError):
                one.send(LET_GO)
            one.close()
        self.orphans.clear()


def take(run: Path, host: str, port: int) -> Taken:
    """Listen there, by the socket of an earlier server's workers where they still have it. Raises OSError."""
    deadline = time.monotonic() + FIND_SECONDS
    while True:
        try:
            return Taken(bind(host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            widows = [
                folder for folder in run.glob(f"{FOLDER}*")
                if not _alive(folder.name.removeprefix(FOLDER)) and _orphans(folder)
            ]
            if not widows or time.monotonic() > deadline:
                raise
            taken = _ask(widows, port)
            if taken is not None:
                return taken
        time.sleep(0.05)


def _ask(folders: list[Path], port: int) -> Taken | None:
    found: Taken | None = None
    for path in (path for folder in folders for path in folder.glob("orphan-*.sock")):
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asking.settimeout(FIND_SECONDS)
        try:
            with Near(path) as near:
                asking.connect(near)
            _, descriptors, _, _ = socket.recv_fds(asking, 1, 1)
        except OSError:
            asking.close()
            continue
        offered = [inherited(one) for one in descriptors]
        if not offered or offered[0].getsockname()[1] != port:
            asking.close()
        elif found is None:
            found = Taken(offered.pop(0), [asking])
        else:
            found.orphans.append(asking)
        for one in offered:
            one.close()
    return found


class Orphan:
    """A worker's side: `left` is called when it should end. Lives in the worker's loop."""

    def __init__(self, folder: Path, listening: socket.socket, left: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._left = left
        self._timer = self._loop.call_later(ORPHAN_SECONDS, left.set)
        self._offer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._offer.setblocking(False)
        with suppress(OSError):  # a folder that is gone: nobody will come
            with Near(folder / f"orphan-{os.getpid()}.sock") as near:
                self._offer.bind(near)
            self._offer.listen(4)
            self._loop.add_reader(self._offer, self._come)

    def _come(self) -> None:
        with suppress(OSError):
            asking, _ = self._offer.accept()
            asking.setblocking(False)
            socket.send_fds(asking, [b"."], [self._listening.fileno()])
            self._timer.cancel()
            self._loop.add_reader(asking, self._hear, asking)

    def _hear(self, asking: socket.socket) -> None:
        """The next supervisor is ready; or it died as well, and another one may come."""
        said = b""
        with suppress(OSError):
            said = asking.recv(1)
        self._loop.remove_reader(asking)
        asking.close()
        self._timer.cancel()
        if said == LET_GO:
            self._left.set()
        else:
            self._timer = self._loop.call_later(ORPHAN_SECONDS, self._left.set)


class Near:
    """A path of a UNIX socket, however long that of its folder is (the kernel takes 107 bytes)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> str:
        self._folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        near = f"/proc/self/fd/{self._folder}/{self._path.name}"
        return near if Path(near).parent.exists() else str(self._path)

    def __exit__(self, *error: object) -> None:
        os.close(self._folder)


def _orphans(folder: Path) -> list[str]:
    """The workers of a server that live: each keeps a sheet that bears its pid."""
    return [pid for path in folder.glob("*.json") if _alive(pid := path.name.partition("-")[0])]


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        return state not in (b"Z", b"X")
    except OSError:
        return False
