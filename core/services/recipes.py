"""Recipes: the files in recipes/ are the truth; this brings the registry up to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadRecipe, Conflict, NotFound
from core.recipes import code as user_code
from core.recipes.draft import draft
from core.recipes.recipe import Recipe, missing_columns, override, parse, recipe_hash
from core.registry import datasets
from core.registry import recipes as rows
from core.registry.acts import one_act
from core.registry.database import Transaction
from core.services import commits, pipeline
from core.services.git import GitState, state_of
from core.services.learning import ask_for_change, ask_for_learning, refused
from core.store.objects import publish_file
from core.text import visible
from core.vocabulary import Cause, EventKind
from core.workspace import Workspace


def files(workspace: Workspace) -> list[Path]:
    """The recipe files of a workspace, in order of name."""
    return sorted(path for path in workspace.recipes.glob("*.toml") if not path.name.startswith((".", "~")))


def load(workspace: Workspace, name: str) -> Recipe:
    """The recipe as its file says now. Raises NotFound, or BadRecipe with file, key and reason."""
    return read(path_of(workspace, name))


def path_of(workspace: Workspace, name: str) -> Path:
    """The file of a recipe: that of its name, the one that it was read from, or one that calls itself so."""
    path = workspace.recipes / f"{name}.toml"
    if path.is_file():
        return path
    with workspace.registry.read() as connection:
        row = rows.get(connection, name)
    for other in files(workspace):
        try:
            if read(other).name == name:
                return other
        except BadRecipe:
            if row is not None and row["path"] == visible(str(other)):
                return other
    raise NotFound(f"there is no recipe {name!r}", _nearest(workspace, name))


def read(path: Path) -> Recipe:
    return parse(text_of(path), str(path), path.stem)


def text_of(path: Path) -> str:
    """What a recipe file says, to the letter; BadRecipe where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadRecipe(f"{path}: is not UTF-8 text", "save it as UTF-8", path=str(path)) from None
    except OSError as error:
        hint = "the daemon's user must be able to read it"
        raise BadRecipe(f"{path}: {error.strerror}", hint, path=str(path)) from None


@dataclass(frozen=True)
class InForce:
    """A recipe with its code as it is used now: what the files say, or the last that could be read.

    `text` is what the recipe was read from, before any settings.
    """

    recipe: Recipe
    code: list[user_code.CodeFile]
    hash: str
    folder: Path
    text: str


def in_force(workspace: Workspace, name: str) -> InForce:
    """The recipe that data and training go by. Raises BadRecipe only where it was never valid."""
    try:
        path = path_of(workspace, name)
        text = text_of(path)
        recipe = parse(text, str(path), path.stem)
        code = user_code.code_files(recipe, workspace.recipes)
    except BadRecipe:
        with workspace.registry.read() as connection:
            row = rows.get(connection, name)
            last = rows.version(connection, name, row["hash"]) if row is not None and row["hash"] else None
        if last is None or row is None:
            raise
        return of_version(workspace, last, row["text"])
    one = InForce(recipe, code, recipe_hash(recipe, code), workspace.recipes, text)
    return (_before_commit(workspace, one) if commits.by_commit(recipe) else None) or one


def _before_commit(workspace: Workspace, one: InForce) -> InForce | None:
    """What stays in force until a saved recipe is committed; None where it is, or nothing came before it."""
    name = one.recipe.name
    with workspace.registry.read() as connection:
        row = rows.get(connection, name)
        if row is None or row["hash"] in (None, one.hash):
            return None
        last = rows.version(connection, name, row["hash"])
    return None if last is None else of_version(workspace, last, row["text"])


def of_version(workspace: Workspace, version: rows.Row, text: str | None = None) -> InForce:
    """A recipe version as it was saved, its code from the store; `text`: another that has the same hash."""
    path = workspace.recipes / f"{version['recipe']}.toml"
    text = version["text"] if text is None else text
    recipe = parse(text, str(path), path.stem)
    if version["settings"]:
        recipe = override(recipe, version["settings"])
    code = [
        user_code.CodeFile(one["name"], one["sha256"], workspace.store.read(one["sha256"])) for one in version["code"]
    ]
    return InForce(recipe, code, version["hash"], workspace.recipes, text)


def of_dataset(workspace: Workspace, dataset: str) -> Recipe:
    """The recipe that says how a dataset's files are judged."""
    with workspace.registry.read() as connection:
        row = datasets.get(connection, dataset)
    return in_force(workspace, dataset if row is None else row["recipe"]).recipe


def of_dataset_all(workspace: Workspace, dataset: str) -> list[Recipe]:
    """Every recipe in force that learns from a dataset."""
    return [recipe for recipe in active(workspace) if recipe.dataset == dataset]


def active(workspace: Workspace) -> list[Recipe]:
    """Every recipe in force that is neither paused nor removed."""
    with workspace.registry.read() as connection:
        names = [
            row["name"] for row in rows.all(connection)
            if row["hash"] is not None and not row["paused"] and not row["removed"]
        ]
    found = []
    for name in names:
        with contextlib.suppress(NotFound):  # its file went a moment ago: the next sync says so
            found.append(in_force(workspace, name).recipe)
    return found


def known(workspace: Workspace) -> list[Recipe]:
    """Every recipe that can be used, the paused too, and those that nobody has taken up yet; reads only."""
    with workspace.registry.read() as connection:
        listed = rows.all(connection)
    names = [row["name"] for row in listed if row["hash"] is not None and not row["removed"]]
    found = []
    for name in names:
        with contextlib.suppress(NotFound, OSError):  # OSError: no file can have such a name
            found.append(in_force(workspace, name).recipe)
    for path in files(workspace):
        with contextlib.suppress(BadRecipe):
            if (recipe := read(path)).name not in names:
                found.append(recipe)
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
        owner = next((row for row in before.values() if row["path"] == visible(str(path))), None)
        known = owner is not None and owner["stamp"] == _stamp(path, owner) and not commits.waiting(owner)
        if owner is not None and known and not owner["removed"]:
            seen.add(owner["name"])
            continue
        name = _take_up(workspace, path, seen, owner)
        seen.add(name)
        changed.append(name)
    for name, row in before.items():
        if name not in seen and not row["removed"]:
            with workspace.registry.write(workspace.actor) as tx:
                rows.change(tx, name, removed=True, stamp="")
                tx.emit(EventKind.RECIPE_REMOVED, f"recipe {name}", path=row["path"])
            changed.append(name)
    return changed


def _take_up(workspace: Workspace, path: Path, seen: set[str], owner: rows.Row | None) -> str:
    """Read one changed file, that was the recipe `owner` so far; a broken one keeps its last good version in force."""
    name = visible(path.stem) if owner is None else owner["name"]
    mark = _mark(path)
    beside = set() if owner is None else set(_code_names(owner["stamp"]))
    try:
        text = text_of(path)
        recipe = parse(text, str(path), path.stem)
        if recipe.name in seen:
            raise BadRecipe(
                f"{path}: name: another recipe is called {recipe.name!r} already", "give each recipe a name of its own",
                path=str(path), key="name",
            )
        beside.add(recipe.features.custom.partition(":")[0])
        beside = {file.name for file in user_code.code_files(recipe, path.parent)}
        stamped = _with_code(mark, path, beside)
        code = user_code.code_files(recipe, path.parent)  # after its marks: what is saved meanwhile is seen next time
    except BadRecipe as error:
        problem = {"key": error.key, "message": visible(error.message), "hint": visible(error.hint)}
        stamped = _with_code(mark, path, beside)
        with workspace.registry.write(workspace.actor) as tx:
            rows.put(tx, name, path=visible(str(path)), valid=False, problems=[problem], stamp=stamped, removed=False)
            tx.emit(EventKind.RECIPE_REJECTED, f"recipe {name}", **problem)
            pipeline.rejected(tx, name, problem["message"])
        return name
    one = InForce(recipe, code, recipe_hash(recipe, code), path.parent, text)
    git, waits = state_of(path.parent), commits.waits_for(workspace, one, path)
    for file in code:
        workspace.store.put_bytes(file.data)
    with workspace.registry.write(workspace.actor) as tx:
        if waits is not None:
            commits.wait(tx, one, path, waits)
        else:
            _commit(tx, workspace, one, path, git)
        rows.change(tx, recipe.name, stamp=stamped)
    return recipe.name


def _commit(tx: Transaction, workspace: Workspace, one: InForce, path: Path, git: GitState | None) -> None:
    recipe, hash = one.recipe, one.hash
    before = rows.get(tx.connection, recipe.name)
    rows.put(
        tx, recipe.name, path=visible(str(path)), hash=hash, text=one.text, dataset=recipe.dataset, valid=True,
        problems=[], removed=False,
    )
    datasets.ensure(tx, recipe.dataset, recipe.name)
    remember_version(tx, one, git=git)
    commit = git["commit"] if git is not None and not git["dirty"] else None
    if before is None or before["hash"] is None:
        tx.emit(EventKind.RECIPE_ADDED, f"recipe {recipe.name}", hash=hash, watch=recipe.data.watch)
        opened = pipeline.opened(tx, recipe, hash, commit, wrong=_missing(tx, recipe))
        pipeline.asked_for(tx, opened, ask_for_learning(tx, workspace, recipe))
    elif before["hash"] != hash:
        tx.emit(EventKind.RECIPE_CHANGED, f"recipe {recipe.name}", hash=hash, before=before["hash"])
        opened = pipeline.opened(tx, recipe, hash, commit, wrong=_missing(tx, recipe))
        if (job := ask_for_change(tx, workspace, recipe, hash)) is not None:
            pipeline.asked_for(tx, opened, job)
    elif before["text"] != one.text:  # where data arrives, or when it is learned from
        tx.emit(EventKind.RECIPE_CHANGED, f"recipe {recipe.name}", hash=hash, before=hash, watch=recipe.data.watch)
        refused(
            tx, recipe, Cause.RECIPE_CHANGE, "the recipe's hash", "what is learned and how it is judged stay the same",
            "the change touches what the hash covers: data, features, model, evaluate, gate, or code", hash=hash,
        )


def _missing(tx: Transaction, recipe: Recipe) -> str:
    """The first column that a recipe names and its data does not have; empty where all are there."""
    row = datasets.get(tx.connection, recipe.dataset)
    names = [column["name"] for column in (row["schema"] if row is not None else None) or ()]
    return next((f"{key}: {message}" for key, message, _ in missing_columns(recipe, names)), "") if names else ""


def remember_version(
    tx: Transaction, one: InForce, settings: dict[str, str] | None = None, git: GitState | None = None
) -> int:
    """The id of this recipe version, which is added where it is new; its code must be in the store already."""
    known = rows.version(tx.connection, one.recipe.name, one.hash)
    if known is not None:
        return int(known["id"])
    return rows.add_version(
        tx, recipe=one.recipe.name, hash=one.hash, text=one.text, settings=settings, git=git or state_of(one.folder),
        code=[{"name": file.name, "sha256": file.sha256} for file in one.code],
    )


def _stamp(path: Path, row: rows.Row) -> str:
    """What tells a changed recipe (or its code) from an unchanged one without reading it."""
    return _with_code(_mark(path), path, _code_names(row["stamp"]))


def _code_names(stamp: str | None) -> list[str]:
    """The files of code that a stamp tells of."""
    return [part.rpartition("=")[0] for part in (stamp or "").split("|")[1:]]


def _with_code(mark: str, path: Path, names: Iterable[str]) -> str:
    return "|".join([mark, *(f"{name}={_mark(path.parent / name)}" for name in sorted(set(names) - {""}))])


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
    with one_act(), workspace.registry.write(workspace.actor) as tx:
        names = [row["name"] for row in rows.all(tx.connection) if not row["removed"]] if name is None else [name]
        for one in names:
            row = rows.get(tx.connection, one)
            if row is None:
                raise NotFound(f"there is no recipe {one!r}", _nearest(workspace, one))
            if bool(row["paused"]) == paused:
                continue
            rows.change(tx, one, paused=paused)
            tx.emit(EventKind.RECIPE_PAUSED if paused else EventKind.RECIPE_RESUMED, f"recipe {one}")
    done, undo = ("paused", "resume") if paused else ("resumed", "pause")
    which = name or f"all {len(names)} recipes"
    return f"{which} {done} (back: `footplate {undo}{' ' + name if name else ''}`)"


def _nearest(workspace: Workspace, name: str) -> str:
    from difflib import get_close_matches

    known = [path.stem for path in files(workspace)]
    near = get_close_matches(name, known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    make = "make one: `footplate recipes new NAME --watch FOLDER --target COL`"
    return f"known: {', '.join(known)}" if known else make

