"""Looking at a watched folder: which files are there, which have settled, which are new.

File events are hints; this look is the truth. It reads names and times, never contents.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from core.clock import Clock
from core.registry import jobs
from core.registry.database import Transaction
from core.registry.sources import Signature
from core.services.inboxes import Inbox
from core.vocabulary import JobKind
from core.workspace import Workspace

IGNORED_START = (b".", b"~")
IGNORED_END = (b".tmp", b".part", b".partial", b".crdownload", b".swp")
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs",
           "fuse.glusterfs", "lustre", "gpfs", "beegfs", "fuse.s3fs", "fuse.rclone", "virtiofs", "vboxsf",
           "fuse.vmhgfs-fuse"}
HEAL_SECONDS = 60.0  # after a failed job, before files that still wait get another


@dataclass(frozen=True)
class Watched:
    """What a recipe says about a folder. `dataset`: or the model, where its files are scored or hold labels."""

    dataset: str
    folder: Path
    pattern: str
    recursive: bool
    purpose: JobKind = JobKind.INGEST
    out: Path | None = None  # where answers are written: left alone, also below the folder

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.dataset, self.purpose)


@dataclass
class Settler:
    """Remembers since when each file has stood still. Lost at a restart, which only costs time."""

    seconds: float
    clock: Clock
    _seen: dict[bytes, tuple[Signature, float]] = field(default_factory=dict)

    def settled(self, path: bytes, signature: Signature, *, local: bool) -> bool:
        """Whether the file has stood still for long enough, by its own time or by our watching."""
        now = self.clock.monotonic()
        before = self._seen.get(path)
        if before is None or before[0] != signature:
            self._seen[path] = before = (signature, now)
        age = self.clock.now().timestamp() - signature.mtime_ns / 1e9
        if (local and age >= self.seconds) or now - before[1] >= self.seconds:
            self._seen.pop(path, None)
            return True
        return False

    @property
    def waiting(self) -> int:
        return len(self._seen)

    def keep_only(self, paths: set[bytes]) -> None:
        for gone in self._seen.keys() - paths:
            del self._seen[gone]


@dataclass(frozen=True)
class Look:
    """One look at a folder: `unsettled` files need another look soon; no events come from a `network` folder."""

    files: int
    added: int
    unsettled: int
    network: bool


def look(workspace: Workspace, watched: Watched, settler: Settler) -> Look:
    """Remember every settled new or changed file as pending, and see to it that a job will come for it."""
    inbox = watched.inbox
    local = not is_network(watched.folder)
    with workspace.registry.read() as connection:
        known = inbox.known(connection)
    found: list[tuple[bytes, Signature]] = []
    unsettled: set[bytes] = set()
    seen: list[bytes] = []
    for path, signature in files_of(watched):
        seen.append(path)
        if known.get(path) == signature:
            continue
        if settler.settled(path, signature, local=local):
            found.append((path, signature))
        else:
            unsettled.add(path)
    settler.keep_only(unsettled)
    if found:
        with workspace.registry.write(workspace.actor) as tx:
            inbox.add_pending(tx, found)
            inbox.ensure(tx)
    elif not unsettled:
        _heal(workspace, inbox, seen)
    return Look(len(seen), len(found), len(unsettled), not local)


def ensure_ingest(tx: Transaction, dataset: str) -> None:
    """A job will take the pending files of a dataset."""
    Inbox(dataset, JobKind.INGEST).ensure(tx)


def _heal(workspace: Workspace, inbox: Inbox, seen: list[bytes]) -> None:
    """Pending files whose job failed or was cancelled get a new one, after a while; what is gone is forgotten."""
    with workspace.registry.read() as connection:
        gone = inbox.gone(connection, seen)
        waits = inbox.has_pending(connection) and inbox.can_work(connection) and not any(
            job["lane"] == inbox.lane for job in jobs.live(connection)
        )
        failed = jobs.last_failure(connection, inbox.lane) if waits else None
    waits = waits and (failed is None or workspace.clock.now() - failed >= timedelta(seconds=HEAL_SECONDS))
    if waits or gone:
        with workspace.registry.write(workspace.actor) as tx:
            inbox.forget(tx, gone)
            if waits:
                inbox.ensure(tx)


def files_of(watched: Watched) -> Iterator[tuple[bytes, Signature]]:
    """The files of a watched folder, with the signature of each."""
    left = None if watched.out is None else os.fsencode(watched.out)
    return walk(os.fsencode(watched.folder), watched.pattern, watched.recursive, left)


def walk(
    folder: bytes, pattern: str, recursive: bool, left: bytes | None = None
) -> Iterator[tuple[bytes, Signature]]:
    """Regular files and links below `folder` that the pattern names; never follows a link to a folder.

    What lies below `left` is left alone.
    """
    root = os.path.realpath(folder)
    left = None if left is None else os.path.realpath(left)
    matches = re.compile(fnmatch.translate(pattern))
    whole = "/" in pattern
    waiting = [folder]
    while waiting:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:
            continue  # gone, or not ours to read: the daemon says so where the whole folder is
        with entries:
            for entry in entries:
                if ignored(entry.name):
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if recursive and (left is None or os.path.realpath(entry.path) != left):
                            waiting.append(entry.path)
                        continue
                    shown = os.path.relpath(entry.path, folder) if whole else entry.name
                    if not matches.match(os.fsdecode(shown)):
                        continue
                    own = entry.stat(follow_symlinks=False)
                    status = link_status(entry.path, root, own) if stat.S_ISLNK(own.st_mode) else own
                    if status is not None and (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
                        yield entry.path, signature_of(status)
                except OSError:
                    continue  # it went away while we looked


def link_status(path: bytes, root: bytes, own: os.stat_result) -> os.stat_result | None:
    """Inside the folder a link counts as the file it names; one that leads out counts as itself, unread."""
    if not leads_out(path, root):
        try:
            target = os.stat(path)
        except OSError:
            return None  # dangling
        return target if stat.S_ISREG(target.st_mode) else None
    return own


def leads_out(path: bytes, root: bytes) -> bool:
    """Whether the real place of `path` is outside of the (real) folder `root`."""
    real = os.path.realpath(path)
    return real != root and not real.startswith(root.rstrip(b"/") + b"/")


def ignored(name: bytes) -> bool:
    """Names of files that are not meant to be read, or not yet."""
    return name.startswith(IGNORED_START) or name.lower().endswith(IGNORED_END)


def signature_of(status: os.stat_result) -> Signature:
    return Signature(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def is_network(folder: Path) -> bool:
    """Whether `folder` is on a network filesystem (no events come from there, and its clock is another's)."""
    try:
        mounts = Path("/proc/self/mounts").read_bytes()
    except OSError:
        return False
    return filesystem(os.path.realpath(os.fsencode(folder)), mounts) in NETWORK


def filesystem(place: bytes, mounts: bytes) -> str:
    """The type of the filesystem that `place` is on, of /proc/self/mounts: the deepest mount above it, the last there.

    >>> filesystem(b"/mnt/in", b"server:/data /mnt nfs4 rw 0 0")
    'nfs4'
    """
    deepest, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(b" ")
        if len(fields) < 3:
            continue
        mount = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8) & 255]), fields[1]).rstrip(b"/")
        if (place + b"/").startswith(mount + b"/") and len(mount) >= deepest:
            deepest, kind = len(mount), fields[2].decode("ascii", "replace")
    return kind
