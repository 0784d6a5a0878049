"""The error tree: every error carries what was wrong, and what to do next.

    FootplateError            exit 1   the thing asked did not succeed
    ├── UsageError            exit 2   the words of the command do not fit
    ├── NotFound              exit 3   no such workspace, recipe, version, run, job, model
    ├── BadInput              exit 4   what was given cannot be used
    │   ├── BadData                    a file: with the user's own line and column where known
    │   ├── BadRecipe                  a recipe: file and key
    │   ├── BadSettings                footplate.toml: file and key
    │   └── Corrupted                  a stored byte changed
    ├── GivenUp               exit 1   a person lost patience while it was being read
    └── Conflict              exit 5   busy, conflicting or stale
        ├── Busy                       somebody else is at it
        ├── Stale                      the world moved since you looked
        └── LostLease                  this worker's job was given to another (never reaches a user)
"""

from __future__ import annotations


class FootplateError(Exception):
    """Base of all: `message` says what was wrong, `hint` what to do, `exit_code` what a shell sees."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def kind(self) -> str:
        """The name that programs see as `error.type`."""
        return type(self).__name__


class UsageError(FootplateError):
    """`at`: where in the text that was given (a filter) it is wrong, from character to character."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "", *, at: tuple[int, int] | None = None) -> None:
        super().__init__(message, hint)
        self.at = at


class NotFound(FootplateError):
    exit_code = 3


class BadInput(FootplateError):
    exit_code = 4


class BadData(BadInput):
    """A file that cannot be used; `check` names the rule, `column` and `line` (1-based) the place."""

    def __init__(
        self, message: str, hint: str = "", *, check: str = "unreadable", column: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.check = check
        self.column = column
        self.line = line


class BadRecipe(BadInput):
    """A recipe that cannot be used; `key` is the dotted key that is wrong (empty: the whole file)."""

    def __init__(self, message: str, hint: str = "", *, path: str = "", key: str = "") -> None:
        super().__init__(message, hint)
        self.path = path
        self.key = key


class BadSettings(BadInput):
    pass


class Corrupted(BadInput):
    """A stored object whose bytes no longer give its name."""


class GivenUp(FootplateError):
    pass


class Conflict(FootplateError):
    exit_code = 5


class Busy(Conflict):
    pass


class Stale(Conflict):
    pass


class LostLease(Conflict):
    pass
