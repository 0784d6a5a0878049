"""Up to eight runs side by side: parameters, metrics with intervals and who is best, facts, packages, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UsageError
from core.views.run_rows import Interval, Run, lower_is_better
from core.views.runs import Full, show
from core.views.shape import number
from core.views.spans import spans
from core.workspace import Workspace

MOST_COMPARED = 8


@dataclass(frozen=True)
class Line:
    """One line of a comparison: a value a run, None where a run has none. `intervals` and `best` are of metrics."""

    section: str  # "params", "metrics", "run", "code" or "packages"
    name: str
    values: tuple[Any, ...]
    intervals: tuple[Interval | None, ...] = ()
    best: tuple[int, ...] = ()  # places of the best values; none where all are equal, or one alone is known

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values[1:])

    def to_json(self) -> dict[str, Any]:
        values = [number(value) if isinstance(value, float) else value for value in self.values]
        made = {"section": self.section, "name": self.name, "values": values, "differs": self.differs}
        if self.section == "metrics":
            made["intervals"] = [None if one is None else one.to_json() for one in self.intervals]
            made["best"] = [*self.best]
        return made


@dataclass(frozen=True)
class Comparison:
    """`runs`, and each in `full`, in the order asked for; `lines` by section, what differs first."""

    runs: tuple[Run, ...]
    full: tuple[Full, ...]
    lines: tuple[Line, ...]

    @property
    def same_rows(self) -> bool | None:
        """Whether all were judged on the same rows, so that their metrics can be held against each other as they
        are; None where one has not been judged."""
        if any(run.rows_holdout is None for run in self.runs):
            return None
        return len({run.judged_on for run in self.runs}) == 1

    def section(self, name: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.section == name)

    def to_json(self) -> dict[str, Any]:
        return {
            "runs": [run.to_json() for run in self.runs], "lines": [line.to_json() for line in self.lines],
            "same_rows": self.same_rows, "pictures": [full.pictures for full in self.full],
            "points": [full.to_json()["points"] for full in self.full],
        }


def compare(workspace: Workspace, ids: Sequence[int]) -> Comparison:
    """Two to eight runs side by side. Raises NotFound and UsageError."""
    ids = [*dict.fromkeys(ids)]
    if not 2 <= len(ids) <= MOST_COMPARED:
        raise UsageError(f"{len(ids)} runs cannot be compared", f"name 2 to {MOST_COMPARED} runs")
    full = tuple(show(workspace, id) for id in ids)
    runs = tuple(one.run for one in full)
    lines = [*_params(runs), *_metrics(runs), *_facts(full), *_code(full), *_packages(full)]
    return Comparison(runs, full, tuple(lines))


def _union(groups: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _params(runs: Sequence[Run]) -> list[Line]:
    lines = [
        Line("params", name, tuple(run.params.get(name) for run in runs)) for name in _union(run.params for run in runs)
    ]
    return sorted(lines, key=lambda line: not line.differs)


def _metrics(runs: Sequence[Run]) -> list[Line]:
    """The metric that decided first."""
    names = sorted(_union(run.intervals for run in runs), key=lambda name: name != runs[0].primary)
    lines = []
    for name in names:
        intervals = tuple(run.intervals.get(name) for run in runs)
        values = tuple(None if one is None else one.value for one in intervals)
        lines.append(Line("metrics", name, values, intervals, _best(name, values)))
    return lines


def _best(metric: str, values: Sequence[float | None]) -> tuple[int, ...]:
    known, lower = [value for value in values if value is not None], lower_is_better(metric)
    if lower is None or len(set(known)) < 2:
        return ()
    top = min(known) if lower else max(known)
    return tuple(place for place, value in enumerate(values) if value == top)


def _facts(full: Sequence[Full]) -> list[Line]:
    names = (
        "recipe", "recipe_hash", "state", "cause", "rows_train", "rows_holdout", "seed", "verdict", "model_version"
    )
    lines = [Line("run", name, tuple(getattr(one.run, name) for one in full)) for name in names]
    lines.append(Line("run", "data", tuple(spans(one.run.data) for one in full)))
    lines.append(Line("run", "judged on", tuple((one.basis or {}).get("how") for one in full)))
    lines.append(Line("run", "settings", tuple(_settings(one) for one in full)))
    for name in ("seconds", "cpu_seconds", "peak_memory"):
        lines.append(Line("run", name, tuple(getattr(one.run if name == "seconds" else one, name) for one in full)))
    for name in ("python", "platform", "cpu", "cpus"):
        lines.append(Line("run", name, tuple((one.environment or {}).get(name) for one in full)))
    return lines


def _settings(one: Full) -> str | None:
    return ", ".join(f"{name}={value}" for name, value in (one.settings or {}).items()) or None


def _code(full: Sequence[Full]) -> list[Line]:
    """The commit that the recipe lay in, and the user's own files by their hashes."""
    lines = [Line("code", "git", tuple(_commit(one.git) for one in full))]
    files = [{file["name"]: file["sha256"] for file in one.code} for one in full]
    return lines + [Line("code", name, tuple(one.get(name) for one in files)) for name in _union(files)]


def _commit(git: Mapping[str, Any] | None) -> str | None:
    if not git:
        return None
    return f"{str(git.get('commit'))[:12]}{' with changes' if git.get('dirty') else ''}"


def _packages(full: Sequence[Full]) -> list[Line]:
    """Only those whose versions are not the same in all runs that recorded theirs: a hundred others are."""
    packages = [(one.environment or {}).get("packages") for one in full]
    known = [one for one in packages if one]
    differing = [name for name in sorted(_union(known)) if len({one.get(name) for one in known}) > 1]
    return [Line("packages", name, tuple((one or {}).get(name) for one in packages)) for name in differing]
