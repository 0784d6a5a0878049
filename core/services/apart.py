"""A service in a process of its own: what needs data frames, asked for by a program that has to stay light.

    python -P -m core.services.apart WORKSPACE ACTOR SERVICE WORD...

It answers with one line of JSON: `{"done": ANSWER}`, a sentence or whatever the service gives, or
`{"error": {"type", "message", "hint"}}`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from core import errors
from core.errors import FootplateError, GivenUp
from core.query import patience
from core.workspace import Workspace

SERVICES = {  # name of the service -> where it is
    "release": "core.services.versions", "parquet_page": "core.services.rows",
    "judged": "core.services.checking", "preview": "core.services.releasing",
    "file_arrives": "core.services.dryrun", "add_file": "core.services.adding",
    "survey": "core.services.proposing", "seal_log": "core.services.logkeeping",
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
POLL_SECONDS = 0.1
LAST_WORDS = 400  # characters of what a process that broke down had to say


def apart(workspace: Workspace, service: str, *words: str) -> str:
    """Do it there and wait; its sentence, or its error raised here as if it had been raised here."""
    return str(answer_of(workspace, service, *words))


def answer_of(workspace: Workspace, service: str, *words: str) -> Any:
    """The same for a service that gives more than a sentence."""
    asked = [sys.executable, "-P", "-m", __name__, str(workspace.root), workspace.actor, service, *words]
    environment = os.environ | {name: os.environ.get(name, "1") for name in THREADS}
    code, out, err = _run(asked, environment)
    try:
        answer = json.loads(out)
    except ValueError:
        said = err.decode("utf-8", "replace").strip()[-LAST_WORDS:] or f"exit code {code}"
        raise FootplateError(f"{service} broke down: {said}", "try it in a shell") from None
    if error := answer.get("error"):
        kind = getattr(errors, error["type"], FootplateError)
        raise kind(error["message"], error["hint"])
    return answer["done"]


def _run(asked: list[str], environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """(exit code, output, errors); ended, and GivenUp, where whoever waits loses patience (`core.query.patience`)."""
    given_up = patience.asked()
    with subprocess.Popen(
        asked, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        while True:
            try:
                out, err = process.communicate(timeout=POLL_SECONDS if given_up is not None else None)
                return process.returncode, out, err
            except subprocess.TimeoutExpired:
                if given_up is not None and given_up():
                    process.kill()
                    raise GivenUp("nobody waits for it any more") from None


def main(arguments: list[str]) -> int:
    root, actor, service, *words = arguments
    try:
        doing = getattr(import_module(SERVICES[service]), service)
        answer: dict[str, object] = {"done": doing(Workspace.open(Path(root), actor=actor), *words)}
    except FootplateError as error:
        answer = {"error": {"type": error.kind, "message": error.message, "hint": error.hint}}
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
