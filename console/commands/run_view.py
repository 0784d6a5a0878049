"""Runs for people: a line of a table, one in full, several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console import output
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.comparison import Comparison
    from core.views.run_rows import Run
    from core.views.runs import Full


def run_columns() -> list[Column]:
    from core.views.spans import spans
    from screens.format import duration, significant, status

    def versions(run: Run) -> str:
        return spans(run.data)

    return [
        Column("run", lambda run: str(run.id), right=True),
        Column("recipe", lambda run: run.recipe),
        Column("state", lambda run: status(run.state)),
        Column("cause", lambda run: run.cause.replace("_", " ")),
        Column("metric", lambda run: run.primary),
        Column("value", lambda run: significant(run.value), right=True),
        Column("gate", lambda run: status(run.verdict)),
        Column("model", lambda run: f"v{run.model_version}" if run.model_version else None),
        Column("started", lambda run: ago(run.started_at)),
        Column("took", lambda run: duration(run.seconds), right=True),
        Column("data", versions),
    ]


def write_run(full: Full) -> None:
    """Everything that is recorded of a run."""
    from core.views.spans import spans
    from screens.format import count, duration, moment, short, size, status

    run = full.run
    output.write_facts({
        "run": f"{run.id} of {run.recipe}, {run.cause.replace('_', ' ')}, {run.actor}",
        "state": status(run.state),
        "deleted": "thrown away: no listing shows it" if full.deleted else None,
        "error": run.error,
        "decision": run.decision,
        "judged": run.headline,
        "gate": status(run.verdict) if run.verdict else None,
        "model": f"{run.recipe} v{run.model_version}" if run.model_version else None,
        "data": spans(run.data),
        "rows": f"{count(run.rows_train)} trained, {count(run.rows_holdout)} judged" if run.rows_train else None,
        "split": (full.basis or {}).get("how"),
        "refit": f"{count(full.rows_refit)} rows" if full.rows_refit else None,
        "started": moment(run.started_at) if run.started_at else None,
        "took": duration(run.seconds) if run.seconds is not None else None,
        "cpu": duration(full.cpu_seconds) if full.cpu_seconds is not None else None,
        "memory": size(full.peak_memory) if full.peak_memory else None,
        "recipe": short(run.recipe_hash),
        "settings": ", ".join(f"{name}={value}" for name, value in (full.settings or {}).items()),
        "git": _git(full.git),
        "seed": str(run.seed),
        "python": (full.environment or {}).get("python"),
        "tags": ", ".join(run.tags),
        "log": str(full.log) if full.log else None,
    })
    _metrics(full)
    _reasons(run)
    for note in full.notes:
        output.say(f"note: {note.text} ({note.actor}, {moment(note.at)})")


def _git(state: dict[str, Any] | None) -> str | None:
    if not state:
        return None
    return f"{state['commit'][:12]}{', with changes that are not committed' if state['dirty'] else ''}"


def _metrics(full: Full) -> None:
    from screens.format import interval, significant

    if full.intervals:
        output.say()
        output.write_table(
            full.intervals.items(),
            [
                Column("metric", lambda one: one[0]),
                Column("value", lambda one: significant(one[1].value), right=True),
                Column("95 % interval", lambda one: interval(one[1].lower, one[1].upper)),
            ],
            empty="",
        )


def _reasons(run: Run) -> None:
    if run.gate and run.gate["reasons"]:
        output.say()
        for reason in run.gate["reasons"]:
            output.say(f"{'✓' if reason['passed'] else '✗'} {reason['message']}")


def write_comparison(found: Comparison, all: bool) -> None:
    """A line a fact, parameter and metric; only what differs, unless `all`."""
    from screens.format import short, significant

    def cell(place: int) -> Column:
        def text(line: Any) -> str | None:
            value = line.values[place]
            if line.name == "recipe_hash":
                return short(value)
            return significant(value) if isinstance(value, float) else None if value is None else str(value)

        return Column(f"run {found.runs[place].id}", text, right=True)

    output.write_table(
        [line for line in found.lines if all or line.differs],
        [Column("", lambda line: f"{line.name}"), *(cell(place) for place in range(len(found.runs)))],
        empty="these runs do not differ",
    )
