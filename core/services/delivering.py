"""Files that are scored or hold labels, on their way through a job: in order, copied first, each taken or refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import BadData, BadInput
from core.registry import deliveries, jobs
from core.registry.database import Fence
from core.registry.deliveries import Delivered
from core.services.folders import Watched, leads_out, signature_of
from core.store.objects import ChangedWhileCopied, Staged
from core.text import visible
from core.vocabulary import EventKind, SourceState
from core.workspace import Workspace


def log_of(workspace: Workspace, model: str) -> Path:
    """The folder of a model's prediction log."""
    from core.serving.segments import directory

    return workspace.predictions / directory(model)


class Mail:
    """The pending files of one folder, as a job goes through them."""

    def __init__(self, workspace: Workspace, fence: Fence, watched: Watched) -> None:
        self.workspace, self.fence, self.watched = workspace, fence, watched
        self._folder = os.fsencode(watched.folder)

    def waiting(self) -> Iterator[tuple[Delivered, str]]:
        """The files that are pending now, with their names as shown, in natural order; last what ended an attempt."""
        from core.data.order import natural_key

        with self.workspace.registry.read() as connection:
            found = deliveries.pending(connection, self.watched.dataset, self.watched.purpose)
        named = [(file, os.fsdecode(os.path.relpath(file.path, self._folder))) for file in found]
        for file, name in sorted(named, key=lambda one: (one[0].begun, natural_key(one[1]))):
            yield file, visible(name)

    def stage(self, file: Delivered, name: str) -> Staged | None:
        """A copy of the file as it had settled, which whoever gets it removes; None where it is gone, or refused."""
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            deliveries.begin(tx, file)
        try:
            if leads_out(file.path, os.path.realpath(self._folder)):
                raise BadData(f"{name} is a link that leads out of the watched folder", check="link_out")
            place = os.path.realpath(file.path)
            staged = self.workspace.store.stage(Path(os.fsdecode(place)))
            if signature_of(os.stat(place)) != file.signature:
                staged.temporary.unlink(missing_ok=True)
                raise ChangedWhileCopied
        except (ChangedWhileCopied, FileNotFoundError):
            self._forget(file)  # the next look sees it as it is then
            return None
        except BadData as problem:
            if os.path.lexists(file.path):
                self.refuse(file, name, problem)
            else:
                self._forget(file)
            return None
        return staged

    def end(self, file: Delivered, state: SourceState, **values: Any) -> None:
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            deliveries.end(tx, file, state, **values)

    def refuse(self, file: Delivered, name: str, error: BadInput) -> None:
        """It cannot be used: told, and remembered until it is mended or gone."""
        text = f"{error.message} ({error.hint})" if error.hint else error.message
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            deliveries.end(tx, file, SourceState.REFUSED, error=visible(text))
            tx.emit(
                EventKind.FILE_REFUSED, f"model {self.watched.dataset}", file=name, purpose=self.watched.purpose,
                error=visible(error.message), hint=visible(error.hint),
                line=getattr(error, "line", None), column=getattr(error, "column", None),
            )

    def _forget(self, file: Delivered) -> None:
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            deliveries.forget(tx, file)

    def finish(self, *, waiting: bool = False, **said: Any) -> bool:
        """End the job unless files became pending meanwhile; `waiting`: those stay for later."""
        model, purpose = self.watched.dataset, self.watched.purpose
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            if not waiting and deliveries.has_pending(tx.connection, model, purpose):
                return False
            jobs.finish(tx, self.fence, **said)
        return True
