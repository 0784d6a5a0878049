"""10,000 files of 20 kB dropped at once: all of them judged and learned from, in one ingest job and few runs."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Figure
from benchmarks.place import place

FILES, BYTES = 10_000, 20_000
MINUTES, JOBS, RUNS = 10.0, 1, 5
HEADER = "id,moment,load,pressure,temperature,site,failed\n"


def figures() -> Iterator[Figure]:
    with place() as made:
        made.make("machines", "failed", "--time", "moment", "--id", "id")
        waiting = made.root.parent / "files"
        write_files(waiting)
        made.start()
        began = time.monotonic()
        drop(waiting, made.inbox)
        made.wait(3600)
        took = time.monotonic() - began
        accepted = made.sql("SELECT count(*) FROM datasetversion WHERE state = 'accepted'")[0][0]
        jobs = made.sql("SELECT count(*) FROM job WHERE kind = 'ingest'")[0][0]
        runs = made.sql("SELECT count(*) FROM run")[0][0]
        learned = made.sql(
            "SELECT count(DISTINCT d.version_id) FROM rundata d JOIN run r ON r.id = d.run_id"
            " WHERE r.state = 'finished'"
        )[0][0]
        ingest = made.sql("SELECT started_at, ended_at FROM job WHERE kind = 'ingest' ORDER BY id")
        said = f"{accepted:,} accepted, {learned:,} learned from; ingest jobs {ingest}"
        what = f"{FILES:,} files of 20 kB -> all judged and learned from"
        yield Figure("many_files", what, took / 60, MINUTES, "min", said)
        yield Figure("many_files", "files that are not accounted for", FILES - min(accepted, learned), 0, "", said)
        yield Figure("many_files", "ingest jobs", jobs, JOBS, "", "one job takes all that is pending")
        yield Figure("many_files", "runs", runs, RUNS, "", "what arrives together is learned from together")


def write_files(folder: Path) -> None:
    folder.mkdir()
    for number in range(FILES):
        (folder / f"machines_{number:05d}.csv").write_text(_table(number), "utf-8")


def drop(waiting: Path, inbox: Path) -> None:
    """Rename them all in: they are old enough to be taken at once."""
    for path in sorted(waiting.iterdir()):
        path.rename(inbox / path.name)


def _table(number: int) -> str:
    """About 20 kB of rows, with something to learn in them."""
    chance = random.Random(number)
    lines, size, row = [HEADER], len(HEADER), 0
    while size < BYTES:
        load, pressure, heat = chance.gauss(50, 15), chance.gauss(4, 1), chance.gauss(70, 8)
        failed = chance.random() < 1 / (1 + 2.718 ** -((load - 60) / 8 + (heat - 75) / 6))
        moment = f"20{10 + number // 500:02d}-{1 + number % 12:02d}-{1 + row % 28:02d}T{row % 24:02d}:00:00"
        site = chance.choice("ABCDEFGH")
        line = f"{number}-{row},{moment},{load:.3f},{pressure:.4f},{heat:.3f},{site},{int(failed)}\n"
        lines.append(line)
        size += len(line)
        row += 1
    return "".join(lines)
