"""As many threads as CPUs were given: more are slower, not faster, on a machine that others use too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_settled = threading.local()


@contextmanager
def limited(cpus: int) -> Iterator[None]:
    """Limit BLAS and OpenMP inside. A worker process does it by its environment; this is for the doors."""
    import sklearn.ensemble  # noqa: F401  (what is not loaded yet cannot be limited)

    with threadpool_limits(cpus):
        yield


def settle(cpus: int) -> None:
    """Limit BLAS and OpenMP for good, where this thread calls them: for each call, it would cost more than the call.

    OpenMP's limit is a thread's own, so every thread that predicts has to ask; from the second time on, for nothing.
    """
    if getattr(_settled, "cpus", None) == cpus:
        return
    import sklearn.ensemble  # noqa: F401

    threadpool_limits(cpus)
    _settled.cpus = cpus
