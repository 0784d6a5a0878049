"""The user's own code: which files a recipe goes by, kept whole and known by their hashes.

This is the door to all of it: `load_function` runs a function of them, `apply_custom`, `typed` and `conform`
handle what it makes.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Final

from core.errors import BadRecipe
from core.recipes.custom import apply_custom as apply_custom
from core.recipes.custom import conform as conform
from core.recipes.custom import typed as typed
from core.recipes.loading import load_function as load_function
from core.recipes.recipe import Recipe
from core.text import visible

MOST_BYTES: Final = 16 << 20  # of one file: what is larger is data


@dataclass(frozen=True)
class CodeFile:
    """One file of user code; `name` is its path in the recipe's folder, with slashes."""

    name: str
    sha256: str
    data: bytes


def code_files(recipe: Recipe, folder: Path) -> list[CodeFile]:
    """Every file of code behind a recipe, in order of name: `features.custom`, the files that its commands name,
    and the local modules that these import, and so on.

    Raises BadRecipe where the file or the function of `features.custom` is not there, where that file is no
    Python, and where a file cannot be read or is too large to be code.
    """
    found: dict[str, CodeFile] = {}
    if recipe.features.custom:
        name, _, function = recipe.features.custom.partition(":")
        file = _read(recipe, folder, name, "features.custom")
        _check_function(recipe, file, function)
        _follow(recipe, folder, file, "features.custom", found)
    for key, words in (("command", recipe.model.command), ("predict_command", recipe.model.predict_command)):
        for name in _named(words, folder):
            _follow(recipe, folder, _read(recipe, folder, name, f"model.{key}"), f"model.{key}", found)
    return [found[name] for name in sorted(found)]


def _follow(recipe: Recipe, folder: Path, file: CodeFile, key: str, found: dict[str, CodeFile]) -> None:
    """Take up a file and, file by file, what it imports."""
    waiting = [file]
    while waiting:
        file = waiting.pop()
        if file.name in found:
            continue
        found[file.name] = file
        if file.name.endswith(".py"):
            waiting += [_read(recipe, folder, name, key) for name in _imported(file, folder) if name not in found]


def _read(recipe: Recipe, folder: Path, name: str, key: str) -> CodeFile:
    path = folder / name
    try:
        if not path.is_file():
            near = get_close_matches(name, [one.name for one in folder.glob("*.py")], 1)
            hint = f"did you mean {visible(near[0])}?" if near else f"put it into {visible(str(folder))}"
            raise _refused(recipe, key, f"there is no file {visible(name)} beside the recipe", hint)
        if path.stat().st_size > MOST_BYTES:
            raise _refused(
                recipe, key, f"{visible(name)} is larger than {MOST_BYTES >> 20} MiB: that is no code",
                "keep data out of the recipe's folder, or hand it over by an absolute path",
            )
        data = path.read_bytes()
    except OSError as error:
        raise _refused(
            recipe, key, f"{visible(name)}: {error.strerror}", "the daemon's user must be able to read it"
        ) from None
    return CodeFile(name, hashlib.sha256(data).hexdigest(), data)


def _named(words: tuple[str, ...], folder: Path) -> Iterator[str]:
    """The files in the folder that a command names: by path, as --key=path, or as the module after -m."""
    for before, word in zip(("", *words), words, strict=False):
        module = PurePosixPath(*word.split(".")) if before == "-m" and word else None
        candidates = (
            [f"{module}.py", f"{module}/__main__.py", f"{module}/__init__.py"] if module
            else [word, word.partition("=")[2]]
        )
        for candidate in candidates:
            path = PurePosixPath(candidate)
            if candidate and not path.is_absolute() and ".." not in path.parts and (folder / path).is_file():
                yield str(path)


def _check_function(recipe: Recipe, file: CodeFile, function: str) -> None:
    """Whether the file is Python, and binds the name anywhere: better said when it is saved than in the next run."""
    try:
        tree = ast.parse(file.data)
    except (SyntaxError, ValueError, RecursionError) as error:
        where = f"{visible(file.name)} line {error.lineno}" if isinstance(error, SyntaxError) else visible(file.name)
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise _refused(recipe, "features.custom", f"{where}: is no Python: {visible(said)}", "mend the code") from None
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name)
    if function not in bound and "*" not in bound:
        near = get_close_matches(function, sorted(bound), 1)
        hint = f"did you mean {near[0]}?" if near else "write  def transform(frame): return frame"
        raise _refused(recipe, "features.custom", f"{visible(file.name)} has no function {function}", hint)


def _imported(file: CodeFile, folder: Path) -> list[str]:
    """The files of the local modules that a module imports, wherever in it; none where it is no Python of ours."""
    try:
        tree = ast.parse(file.data)
    except (SyntaxError, ValueError, RecursionError):
        return []
    beside = PurePosixPath(file.name).parent
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _modules(alias.name.split("."), [beside, PurePosixPath()], folder)
        elif isinstance(node, ast.ImportFrom):
            parts = node.module.split(".") if node.module else []
            roots = [beside, PurePosixPath()]
            if node.level:
                above = [beside, *beside.parents]
                roots = above[node.level - 1 : node.level]
            for alias in node.names:
                found |= _modules([*parts, alias.name], roots, folder)
    return list(found)


def _modules(parts: list[str], roots: list[PurePosixPath], folder: Path) -> dict[str, None]:
    """Every file that importing `parts` runs: the packages on the way, and the module; nearest root first."""
    if parts[0] in sys.builtin_module_names:
        return {}
    for root in roots:
        places = [root.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
        files = [f"{place}{ending}" for place in places for ending in (".py", "/__init__.py")]
        there = [file for file in files if (folder / file).is_file()]
        if there:
            return dict.fromkeys(there)
    return {}


def _refused(recipe: Recipe, key: str, message: str, hint: str) -> BadRecipe:
    return BadRecipe(f"recipe {recipe.name}: {key}: {message}", hint, key=key)
