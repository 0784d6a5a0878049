"""The loop without processes: files are added by hand, and the train jobs that are asked for are done here."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from core.registry import jobs, runs
from core.registry.database import Fence
from core.services import adding, recipes, train
from core.vocabulary import JobKind
from core.workspace import Workspace

RECIPE = """\
watch = "inbox"
target = "y"

[model]
params = { max_iter = 5 }

[gate]
min_rows = 20
min_minority = 5
"""
HEADER = ("x", "y")


class Lab:
    """A recipe `churn` in an empty workspace."""

    def __init__(self, workspace: Workspace, recipe: str = RECIPE) -> None:
        self.workspace = workspace
        self.recipe(recipe)

    def recipe(self, text: str, *, known: bool = True) -> None:
        """Save the recipe; `known`: the registry is brought up to it."""
        (self.workspace.recipes / "churn.toml").write_text(text, "utf-8")
        if known:
            recipes.sync(self.workspace)

    def add(self, name: str, rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER) -> adding.Added:
        path = self.workspace.root / name
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows(rows)
        [added] = adding.add(self.workspace, "churn", [path])
        return added

    def work(self) -> list[dict[str, Any]]:
        """Do every train job that may run now; the rows of their runs."""
        done = []
        while True:
            with self.workspace.registry.read() as connection:
                waiting = [job for job in jobs.claimable(connection) if job["kind"] == JobKind.TRAIN]
            if not waiting:
                return done
            fence, job = self.claimed(waiting[0]["id"])
            train.run(self.workspace, fence, job, lambda text: None)
            with self.workspace.registry.read() as connection:
                if row := runs.of_job(connection, fence.job):
                    done.append(dict(row))

    def claimed(self, id: int) -> tuple[Fence, Mapping[str, Any]]:
        """A job that is waiting, taken as a worker takes it."""
        with self.workspace.registry.write("daemon") as tx:
            fence = jobs.claim(tx, id, timedelta(minutes=2))
        assert fence is not None
        with self.workspace.registry.read() as connection:
            job = jobs.running(connection, fence)
        assert job is not None
        return fence, job

    def used(self, run: int) -> list[int]:
        with self.workspace.registry.read() as connection:
            return runs.data(connection, run)


def learnable(rows: int = 100, seed: int = 0, words: tuple[str, str] = ("no", "yes")) -> list[list[object]]:
    """x tells y, mostly."""
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    y = x + 0.5 * random.normal(size=rows) > 0
    return [[round(float(one), 6), words[int(hit)]] for one, hit in zip(x, y, strict=True)]
