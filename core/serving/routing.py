"""Which version answers a request: the one that serves, or the one that comes in beside it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple

from core.vocabulary import Role, Strategy

_WHOLE: Final = 2**64


@dataclass(frozen=True)
class Route:
    """What is desired of a model in an environment. `share` (0..1) of the requests go to a canary's candidate."""

    model: str
    environment: str
    stable: int | None
    candidate: int | None = None
    strategy: Strategy = Strategy.REPLACE
    share: float = 0.0
    revision: int = 0

    @property
    def versions(self) -> tuple[int, ...]:
        """All that have to be ready to answer."""
        return tuple(one for one in (self.stable, self.candidate) if one is not None)


class Choice(NamedTuple):
    """`version` answers as `role`; `shadow` answers too, and nobody is told."""

    version: int
    role: Role
    shadow: int | None = None


def choose(route: Route, key: str) -> Choice | None:
    """Who answers the request of `key`; None where nothing serves.

    A key stays with the version that it got: at a larger share of the same candidate more keys go over, none back.
    """
    if route.stable is None:
        return None
    if route.candidate is None:
        return Choice(route.stable, Role.STABLE)
    if route.strategy == Strategy.SHADOW:
        return Choice(route.stable, Role.STABLE, route.candidate)
    if route.strategy == Strategy.CANARY and place(route, key) < route.share:
        return Choice(route.candidate, Role.CANARY)
    return Choice(route.stable, Role.STABLE)


def place(route: Route, key: str) -> float:
    """Where a key stands between 0 and 1: evenly spread, and another place for every candidate."""
    salted = f"{route.model}\n{route.environment}\n{route.candidate}\n{key}"
    digest = blake2b(salted.encode("utf-8", "backslashreplace"), digest_size=8).digest()
    return int.from_bytes(digest) / _WHOLE
