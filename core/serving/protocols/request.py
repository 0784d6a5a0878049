"""What every protocol reads a body into, and the small things that all of them do."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from core.errors import BadInput
from core.serving.checking import found, nearest
from core.text import shortened, visible

LONGEST_ID: Final = 200  # characters
_EXACT: Final = 2**53


class BadRequest(BadInput):
    """A body that is not what its protocol says; the rows in it are another matter (`checking.BadRows`)."""


@dataclass(frozen=True)
class Request:
    """`rows` as they were sent, unchecked; `ids`, one a row, or none at all; `echo`: what the answer says again."""

    rows: list[Any]
    ids: tuple[str, ...] = ()
    echo: Mapping[str, Any] = field(default_factory=dict)


def parsed(body: bytes | str) -> Any:
    """The body's JSON. Raises BadRequest where it is none."""
    try:
        return json.loads(body)
    except UnicodeDecodeError:
        raise BadRequest("the body is no UTF-8", "send JSON, encoded as UTF-8") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}", "send one JSON object"
        ) from None
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON that can be read: it nests too deep, or holds a number without end",
                         "send one JSON object") from None


def an_object(body: Any, hint: str) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise BadRequest(f"the body is {found(body)}, not an object", hint)
    return body


def a_list(body: Mapping[str, Any], key: str, hint: str) -> list[Any]:
    """What the body has under `key`, which has to be a list."""
    if key not in body:
        near = nearest(key, body)
        also = f"; did you mean {key} for {shortened(near)}?" if near else ""
        raise BadRequest(f"the body has no {key}{also}", hint)
    value = body[key]
    if not isinstance(value, list):
        raise BadRequest(f"{key} is {found(value)}, not a list", hint)
    return value


def ids_of(rows: Sequence[Any], column: str) -> tuple[str, ...]:
    """The rows' own ids, where every one of them has one; none otherwise."""
    made: list[str] = []
    for row in rows:
        value = row.get(column) if isinstance(row, Mapping) else None
        if not _is_id(value):
            return ()
        made.append(str(value))
    return tuple(made)


def checked_ids(values: list[Any], rows: int, hint: str) -> tuple[str, ...]:
    """Ids that were sent beside the rows. Raises BadRequest unless there is one a row."""
    if len(values) != rows:
        raise BadRequest(f"there are {len(values):,} ids for {rows:,} rows", hint)
    for place, value in enumerate(values):
        if not _is_id(value):
            raise BadRequest(
                f"ids[{place}] is {found(value)}", f"an id is a text of at most {LONGEST_ID} characters, or a number"
            )
    return tuple(str(value) for value in values)


@lru_cache(maxsize=256)
def natural(classes: tuple[str, ...]) -> tuple[Any, ...]:
    """Classes as JSON would have them: numbers or true and false where all of them are written so, else texts.

    >>> natural(["0", "1"]), natural(["no", "yes"]), natural(["False", "True"])
    ((0, 1), ('no', 'yes'), (False, True))
    """
    for read in (_boolean, _whole, _number):
        values = [read(label) for label in classes]
        if None not in values:
            return tuple(values)
    return tuple(classes)


def plain(values: Sequence[Any]) -> list[Any]:
    """Numbers with null for what JSON has no word for."""
    return [None if type(value) is float and not math.isfinite(value) else value for value in values]


def shown(name: object) -> str:
    """A name out of a body, fit for a message."""
    return shortened(name) if isinstance(name, str) else visible(found(name))


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= LONGEST_ID
    if isinstance(value, bool):
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) < 10**LONGEST_ID


def _boolean(label: str) -> bool | None:
    return {"true": True, "false": False}.get(label.lower())


def _whole(label: str) -> int | None:
    return int(label) if label.removeprefix("-").isdecimal() and label == _spelled(label) else None


def _spelled(label: str) -> str:
    return str(number) if len(label) < 17 and abs(number := int(label)) < _EXACT else ""


def _number(label: str) -> float | None:
    try:
        value = float(label)
    except ValueError:
        return None
    return value if (math.isfinite(value) and repr(value) == label) or _whole(label) is not None else None
