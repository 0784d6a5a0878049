"""A new recipe for a folder: what its files suggest, and what is written after a yes.

    survey -> a person's Wish -> preview -> create        (`core.services.recipes.new` writes it)
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput, Conflict, NotFound, UsageError
from core.recipes.draft import draft
from core.services import folders
from core.services import recipes as recipe_service
from core.text import visible
from core.workspace import Workspace

ROWS = 20_000  # of one file that are looked at
MOST_FILES = 10_000
NAMED = 5
TRIED = 5  # files that may turn out to be unreadable before one gives up
PATTERN = "*"
LONGEST = 200  # bytes of a name: a file's has 255, and others are made of it


@dataclass(frozen=True)
class Wish:
    """What a person wants of a folder."""

    folder: Path
    name: str
    target: str
    time: str | None = None
    id: str | None = None

    def command(self, workspace: Workspace) -> str:
        """The command that does the same."""
        words = ["footplate", "recipes", "new", self.name, "--watch", str(self.folder), "--target", self.target]
        words += ["--time", self.time] if self.time else []
        words += ["--id", self.id] if self.id else []
        return shlex.join(words)


def survey(workspace: Workspace, folder: str) -> dict[str, Any]:
    """{"folder", "files", "names", "watched_by", "sample", "rows", "columns", "times", "ids", "unread"} of a folder.

    "columns" are guesses (`core.recipes.guess`), those first that one would most likely predict; empty where no file
    is there yet. "sample" is the file whose first rows were read, "unread" why others before it could not be.
    Raises NotFound, and BadInput where the folder cannot be watched.
    """
    path = Path(folder)
    wrong = unwatchable(workspace, path)
    if wrong:
        raise BadInput(wrong, "name another folder")
    paths = _files(path)
    found: dict[str, Any] = {
        "folder": visible(str(path)), "files": len(paths), "names": [visible(one.name) for one in paths[:NAMED]],
        "watched_by": _watchers(workspace, path), "sample": None, "rows": 0, "columns": [], "times": [], "ids": [],
        "unread": [],
    }
    for one in paths[:TRIED]:
        try:
            return found | {"sample": visible(one.name)} | _guessed(one)
        except BadInput as error:  # BadData among them
            found["unread"].append(f"{visible(one.name)}: {error.message}")
    return found


def unwatchable(workspace: Workspace, path: Path) -> str:
    """Why a folder cannot be watched; empty where it can. Raises NotFound where there is none."""
    if not path.exists():
        shown = visible(str(path))
        raise NotFound(f"there is no folder {shown}", f"make it: mkdir -p {shlex.quote(shown)}")
    if not path.is_dir():
        return "this is a file: name the folder it lies in"
    if not os.access(path, os.R_OK | os.X_OK):
        return "this folder cannot be read by you"
    real, hidden = path.resolve(), workspace.hidden.resolve()
    if hidden == real or hidden in real.parents:
        return "this is where Footplate keeps its own files"
    if real == workspace.root.resolve() or real == Path(real.anchor):
        return "name a folder in it: everything below would be taken for data"
    return ""


def _files(folder: Path) -> list[Path]:
    from core.data.order import natural_key

    found = []
    for path, _ in folders.walk(os.fsencode(folder), PATTERN, True):
        found.append(Path(os.fsdecode(path)))
        if len(found) == MOST_FILES:
            break
    return sorted(found, key=lambda one: natural_key(one.name))


def _watchers(workspace: Workspace, folder: Path) -> list[str]:
    real = folder.resolve()
    return [
        one.name for one in recipe_service.known(workspace)
        if one.data.watch and workspace.locate(one.data.watch).resolve() == real
    ]


def _guessed(path: Path) -> dict[str, Any]:
    """What the first rows of one file say. Raises BadData."""
    from core.data.badrows import BadRows
    from core.data.dialect import detect
    from core.data.readers import first_text
    from core.data.schema import infer_schema
    from core.data.typed import typed
    from core.recipes import guess

    dialect = detect(path, path.name)
    text = first_text(path, dialect, ROWS)
    schema = infer_schema(text, decimal=dialect.decimal)
    kinds = {column.name: column.kind for column in schema.columns}
    frame = typed(text, kinds, dialect.decimal, BadRows())
    found = guess.columns(frame, schema)
    return {
        "rows": len(frame), "columns": [guess.to_json(one) for one in guess.likeliest(found)],
        "times": guess.times(found, len(frame)), "ids": guess.ids(found, len(frame)),
    }


def survey_apart(workspace: Workspace, folder: Path) -> dict[str, Any]:
    """`survey` in a process of its own: it needs data frames."""
    from core.services.apart import answer_of

    found: dict[str, Any] = answer_of(workspace, "survey", str(folder))
    return found


def of_folder(folder: Path) -> str:
    """A recipe's name made of the folder's."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-_") or "data"


def free_name(workspace: Workspace, folder: Path) -> str:
    """A recipe's name made of the folder's, that no other recipe has."""
    plain = of_folder(folder)
    taken, number, name = taken_names(workspace), 2, plain
    while name in taken:
        name, number = f"{plain}-{number}", number + 1
    return name


def taken_names(workspace: Workspace) -> set[str]:
    return {path.stem for path in recipe_service.files(workspace)} | {
        one.name for one in recipe_service.known(workspace)
    }


def name_wrong(workspace: Workspace, name: str) -> str:
    """Why a recipe cannot be called so; empty where it can."""
    if name in taken_names(workspace):
        return f"there is a recipe {name} already: choose another name"
    try:
        plain_name(name)
    except UsageError as error:
        return f"{error.message}: {error.hint}"
    return ""


def plain_name(text: str) -> str:
    """A name that is one plain file name. UsageError where it is not."""
    if not text or text != Path(text).name or text.startswith((".", "~", "-")) or not text.isprintable():
        raise UsageError(f"{text!r} cannot be the name of a recipe", "letters, digits, '-' and '_' are fine")
    if len(os.fsencode(text)) > LONGEST:
        raise UsageError("a recipe is the name of its file, which would be too long", f"at most {LONGEST} bytes")
    return text


def watch_path(workspace: Workspace, folder: Path) -> str:
    """A folder as the recipe says it: it was named from here, and the recipe counts from the workspace."""
    whole = Path(folder).expanduser().absolute()
    try:
        return str(whole.relative_to(workspace.root)) if whole != workspace.root else "."
    except ValueError:
        return str(whole)


def preview(workspace: Workspace, wish: Wish) -> dict[str, Any]:
    """{"path", "text", "command"} of the recipe that `create` would write. Raises BadRecipe, Conflict."""
    wrong = name_wrong(workspace, wish.name)
    if wrong:
        raise Conflict(wrong, "")
    text = draft(wish.name, watch_path(workspace, wish.folder), wish.target, time=wish.time, id=wish.id)
    path = workspace.recipes / f"{wish.name}.toml"
    return {"path": str(path), "text": text, "command": wish.command(workspace)}


def create(workspace: Workspace, wish: Wish) -> str:
    """Write the recipe, and say what follows."""
    recipe_service.new(
        workspace, wish.name, watch_path(workspace, wish.folder), wish.target, time=wish.time, id=wish.id
    )
    waiting = len(_files(wish.folder))
    files = f"{waiting:,} files" if waiting != 1 else "1 file"
    return f"recipe {wish.name} is written; {files} in its folder (undo: remove recipes/{wish.name}.toml)"


def features(found: Mapping[str, Any], wish: Wish) -> Sequence[Mapping[str, Any]]:
    """The columns that a model of this wish learns from."""
    apart = {wish.target, wish.time, wish.id}
    return [
        one for one in found["columns"]
        if one["name"] not in apart and one["kind"] not in ("date", "empty")
    ]
