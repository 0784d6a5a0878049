"""The process beside several workers: starts them, starts them again, replaces them one by one, ends them.

It holds the listening socket, so that what connects while a worker is not there waits for the next one.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from console.serving.handover import Taken
from console.serving.options import TOKEN, Options
from core.errors import FootplateError

AGAIN_SECONDS: Final = (0.1, 10.0)  # before a worker that died is started again: first, and at most
STEADY_SECONDS: Final = 10.0  # after which a worker that dies is one that ran well
SILENT_SECONDS: Final = 60.0  # without a beat, after which one that was ready is taken for hung
LOADING_SECONDS: Final = 300.0  # and one that was not
HOPELESS: Final = 5  # that died before any was ready
MODULE: Final = "console.serving.child"
_log = logging.getLogger("footplate.serve")


@dataclass
class Running:
    """One worker. `life` is closed when it may go; `replaces`: who goes when this one is ready."""

    process: subprocess.Popen[bytes]
    beats: int
    life: int
    replaces: Running | None = None
    ready: bool = False
    began: float = field(default_factory=time.monotonic)
    beat_at: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.process.pid


class Supervisor:
    """`again` reads the options anew at SIGHUP; `gone` is told the pids of workers that ended; `patience`: seconds
    that workers get to end."""

    def __init__(
        self, root: Path, options: Options, taken: Taken, folder: Path, again: Callable[[], Options],
        gone: Callable[[int], None], patience: float,
    ) -> None:
        self._root, self._options, self._taken, self._folder = root, options, taken, folder
        self._again, self._gone, self._patience = again, gone, patience
        self._running: list[Running] = []
        self._leaving: list[Running] = []
        self._due: list[float] = [0.0] * options.workers  # when workers that are missing are started
        self._wait = AGAIN_SECONDS[0]
        self._to_replace: list[Running] = []
        self._ever_ready = False
        self._died = 0
        self._stop = self._hang_up = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises FootplateError where no worker ever came up."""
        woken, wake = os.pipe()
        for descriptor in (woken, wake):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._note)
        try:
            while not self._stop:
                self._start_due()
                self._listen(woken, self._pause())
                self._reap()
                self._replace()
                if self._died >= HOPELESS and not self._ever_ready:
                    raise FootplateError("the server's processes end as soon as they begin", "their log says why")
        finally:
            self._end_all()
            signal.set_wakeup_fd(-1)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._stop |= number in (signal.SIGTERM, signal.SIGINT)
        self._hang_up |= number == signal.SIGHUP

    # -- starting

    def _start_due(self) -> None:
        now = time.monotonic()
        due = [at for at in self._due if at <= now]
        self._due = [at for at in self._due if at > now]
        for _ in due:
            self._running.append(self._start())

    def _start(self, replaces: Running | None = None) -> Running:
        listening = self._taken.listening.fileno()
        beats, beat = os.pipe()
        life, held = os.pipe()
        words = [str(self._root), self._options.words(), str(self._folder), *map(str, (listening, beat, life))]
        environment = os.environ | {TOKEN: self._options.token}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE, *words], stdin=subprocess.DEVNULL,
            pass_fds=(listening, beat, life), env=environment, start_new_session=True, cwd=self._root,
        )
        os.close(beat)
        os.close(life)
        os.set_blocking(beats, False)
        return Running(process, beats, held, replaces)

    # -- looking after them

    def _listen(self, woken: int, seconds: float) -> None:
        """Wait for a beat, a signal or the time."""
        by_pipe = {one.beats: one for one in [*self._running, *self._leaving]}
        heard, _, _ = select.select([woken, *by_pipe], [], [], seconds)
        for descriptor in heard:
            said = b""
            with suppress(BlockingIOError):
                said = os.read(descriptor, 4096)
            one = by_pipe.get(descriptor)
            if one is not None and said:
                self._beat(one)
            elif one is not None:  # it ended; until that is known its pipe would wake us for ever
                one.process.wait()

    def _beat(self, one: Running) -> None:
        one.beat_at = time.monotonic()
        if one.ready:
            return
        one.ready = self._ever_ready = True
        self._taken.let_go()
        if one.replaces is not None:
            self._let_go(one.replaces)
            one.replaces = None

    def _reap(self) -> None:
        now = time.monotonic()
        for one in [*self._running, *self._leaving]:
            silent = now - one.beat_at
            if silent > (SILENT_SECONDS if one.ready else LOADING_SECONDS):
                _log.error("worker %d has not said a word for %.0f s: it is ended", one.pid, silent)
                one.process.kill()
                one.process.wait()
            code = one.process.poll()
            if code is None:
                continue
            os.close(one.beats)
            os.close(one.life)
            self._gone(one.pid)
            if one in self._leaving:
                self._leaving.remove(one)
                continue
            self._running.remove(one)
            _log.error("worker %d ended by itself (%s)", one.pid, f"signal {-code}" if code < 0 else f"exit {code}")
            self._died += 1
            if one.replaces is not None:
                _log.error("it was to replace worker %d, which goes on", one.replaces.pid)
                self._to_replace.clear()
                continue
            steady = now - one.began > STEADY_SECONDS
            self._due.append(now + (AGAIN_SECONDS[0] if steady else self._wait))
            self._wait = AGAIN_SECONDS[0] if steady else min(2 * self._wait, AGAIN_SECONDS[1])

    def _pause(self) -> float:
        return max(0.0, min([1.0, *(at - time.monotonic() for at in self._due)]))

    # -- replacing

    def _replace(self) -> None:
        """At SIGHUP: one after the other, so that somebody answers all the time."""
        if self._hang_up:
            self._hang_up = False
            try:
                self._options = self._again()
            except FootplateError as error:
                _log.error("settings as they were: %s (%s)", error.message, error.hint)
            more = self._options.workers - len(self._running) - len(self._due)
            self._due += [0.0] * more
            for one in self._running[: max(0, -more)]:
                self._let_go(one)
            self._to_replace = [one for one in self._running if one.replaces is None]
        if self._to_replace and all(one.replaces is None for one in self._running):
            old = self._to_replace.pop(0)
            if old in self._running:
                self._running.append(self._start(replaces=old))

    def _let_go(self, one: Running) -> None:
        if one in self._running:
            self._running.remove(one)
            self._leaving.append(one)
            one.process.terminate()

    # -- ending

    def _end_all(self) -> None:
        """A second signal does not wait for requests under way."""
        self._stop = False
        self._taken.listening.close()
        deadline = time.monotonic() + self._patience
        everybody = [*self._running, *self._leaving]
        for one in everybody:
            one.process.terminate()
        for one in everybody:
            while one.process.poll() is None:
                if self._stop or time.monotonic() > deadline:
                    one.process.kill()
                with suppress(subprocess.TimeoutExpired):
                    one.process.wait(0.05)
            self._gone(one.pid)
