"""Threads of the numeric libraries, when a verb itself computes."""

from __future__ import annotations

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def few_threads() -> None:
    """One thread, unless the environment says otherwise; to be called before numpy is imported.

    Beside a busy daemon OpenMP's threads wait for one another, spinning: more of them cost much more CPU time and
    save none.
    """
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
