"""The daemon: hints in, looks at folders, jobs out. It keeps nothing that it cannot rebuild.

One thread decides (this one); threads of their own watch files, tick, look at folders (a dead network share
must not stop the others) and await workers. All of them only leave a hint and wake this one.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import tzinfo
from zoneinfo import ZoneInfo

import tzlocal
from sqlalchemy.exc import SQLAlchemyError

from core.automation.commits import Commits
from core.automation.diary import say
from core.automation.dispatcher import Dispatcher
from core.automation.lock import DaemonLock
from core.automation.looks import Looks
from core.automation.messenger import Messenger
from core.automation.pulse import Pulse
from core.automation.rollouts import Rollouts
from core.automation.schedule import Schedule
from core.automation.ticks import Ticks
from core.automation.watcher import Watcher
from core.errors import FootplateError
from core.recipes.recipe import Recipe
from core.registry import recipes as recipe_rows
from core.services import logkeeping, rollout
from core.services import recipes as recipe_service
from core.services.learning import ask_again, ask_for_learning
from core.services.watching import everything
from core.store.files import sweep_files
from core.vocabulary import EventKind
from core.workspace import Workspace

POLL_SECONDS = 0.25  # of the registry's change counter: what other processes ask for
BEAT_SECONDS = 2.0
RECIPES = "\x00recipes"  # the watch on recipes/ itself, a name that no dataset can have
LEASE_SECONDS = 60.0
UPKEEP_SECONDS = 3600.0
LOG_SECONDS = 600.0
TROUBLE_SECONDS = 2.0
RETRY_SECONDS = 5.0  # of recipes that could not be taken up
QUIET_SECONDS = 0.3  # a burst of saves is one save


class Daemon:
    """Runs until `stop()`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.lock = DaemonLock(workspace.run)
        self._stopping = False
        self._started = False
        self._awake = threading.Event()
        self._hints: set[str] = set()
        self._guard = threading.Lock()
        self._dispatcher = Dispatcher(workspace, self.wake)
        self._watcher = Watcher(self._hint, self._rescan)
        self._looks = Looks(workspace, self._watcher, self.wake)
        self._schedule = Schedule(_zone(workspace))
        self._ticks = Ticks(workspace, self._schedule, self.wake)
        self._rollouts = Rollouts(workspace)
        self._pulse = Pulse(workspace)
        self._messenger = Messenger(workspace)
        self._commits = Commits(workspace, self._rescan)
        self._recipes_due: float | None = 0.0
        self._flags: object = None  # of all recipes, as far as they decide what is done
        self._active: set[str] | None = None

    def run(self) -> None:
        """Take the lock, hand back what a dead daemon left, and work until stopped."""
        self.lock.acquire(self.workspace.clock)
        try:
            with closing(self.workspace.registry.change_counter()) as changes:
                try:
                    self._begin()
                    self._loop(changes.value)
                finally:
                    self._shut_down()
        finally:
            self.lock.release()

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stopping = True
        self._awake.set()

    def wake(self) -> None:
        self._awake.set()

    def _begin(self) -> None:
        with self.workspace.registry.write(self.workspace.actor) as tx:
            tx.emit(EventKind.DAEMON_STARTED, "daemon", pid=os.getpid())
        self._started = True
        say(self.workspace.clock, f"daemon {os.getpid()} works on {self.workspace.root}")
        self._dispatcher.recover()
        self._sweep()
        self._watcher.start()
        self._messenger.start()
        self._schedule.start()
        self._schedule.every(self.workspace.settings.daemon.rescan_seconds, "rescan", self._rescan)
        self._schedule.every(LEASE_SECONDS, "leases", self._dispatcher.reap_lost)
        self._schedule.every(UPKEEP_SECONDS, "upkeep", self._tidy)
        self._schedule.every(LOG_SECONDS, "log", self._tend_log)

    # -- the loop

    def _loop(self, counter: Callable[[], int]) -> None:
        seen: int | None = None
        beat, must_step = 0.0, True
        while not self._stopping:
            now = time.monotonic()
            try:
                if now - beat >= BEAT_SECONDS:
                    self.lock.beat()
                    beat = now
                if news := (value := counter()) != seen:
                    seen, must_step = value, True
                    if self._read_flags() != self._flags:
                        self._recipes_due = now
                self._collect_hints(now)
                if self._recipes_due is not None and now >= self._recipes_due:
                    self._take_up_recipes()
                self._ticks.step()
                self._rollouts.step(now, news=news)
                self._pulse.step(now)
                self._commits.step(now)
                self._looks.step(now)
                if self._dispatcher.next_wake is not None and time.time() >= self._dispatcher.next_wake:
                    must_step = True
                if must_step or self._dispatcher.running:
                    self._dispatcher.step()
                    must_step = False
            except Exception as error:
                # a full disk, a locked registry: it passes, and what is in the registry is not lost
                self._tell(error)
                must_step = True
                self._awake.wait(TROUBLE_SECONDS)
            if self._awake.wait(POLL_SECONDS):
                self._awake.clear()
                must_step = True

    def _tell(self, error: Exception) -> None:
        say(self.workspace.clock, f"the daemon goes on after: {error}")
        if not isinstance(error, OSError | SQLAlchemyError | FootplateError):
            traceback.print_exception(error)

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
                self._looks.hint(name)

    def _rescan(self) -> None:
        """The truth, every few minutes and when events were lost: recipes, and then every folder."""
        self._hint(RECIPES)

    def _tidy(self) -> None:
        """Copies that a killed process left, minutes that are long past, and the write-ahead log."""
        self._sweep()
        self.workspace.registry.checkpoint()
        rollout.forget_old(self.workspace)

    def _tend_log(self) -> None:
        """The prediction log: sealed and removed what is due."""
        try:
            if said := logkeeping.tend(self.workspace):
                say(self.workspace.clock, said)
        except (FootplateError, OSError) as error:
            say(self.workspace.clock, f"the prediction log could not be tended: {error}")

    def _sweep(self) -> None:
        self.workspace.store.sweep()
        self.workspace.quarantine.sweep()
        sweep_files(self.workspace.recipes)
        sweep_files(self.workspace.root)

    # -- recipes

    def _take_up_recipes(self) -> None:
        """Read the recipes, and follow them with watches, looks and schedules."""
        self._recipes_due = time.monotonic() + RETRY_SECONDS  # an exception leaves it so
        self._watcher.watch(RECIPES, self.workspace.recipes, recursive=True)
        mark = self._commits.before()
        recipe_service.sync(self.workspace)
        self._flags = self._read_flags()  # before they are acted upon: a change meanwhile is seen as one
        wanted = recipe_service.active(self.workspace)
        self._looks.follow(everything(self.workspace, wanted))
        self._ticks.follow(wanted)
        self._commits.follow(mark)
        for recipe in wanted:
            self._ask(recipe)
        self._active = {recipe.name for recipe in wanted}
        self._recipes_due = None

    def _ask(self, recipe: Recipe) -> None:
        """See to it that what was accepted while nobody could ask for a run is learned from."""
        if self._active is not None and recipe.name not in self._active:  # resumed
            with self.workspace.registry.write(self.workspace.actor) as tx:
                ask_for_learning(tx, self.workspace, recipe)
        else:
            ask_again(self.workspace, recipe)

    def _read_flags(self) -> object:
        with self.workspace.registry.read() as connection:
            return [
                (row["name"], row["hash"], row["stamp"], row["paused"], row["removed"])
                for row in recipe_rows.all(connection)
            ]

    # -- the end

    def _shut_down(self) -> None:
        """Running jobs get a moment to finish, then they are handed back."""
        self._schedule.stop()
        self._messenger.stop()
        self._watcher.stop()
        deadline = time.monotonic() + self.workspace.settings.daemon.stop_seconds
        while self._dispatcher.running and time.monotonic() < deadline:
            self._awake.wait(0.1)
            self._awake.clear()
            self._dispatcher.reap()
        self._dispatcher.hand_back_all()
        if self._started:
            say(self.workspace.clock, f"daemon {os.getpid()} stopped")
            with self.workspace.registry.write(self.workspace.actor) as tx:
                tx.emit(EventKind.DAEMON_STOPPED, "daemon", pid=os.getpid())


def _zone(workspace: Workspace) -> tzinfo:
    name = workspace.settings.time_zone
    return ZoneInfo(name) if name else tzlocal.get_localzone()
