"""The workspaces that one person works in: those that were opened before, and those that a console was started with."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFound, UsageError
from core.query.fields import nearest
from core.text import shortened
from core.workspace import FILE_NAME, Workspace
from screens import state
from screens.paths import is_file, is_folder, whole


@dataclass(frozen=True)
class Known:
    """A workspace that is there."""

    root: Path
    name: str


def known(given: Iterable[Path]) -> list[Known]:
    """Those that are given, then those that were opened before, the newest first; what is gone is left out."""
    found: dict[str, Known] = {}
    for root in (*given, *(Path(one.root) for one in state.known())):
        real = os.path.realpath(root)
        if real not in found and is_file(root / FILE_NAME):
            found[real] = Known(root, str(Workspace(root, actor="").glance().get("name") or root.name))
    return list(found.values())


def words(workspaces: Sequence[Known]) -> list[str]:
    """What each is called by: its name, or its path where another one has that name, too."""
    often = Counter(one.name for one in workspaces)
    return [one.name if often[one.name] == 1 else str(one.root) for one in workspaces]


def meant(text: str, workspaces: Sequence[Known]) -> Path:
    """The workspace of a name or a path. Raises UsageError or NotFound with what there is."""
    path = whole(text, Path())
    named = [one for one in workspaces if one.name == text]
    if len(named) == 1:
        return named[0].root
    if named:
        raise UsageError(f"{len(named)} workspaces are called {shortened(text)}", " or ".join(words(named)))
    if is_file(path / FILE_NAME):
        return path.absolute()
    if is_folder(path) or os.sep in text:
        raise NotFound(f"no workspace at {path.absolute()}", f"make one: `footplate init {path.absolute()}`")
    near = nearest(text, [one.name for one in workspaces])
    hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(words(workspaces))}; or write a path"
    raise NotFound(f"no workspace is called {shortened(text)!r}", hint)
