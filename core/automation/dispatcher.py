"""Claims jobs, admits them by CPUs and memory, runs each in a process of its own, and minds its limits."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from core.automation.process import end, end_rest, end_strays, launch, mark, memory_of
from core.errors import BadSettings
from core.registry import jobs
from core.registry.database import Fence
from core.services.failing import attempt_failed, handed_back, stopped_by_person
from core.vocabulary import JobState
from core.workspace import FILE_NAME, Workspace

LEASE = timedelta(minutes=2)
RENEW_SECONDS = 40.0
MEASURE_SECONDS = 1.0
GRACE_SECONDS = 3.0  # between SIGTERM and SIGKILL
PATIENCE = timedelta(minutes=10)  # that a job waits for room before smaller ones stop overtaking it
HANDED_BACK, CANCELLED = "handed back", "cancelled"


@dataclass
class Running:
    """A worker at work."""

    fence: Fence
    process: subprocess.Popen[bytes]
    log: Path
    started: float  # monotonic: a suspended machine does not count
    timeout: float
    memory: int
    cpus: int
    asked_to_stop: float | None = None
    why: str = ""
    ended: bool = False  # the process is over; that still has to be written down


class Dispatcher:
    """`step()` does whatever is due and never waits; `wake` is called when a worker ends."""

    def __init__(self, workspace: Workspace, wake: Callable[[], None]) -> None:
        self.workspace = workspace
        self.running: dict[int, Running] = {}
        self.cpus = workspace.settings.daemon.cpus
        self.memory = _memory_limit(workspace)
        self._wake = wake
        self._renewed = self._measured = workspace.clock.monotonic()
        self.next_wake: float | None = None  # wall-clock time of the next deferred job

    def recover(self) -> int:
        """At start: whatever runs belongs to a daemon that is gone; end it, and hand it back."""
        end_strays(self.workspace.root)
        with self.workspace.registry.read() as connection:
            lost = [job for job in jobs.live(connection) if job["state"] == JobState.RUNNING]
        for job in lost:
            handed_back(self.workspace, Fence(job["id"], job["epoch"]), "the daemon ended")
        return len(lost)

    def reap_lost(self) -> None:
        """Leases that ran out and are not ours: nobody works on these jobs any more."""
        now = self.workspace.clock.now()
        with self.workspace.registry.read() as connection:
            lost = [
                Fence(job["id"], job["epoch"]) for job in jobs.live(connection)
                if job["state"] == JobState.RUNNING and job["id"] not in self.running
                and job["lease_until"] is not None and job["lease_until"] < now
            ]
        for fence in lost:
            handed_back(self.workspace, fence, "its lease ran out")

    def step(self) -> None:
        self.reap()
        self._mind_limits()
        self._start_what_fits()

    # -- starting

    def _start_what_fits(self) -> None:
        with self.workspace.registry.read() as connection:
            waiting = jobs.live(connection)
        deferred = [job["not_before"] for job in waiting if job["state"] == JobState.DEFERRED]
        now = self.workspace.clock.now()
        if any(moment <= now for moment in deferred):
            with self.workspace.registry.write(self.workspace.actor) as tx:
                jobs.wake(tx)
        later = [moment for moment in deferred if moment > now]
        self.next_wake = min(later).timestamp() if later else None
        if not any(job["state"] != JobState.RUNNING for job in waiting):
            return
        with self.workspace.registry.read() as connection:
            candidates = jobs.claimable(connection)
        for job in sorted(candidates, key=lambda job: now - job["queued_at"] <= PATIENCE):
            if job["id"] in self.running:
                continue  # it waits again already, but its last worker is not quite gone
            if self._fits(job["cpus"], job["memory"]):
                self._start(job["id"], job["cpus"], job["memory"], job["timeout"])
            elif now - job["queued_at"] > PATIENCE:
                break  # room is kept for it

    def _fits(self, cpus: int, memory: int) -> bool:
        """A job that is larger than the machine still runs, alone."""
        if not self.running:
            return True
        used_cpus = sum(one.cpus for one in self.running.values())
        used_memory = sum(one.memory for one in self.running.values())
        return used_cpus + cpus <= self.cpus and used_memory + memory <= self.memory

    def _start(self, id: int, cpus: int, memory: int, timeout: float) -> None:
        with self.workspace.registry.write(self.workspace.actor) as tx:
            fence = jobs.claim(tx, id, LEASE)
        if fence is None:
            return
        log = self.workspace.logs / "jobs" / f"{id}.log"
        try:
            process = launch(self.workspace.root, id, fence.epoch, log, min(cpus, self.cpus))
        except OSError as error:  # no process, no file handle, no disk: it may pass
            attempt_failed(self.workspace, fence, f"the worker could not be started: {error}")
            return
        self.running[id] = Running(
            fence, process, log, self.workspace.clock.monotonic(), timeout, memory, cpus
        )
        threading.Thread(target=self._await_end, args=(process,), daemon=True, name=f"job-{id}").start()
        with self.workspace.registry.write(self.workspace.actor) as tx:
            jobs.note(tx, fence, pid=process.pid)

    def _await_end(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._wake()

    # -- ending

    def reap(self) -> None:
        """Take note of the workers that have ended."""
        for id, one in list(self.running.items()):
            code = one.process.poll()
            if code is None:
                continue
            if not one.ended:
                one.ended = True
                end_rest(one.process.pid, mark(self.workspace.root, one.fence.job, one.fence.epoch))
                if code != 0:  # it may have left copies under way
                    self.workspace.store.sweep()
                    self.workspace.quarantine.sweep()
            if one.why == HANDED_BACK:
                handed_back(self.workspace, one.fence, "the daemon stopped")
            elif one.why == CANCELLED:
                stopped_by_person(self.workspace, one.fence)
            else:
                attempt_failed(self.workspace, one.fence, one.why or _how_it_ended(code), final=bool(one.why))
            del self.running[id]  # last: where the registry is locked, the next step writes it down

    def _mind_limits(self) -> None:
        now = self.workspace.clock.monotonic()
        if now - self._renewed >= RENEW_SECONDS and self.running:
            self._renewed = now
            with self.workspace.registry.write(self.workspace.actor) as tx:
                jobs.renew(tx, [one.fence for one in self.running.values()], LEASE)
        if now - self._measured < MEASURE_SECONDS:
            return
        self._measured = now
        for id, one in self.running.items():
            if one.process.poll() is not None:
                continue
            if one.asked_to_stop is not None:
                if now - one.asked_to_stop > GRACE_SECONDS:
                    end(one.process.pid, signal.SIGKILL)
            elif now - one.started > one.timeout:
                self._stop(one, f"took longer than its timeout of {one.timeout:,.0f} s")
            elif (used := memory_of(one.process.pid)) > one.memory:
                self._stop(
                    one, f"used {used / 2**30:.1f} GiB of memory; its limit is {one.memory / 2**30:.1f} GiB"
                    " ([resources] memory)",
                )
            elif self._cancel_wanted(id):
                self._stop(one, CANCELLED)

    def _cancel_wanted(self, id: int) -> bool:
        with self.workspace.registry.read() as connection:
            row = jobs.get(connection, id)
        return row is not None and bool(row["cancel"])

    def _stop(self, one: Running, why: str) -> None:
        one.why = why
        one.asked_to_stop = self.workspace.clock.monotonic()
        end(one.process.pid, signal.SIGTERM)

    def hand_back_all(self) -> None:
        """Stop what still runs; the jobs are queued again and the attempts do not count."""
        for one in self.running.values():
            if one.process.poll() is None:
                one.why = one.why or HANDED_BACK
                end(one.process.pid, signal.SIGKILL)
        for one in self.running.values():
            one.process.wait()
        self.reap()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return "" if code == 0 else f"the worker ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the worker was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


def _memory_limit(workspace: Workspace) -> int:
    from core.recipes.units import parse_size

    named = workspace.settings.daemon.memory
    try:
        return parse_size(named) if named else int(psutil.virtual_memory().total * 0.75)
    except ValueError as error:
        raise BadSettings(f"{workspace.root / FILE_NAME}: daemon.memory: {error}", 'write it like "8GiB"') from None
