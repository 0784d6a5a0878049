"""Requests over HTTP/1.1 on connections that stay open, as fast as they are answered: a client that costs little.

    python -m benchmarks.load HOST PORT PATH BODY_FILE CONNECTIONS SECONDS     prints one JSON object
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AGAIN_SECONDS = 0.02  # before a connection that was refused or broke is made again


@dataclass
class Answer:
    """One request. `status` 0: the connection ended before its answer (`lost`), or none could be made (`refused`)."""

    number: int
    status: int
    body: bytes
    began: float  # of time.time, as the log has it
    seconds: float
    lost: bool = False


def request(path: str, body: bytes, host: str = "127.0.0.1", kind: str = "application/json") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


@dataclass
class Load:
    """`asks` gives the bytes of the n-th request, or None when there are no more; `told` is called with each answer."""

    host: str
    port: int
    asks: Callable[[int], bytes | None]
    told: Callable[[Answer], None]
    connections: int = 16
    next: int = 0
    refused: int = 0  # connections that could not be made: nothing was asked on them
    _open: set[Connection] = field(default_factory=set)

    async def run(self) -> None:
        await asyncio.gather(*(self._keep() for _ in range(self.connections)))

    async def _keep(self) -> None:
        """One connection, made again when it ends, as long as there is something to ask."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, one = await loop.create_connection(lambda: Connection(self), self.host, self.port)
            except OSError:
                self.refused += 1
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if await one.done:
                return
            await asyncio.sleep(AGAIN_SECONDS)


class Connection(asyncio.Protocol):
    """`done`: True when there was nothing more to ask, False when the connection ended before."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""
        self._number = -1  # of the request that is not answered yet
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        data = self._load.asks(self._load.next)
        if data is None:
            self._number = -1
            self.done.set_result(True)
            self._transport.close()
            return
        self._number = self._load.next
        self._load.next += 1
        self._at, self._began = time.time(), time.perf_counter()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        place = lower.find(b"content-length:")
        length = int(lower[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        number, self._number = self._number, -1
        took = time.perf_counter() - self._began
        self._load.told(Answer(number, int(head[9:12]), rest[:length], self._at, took))
        if b"connection: close" in lower:
            self._transport.close()
        elif not self._transport.is_closing():
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if self._number >= 0:
            took = time.perf_counter() - self._began
            self._load.told(Answer(self._number, 0, b"", self._at, took, lost=True))
        if not self.done.done():
            self.done.set_result(False)


def measure(host: str, port: int, path: str, body: bytes, connections: int, seconds: float) -> dict[str, float]:
    """The same request for so long: answers a second, median and 99th percentile in seconds, and failures."""
    took: list[float] = []
    failed = 0
    asked, end = request(path, body), time.perf_counter() + seconds

    def told(answer: Answer) -> None:
        nonlocal failed
        if answer.status == 200:
            took.append(answer.seconds)
        else:
            failed += 1

    began = time.perf_counter()
    load = Load(host, port, lambda number: asked if time.perf_counter() < end else None, told, connections)
    asyncio.run(load.run())
    whole = time.perf_counter() - began
    took.sort()
    if not took:
        return {"per_second": 0.0, "p50": 0.0, "p99": 0.0, "failed": failed}
    return {
        "per_second": len(took) / whole, "p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)],
        "failed": failed,
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    print(json.dumps(measure(
        words[0], int(words[1]), words[2], Path(words[3]).read_bytes(), int(words[4]), float(words[5])
    )))
