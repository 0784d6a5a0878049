"""Column types of the registry, and how they are spelt in STRICT tables.

STRICT allows INTEGER, REAL, TEXT and BLOB only; migrations import this module too.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Dialect, Float, LargeBinary, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

from core import clock
from core.events import storable


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, stored as ISO 8601 UTC text of fixed width: text order is time order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the registry")
        return clock.iso(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else clock.parse(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text; NaN is refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return storable(json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


@compiles(String, "sqlite")
def _text(element: TypeEngine[Any], compiler: Any, **options: Any) -> str:
    return "TEXT"


@compiles(Float, "sqlite")
def _real(element: TypeEngine[Any], compiler: Any, **options: Any) -> str:
    return "REAL"


@compiles(Boolean, "sqlite")
def _integer(element: TypeEngine[Any], compiler: Any, **options: Any) -> str:
    return "INTEGER"


@compiles(LargeBinary, "sqlite")
def _blob(element: TypeEngine[Any], compiler: Any, **options: Any) -> str:
    return "BLOB"
