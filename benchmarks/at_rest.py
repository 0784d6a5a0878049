"""The daemon at rest: what it holds and what it costs while nothing happens, after a recipe was learned."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.measuring import Figure
from benchmarks.place import SAMPLE, move_in, place, processes, until

MEMORY, CPU, PROCESSES = 90.0, 0.3, 2  # MB, % of a core
SECONDS = 60.0


def figures() -> Iterator[Figure]:
    with place() as made:
        made.make("flights", "delayed", "--time", "date", "--drop", "flight")
        pid = made.start()
        for month in sorted(SAMPLE.glob("*.csv"))[:2]:
            move_in(month, made.inbox)
            made.wait()
        until(lambda: len(processes(pid)) == 1, 60)  # the last worker is gone
        time.sleep(5)  # and the daemon has looked once more
        used, began = _cpu(pid), time.monotonic()
        time.sleep(SECONDS)
        took = time.monotonic() - began
        share = 100 * (_cpu(pid) - used) / took
        family = processes(pid)
        memory = sum(one.memory_info().rss for one in family) / 1e6
        yield Figure("at_rest", "resident memory of the daemon", memory, MEMORY, "MB", "all its processes together")
        yield Figure("at_rest", "CPU of the daemon at rest", share, CPU, "%", f"of one core, over {took:.0f} s")
        yield Figure("at_rest", "processes of the daemon", len(family), PROCESSES, "", "itself and its children")


def _cpu(pid: int) -> float:
    """Seconds that a daemon and all that it started have used."""
    return sum(sum(one.cpu_times()[:2]) for one in processes(pid))
