"""The header line: which workspace, whether the daemon lives, what needs a person, what stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from core.views import daemon as daemon_views
from core.views.daemon import Status
from core.views.lock import locked
from core.views.overview import Brief, brief
from core.workspace import Workspace
from screens.desk import Desk
from screens.frame import Heading
from screens.plain import plain

SILENT = timedelta(seconds=120)  # a daemon that has not beaten for so long hangs


@dataclass(frozen=True)
class Pulse:
    """What changes without a commit: who the daemon is, and whether another process keeps everybody from writing."""

    daemon: object = None
    locked: bool = False


def heading(desk: Desk, *, locked: bool = False) -> Heading:
    """Read and make it; a few milliseconds, in a thread."""
    return made(desk.workspace.name, brief(desk.workspace), desk.now(), locked=locked)


def made(name: str, seen: Brief, now: datetime, *, locked: bool = False) -> Heading:
    left = Text.assemble(("footplate ", "quiet"), (plain(name), "strong"))
    parts = [Text("! registry locked", "bad")] if locked else []
    if seen.held:
        parts.append(Text(f"‖ {seen.held} HELD", "warn"))
    if seen.paused:
        parts.append(Text(f"‖ {seen.paused} PAUSED", "warn"))
    if seen.daemon.jobs_running:
        parts.append(Text(f"▶ {seen.daemon.jobs_running} running", "busy"))
    if seen.needs:
        parts.append(Text(f"! {len(seen.needs)} need you" if len(seen.needs) > 1 else "! 1 needs you", "warn"))
    parts.append(daemon(seen.daemon, now))
    return Heading(left, Text("  ").join(parts))


def daemon(status: Status, now: datetime) -> Text:
    """Whether it lives: no times, so that a header at rest does not repaint."""
    if not status.running:
        return Text("✗ no daemon", "bad")
    if status.heartbeat_at is not None and now - status.heartbeat_at > SILENT:
        return Text("! daemon silent", "bad")
    return Text("● daemon up", "good")


def pulse(workspace: Workspace, *, committed: bool) -> Pulse:
    """Costs next to nothing, and a second where the registry is locked; it is not where somebody just committed."""
    return Pulse(daemon_views.running(workspace), not committed and locked(workspace))
