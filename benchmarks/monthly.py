"""From the last byte of a monthly file to the new champion, against a plain script that does the same work.

Eleven months of flights are learned; the twelfth is renamed in, old enough that nothing has to settle. The
clock stops when the registry names the new champion. The seconds for intervals, which the script does not make,
are taken off. Both sides get one thread for arithmetic, the recipe's default, and the same niceness as our workers.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Figure, Pairs, environment, in_turns, spoken, timed
from benchmarks.place import SAMPLE, Place, move_in, place, until

BAR = 2.0
PAIRS = 7
SCRIPT = Path(__file__).with_name("plain_month.py")
MONTHS = sorted(SAMPLE.glob("flights_2013-*.csv"))


def figures() -> Iterator[Figure]:
    with place() as base:
        _learn(base)
        champion = base.root.parent / "champion.joblib"
        _plain(champion, MONTHS[:-1])
        parts: list[dict[str, float]] = []
        pairs = in_turns(lambda: _ours(base, parts), lambda: _plain(champion, MONTHS), PAIRS)
    figure = pairs.figure("monthly", "last byte of a month's file -> champion / plain script", BAR)
    yield Figure(**(figure.__dict__ | {"detail": f"{figure.detail}{_where(pairs, parts)}"}))


def _learn(base: Place) -> None:
    """Eleven months, the last of them in a run of its own, so that there is a champion that was challenged."""
    base.make("flights", "delayed", "--time", "date", "--drop", "flight")
    base.start()
    for group in (MONTHS[:10], MONTHS[10:11]):
        for month in group:
            move_in(month, base.inbox)
        base.wait()
    base.stop()
    for file in base.inbox.iterdir():
        file.unlink()


def _ours(base: Place, parts: list[dict[str, float]]) -> float:
    copy = Place(base.root.parent / "copy")
    shutil.copytree(base.root, copy.root)
    recipe = copy.root / "recipes" / "flights.toml"
    recipe.write_text(recipe.read_text("utf-8").replace(str(base.inbox), str(copy.inbox)), "utf-8")
    try:
        copy.start()
        copy.wait()
        workspace = copy.workspace()
        with workspace.registry.read() as connection:
            before = connection.exec_driver_sql("SELECT version FROM alias WHERE alias = 'champion'").scalar()

        def promoted() -> bool:
            with workspace.registry.read() as connection:
                now = connection.exec_driver_sql("SELECT version FROM alias WHERE alias = 'champion'").scalar()
            return bool(now != before)

        beside = copy.root / "arriving"
        beside.mkdir()
        move_in(MONTHS[-1], beside)
        began = time.perf_counter()
        (beside / MONTHS[-1].name).rename(copy.inbox / MONTHS[-1].name)
        until(promoted, 300, 0.02)
        took = time.perf_counter() - began
        workspace.close()
        seconds = _seconds(copy)
        parts.append({"whole": took, **seconds})
        return took - seconds["measure"]
    finally:
        copy.stop()
        shutil.rmtree(copy.root, ignore_errors=True)


def _seconds(copy: Place) -> dict[str, float]:
    import json

    [(text,)] = copy.sql("SELECT json_extract(environment, '$.seconds') FROM run ORDER BY id DESC LIMIT 1")
    return {name: float(value) for name, value in json.loads(text).items()}


def _plain(champion: Path, months: list[Path]) -> float:
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    words = ["nice", "-n", "10", sys.executable, str(SCRIPT), str(champion), *map(str, months)]
    return timed(words, env=environment(**threads))


def _where(pairs: Pairs, parts: list[dict[str, float]]) -> str:
    """Where our time went, of the last run."""
    last = parts[-1]
    return "; last: " + ", ".join(f"{name} {spoken(value)}" for name, value in last.items())
