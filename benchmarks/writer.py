"""Somebody who writes: `python -m benchmarks.writer WORKSPACE PER_MINUTE`, an event a transaction, a run every tenth.

Prints a line a second with how many there are by then; goes on until it is ended.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from core.vocabulary import EventKind
from core.workspace import Workspace

A_RUN = (
    "INSERT INTO run (recipe, recipe_version_id, state, cause, params, seed, primary_metric, actor, started_at,"
    " deleted) SELECT recipe, recipe_version_id, 'running', 'manual', params, 0, primary_metric, 'writer', ?, 0"
    " FROM run ORDER BY id DESC LIMIT 1"
)


def main(root: Path, per_minute: int) -> None:
    workspace = Workspace.open(root, actor="writer")
    began, count, told = time.perf_counter(), 0, 0.0
    while True:
        ahead = began + count * 60 / per_minute - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        with workspace.registry.write("writer") as tx:
            if count % 10 == 0:
                tx.connection.exec_driver_sql(A_RUN, (tx.now.isoformat(timespec="microseconds"),))
            tx.emit(EventKind.RUN_NOTED, f"run {count}", text=f"note {count}")
        count += 1
        if time.perf_counter() - told > 1:
            told = time.perf_counter()
            print(count, f"{60 * count / max(0.001, told - began):.0f} a minute", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
