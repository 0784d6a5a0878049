"""A loopback SSH server whose shell is one program on a pty, and a client that sees what a person would see."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import asyncssh
import pyte

COLUMNS, ROWS = 80, 24
NAMES = {  # what is no character; Esc is never needed
    "enter": "\r", "tab": "\t", "backspace": "\x7f", "space": " ", "pagedown": "\x1b[6~",
}
FORBIDDEN = "[]\\"  # AltGr on many keyboards; ctrl and alt have no name here


class Anybody(asyncssh.SSHServer):
    """Nobody has to prove who they are on this machine's own loopback."""

    def begin_auth(self, username: str) -> bool:
        return False


def own_terminal() -> None:
    """In the child: its standard input becomes its controlling terminal, as in a login."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@asynccontextmanager
async def served(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[int]:
    """A server on 127.0.0.1 that starts `command` for whoever comes; gives its port."""

    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        columns, rows, *_ = process.get_terminal_size()
        main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        child = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, close_fds=True, preexec_fn=own_terminal,
            env={**environment, "TERM": str(process.get_terminal_type())},
        )
        os.close(other)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def readable() -> None:
            try:
                data = os.read(main, 1 << 16)
            except OSError:  # EIO: nobody holds the other side any more
                data = b""
            if data and not process.is_closing():
                process.stdout.write(data)
            elif not data:
                loop.remove_reader(main)
                ended.set()

        async def typed() -> None:
            with suppress(asyncssh.Error, OSError):
                while data := await process.stdin.read(1 << 10):
                    os.write(main, data)
            ended.set()  # the link is gone

        loop.add_reader(main, readable)
        typing = asyncio.create_task(typed())
        try:
            await ended.wait()
        finally:
            typing.cancel()
            loop.remove_reader(main)
            os.close(main)  # which hangs up on what still runs there
            process.exit(await asyncio.to_thread(child.wait))

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Anybody, server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=handle, encoding=None, line_editor=False,
    )
    try:
        yield server.get_port()
    finally:
        server.close()
        await server.wait_closed()


class Person:
    """Sits at 80 x 24 behind the link: types keys, waits for what has to be seen."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self.process = process
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while data := await self.process.stdout.read(1 << 16):
            self._stream.feed(data)

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def shows(self, words: str) -> bool:
        """As they stand, or folded over lines."""
        return words in self.text() or words in " ".join(self.text().split())

    def row(self) -> str:
        """The row under the cursor of the table."""
        return next((line for line in self.screen.display if line.startswith("▌")), "")

    async def sees(self, *words: str, seconds: float = 30) -> None:
        await self.until(lambda: all(map(self.shows, words)), f"sees {words}", seconds)

    async def until(self, holds: Callable[[], object], what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"never {what}; the screen says:\n{self.text()}"
            await asyncio.sleep(0.02)

    def type(self, text: str) -> None:
        """Characters of a keyboard, into a line."""
        assert text.isprintable()
        self.process.stdin.write(text.encode())

    async def press(self, key: str, *sees: str, seconds: float = 30) -> None:
        """One key that CONSOLE.md allows, and what has to be seen then."""
        assert key in NAMES or (len(key) == 1 and key.isprintable() and key not in FORBIDDEN), key
        self.process.stdin.write(NAMES.get(key, key).encode())
        if sees:
            await self.sees(*sees, seconds=seconds)

    async def down_to(self, word: str) -> None:
        """j until the row under the cursor has a word in it."""
        for _ in range(ROWS):
            if word in self.row():
                return
            before = self.row()
            await self.press("j")
            await self.until(lambda before=before: self.row() != before, f"a row below {before!r}")  # type: ignore[misc]
        raise AssertionError(f"no row with {word!r}:\n{self.text()}")

    async def gone(self) -> int:
        """The exit code, once the program has ended."""
        await self.process.wait_closed()
        code = self.process.exit_status
        assert code is not None
        return code


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Person]:
    async with asyncssh.connect(
        "127.0.0.1", port, username="somebody", known_hosts=None, client_keys=None, config=[],
    ) as connection:
        process = await connection.create_process(
            term_type="xterm-256color", term_size=(COLUMNS, ROWS), encoding=None
        )
        person = Person(process)
        try:
            yield person
        finally:
            process.close()
            person._listening.cancel()
