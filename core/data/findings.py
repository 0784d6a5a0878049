"""What is wrong, or odd, about a file: one sentence for a person and the rule for a program."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import BadData

REASONS = (  # these quarantine a file
    "unreadable",  # not the bytes of any format that we read
    "empty",  # no bytes, or only a header
    "missing_column",
    "retyped_column",
    "no_target",
    "dialect_changed",
    "duplicate_columns",  # two columns of one name, or one without a name
    "bad_rows",  # more rows set aside than the recipe allows
    "range",  # an explicit bar of [data.checks]
    "max_missing",  # an explicit bar of [data.checks]
)
WARNINGS = (  # these only tell
    "bad_rows",  # as many rows set aside as the recipe allows
    "new_column",
    "missing_share",
    "constant_column",
    "repeated_rows",
    "out_of_range",
    "new_class",
    "unread_time",  # the time column holds no ISO dates, or misses some
    "mixed_column",  # nearly all numbers or dates, and some text: read as text
)


@dataclass(frozen=True)
class Finding:
    """One reason or warning. `line` is the user's own, 1-based; None where it is about no one line."""

    check: str
    column: str | None
    message: str
    line: int | None = None

    def to_json(self) -> dict[str, object]:
        """{"check", "column", "message"}, and "line" where it is known."""
        found: dict[str, object] = {"check": self.check, "column": self.column, "message": self.message}
        if self.line is not None:
            found["line"] = self.line
        return found

    @classmethod
    def of(cls, error: BadData) -> Finding:
        """The finding that a BadData tells of."""
        message = error.message if not error.hint else f"{error.message}: {error.hint}"
        return cls(error.check, error.column, message, error.line)
