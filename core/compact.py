"""JSON as short as it goes, and as quick: by orjson, or by the standard library where that is missing or refuses."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

try:
    import orjson
except ImportError:  # no wheel for this machine
    orjson = None  # type: ignore[assignment]

_encode = json.JSONEncoder(ensure_ascii=True, allow_nan=False, check_circular=False, separators=(",", ":")).encode


def dumped(value: Any) -> bytes:
    """One line of UTF-8. NaN and infinities, which JSON does not have, are null.

    >>> dumped({"a": [1.5, float("nan")]})
    b'{"a":[1.5,null]}'
    """
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:  # a lone surrogate, or a number beyond 64 bits
            pass
    try:
        text = _encode(value)
    except ValueError:
        text = _encode(_plain(value))
    return text.encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
