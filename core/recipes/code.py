"""The user's own code: which files a recipe names, and running a function of them without touching our names."""

from __future__ import annotations

import ast
import hashlib
import importlib.abc
import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadRecipe
from core.recipes.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

    from core.data.schema import Schema


@dataclass(frozen=True)
class CodeFile:
    """One file of user code; `name` is relative to the recipe's folder."""

    name: str
    sha256: str
    data: bytes


def code_files(recipe: Recipe, folder: Path) -> list[CodeFile]:
    """The files that a recipe names (features.custom, its commands) and the local modules that they import.

    Raises BadRecipe where a named file is missing or cannot be read.
    """
    named: list[tuple[str, str]] = []
    if recipe.features.custom:
        named.append(("features.custom", recipe.features.custom.partition(":")[0]))
    for key, words in (("model.command", recipe.model.command), ("model.predict_command", recipe.model.predict_command)):
        named += [(key, word) for word in words if _is_local(folder, word)]
    found: dict[str, CodeFile] = {}
    waiting = [name for _, name in named]
    for key, name in named:
        if not (folder / name).is_file():
            raise BadRecipe(
                f"recipe {recipe.name}: {key}: there is no file {name} in {folder}", "put it beside the recipe", key=key
            )
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise BadRecipe(f"{folder / name}: {error.strerror}", "the daemon's user must be able to read it") from None
        found[name] = CodeFile(name, hashlib.sha256(data).hexdigest(), data)
        if name.endswith(".py"):
            waiting += _imported(data, (folder / name).parent, folder)
    return [found[name] for name in sorted(found)]


def _is_local(folder: Path, word: str) -> bool:
    """Whether a word of a command names a file in (or below) the recipe's folder."""
    if not word or word.startswith("-") or Path(word).is_absolute():
        return False
    path = (folder / word).resolve()
    return path.is_file() and path.is_relative_to(folder.resolve())


def _imported(data: bytes, beside: Path, folder: Path) -> list[str]:
    """Local modules that a module imports, as file names relative to the recipe's folder."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return []
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names += [module, *(f"{module}.{alias.name}".lstrip(".") for alias in node.names)]
    found = []
    for name in names:
        if not name:
            continue
        base = beside / Path(*name.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                found.append(path.relative_to(folder).as_posix())
    return found


def load_function(files: Sequence[CodeFile], spec: str) -> Callable[[Any], Any]:
    """The function that `file.py:function` names, from the bytes of `files`.

    Modules get names of their own (by hash), so that a user's core.py or console/ never clashes with ours.
    Raises BadRecipe where the code cannot be loaded.
    """
    name, _, function = spec.partition(":")
    library = {file.name: file for file in files}
    if name not in library:
        raise BadRecipe(f"the code file {name} is not there", "put it beside the recipe", key="features.custom")
    space = "footplate_user_" + hashlib.sha256("".join(file.sha256 for file in files).encode()).hexdigest()[:16]
    finder = _Finder(space, library)
    sys.meta_path.insert(0, finder)
    try:
        module = _module(space, library[name], finder)
    except Exception as error:
        raise _told(error, name) from error
    finally:
        sys.meta_path.remove(finder)
    made = getattr(module, function, None)
    if not callable(made):
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise BadRecipe(
            f"{name} has no function {function!r}", f"it has: {', '.join(known) or 'none'}", key="features.custom"
        )
    return made  # type: ignore[no-any-return]


class _Finder(importlib.abc.MetaPathFinder):
    """While a user's module loads, its local imports come from the kept files, before anything of ours."""

    def __init__(self, space: str, library: dict[str, CodeFile]) -> None:
        self.space, self.library = space, library

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        base = fullname.replace(".", "/")
        for name, package in ((f"{base}.py", False), (f"{base}/__init__.py", True)):
            if name in self.library:
                loader = _Loader(self.library[name])
                return importlib.util.spec_from_loader(fullname, loader, is_package=package)
        return None


class _Loader(importlib.abc.Loader):
    def __init__(self, file: CodeFile) -> None:
        self.file = file

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        exec(compile(self.file.data, self.file.name, "exec"), module.__dict__)


def _module(space: str, file: CodeFile, finder: _Finder) -> Any:
    """Run a file as a module of its own; what it imports locally is taken out of sys.modules again."""
    import types

    local = {name.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".") for name in finder.library}
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in local}
    try:
        module = types.ModuleType(f"{space}.{Path(file.name).stem}")
        module.__file__ = file.name
        exec(compile(file.data, file.name, "exec"), module.__dict__)
        return module
    finally:
        for name in list(sys.modules):
            if name.partition(".")[0] in local:
                del sys.modules[name]
        sys.modules.update(ours)


def _told(error: Exception, name: str) -> BadRecipe:
    """What went wrong in the user's code, with the user's own file and line."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".py")]
    own = [frame for frame in frames if not Path(frame.filename).is_absolute()]
    where = f"{own[-1].filename} line {own[-1].lineno}" if own else name
    if isinstance(error, SyntaxError):
        where = f"{name} line {error.lineno}"
    return BadRecipe(
        f"{where}: {type(error).__name__}: {error}", "mend the code: saving it starts the next run", key="features.custom"
    )


def apply_custom(function: Callable[[Any], Any], frame: pd.DataFrame) -> pd.DataFrame:
    """The frame that the user's function makes of a copy; BadRecipe where it fails or loses rows."""
    import pandas as pd

    try:
        made = function(frame.copy())
    except Exception as error:
        raise _told(error, getattr(function, "__name__", "custom")) from error
    if not isinstance(made, pd.DataFrame):
        raise BadRecipe(
            f"{function.__name__} returned {type(made).__name__}", "return a DataFrame", key="features.custom"
        )
    if len(made) != len(frame):
        raise BadRecipe(
            f"{function.__name__} returned {len(made):,} rows for {len(frame):,}", "keep every row, in order",
            key="features.custom",
        )
    return made.set_axis(frame.index, axis=0)


def typed(frame: pd.DataFrame) -> tuple[pd.DataFrame, Schema]:
    """Any frame in the typed form of `core.data.values`, with the schema that its dtypes say."""
    import numpy as np
    import pandas as pd

    from core.data.schema import Schema
    from core.vocabulary import Kind

    columns: dict[str, Any] = {}
    kinds: dict[str, Kind] = {}
    for name in frame.columns:
        series = frame[name]
        if isinstance(series, pd.DataFrame):
            raise BadRecipe(f"the code made the column {name!r} twice", "give each a name of its own", key="features.custom")
        if pd.api.types.is_bool_dtype(series.dtype):
            columns[str(name)], kinds[str(name)] = series.astype("float64"), Kind.BOOLEAN
        elif pd.api.types.is_numeric_dtype(series.dtype):
            values = series.to_numpy(dtype=np.float64, na_value=np.nan)
            columns[str(name)], kinds[str(name)] = np.where(np.isinf(values), np.nan, values), Kind.NUMBER
        elif pd.api.types.is_datetime64_any_dtype(series.dtype):
            naive = series.dt.tz_convert(None) if getattr(series.dtype, "tz", None) is not None else series
            columns[str(name)], kinds[str(name)] = naive.astype("datetime64[us]"), Kind.DATE
        elif pd.api.types.is_timedelta64_dtype(series.dtype):
            columns[str(name)], kinds[str(name)] = series.dt.total_seconds(), Kind.NUMBER
        else:
            text = series.astype("object")
            columns[str(name)] = text.where(text.isna(), text.astype(str)).astype("str")
            kinds[str(name)] = Kind.CATEGORY if series.notna().any() else Kind.EMPTY
    return pd.DataFrame(columns, index=frame.index), Schema.of(kinds)


def conform(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A typed frame with exactly the schema's columns and kinds; BadRecipe where the code made none of them."""
    import numpy as np
    import pandas as pd

    from core.vocabulary import Kind

    columns: dict[str, Any] = {}
    for column in schema.columns:
        if column.name not in frame:
            raise BadRecipe(
                f"the code made no column {column.name!r} this time", "make the same columns of every frame",
                key="features.custom",
            )
        series = frame[column.name]
        if column.kind in (Kind.NUMBER, Kind.BOOLEAN):
            numbers = pd.to_numeric(series.astype("object"), errors="coerce") if series.dtype.kind not in "fiu" else series
            columns[column.name] = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
        elif column.kind is Kind.DATE:
            columns[column.name] = pd.to_datetime(series, errors="coerce").astype("datetime64[us]")
        else:
            text = series.astype("object")
            columns[column.name] = text.where(text.isna(), text.astype(str)).astype("str")
    return pd.DataFrame(columns, index=frame.index)
