"""File events, as hints only: something happened below this folder, go and look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch


class Watcher:
    """Watches folders and calls `hint(name)` from a thread of its own; never reads anything."""

    def __init__(self, hint: Callable[[str], None]) -> None:
        self._hint = hint
        self._observer: BaseObserver = Observer()
        self._watches: dict[str, tuple[Path, bool, ObservedWatch]] = {}

    def start(self) -> None:
        self._observer.start()

    def watch(self, name: str, folder: Path, *, recursive: bool) -> bool:
        """Watch `folder` under `name`, instead of what `name` watched; False where it cannot be watched."""
        known = self._watches.get(name)
        if known is not None:
            if known[:2] == (folder, recursive) and folder.is_dir():
                return True
            self.forget(name)
        if not folder.is_dir():
            return False
        try:
            watch = self._observer.schedule(_Hinter(name, self._hint), str(folder), recursive=recursive)
        except OSError:
            return False  # out of inotify watches: the periodic look still sees everything
        self._watches[name] = (folder, recursive, watch)
        return True

    def forget(self, name: str) -> None:
        found = self._watches.pop(name, None)
        if found is not None and not any(other[2] == found[2] for other in self._watches.values()):
            self._observer.unschedule(found[2])

    def names(self) -> set[str]:
        return set(self._watches)

    def stop(self) -> None:
        self._observer.stop()
        self._observer.join(timeout=5)


class _Hinter(FileSystemEventHandler):
    def __init__(self, name: str, hint: Callable[[str], None]) -> None:
        self._name = name
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):  # our own reading makes these
            self._hint(self._name)
