"""`footplate`: finds the verb, imports only that one, and turns every error into a line and an exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import FootplateError, NotFound, UsageError

if TYPE_CHECKING:
    import typer

INTERRUPTED = 130
GARBAGE = 100_000  # new objects between two collections: importing makes many, and hardly any garbage
COMPLETE = "_FOOTPLATE_COMPLETE"  # set where a shell asks what could follow
ABOUT = "The MLOps console for people who live in a terminal: one machine, one install, no server."


def main(arguments: list[str] | None = None) -> int:
    """Run one command line; returns the exit code. As a process of its own (no `arguments`) it also leaves at once."""
    if arguments is not None:
        return run(list(arguments))
    gc.set_threshold(GARBAGE)
    code = run(sys.argv[1:])
    _leave(code)
    return code


def run(words: list[str]) -> int:
    """Do what a line says, and turn every end that it can take into an exit code."""
    if words == ["--version"] and COMPLETE not in os.environ:
        print(f"footplate {version()}")
        return 0
    as_json = asks_for_json(words)
    try:
        code = _open(words) if opens(words) else _invoke(words)
        sys.stdout.flush()
        return code
    except FootplateError as error:
        return _fail(error, as_json)
    except BrokenPipeError:
        _discard_output()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _fail(_unexpected(error, words), as_json)


def opens(words: list[str]) -> bool:
    """Whether a line says nothing but where, on a terminal: that opens the console, which needs no parser of verbs."""
    if COMPLETE in os.environ or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return not words or (len(words) == 2 and words[0] in ("-w", "--workspace") and not words[1].startswith("-"))


def _open(words: list[str]) -> int:
    from console.offering import workspace_here
    from console.starting import run

    workspace = workspace_here(Path(words[1]) if words else None)
    if workspace is None:
        return NotFound.exit_code
    try:
        return run(workspace)
    finally:
        workspace.close()


def version() -> str:
    from importlib.metadata import version

    return version("footplate")


def root() -> Any:
    """The command `footplate`: a group whose verbs are imported when they are asked for."""
    from console.commands.root import command

    return command(ABOUT)


def _invoke(words: list[str]) -> int:
    """Let typer find the verb and call it. Raises UsageError where it does not understand the line."""
    from typer import Abort, TyperException
    from typer import Exit as Leave

    try:
        command = root()
        if COMPLETE in os.environ:
            command.main(words, prog_name="footplate")
        with command.make_context("footplate", words) as context:
            result = command.invoke(context)
        return result if isinstance(result, int) else 0
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
            return UsageError.exit_code
        raise _usage_error(error) from None
    except Leave as leaving:
        return leaving.exit_code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    except Abort:
        return INTERRUPTED


def asks_for_json(words: list[str]) -> bool:
    """Whether errors are wanted as JSON, also where the line was not understood."""
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def _fail(error: FootplateError, as_json: bool) -> int:
    from console.output import write_error

    write_error(error, as_json=as_json)
    return error.exit_code


def _usage_error(error: typer.TyperException) -> UsageError:
    """What typer says of a line that it does not understand, in our words."""
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "footplate"
    return UsageError(message[:1].lower() + message[1:].rstrip("."), f"see `{where} --help`")


def _unexpected(error: Exception, words: list[str]) -> FootplateError:
    """The traceback goes to a log; the user gets one line that names it."""
    text = "".join(traceback.format_exception(error))
    log = _log(words)
    with log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(f"footplate {' '.join(words)}\n{text}\n")
    what = f"{type(error).__name__}: {error} (details in {log})"
    return FootplateError(what, "this is a fault of Footplate: please report it")


def _log(words: list[str]) -> Path:
    """cli.log of the workspace that was meant; without one a file in the temporary folder."""
    import tempfile

    try:
        from core.workspace import Workspace

        flags = [place for place, word in enumerate(words[:-1]) if word in ("-w", "--workspace")]
        log = Workspace.find(Path(words[flags[-1] + 1]) if flags else None).logs / "cli.log"
        with log.open("a", encoding="utf-8"):
            return log
    except Exception:
        handle, name = tempfile.mkstemp(prefix="footplate-", suffix=".log")
        os.close(handle)
        return Path(name)


def _leave(code: int) -> None:
    """End the process without taking the modules apart, which would take a third of a listing's time.

    Not where other threads work or scikit-learn's pools want to be closed.
    """
    if threading.active_count() == 1 and "joblib" not in sys.modules:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)


def _discard_output() -> None:
    """The reader has gone: what is still buffered must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
