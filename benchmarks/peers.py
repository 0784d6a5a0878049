"""Peers in virtual environments of their own, made once and kept beside other things that benchmarks make once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def kept() -> Path:
    """The folder for what is made once; $FOOTPLATE_BENCH names another place than the cache."""
    given = os.environ.get("FOOTPLATE_BENCH") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(given) if given else Path.home() / ".cache"
    made = folder / "footplate-bench"
    made.mkdir(parents=True, exist_ok=True)
    return made


def environment(name: str, *requirements: str) -> Path:
    """The Python of a virtual environment with these packages; made where it is not there yet."""
    folder = kept() / f"peer-{name}"
    python, done = folder / "bin" / "python", folder / "done"
    if done.exists() and done.read_text() == "\n".join(requirements):
        return python
    print(f"# making an environment for {name}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *requirements], check=True)
    done.write_text("\n".join(requirements))
    return python
