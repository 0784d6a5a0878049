"""The ingest job: store, judge and commit every pending file of a dataset, each for itself.

A batch of files is copied and hashed, made durable with one sync, and then judged one by one in natural
order of names. Each version is committed with its events in one transaction. The last transaction finds
nothing pending, ends the job and asks for the run that learns from it all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from core.data.order import natural_key
from core.errors import BadData
from core.failpoints import failpoint
from core.recipes.recipe import Recipe
from core.registry import jobs, sources
from core.registry.database import Fence
from core.registry.sources import Pending
from core.services import recipes as recipe_service
from core.services.folders import leads_out, signature_of
from core.services.learning import ask_for_learning
from core.services.recording import Copied, judge_and_record
from core.store.objects import ChangedWhileCopied, Staged
from core.text import visible
from core.workspace import Workspace

BATCH_FILES = 256
BATCH_BYTES = 256 << 20


def run(workspace: Workspace, fence: Fence, dataset: str, progress: Callable[[str], None]) -> None:
    """Take all pending files of `dataset` and finish the job."""
    job = _Ingest(workspace, fence, dataset)
    done = 0
    while True:
        batch = job.next_batch()
        if batch:
            for copied in job.copy(batch):
                judge_and_record(workspace, fence, job.recipe, copied)
                failpoint("ingest.version_committed")
                done += 1
                if done % 50 == 0:
                    progress(f"{done:,} files judged")
            continue
        if job.finish(done):
            return


class _Ingest:
    def __init__(self, workspace: Workspace, fence: Fence, dataset: str) -> None:
        self.workspace = workspace
        self.fence = fence
        self.dataset = dataset
        self.recipe: Recipe = recipe_service.of_dataset(workspace, dataset)
        self.folder = os.fsencode(workspace.locate(self.recipe.data.watch))

    def next_batch(self) -> list[Pending]:
        """The pending files that come next in natural order of their names."""
        with self.workspace.registry.read() as connection:
            waiting = sources.pending(connection, self.dataset)
        waiting.sort(key=lambda file: natural_key(os.fsdecode(os.path.relpath(file.path, self.folder))))
        batch, size = [], 0
        for file in waiting[:BATCH_FILES]:
            batch.append(file)
            size += file.signature.size
            if size > BATCH_BYTES:
                break
        return batch

    def copy(self, batch: Sequence[Pending]) -> list[Copied]:
        """Copy a batch into the store; what changed meanwhile is left to the next look at the folder."""
        staged: list[Staged] = []
        copied: list[Copied] = []
        gone: list[Pending] = []
        root = os.path.realpath(self.folder)
        for file in batch:
            name = visible(os.fsdecode(os.path.relpath(file.path, self.folder)))
            try:
                one = self._stage(file, root)
            except (ChangedWhileCopied, FileNotFoundError):
                gone.append(file)
            except BadData as problem:
                if os.path.lexists(file.path):
                    copied.append(Copied(file, name, None, file.signature.size, problem))
                else:
                    gone.append(file)
            else:
                staged.append(one)
                copied.append(Copied(file, name, one.hash, one.size))
        failpoint("ingest.staged")
        self.workspace.store.publish(staged)
        failpoint("ingest.published")
        if gone:
            with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
                for file in gone:
                    sources.forget(tx, file)
        return copied

    def _stage(self, file: Pending, root: bytes) -> Staged:
        """A copy of the file as it was when it had settled; ChangedWhileCopied where it is another by now."""
        if leads_out(file.path, root):
            raise BadData("is a link that leads out of the watched folder", check="link_out")
        place = os.path.realpath(file.path)
        one = self.workspace.store.stage(Path(os.fsdecode(place)))
        if signature_of(os.stat(place)) != file.signature:
            one.temporary.unlink(missing_ok=True)
            raise ChangedWhileCopied
        return one

    def finish(self, done: int) -> bool:
        """End the job unless files became pending meanwhile; ask for the run that learns from them."""
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            if sources.has_pending(tx.connection, self.dataset):
                return False
            for recipe in recipe_service.of_dataset_all(self.workspace, self.dataset):
                ask_for_learning(tx, self.workspace, recipe)
            jobs.finish(tx, self.fence, files=done)
        failpoint("ingest.finished")
        return True
