"""What a client is told: answers and errors as JSON, with the status that HTTP has for them."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from core.compact import dumped
from core.errors import BadInput, Busy, Conflict, FootplateError, NotFound, UsageError

RETRY_SECONDS: Final = 1
JSON: Final = b"application/json"
_slowly = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


class Reply(NamedTuple):
    status: int
    body: bytes
    type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def head(self) -> list[tuple[bytes, bytes]]:
        return [(b"content-type", self.type), (b"content-length", b"%d" % len(self.body)), *self.headers]


class Refused(FootplateError):
    """A request that HTTP itself has a status for: 400, 401, 403, 405, 408, 413, 415."""

    def __init__(self, status: int, kind: str, message: str, hint: str = "", *, close: bool = False, **headers: str):
        super().__init__(message, hint)
        self.status = status
        self.close = close
        self.headers = headers
        self._kind = kind

    @property
    def kind(self) -> str:
        return self._kind


def of_json(value: Any, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """UTF-8; lone surrogates, which no UTF-8 may hold, become question marks."""
    body = dumped(value)
    if b"\\ud" in body:
        body = _slowly(value).encode("utf-8", "replace")
    return Reply(status, body, JSON, headers)


def of_text(text: str, kind: bytes = b"text/plain; charset=utf-8") -> Reply:
    return Reply(200, text.encode(), kind)


def of_error(error: FootplateError, path: str) -> Reply:
    """The error in the words of the protocol that the path belongs to."""
    status = status_of(error)
    told: dict[str, Any] = {"type": error.kind, "message": error.message, "hint": error.hint}
    details = getattr(error, "errors", None)
    if details:
        told["details"] = details
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(error, Refused):
        headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in error.headers.items()]
        headers += [(b"connection", b"close")] * error.close
    if status == 503:
        headers.append((b"retry-after", b"%d" % RETRY_SECONDS))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return of_json(_worded(told, status, path), status, tuple(headers))


def _worded(told: dict[str, Any], status: int, path: str) -> dict[str, Any]:
    said = f"{told['message']}. {told['hint']}" if told["hint"] else told["message"]
    if path.startswith("/v2"):  # there an error is a text
        return {"error": said, "details": told}
    if path == "/invocations":  # MLflow's clients look for these two
        code = "INTERNAL_ERROR" if status == 500 else "BAD_REQUEST" if status < 500 else "TEMPORARILY_UNAVAILABLE"
        return {"error": told, "error_code": code, "message": said}
    return {"error": told}


def status_of(error: FootplateError) -> int:
    if isinstance(error, Refused):
        return error.status
    if (named := _NAMED.get(error.kind)) is not None:
        return named
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return status
    return 500


_NAMED: Final = {"NotJson": 400, "TooLarge": 413, "Unlogged": 503}
_STATUS: Final[dict[type[FootplateError], int]] = {
    NotFound: 404, BadInput: 422, UsageError: 422, Busy: 503, Conflict: 409,
}
