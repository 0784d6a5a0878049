"""What went wrong, for a person: one sentence; the traceback goes to the log that it names."""

from __future__ import annotations

import traceback

from core.errors import FootplateError
from core.workspace import Workspace


def told(workspace: Workspace, error: BaseException) -> FootplateError:
    """A FootplateError as it is; anything else becomes one, after its traceback was written to console.log."""
    if isinstance(error, FootplateError):
        return error
    if "locked" in str(error) or "busy" in str(error):
        return FootplateError("the registry is locked by another process", "what you see is from before; R reads again")
    log = workspace.logs / "console.log"
    try:
        with log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write("".join(traceback.format_exception(error)) + "\n")
    except OSError:
        return FootplateError(f"{type(error).__name__}: {error}")
    return FootplateError(f"{type(error).__name__}: {error}", f"details in {log}")
