"""A request's body: all of it, within its size, and of a type that is read here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from console.serving.guard import Head
from console.serving.replies import Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
JSON: Final = "application/json"
JSON_TYPES: Final = frozenset({JSON})
CSV_TYPES: Final = frozenset({"text/csv"})


@dataclass(frozen=True)
class Bodies:
    """`max_bytes` of one body. How long it may take to arrive is the Protocol's business."""

    max_bytes: int

    async def read(self, head: Head, receive: Receive) -> bytes:
        """Refused where it is too large, does not come, or is packed."""
        if head.content_encoding not in (None, "identity"):
            raise Refused(415, "UnsupportedMediaType", "the body is compressed", "send it as it is")
        if head.length is not None and head.length > self.max_bytes:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "BadRequest", "the body ended early", "send all of it", close=True)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.max_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _too_large(self) -> Refused:
        return Refused(
            413, "TooLarge", f"the body is larger than {self.max_bytes:,} bytes",
            "send fewer rows, or score a file: `footplate predict`",
        )


def type_of(head: Head, *kinds: frozenset[str]) -> str:
    """The media type of the body; JSON where none is named. Refused where it is none of `kinds`, or no UTF-8."""
    if head.content_type is None or head.content_type == JSON:
        return JSON
    kind, *parameters = (part.strip().lower() for part in head.content_type.split(";"))
    if not any(kind in known for known in kinds):
        wanted = " or ".join(min(known) for known in kinds)
        raise Refused(
            415, "UnsupportedMediaType", "the body is of a type that is not read here", f"send content-type: {wanted}"
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8", "us-ascii"):
            raise Refused(415, "UnsupportedMediaType", "the body is not in UTF-8", "send UTF-8")
    return kind
