"""File events, as hints only: something happened below this folder, go and look."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

OVERFLOW_LOGGER = "watchdog.observers.inotify_c"  # the only place where watchdog says that events were lost


@dataclass(frozen=True)
class _Watch:
    folder: Path
    recursive: bool
    identity: tuple[int, int]  # of the folder: one that was replaced is another, and the old watch is dead
    handle: ObservedWatch


class Watcher:
    """Watches folders and calls `hint(name)` from a thread of its own; never reads anything.

    `overflow()` is called when more happened than the kernel could tell.
    """

    def __init__(self, hint: Callable[[str], None], overflow: Callable[[], None] = lambda: None) -> None:
        self._hint = hint
        self._observer: BaseObserver = Observer()
        self._watches: dict[str, _Watch] = {}
        self._listener = _Listener(overflow)

    def start(self) -> None:
        logging.getLogger(OVERFLOW_LOGGER).addHandler(self._listener)
        self._observer.start()

    def watches(self, name: str, folder: Path, *, recursive: bool) -> bool:
        """Whether `name` watches exactly this folder."""
        known = self._watches.get(name)
        return known is not None and (known.folder, known.recursive, known.identity) == (
            folder, recursive, _identity(folder)
        )

    def watch(self, name: str, folder: Path, *, recursive: bool) -> bool:
        """Watch `folder` under `name`, instead of what `name` watched; False where it cannot be watched."""
        if self.watches(name, folder, recursive=recursive):
            return True
        self.forget(name)
        identity = _identity(folder)
        if identity is None or not folder.is_dir():
            return False
        try:
            handle = self._observer.schedule(_Hinter(name, self._hint), str(folder), recursive=recursive)
        except OSError:
            return False  # out of inotify watches: the periodic look still sees everything
        self._watches[name] = _Watch(folder, recursive, identity, handle)
        return True

    def forget(self, name: str) -> None:
        found = self._watches.pop(name, None)
        if found is not None and not any(other.handle == found.handle for other in self._watches.values()):
            self._observer.unschedule(found.handle)

    def names(self) -> set[str]:
        return set(self._watches)

    def stop(self) -> None:
        logging.getLogger(OVERFLOW_LOGGER).removeHandler(self._listener)
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=5)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _Hinter(FileSystemEventHandler):
    def __init__(self, name: str, hint: Callable[[str], None]) -> None:
        self._name = name
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):  # our own reading makes these
            self._hint(self._name)


class _Listener(logging.Handler):
    def __init__(self, overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._overflow = overflow

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage().lower():
            self._overflow()
