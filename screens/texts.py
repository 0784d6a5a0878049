"""Texts that more than one screen shows: JSON, the end of a log, the facts of a question. A safe line each."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from screens.plain import plain

LOG_BYTES = 400_000  # of the end of a log that are shown
JSON_LINE = 200_000  # characters of one line of JSON: copied, it should still be JSON


def _known(value: Any) -> Any:
    """How a value that JSON does not know is written."""
    if hasattr(value, "to_json"):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)


def as_json(value: Any) -> list[Text]:
    """Indented JSON, a safe line each."""
    made = json.dumps(value, indent=2, ensure_ascii=False, default=_known)
    return [Text(plain(line, JSON_LINE)) for line in made.split("\n")]


def tail(path: Path) -> list[Text]:
    """The end of a log, a safe line each."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - LOG_BYTES))
            data = stream.read()
    except OSError as error:
        return [Text(plain(f"{path}: {error.strerror}"), "bad")]
    lines = data.decode("utf-8", "replace").split("\n")
    if size > LOG_BYTES:
        lines[0] = f"… the last {LOG_BYTES:,} of {size:,} bytes of {path}"
    if lines and not lines[-1]:
        lines.pop()
    return [Text(plain(line)) for line in lines] or [Text("the log is empty so far", "quiet")]


def from_place(path: str, start: int) -> list[Text]:
    """A log from an offset on, a safe line each; of a huge one the first part."""
    try:
        with Path(path).open("rb") as stream:
            stream.seek(start)
            data = stream.read(LOG_BYTES + 1)
    except OSError as error:
        return [Text(plain(f"{path}: {error.strerror}"), "bad")]
    lines = data[:LOG_BYTES].decode("utf-8", "replace").split("\n")
    if len(data) > LOG_BYTES:
        lines[-1] = "… and on"
    elif lines and not lines[-1]:
        lines.pop()
    return [Text(plain(line)) for line in lines]


def changes(*pairs: tuple[str, str]) -> list[Text]:
    """Lines `name   value` of a question."""
    return [Text.assemble((f"  {name:<12} ", "quiet"), plain(value)) for name, value in pairs]
