"""Running user code from its kept bytes, under names of its own.

The files of one recipe are the modules of one package, `footplate_user_HASH`, that exists in memory only. An
import in them looks there first, beside the importing file and then at the top, and elsewhere only then: so a
user's `core/` or `utils.py` is found by the user's code and by nobody else, and two versions live side by side.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from core.errors import BadRecipe
from core.text import visible

if TYPE_CHECKING:
    import pandas as pd

    from core.recipes.code import CodeFile

PREFIX: Final = "footplate_user_"
KEY: Final = "features.custom"


def load_function(files: Sequence[CodeFile], spec: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The function that "features.py:transform" names among `files`.

    Raises BadRecipe, naming file and line, where the code does not load or has no such function.
    """
    path, _, name = spec.partition(":")
    by_name = {file.name: file for file in files}
    if path not in by_name:
        raise BadRecipe(f"the code file {visible(path)} is not there", "put it beside the recipe", key=KEY)
    space = _SPACES.add(files)
    try:
        module = importlib.import_module(f"{space}.{_module_name(path)}")
    except (Exception, SystemExit) as error:
        raise told(error) from error
    function = getattr(module, name, None)
    if not callable(function):
        own = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        known = f"it has: {', '.join(own)}" if own else "write  def transform(frame): return frame"
        raise BadRecipe(f"{visible(path)} has no function {visible(name)}", known, key=KEY)
    found: Callable[[pd.DataFrame], pd.DataFrame] = function
    return found


def told(error: BaseException) -> BadRecipe:
    """What went wrong in user code, by the user's own file and line."""
    where, said = "", f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and _own(error.filename):
        where, said = f"{_own(error.filename)} line {error.lineno}", f"is no Python: {error.msg}"
    else:
        places = [frame for frame in traceback.extract_tb(error.__traceback__) if _own(frame.filename)]
        if places:
            where = f"{_own(places[-1].filename)} line {places[-1].lineno}"
    hint = "mend the code; the next save is taken up by itself"
    if isinstance(error, ModuleNotFoundError):
        hint = f"install the package {error.name}, or put the module beside the recipe"
    return BadRecipe(visible(f"{where}: {said}" if where else said), hint, key=KEY)


def _own(filename: str | None) -> str:
    """The user's name of a file that runs here; empty for any other."""
    space, _, name = (filename or "").partition("/")
    return name if space.startswith(PREFIX) else ""


def _module_name(file: str) -> str:
    """The dotted name under which a file is a module of its space."""
    parts = PurePosixPath(file.removesuffix(".py").removesuffix("/__init__")).parts
    return ".".join(part.replace(".", "_") for part in parts)


class _Spaces(MetaPathFinder, InspectLoader):
    """Finds and runs the modules of every space that was added; a space is known by its files."""

    def __init__(self) -> None:
        self._files: dict[str, Mapping[str, CodeFile]] = {}

    def add(self, files: Sequence[CodeFile]) -> str:
        named = "\0".join(f"{file.name}\0{file.sha256}" for file in sorted(files, key=lambda file: file.name))
        space = PREFIX + hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._files[space] = {_module_name(file.name): file for file in files if file.name.endswith(".py")}
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        return space

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        space, _, inside = fullname.partition(".")
        files = self._files.get(space)
        if files is None:
            return None
        file = files.get(inside)
        folder = any(name.startswith(f"{inside}.") for name in files) or not inside
        if file is None and not folder:
            return None
        package = folder or (file is not None and file.name.endswith("/__init__.py"))
        return ModuleSpec(fullname, self, origin=file.name if file else None, is_package=package)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None  # as usual

    def exec_module(self, module: ModuleType) -> None:
        space, _, inside = module.__name__.partition(".")
        file = self._files[space].get(inside)
        if file is None:
            return  # a folder without a file of its own
        module.__file__ = file.name
        module.__dict__["__builtins__"] = vars(builtins) | {"__import__": self._import}
        exec(compile(file.data, f"{space}/{file.name}", "exec", dont_inherit=True), module.__dict__)

    def get_source(self, fullname: str) -> str | None:
        """For tracebacks, which show the line."""
        space, _, inside = fullname.partition(".")
        file = self._files[space].get(inside)
        return file.data.decode("utf-8", "replace") if file else None

    def _import(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> ModuleType:
        """`__import__` of user code: the files of its own space first."""
        if level == 0 and globals and not name.startswith(PREFIX):
            own = str(globals.get("__package__") or "")
            space = own.partition(".")[0]
            for above in dict.fromkeys((own, space)):
                top = f"{above}.{name.partition('.')[0]}"
                if self.find_spec(top) is not None:
                    if fromlist:
                        return __import__(f"{above}.{name}", globals, locals, fromlist, 0)
                    importlib.import_module(f"{above}.{name}")
                    return sys.modules[top]
        return __import__(name, globals, locals, fromlist, level)


_SPACES: Final = _Spaces()
