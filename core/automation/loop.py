"""The daemon: hints in, looks at folders, jobs out. It keeps nothing that it cannot rebuild.

One thread decides (this one); threads of their own watch files, tick, look at folders (a dead network share
must not stop the others) and await workers. All of them only set a flag and wake this one.
"""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from zoneinfo import ZoneInfo

import tzlocal
from sqlalchemy.exc import SQLAlchemyError

from core import clock as clocks
from core.automation.dispatcher import Dispatcher
from core.automation.lock import DaemonLock
from core.automation.schedule import Schedule
from core.automation.watcher import Watcher
from core.errors import FootplateError
from core.recipes.recipe import Recipe
from core.services import folders
from core.services import recipes as recipe_service
from core.services.folders import Look, Settler, Watched, is_network
from core.services.scheduling import fire, remember_next
from core.vocabulary import EventKind
from core.workspace import Workspace

POLL_SECONDS = 0.25  # of the registry's change counter: what other processes ask for
BEAT_SECONDS = 2.0
CRON = "recipe "  # before the names of recipes, among the clock's own ticks
RECIPES = "\x00recipes"  # the watch on recipes/ itself, a name that no dataset can have
LEASE_SECONDS = 60.0
UPKEEP_SECONDS = 3600.0
TROUBLE_SECONDS = 2.0
QUIET_SECONDS = 0.3  # a burst of saves is one save


class Daemon:
    """Runs until `stop()`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.lock = DaemonLock(workspace.run)
        self._stopping = False
        self._awake = threading.Event()
        self._hints: set[str] = set()
        self._guard = threading.Lock()
        self._due: dict[str, float] = {}  # dataset -> monotonic time of the next look
        self._settlers: dict[str, Settler] = {}
        self._looking: dict[str, Future[Look]] = {}
        self._recipes: dict[str, Recipe] = {}
        self._recipes_due: float | None = None

    def run(self) -> None:
        """Take the lock, hand back what a dead daemon left, and work until stopped."""
        self.lock.acquire(self.workspace.clock)
        registry = self.workspace.registry
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="look")
        self._dispatcher = Dispatcher(self.workspace, self.wake)
        self._watcher = Watcher(self._hint)
        self._schedule = Schedule(_zone(self.workspace))
        changes = registry.change_counter()
        try:
            self.workspace.store.sweep()
            self.workspace.quarantine.sweep()
            with registry.write(self.workspace.actor) as tx:
                tx.emit(EventKind.DAEMON_STARTED, "daemon", pid=os.getpid())
            self._dispatcher.recover()
            self._watcher.start()
            self._schedule.start()
            self._schedule.every(self.workspace.settings.daemon.rescan_seconds, "rescan", self._rescan)
            self._schedule.every(LEASE_SECONDS, "leases", self._dispatcher.reap_lost)
            self._schedule.every(UPKEEP_SECONDS, "upkeep", self._tidy)
            self._watcher.watch(RECIPES, self.workspace.recipes, recursive=True)
            self._take_up_recipes()
            self._loop(changes.value)
        finally:
            self._shut_down()
            changes.close()
            self.lock.release()

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stopping = True
        self._awake.set()

    def wake(self) -> None:
        self._awake.set()

    # -- the loop

    def _loop(self, counter: object) -> None:
        assert callable(counter)
        seen, beat, must_step = None, 0.0, True
        while not self._stopping:
            now = time.monotonic()
            try:
                if now - beat >= BEAT_SECONDS:
                    self.lock.beat()
                    beat = now
                self._collect_hints(now)
                if self._recipes_due is not None and now >= self._recipes_due:
                    self._take_up_recipes()
                self._look_where_due(now)
                if (value := counter()) != seen:
                    seen, must_step = value, True
                if self._dispatcher.next_wake is not None and time.time() >= self._dispatcher.next_wake:
                    must_step = True
                if must_step or self._dispatcher.running:
                    self._dispatcher.step()
                    must_step = False
            except (OSError, SQLAlchemyError, FootplateError) as error:
                # a full disk, a locked registry: it passes, and what is in the registry is not lost
                print(f"{clocks.iso(self.workspace.clock.now())} the daemon goes on after: {error}", flush=True)
                must_step = True
                self._awake.wait(TROUBLE_SECONDS)
            if self._awake.wait(POLL_SECONDS):
                self._awake.clear()
                must_step = True

    def _hint(self, name: str) -> None:
        with self._guard:
            self._hints.add(name)
        self._awake.set()

    def _collect_hints(self, now: float) -> None:
        with self._guard:
            hints, self._hints = self._hints, set()
        for name in hints:
            if name == RECIPES:
                self._recipes_due = now + QUIET_SECONDS
            else:
                self._due[name] = min(self._due.get(name, now + 0.05), now + 0.05)

    def _rescan(self) -> None:
        """The truth, every few minutes: recipes and every folder."""
        with self._guard:
            self._hints |= {RECIPES, *self._recipes}
        self._awake.set()

    def _tidy(self) -> None:
        """Copies that a killed worker left, and the write-ahead log."""
        self.workspace.store.sweep()
        self.workspace.quarantine.sweep()
        self.workspace.registry.checkpoint()

    # -- recipes

    def _take_up_recipes(self) -> None:
        """Read the recipes, and follow them with watches, looks and schedules."""
        self._recipes_due = None
        try:
            recipe_service.sync(self.workspace)
        except (OSError, FootplateError) as error:
            print(f"recipes could not be read: {error}", flush=True)
            self._recipes_due = time.monotonic() + 5
            return
        wanted = recipe_service.active(self.workspace)
        self._recipes = {recipe.dataset: recipe for recipe in wanted}
        for name in self._watcher.names() - self._recipes.keys() - {RECIPES}:
            self._watcher.forget(name)
        for dataset, recipe in self._recipes.items():
            self._watcher.watch(dataset, self.workspace.locate(recipe.data.watch), recursive=recipe.data.recursive)
            self._due.setdefault(dataset, time.monotonic())
        self._follow_schedules(wanted)

    def _follow_schedules(self, wanted: list[Recipe]) -> None:
        lines = {recipe.name: recipe.triggers.schedule for recipe in wanted if recipe.triggers.schedule}
        for job in self._schedule.names():
            if job.startswith(CRON) and job.removeprefix(CRON) not in lines:
                self._schedule.remove(job)
        for name, line in lines.items():
            following = self._schedule.cron(line, CRON + name, lambda name=name: self._tick(name))  # type: ignore[misc]
            remember_next(self.workspace, name, line, following)

    def _tick(self, name: str) -> None:
        fire(self.workspace, name, self._schedule.next_time(CRON + name))

    # -- folders

    def _look_where_due(self, now: float) -> None:
        for dataset, future in list(self._looking.items()):
            if future.done():
                del self._looking[dataset]
                self._after_look(dataset, future, now)
        for dataset, due in list(self._due.items()):
            if due <= now and dataset not in self._looking:
                del self._due[dataset]
                if dataset in self._recipes:
                    self._look(dataset)

    def _look(self, dataset: str) -> None:
        recipe = self._recipes[dataset]
        settler = self._settlers.setdefault(dataset, Settler(self.workspace.settings.daemon.settle_seconds))
        watched = Watched(
            dataset, self.workspace.locate(recipe.data.watch), recipe.data.pattern, recipe.data.recursive
        )
        future = self._pool.submit(folders.look, self.workspace, watched, settler)
        future.add_done_callback(lambda done: self._awake.set())
        self._looking[dataset] = future

    def _after_look(self, dataset: str, future: Future[Look], now: float) -> None:
        settings = self.workspace.settings.daemon
        error = future.exception()
        if error is not None:
            print(f"{dataset}: the folder could not be looked at: {error}", flush=True)
            self._again(dataset, now + settings.poll_seconds)
            return
        if future.result().unsettled:
            self._again(dataset, now + max(0.1, min(0.5, settings.settle_seconds / 4)))
        recipe = self._recipes.get(dataset)
        if recipe is not None and is_network(self.workspace.locate(recipe.data.watch)):
            self._again(dataset, now + settings.poll_seconds)

    def _again(self, dataset: str, at: float) -> None:
        self._due[dataset] = min(self._due.get(dataset, at), at)

    # -- the end

    def _shut_down(self) -> None:
        """Running jobs get a moment to finish, then they are handed back."""
        self._schedule.stop()
        self._watcher.stop()
        deadline = time.monotonic() + self.workspace.settings.daemon.stop_seconds
        while self._dispatcher.running and time.monotonic() < deadline:
            self._awake.wait(0.1)
            self._awake.clear()
            self._dispatcher.reap()
        self._dispatcher.hand_back_all()
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self.workspace.registry.write(self.workspace.actor) as tx:
            tx.emit(EventKind.DAEMON_STOPPED, "daemon", pid=os.getpid())


def _zone(workspace: Workspace) -> ZoneInfo:
    name = workspace.settings.time_zone
    return ZoneInfo(name) if name else tzlocal.get_localzone()
