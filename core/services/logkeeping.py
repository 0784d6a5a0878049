"""The upkeep of the prediction log: sealed where nobody writes any more, removed by age and size.

The daemon asks; what needs arrays is done in a process of its own (`core.services.apart`).
"""

from __future__ import annotations

from datetime import timedelta

from core.errors import BadSettings
from core.serving import keeping, segments
from core.workspace import FILE_NAME, Workspace


def tend(workspace: Workspace) -> str:
    """Seal and remove what is due; a line of what was done, empty where that was nothing."""
    from core.services.apart import apart

    said = apart(workspace, "seal_log") if waits(workspace) else ""
    files, freed = expire(workspace)
    gone = f"{files:,} files of the prediction log removed ({freed:,} bytes)" if files else ""
    return "; ".join(part for part in (said, gone) if part)


def waits(workspace: Workspace) -> bool:
    return any(keeping.waits(folder) for folder in segments.models(workspace.predictions))


def seal_log(workspace: Workspace) -> str:
    """Seal the files of all models that nobody writes any more; what was done, in a line."""
    from core.serving import sealing

    files = rows = torn = 0
    for folder in segments.models(workspace.predictions):
        done = sealing.seal(folder)
        files, rows, torn = files + done.files, rows + done.rows, torn + done.torn
    lost = f", {torn:,} lines were not whole" if torn else ""
    return f"{files:,} files of the prediction log sealed: {rows:,} answers{lost}" if files or torn else ""


def expire(workspace: Workspace) -> tuple[int, int]:
    """Remove what is older or larger than the settings say; (files, bytes)."""
    from core.recipes.units import parse_size

    settings = workspace.settings.serving
    try:
        most = parse_size(settings.log_bytes)
    except ValueError as error:
        path = workspace.root / FILE_NAME
        raise BadSettings(f"{path}: serving.log_bytes: {error}", 'write it like "10GiB"') from None
    return keeping.expire(workspace.predictions, workspace.clock.now() - timedelta(days=settings.log_days), most)
