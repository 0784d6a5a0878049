"""What a server did, as Prometheus reads it (text format 0.0.4): the sum of all of its processes.

Every process keeps a sheet of its own counts in the server's folder; whichever of them is asked adds them up. The
sheet of one that died stays, so that no counter goes back.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

KIND: Final = b"text/plain; version=0.0.4; charset=utf-8"
SUMMED: Final = ("requests", "errors", "rows", "seconds", "compared", "agreed")


@dataclass
class Sheet:
    """`asked`: HTTP requests by what was asked and status; `answered`: by model, version and role, as `Count` is."""

    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    answered: dict[tuple[str, int, str], dict[str, Any]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Whole or not at all; what is lost when the machine dies is of no use afterwards."""
        body = {
            "asked": [[*key, count] for key, count in self.asked.items()],
            "answered": [[*key, count] for key, count in self.answered.items()],
        }
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(body), "utf-8")
        os.replace(temporary, path)

    def add(self, body: Mapping[str, Any]) -> None:
        for what, status, count in body["asked"]:
            self.asked[what, status] += count
        for model, version, role, count in body["answered"]:
            known = self.answered.get((model, version, role))
            if known is None:
                self.answered[model, version, role] = dict(count)
                continue
            for name in SUMMED:
                known[name] += count[name]
            known["latency"] = [one + other for one, other in zip(known["latency"], count["latency"], strict=True)]


def summed(folder: Path) -> Sheet:
    """All sheets of a server."""
    total = Sheet()
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError):
            total.add(json.loads(path.read_text("utf-8")))
    return total


def text(sheet: Sheet, bounds: Sequence[float], routes: Sequence[Mapping[str, Any]], ready: bool, workers: int) -> str:
    """`routes`: what this process serves, {name, version, revision, candidate, strategy, share}."""
    lines = [*_gauge("footplate_ready", "Whether every model that should serve does.", [({}, int(ready))])]
    lines += _gauge("footplate_workers", "Processes that answer.", [({}, workers)])
    names = [{"model": one["name"]} for one in routes]
    for key, about in (("version", "Version that serves."), ("revision", "Revision of the deployment that is served."),
                       ("share", "Share of requests that go to the candidate.")):
        lines += _gauge(f"footplate_model_{key}", about,
                        [(name, one[key]) for name, one in zip(names, routes, strict=True)])
    asked = [({"what": what, "status": status}, count) for (what, status), count in sorted(sheet.asked.items())]
    lines += _counter("footplate_http_requests_total", "HTTP requests, by what was asked and status.", asked)
    keyed = [
        ({"model": model, "version": version, "role": role}, count)
        for (model, version, role), count in sorted(sheet.answered.items())
    ]
    for key, name, about in (
        ("requests", "footplate_predict_requests_total", "Requests that a version was asked."),
        ("errors", "footplate_predict_errors_total", "Requests that a version failed."),
        ("rows", "footplate_predict_rows_total", "Rows that a version answered."),
        ("compared", "footplate_shadow_rows_total", "Rows that a shadow answered beside the version that serves."),
        ("agreed", "footplate_shadow_agreed_total", "Rows of these on which both said the same."),
    ):
        lines += _counter(name, about, [(labels, count[key]) for labels, count in keyed])
    lines += _histogram("footplate_predict_seconds", "Time from a request's body to its answer.", bounds, keyed)
    return "\n".join([*lines, ""])


def _gauge(name: str, about: str, values: Sequence[tuple[Mapping[str, Any], float]]) -> Iterator[str]:
    yield from _family(name, "gauge", about, values)


def _counter(name: str, about: str, values: Sequence[tuple[Mapping[str, Any], float]]) -> Iterator[str]:
    yield from _family(name, "counter", about, values)


def _family(name: str, kind: str, about: str, values: Sequence[tuple[Mapping[str, Any], float]]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values:
        yield f"{name}{_labels(labels)} {value}"


def _histogram(
    name: str, about: str, bounds: Sequence[float], values: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} histogram"
    for labels, count in values:
        total = 0
        for bound, requests in zip([*map(repr, bounds), "+Inf"], count["latency"], strict=True):
            total += requests
            yield f"{name}_bucket{_labels({**labels, 'le': bound})} {total}"
        yield f"{name}_sum{_labels(labels)} {count['seconds']}"
        yield f"{name}_count{_labels(labels)} {total}"


def _labels(labels: Mapping[str, Any]) -> str:
    """`{name="value",...}`; backslashes, quotes and line ends escaped."""
    if not labels:
        return ""
    pairs = [f'{name}="{_escaped(str(value))}"' for name, value in labels.items()]
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
