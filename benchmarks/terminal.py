"""A program in a terminal of its own, as a person sees it: keys in, bytes out, the screen that they make."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import queue
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import pyte

BLOCK = 1 << 16
QUIET = 0.04  # seconds without a byte after which an answer is over


class Terminal:
    """`command` runs in a pseudo-terminal of `columns` x `rows` until the context ends."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int = 80, rows: int = 24
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._taken = bytearray()
        self.heard = 0.0  # when the last bytes came: before they were made into a screen, which takes a while
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, close_fds=True,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )
        os.close(slave)
        self._came: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        sys.setswitchinterval(0.0005)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Note when bytes come, also while earlier ones are still made into a screen."""
        with contextlib.suppress(OSError):  # EIO: the program has ended
            while data := os.read(self._master, BLOCK):
                self._came.put((time.perf_counter(), data))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)

    def send(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def read(self, seconds: float) -> bytes:
        """What comes within `seconds`; returns as soon as something has come."""
        try:
            self.heard, data = self._came.get(timeout=seconds)
        except queue.Empty:
            return b""
        self._stream.feed(data)
        self._taken += data
        return data

    def take(self) -> bytes:
        """All that was read since this was last called."""
        taken = bytes(self._taken)
        self._taken.clear()
        return taken

    def resize(self, columns: int, rows: int) -> None:
        """As a window manager does it: another size, and a signal that says so."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)  # it is nobody's controlling terminal: the kernel sends none

    def hang_up(self) -> None:
        """The link dies: nobody holds this end any more, once who listens has heard the answer to one more key."""
        self.send("?")
        os.close(self._master)
        self._master = -1

    def until(self, holds: Callable[[str], bool], seconds: float = 30) -> float:
        """Read until the screen's text fulfils something; returns the seconds that it took."""
        began = time.perf_counter()
        while not holds(self.text()):
            if time.perf_counter() - began > seconds:
                raise TimeoutError(f"not seen within {seconds} s; the screen says:\n{self.text()}")
            self.read(0.05)
        return time.perf_counter() - began

    def settle(self, quiet: float = QUIET, longest: float = 5.0) -> int:
        """Read until nothing came for `quiet` seconds; returns how many bytes came."""
        count, end = 0, time.perf_counter() + longest
        while (data := self.read(quiet)) and time.perf_counter() < end:
            count += len(data)
        return count

    def under_cursor(self) -> str:
        """The beginning of the row that bears the cursor's mark."""
        return next((line[:20] for line in self.screen.display if line.startswith("▌")), "")

    def text(self) -> str:
        return "\n".join(self.screen.display)
