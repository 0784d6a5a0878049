"""Folders of files to score and of labels, without a daemon: looked at and worked through here."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from core.registry import jobs
from core.services import folders, label_files, recipes, scoring, watching
from core.services.folders import Settler
from core.vocabulary import JobKind
from tests.fakes.lab import Lab

FOLDERS = '\n[score]\nwatch = "scoring"\n\n[labels]\nwatch = "truth"\n'


class Mailroom:
    """A lab whose recipe scores `scoring` into `scored`, and takes labels from `truth`."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.workspace = lab, lab.workspace
        self.root = lab.workspace.root

    def drop(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        os.utime(path, (1, 1))
        return path

    def look(self) -> None:
        for one in watching.delivered(self.workspace, recipes.active(self.workspace)).values():
            folders.look(self.workspace, one, Settler(0.0, self.workspace.clock))

    def work(self) -> list[str]:
        """Look, and do every job of it that may run now; what they said."""
        self.look()
        told: list[str] = []
        while True:
            with self.workspace.registry.write("daemon") as tx:
                kinds = {JobKind.SCORE: scoring.run, JobKind.LABEL: label_files.run}
                waiting = [job for job in jobs.claimable(tx.connection) if job["kind"] in kinds]
                if not waiting:
                    return told
                fence = jobs.claim(tx, waiting[0]["id"], timedelta(minutes=2))
                assert fence is not None
                job = jobs.running(tx.connection, fence)
            assert job is not None
            kinds[JobKind(job["kind"])](self.workspace, fence, job, told.append)

    def events(self, kind: str) -> list[dict[str, object]]:
        import json

        with self.workspace.registry.read() as connection:
            found = connection.exec_driver_sql("SELECT payload FROM event WHERE kind = ? ORDER BY id", (kind,))
            return [json.loads(payload) for (payload,) in found]

    def states(self) -> dict[str, str]:
        with self.workspace.registry.read() as connection:
            rows = connection.exec_driver_sql("SELECT path, state FROM delivery").fetchall()
        return {os.path.relpath(os.fsdecode(path), self.root): state for path, state in rows}
