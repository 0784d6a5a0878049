"""The socket that a server listens on: one for all of its processes, so that what waits there is nobody's alone."""

from __future__ import annotations

import socket
from typing import Final

BACKLOG: Final = 2048  # connections that wait to be taken


class Listening(socket.socket):
    """Each process takes one connection at a time (`listen` is called with 1), and none shortens the queue by that."""

    def listen(self, backlog: int = BACKLOG, /) -> None:
        super().listen(BACKLOG)


def bind(host: str, port: int) -> Listening:
    """A socket to listen on. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = Listening(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()
    except BaseException:
        made.close()
        raise
    made.setblocking(False)
    return made


def inherited(descriptor: int) -> Listening:
    """The socket that another process of this server left or gave."""
    made = Listening(fileno=descriptor)
    made.set_inheritable(False)
    made.setblocking(False)
    return made


def address_of(listening: socket.socket) -> str:
    """HOST:PORT, as an URL has it."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
