"""As many threads as CPUs were given: more are slower, not faster, on a machine that others use too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def limited(cpus: int) -> Iterator[None]:
    """Limit BLAS and OpenMP inside. A worker process does it by its environment; this is for the doors."""
    import sklearn.ensemble  # noqa: F401  (what is not loaded yet cannot be limited)

    with threadpool_limits(cpus):
        yield


def settle(cpus: int) -> None:
    """Limit BLAS and OpenMP in this process for good: a limit for each call would cost more than a small call."""
    import sklearn.ensemble  # noqa: F401

    threadpool_limits(cpus)
