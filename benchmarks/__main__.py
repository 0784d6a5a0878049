"""`python -m benchmarks [NAME ...]`: every figure, or the named ones; exit code 1 where a bar is missed."""

from __future__ import annotations

import compileall
import importlib
import sys
import sysconfig
from pathlib import Path

from benchmarks.measuring import PROJECT

NAMES = (
    "version", "listing", "console", "store", "monthly", "one_row", "at_rest", "many_files", "keys", "big_file", "log",
    "serving", "drift", "alarms",
)


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in NAMES]:
        print(f"no figure {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    _compile()
    missed = 0
    for name in names or NAMES:
        for figure in importlib.import_module(f"benchmarks.{name}").figures():
            print(figure, flush=True)
            missed += not figure.met
    return 1 if missed else 0


def _compile() -> None:
    """Both sides run from bytecode, as after an installation."""
    folders = [Path(sysconfig.get_path("purelib")), *(PROJECT / name for name in ("console", "core", "screens"))]
    for folder in folders:
        compileall.compile_dir(folder, quiet=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
