"""A person's yes to a question in a shell."""

from __future__ import annotations

import sys


def answers(question: str) -> bool:
    """Whether a person said yes; off a terminal, and at the end of the input, it is no."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
