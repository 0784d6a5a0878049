"""Names in the words of a command: versions, recipes, and what a shell may complete."""

from __future__ import annotations

from pathlib import Path

import typer

from core.errors import UsageError


def recipe_names(context: typer.Context) -> list[str]:
    """The recipes of the workspace that is meant, by their files (nothing heavy is imported for a TAB)."""
    from console.commands.call import WORKSPACE

    named: list[Path] = [*context.meta.get(WORKSPACE, ())]
    here = Path.cwd()
    for folder in named[:1] or [here, *here.parents]:
        if (folder / "footplate.toml").is_file():
            return sorted(path.stem for path in (folder / "recipes").glob("*.toml"))
    return []


def version_number(text: str) -> int:
    """7, v7 as a number."""
    digits = text.removeprefix("v")
    if not (digits.isascii() and digits.isdigit()):
        raise UsageError(f"{text!r} is no version", "write a number, like 3 or v3")
    return int(digits)


def recipe_name(text: str) -> str:
    """A name that is one plain file name. UsageError where it is not."""
    from core.services.proposing import plain_name

    return plain_name(text)
