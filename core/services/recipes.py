"""Recipes: the files in recipes/ are the truth; this brings the registry up to them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from core.errors import BadRecipe, Conflict, FootplateError, NotFound
from core.recipes import code as user_code
from core.recipes.draft import draft
from core.recipes.recipe import Recipe, parse, recipe_hash
from core.registry import datasets, runs
from core.registry import recipes as rows
from core.registry.database import Transaction
from core.services.git import state_of
from core.services.learning import ask_for_change, ask_for_learning
from core.store.objects import publish_file
from core.vocabulary import EventKind
from core.workspace import Workspace


def files(workspace: Workspace) -> list[Path]:
    """The recipe files of a workspace, in order of name."""
    return sorted(path for path in workspace.recipes.glob("*.toml") if not path.name.startswith((".", "~")))


def load(workspace: Workspace, name: str) -> Recipe:
    """The recipe as its file says now. Raises NotFound, or BadRecipe with file, key and reason."""
    path = workspace.recipes / f"{name}.toml"
    if not path.is_file():
        for other in files(workspace):
            try:
                recipe = read(other)
            except BadRecipe:
                continue
            if recipe.name == name:
                return recipe
        raise NotFound(f"there is no recipe {name!r}", _nearest(workspace, name))
    return read(path)


def read(path: Path) -> Recipe:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadRecipe(f"{path}: is not UTF-8 text", "save it as UTF-8", path=str(path)) from None
    except OSError as error:
        raise BadRecipe(f"{path}: {error.strerror}", "the daemon's user must be able to read it", path=str(path)) from None
    return parse(text, str(path), path.stem)


def of_dataset(workspace: Workspace, dataset: str) -> Recipe:
    """The recipe that says how a dataset's files are judged."""
    with workspace.registry.read() as connection:
        row = datasets.get(connection, dataset)
    if row is None:
        return load(workspace, dataset)
    return load(workspace, row["recipe"])


def of_dataset_all(workspace: Workspace, dataset: str) -> list[Recipe]:
    """Every valid recipe that learns from a dataset."""
    found = []
    with workspace.registry.read() as connection:
        names = [row["name"] for row in rows.all(connection) if row["dataset"] == dataset and row["valid"]]
    for name in names:
        try:
            found.append(load(workspace, name))
        except FootplateError:
            continue  # it broke a moment ago: the next sync says so
    return found


def active(workspace: Workspace) -> list[Recipe]:
    """Every valid recipe that is neither paused nor removed."""
    with workspace.registry.read() as connection:
        names = [
            row["name"] for row in rows.all(connection) if row["valid"] and not row["paused"] and not row["removed"]
        ]
    found = []
    for name in names:
        try:
            found.append(load(workspace, name))
        except FootplateError:
            continue  # it broke a moment ago: the next sync says so
    return found


def new(
    workspace: Workspace, name: str, watch: str, target: str, time: str | None = None, id: str | None = None,
    task: str | None = None, drop: tuple[str, ...] = (),
) -> Path:
    """Write a short commented recipe and make it known. Conflict where the name is taken."""
    path = workspace.recipes / f"{name}.toml"
    text = draft(name, watch, target, time=time, id=id, task=task, drop=drop)
    parse(text, str(path), path.stem)
    if path.exists():
        raise Conflict(f"recipe {name!r} exists already: {path}", f"edit it, or choose another name than {name!r}")
    publish_file(path, text.encode("utf-8"))
    sync(workspace)
    return path


def sync(workspace: Workspace) -> list[str]:
    """Bring the registry up to the files: new, changed, broken and removed recipes. Returns the changed names."""
    changed: list[str] = []
    with workspace.registry.read() as connection:
        before = {row["name"]: row for row in rows.all(connection)}
    seen: set[str] = set()
    for path in files(workspace):
        owner = next((row for row in before.values() if row["path"] == str(path)), None)
        if owner is not None and owner["stamp"] == stamp(path, owner) and not owner["removed"]:
            seen.add(owner["name"])
            continue
        name = _take_up(workspace, path, seen)
        seen.add(name)
        changed.append(name)
    for name, row in before.items():
        if name not in seen and not row["removed"]:
            with workspace.registry.write(workspace.actor) as tx:
                rows.change(tx, name, removed=True, stamp="")
                tx.emit(EventKind.RECIPE_REMOVED, f"recipe {name}", path=row["path"])
            changed.append(name)
    return changed


def _take_up(workspace: Workspace, path: Path, seen: set[str]) -> str:
    """Read one changed file; a broken one keeps its last good version in force."""
    mark = stamp(path, None)
    try:
        recipe = read(path)
        if recipe.name in seen:
            raise BadRecipe(
                f"{path}: name: another recipe is called {recipe.name!r} already", "give each recipe a name of its own",
                path=str(path), key="name",
            )
        code = user_code.code_files(recipe, path.parent)
    except BadRecipe as error:
        problem = {"key": error.key, "message": error.message, "hint": error.hint}
        with workspace.registry.write(workspace.actor) as tx:
            rows.put(tx, path.stem, path=str(path), valid=False, problems=[problem], stamp=mark, removed=False)
            tx.emit(EventKind.RECIPE_REJECTED, f"recipe {path.stem}", **problem)
        return path.stem
    hash = recipe_hash(recipe, code)
    for file in code:
        workspace.store.put_bytes(file.data)
    with workspace.registry.write(workspace.actor) as tx:
        _commit(tx, workspace, recipe, path, hash, code)
        rows.change(tx, recipe.name, stamp=_with_code(mark, path, code))
    return recipe.name


def _commit(
    tx: Transaction, workspace: Workspace, recipe: Recipe, path: Path, hash: str, code: list[user_code.CodeFile]
) -> None:
    before = rows.get(tx.connection, recipe.name)
    rows.put(
        tx, recipe.name, path=str(path), hash=hash, dataset=recipe.dataset, valid=True, problems=[], removed=False,
    )
    datasets.ensure(tx, recipe.dataset, recipe.name)
    if rows.version(tx.connection, recipe.name, hash) is None:
        rows.add_version(
            tx, recipe=recipe.name, hash=hash, text=path.read_text("utf-8"), git=state_of(path.parent),
            code=[{"name": file.name, "sha256": file.sha256} for file in code],
        )
    if before is None or before["hash"] is None:
        tx.emit(EventKind.RECIPE_ADDED, f"recipe {recipe.name}", hash=hash, watch=recipe.data.watch)
        ask_for_learning(tx, workspace, recipe)
    elif before["hash"] != hash:
        tx.emit(EventKind.RECIPE_CHANGED, f"recipe {recipe.name}", hash=hash, before=before["hash"])
        ask_for_change(tx, workspace, recipe, hash)


def stamp(path: Path, row: rows.Row | None) -> str:
    """What tells a changed recipe (or its code) from an unchanged one without reading it."""
    mark = _mark(path)
    if row is None or not row["stamp"]:
        return mark
    extra = row["stamp"].split("|")[1:]
    return "|".join([mark, *(f"{name}={_mark(path.parent / name)}" for name in (part.split("=")[0] for part in extra))])


def _with_code(mark: str, path: Path, code: list[user_code.CodeFile]) -> str:
    return "|".join([mark, *(f"{file.name}={_mark(path.parent / file.name)}" for file in code)])


def _mark(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return "missing"
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def pause(workspace: Workspace, name: str | None = None) -> str:
    """Nothing is ingested or trained for the recipe (all recipes) until resumed."""
    return _set_paused(workspace, name, True)


def resume(workspace: Workspace, name: str | None = None) -> str:
    return _set_paused(workspace, name, False)


def _set_paused(workspace: Workspace, name: str | None, paused: bool) -> str:
    with workspace.registry.write(workspace.actor) as tx:
        names = [row["name"] for row in rows.all(tx.connection) if not row["removed"]] if name is None else [name]
        for one in names:
            if rows.get(tx.connection, one) is None:
                raise NotFound(f"there is no recipe {one!r}", _nearest(workspace, one))
            rows.change(tx, one, paused=paused)
            tx.emit(EventKind.RECIPE_PAUSED if paused else EventKind.RECIPE_RESUMED, f"recipe {one}")
    done, undo = ("paused", "resume") if paused else ("resumed", "pause")
    which = name or f"all {len(names)} recipes"
    return f"{which} {done} (back: `footplate {undo}{' ' + name if name else ''}`)"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _nearest(workspace: Workspace, name: str) -> str:
    from difflib import get_close_matches

    known = [os.path.splitext(path.name)[0] for path in files(workspace)]
    near = get_close_matches(name, known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(known)}" if known else "make one: `footplate recipes new NAME --watch FOLDER --target COL`"


__all__ = ["files", "load", "new", "of_dataset", "of_dataset_all", "pause", "read", "resume", "runs", "sync"]
