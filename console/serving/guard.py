"""Who may ask: the address a client calls, the page it comes from, its token. Pure functions of a request's head.

A page on the internet can make a browser send requests to this machine: by a form or a script (its Origin gives it
away), or under a name of its own that leads here (the Host gives it away). Neither gets an answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, NamedTuple

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN: Final = frozenset({"/healthz", "/readyz", "/ping", "/health", "/v2/health/live", "/v2/health/ready"})
_REMEMBERED: Final = 256  # hosts


class Head(NamedTuple):
    """What of a request's headers matters; None where it is not there."""

    host: str | None = None
    origin: str | None = None
    authorization: bytes | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    length: int | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a request is not looked at any further."""

    status: int
    type: str
    message: str
    hint: str


@dataclass
class Guard:
    """`hosts`: names by which clients may call; `addresses`: any IP address is such a name (beyond loopback)."""

    token: str = ""
    hosts: frozenset[str] = LOOPBACK
    origins: frozenset[str] = frozenset()
    addresses: bool = False
    _known: dict[str, bool] = field(default_factory=dict)

    def refuse(self, path: str, head: Head, *, preflight: bool = False) -> Refusal | None:
        """None for a request that may be answered. Probes need no token: they tell nothing; nor does a `preflight`,
        by which a browser asks what a page may send, and which never bears one."""
        if head.host is None:
            return Refusal(400, "BadRequest", "the request has no Host, or several", "name the host that is called")
        if not self._may_be_called(head.host):
            return Refusal(
                403, "Forbidden", "the server is not called by this Host",
                "call it by its address, or add the name to [serving] hosts in footplate.toml",
            )
        if not self.may_read(head):
            return Refusal(
                403, "Forbidden", "requests of web pages from elsewhere are not answered",
                "add the page's origin to [serving] origins in footplate.toml",
            )
        if self.token and path not in OPEN and not preflight and not self._knows(head.authorization):
            return Refusal(
                401, "Unauthorized", "the request has no token, or a wrong one",
                "send `Authorization: Bearer TOKEN`, with the token that the server was started with",
            )
        return None

    def _may_be_called(self, host: str) -> bool:
        found = self._known.get(host)
        if found is None:
            name = bare(host)
            found = name in self.hosts or (self.addresses and _is_address(name))
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[host] = found
        return found

    def may_read(self, head: Head) -> bool:
        """Whether the answer is for the page that asks: one that this server gave, or that the settings name."""
        if head.origin is None:
            return True
        origin, host = head.origin, head.host or ""
        return origin.lower() in self.origins or origin.lower().partition("://")[2] == host.lower()

    def _knows(self, authorization: bytes | None) -> bool:
        scheme, _, given = (authorization or b"").partition(b" ")
        right = hmac.compare_digest(given.strip(), self.token.encode())
        return right and scheme.lower() == b"bearer"


def head_of(headers: Iterable[tuple[bytes, bytes]]) -> Head:
    """The headers that matter. A Host, Origin or Authorization that stands there twice counts as a wrong one."""
    host = origin = content_type = encoding = None
    authorization: bytes | None = None
    length: int | None = None
    for name, value in headers:
        if name == b"host":
            host = value.decode("latin-1") if host is None else ""
        elif name == b"content-length":
            length = int(value) if value.isdigit() else None
        elif name == b"content-type":
            content_type = value.decode("latin-1")
        elif name == b"authorization":
            authorization = value if authorization is None else b""
        elif name == b"origin":
            origin = value.decode("latin-1") if origin is None else "null"
        elif name == b"content-encoding":
            encoding = value.decode("latin-1")
    return Head(host or None, origin, authorization, content_type, encoding, length)


def bare(host: str) -> str:
    """A Host without its port, lower case.

    >>> bare("LocalHost:8000"), bare("[::1]:8000"), bare("10.0.0.1")
    ('localhost', '::1', '10.0.0.1')
    """
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
