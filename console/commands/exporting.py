"""Runs as a file: CSV for spreadsheets, JSON and JSON Lines for programs. Written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.output import plain
from core.errors import BadInput, UsageError

if TYPE_CHECKING:
    from core.views.run_rows import Run

NESTED = ("params", "metrics", "data", "gate")


def write_runs(runs: Sequence[Run], out: Path) -> int:
    """Write them by the ending of `out`; returns how many. UsageError where it has no known ending."""
    objects = [plain(run) for run in runs]
    makers = {".csv": _csv, ".json": _json, ".jsonl": _json_lines}
    maker = makers.get(out.suffix.lower())
    if maker is None:
        raise UsageError(f"{out.name}: runs are written as {', '.join(makers)}", "choose an ending")
    publish(out, maker(objects))
    return len(objects)


def publish(out: Path, text: str) -> None:
    """Write beside, sync, rename. BadInput where the folder cannot be written."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        what = f"cannot write {out}: {error.strerror}"
        raise BadInput(what, "name a file in a folder that you may write to") from None


def _json(objects: Sequence[Any]) -> str:
    return "[" + ",\n".join(json.dumps(one, ensure_ascii=False, allow_nan=False) for one in objects) + "]\n"


def _json_lines(objects: Sequence[Any]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" for one in objects)


def _csv(objects: Sequence[Any]) -> str:
    """Flat: `params.max_iter`, `metrics.roc_auc`, `data` as flights@1 flights@2, `verdict` of the gate."""
    rows = [_flat(one) for one in objects]
    names = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _flat(run: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in run.items() if name not in NESTED}
    flat["data"] = _joined(f"{one['dataset']}@{one['version']}" for one in run["data"])
    flat["verdict"] = run["gate"]["verdict"] if run["gate"] else None
    flat |= {f"metrics.{name}": value for name, value in run["metrics"].items()}
    return flat | {f"params.{name}": value for name, value in run["params"].items()}


def _joined(words: Iterable[str]) -> str:
    return " ".join(words)
