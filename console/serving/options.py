"""How a server is started: what the command line says over what the settings say."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from console.serving.guard import is_loopback
from core.errors import UsageError
from core.settings import Settings

TOKEN: Final = "FOOTPLATE_TOKEN"


@dataclass(frozen=True)
class Options:
    """`model`: that of /invocations; `token` is never an argument of a process, where everybody could read it."""

    host: str
    port: int
    environment: str
    workers: int
    model: str = ""
    token: str = ""

    @classmethod
    def of(cls, settings: Settings, variables: Mapping[str, str], **given: Any) -> Options:
        """UsageError where there is no such environment, or no token for a host beyond this machine."""
        serving = settings.serving
        token = variables.get(TOKEN) or serving.token
        made = replace(
            cls(serving.host, serving.port, serving.environment, serving.workers, token=token),
            **{name: value for name, value in given.items() if value is not None},
        )
        if made.environment not in settings.environments:
            raise UsageError(
                f"there is no environment {made.environment!r}",
                f"environments in footplate.toml are: {', '.join(settings.environments)}",
            )
        if not made.token and not is_loopback(made.host):
            raise UsageError(
                f"{made.host} can be reached from other machines, and there is no token",
                f"set {TOKEN} (or [serving] token in footplate.toml), or listen on 127.0.0.1",
            )
        if any(not 0x21 <= ord(letter) < 0x7F for letter in made.token):
            raise UsageError("the token holds blanks, or letters beyond ASCII", "`openssl rand -hex 32` makes one")
        return made

    def words(self) -> str:
        """For a process of ours; the token goes another way."""
        return json.dumps({name: value for name, value in asdict(self).items() if name != "token"})

    @classmethod
    def read(cls, words: str) -> Options:
        return cls(**json.loads(words), token=os.environ.get(TOKEN, ""))
