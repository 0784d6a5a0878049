"""One model's champion and what it left, held against rows that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.data.order import time_key
from core.monitoring import answers, drift
from core.recipes.recipe import Recipe
from core.registry import datasets
from core.services import declining, references
from core.services.contest import Incumbent
from core.services.readings import Taken, settings_of
from core.services.training_data import columns_of, older_rows, read
from core.training import packaging
from core.training.assess import in_order
from core.training.model import Array, Model, Predictions
from core.training.rows import Part, assemble
from core.vocabulary import MonitorKind, Reading
from core.workspace import Workspace

Row = Mapping[Any, Any]
SHOWN: Final = 30  # columns of a reading whose distributions are kept, the furthest from what they were first
MOVED: Final = 0.5  # standard deviations by which answers have to move to be an alert
NOTICED: Final = 0.4  # and to be worth a word: two fits of one recipe on growing data differ by up to 0.3
NO_REFERENCE: Final = "this version is older than the monitors: the next champion brings what they compare with"
SERIOUS: Final = frozenset({"constant_column", "new_class", "repeated_rows"})  # warnings that are never the season's
MANY: Final = 0.25  # of the columns, of which something is odd


@dataclass
class Reader:
    """The champion as it is met; its model is loaded when it is first asked."""

    workspace: Workspace
    recipe: Recipe  # in force: what its monitors go by
    against: Incumbent
    kept: references.Kept | None
    settings: Mapping[MonitorKind, Any]
    newest: tuple[Any, ...] | None  # the newest time that it has learned from
    _model: Model | None = None

    @classmethod
    def of(cls, workspace: Workspace, recipe: Recipe, against: Incumbent) -> Reader:
        kept = references.load(workspace, against.run["id"])
        with workspace.registry.read() as connection:
            settings = {kind: settings_of(connection, recipe, kind) for kind in MonitorKind}
            seen = datasets.by_id(connection, sorted(against.seen))
        times = [time_key(row["time_max"]) for row in seen if row["time_max"] is not None]
        return cls(workspace, recipe, against, kept, settings, max(times, default=None))

    @property
    def model(self) -> Model:
        if self._model is None:
            self._model = packaging.load(self.workspace.store.path(self.against.artifact), self.against.artifact)
        return self._model

    def arrival(self, row: Row, before: Sequence[Taken]) -> list[Taken]:
        """What all monitors make of one version of the data; `before` was read in the same go, and is not kept yet."""
        found = [self._quality(row)] if self._on(MonitorKind.QUALITY) else []
        part = read(self.workspace, self.against.one.recipe, [row]).parts[0]
        older = older_rows(self.workspace, self.against.one.recipe, [row], self.against.seen)
        frame = part.frame[_fresh(part, older)]
        said = self._said(part.frame)
        since = {"dataset": row["dataset"], "version": int(row["version"])}
        source = f"{row['dataset']}@{row['version']}"
        if self._on(MonitorKind.DRIFT):
            found.append(self._drift(frame, source, since))
        if self._on(MonitorKind.PREDICTION):
            found.append(self._answers(said, source, since))
        labelled = int(row["labelled"] or 0)
        if labelled and self._on(MonitorKind.PERFORMANCE):
            found.append(self._performance(row, part, older, said, before, source, since))
        elif not labelled and self._on(MonitorKind.ESTIMATE):
            found.append(self._estimate(part.frame, said, source, since))
        return found

    def answers(self, frame: pd.DataFrame, said: Predictions, source: str, *, labelled: bool) -> list[Taken]:
        """What the monitors make of rows that were served: `frame` are those whose inputs were kept."""
        found = []
        if self._on(MonitorKind.DRIFT) and len(frame):
            found.append(self._drift(frame, source, None))
        if self._on(MonitorKind.PREDICTION):
            found.append(self._answers(said, source, None))
        whole = frame if len(frame) == len(said.values) else None
        if self._on(MonitorKind.ESTIMATE) and not labelled:
            found.append(self._estimate(whole, said, source, None))
        return found

    def _on(self, kind: MonitorKind) -> bool:
        return bool(self.settings[kind].enabled)

    def _said(self, frame: pd.DataFrame) -> Predictions | None:
        """What the champion says of the rows; None where it cannot."""
        return self.model.predict(frame) if self.model.can_predict() else None

    # -- one monitor each

    def _taken(self, kind: MonitorKind, source: str, rows: int, verdict: Reading, summary: str, **more: Any) -> Taken:
        return Taken(kind, source, self.against.version, rows, verdict, summary, **more)

    def _mute(self, kind: MonitorKind, source: str, rows: int, why: str) -> Taken:
        return self._taken(kind, source, rows, Reading.INSUFFICIENT_DATA, why)

    def _quality(self, row: Row) -> Taken:
        """The warnings that the arrival was accepted with."""
        source = f"{row['dataset']}@{row['version']}"
        odd = list(row["warnings"] or ())
        columns = {one["column"] for one in odd if one["column"]}
        many = max(3, MANY * int(row["columns"] or 1))
        serious = any(one["check"] in SERIOUS for one in odd) or len(columns) >= many
        verdict = Reading.ALERT if serious else Reading.WARNING if odd else Reading.OK
        said = "; ".join(str(one["message"]) for one in odd[:3]) + (f"; and {len(odd) - 3} more" if odd[3:] else "")
        return self._taken(
            MonitorKind.QUALITY, source, int(row["rows"]), verdict, said or f"nothing odd in {source}",
            value=float(len(odd)), evidence={"warnings": odd},
            since={"dataset": row["dataset"], "version": int(row["version"])},
        )

    def _drift(self, frame: pd.DataFrame, source: str, since: Mapping[str, Any] | None) -> Taken:
        if self.kept is None:
            return self._mute(MonitorKind.DRIFT, source, len(frame), NO_REFERENCE)
        report = drift.check(self.kept.columns, frame, **_asked(self.settings[MonitorKind.DRIFT]))
        return self._moved(MonitorKind.DRIFT, report, report.verdict, source, since)

    def _answers(self, said: Predictions | None, source: str, since: Mapping[str, Any] | None) -> Taken:
        kind = MonitorKind.PREDICTION
        if said is None:
            return self._mute(kind, source, 0, "the champion cannot score new rows")
        if self.kept is None or self.kept.answers is None:
            return self._mute(kind, source, len(said.values), NO_REFERENCE)
        frame, _ = answers.columns(said, self.model.manifest.coding)
        asked = _asked(self.settings[kind])
        bar = asked.pop("effect", MOVED)
        report = drift.check(self.kept.answers, frame, **asked, effect=min(bar, NOTICED))
        verdict = report.verdict
        if verdict == Reading.ALERT and not any(
            one.verdict == Reading.ALERT and (one.value is None or one.value >= bar) for one in report.columns
        ):
            verdict = Reading.WARNING
        made = self._moved(kind, report, verdict, source, since)
        return replace(made, threshold=None if report.threshold is None else max(bar, report.threshold))

    def _moved(
        self, kind: MonitorKind, report: drift.Report, verdict: Reading, source: str, since: Mapping[str, Any] | None
    ) -> Taken:
        return self._taken(
            kind, source, report.rows, verdict, report.summary, value=report.value, threshold=report.threshold,
            columns=_columns(report), since=since,
            evidence={"level": report.level, "effect": report.effect, "false_alarms_a_month": report.false_alarms},
        )

    def _estimate(
        self, frame: pd.DataFrame | None, said: Predictions | None, source: str, since: Mapping[str, Any] | None
    ) -> Taken:
        kind = MonitorKind.ESTIMATE
        if said is None:
            return self._mute(kind, source, 0, "the champion cannot score new rows")
        if self.kept is None or self.kept.estimator is None:
            why = NO_REFERENCE if self.kept is None else "its holdout told too little to estimate by"
            return self._mute(kind, source, len(said.values), why)
        made = self.kept.estimator.estimate(said, frame)
        return self._taken(
            kind, source, made.rows, made.verdict, made.summary, value=made.value, threshold=made.threshold,
            lower=made.lower, upper=made.upper, since=since,
            evidence={"metric": made.metric, "usual": made.expected.value},
        )

    def _performance(
        self, row: Row, part: Part, older: dict[int, Array], said: Predictions | None, before: Sequence[Taken],
        source: str, since: Mapping[str, Any],
    ) -> Taken:
        kind = MonitorKind.PERFORMANCE
        if said is None:
            return self._mute(kind, source, 0, "the champion cannot score new rows")
        if self.newest is not None and row["time_max"] is not None and time_key(row["time_max"]) < self.newest:
            why = "all of it is older than what the champion learned from: it trains, and does not judge"
            return self._mute(kind, source, int(row["labelled"]), why)
        recipe = self.against.one.recipe
        rows = assemble([part], columns_of(recipe), seen=self.against.seen, older=older)
        at, ordered = in_order(rows, rows.judgeable)
        places = np.flatnonzero(part.frame[recipe.data.target].notna())[at]
        return declining.judged(
            self.workspace, self.recipe, self.against, self.model.manifest.coding, part.frame, places, said,
            settings=self.settings[kind], ordered=ordered, source=source, since=since,
            before=[one for one in before if one.kind == kind],
        )


def _fresh(part: Part, older: Mapping[int, Array]) -> Array:
    """Which rows stood in no version that the champion knows: a snapshot brings the older ones again."""
    rows = len(part.hashes)
    if not older or len(np.unique(part.hashes)) * 2 < rows:
        return np.ones(rows, dtype=bool)
    fresh = ~np.isin(part.hashes, np.concatenate([*older.values()]))
    return np.asarray(fresh if fresh.any() else np.ones(rows, dtype=bool))


def _asked(settings: Any) -> dict[str, Any]:
    """What was set of a monitor, as the rooms take it."""
    wanted = {"level": settings.level, "effect": settings.effect, "min_rows": settings.min_rows}
    return {name: value for name, value in wanted.items() if value is not None}


def _columns(report: drift.Report) -> list[dict[str, Any]]:
    """All columns; the distributions of those that are furthest from what they were."""
    order = sorted(report.columns, key=lambda one: (
        one.verdict not in (Reading.ALERT, Reading.WARNING), -(one.value or 0.0) / (one.threshold or 1.0)
    ))
    shown = {one.column for one in order[:SHOWN]}
    return [one.to_json() | ({} if one.column in shown else {"shares": {}}) for one in order]
