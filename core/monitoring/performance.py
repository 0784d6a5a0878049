"""What a model is worth on rows whose truth is not known yet, with an interval.

Classification: confidence-based performance estimation (CBPE; described by NannyML; the idea is in Guillory et al.,
2021, "Predicting with confidence on unseen distributions"). The model's probabilities, calibrated on the holdout,
say how often it is right: each row counts as every class, weighed by its probability, and any metric follows.
Regression: direct loss estimation. A small model learned on the holdout how large the error is where.

Both believe that what the columns say of the target is what it was. They follow a shift of the columns (covariate
shift); they are blind to concept drift, where the same rows get other labels: then the estimate stays high and the
truth falls, which only labels show. `ASSUMES` says so to people.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd

from core.errors import Corrupted
from core.monitoring import losses
from core.monitoring.calibrated import Calibration
from core.monitoring.measure import Drop, dropped
from core.training.evaluation import INTERVAL, Measured, Scores
from core.training.metrics import METRICS
from core.training.model import Predictions
from core.vocabulary import Kind, Reading, Task

Array = np.ndarray[Any, Any]

ASSUMES: Final = "estimated without labels: blind where the same rows get other labels (concept drift)"
FEWEST: Final = 100  # rows of a holdout that anything is learned from
LEAST: Final = 30  # rows that anything is said of
DRAWS: Final = 100
MOST: Final = 20_000  # rows x classes of a window that the draws go over
FORMAT: Final = 1


@dataclass(frozen=True)
class Estimate:
    """`value` with its 95 % interval, for what the metric would be measured to be on these rows; `expected` is what
    it was on the holdout."""

    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    rows: int
    expected: Measured
    verdict: Reading
    threshold: float | None
    summary: str

    def to_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric, "value": self.value, "lower": self.lower, "upper": self.upper, "rows": self.rows,
            "expected": self.expected.value, "verdict": self.verdict.value, "threshold": self.threshold,
            "summary": self.summary, "assumes": ASSUMES,
        }


class Estimator(Protocol):
    @property
    def metric(self) -> str: ...

    @property
    def expected(self) -> Measured: ...

    def estimate(self, said: Predictions, frame: pd.DataFrame | None = None) -> Estimate:
        """What the model is worth on the rows for which it says `said`; regression needs their typed `frame`."""
        ...

    def to_bytes(self) -> bytes:
        """No pickle: JSON, and skops for the trees of a loss model."""
        ...


def fit(
    scores: Scores, metric: str, frame: pd.DataFrame | None = None, kinds: Mapping[str, Kind] | None = None, *,
    expected: Measured, seed: int = 0,
) -> Estimator | None:
    """Learn from a model's answers on its holdout, in the order of its rows; `expected` is the metric there.

    None where the rows are too few, the model gives no probabilities, or the metric cannot be estimated. Regression
    needs `frame` (typed rows of the holdout) and the `kinds` of the columns that the model reads.
    """
    if len(scores) < FEWEST or scores.task not in METRICS[metric].tasks or expected.value is None:
        return None
    if scores.task == Task.CLASSIFICATION:
        if scores.probabilities is None or not np.isfinite(scores.probabilities).all():
            return None
        return Confidence(metric, scores.classes, Calibration.of(scores), expected, scores.positive, seed)
    if frame is None or kinds is None:
        return None
    model = losses.LossModel.of(scores, metric, frame, kinds, seed)
    return None if model is None else Losses(metric, model, expected)


def load(data: bytes) -> Estimator:
    """What `to_bytes` wrote; Corrupted where it is no such thing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            values = json.loads(archive.read("estimator.json"))
            if values["format"] != FORMAT:
                raise Corrupted("the kept estimator is of another release", "train once more, or upgrade footplate")
            expected = Measured(*values["expected"])
            if values["kind"] == "confidence":
                return Confidence(
                    values["metric"], tuple(values["classes"]), Calibration.from_json(values["calibration"]), expected,
                    values["positive"], values["seed"],
                )
            return Losses(values["metric"], losses.LossModel.read(archive), expected)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError) as error:
        raise Corrupted(f"the kept estimator cannot be read ({error})", "train once more") from None


@dataclass(frozen=True)
class Confidence:
    """CBPE. `positive` is the class that F1 and average precision are about (see `Scores.positive`)."""

    metric: str
    classes: tuple[str, ...]
    calibration: Calibration
    expected: Measured
    positive: int
    seed: int

    def estimate(self, said: Predictions, frame: pd.DataFrame | None = None) -> Estimate:
        rows = len(said.values)
        if said.probabilities is None or rows < LEAST or not np.isfinite(said.probabilities).all():
            return _told(self.metric, None, None, None, rows, self.expected)
        drawn = self._drawn(said)
        value = self._value(said, self.calibration.apply(said.probabilities))
        known = drawn[np.isfinite(drawn)]
        if value is None or len(known) < DRAWS / 2:
            return _told(self.metric, value, None, None, rows, self.expected)
        low, high = np.quantile(known, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
        return _told(self.metric, value, min(value, float(low)), max(value, float(high)), rows, self.expected)

    def _value(self, said: Predictions, chances: Array) -> float | None:
        """The metric where each row is of every class at once, as much as is likely."""
        classes = len(self.classes)
        scores = self._scores(said, np.repeat(np.arange(classes), len(chances)), classes)
        return METRICS[self.metric].value(scores, chances.T.ravel())

    def _drawn(self, said: Predictions) -> Array:
        """What would be measured: the calibration as its own rows might have had it, then labels by its chances."""
        assert said.probabilities is not None
        rows = len(said.values)
        random = np.random.default_rng([self.seed, rows])
        most = max(1_000, MOST // len(self.classes))
        found = []
        for _ in range(DRAWS):
            chosen = random.integers(rows, size=min(rows, most))
            some = Predictions(said.values[chosen], said.probabilities[chosen])
            chances = self.calibration.drawn(random).apply(said.probabilities[chosen])
            truth = (chances.cumsum(axis=1) < random.random((len(chosen), 1))).sum(axis=1)
            value = METRICS[self.metric].value(self._scores(some, np.minimum(truth, len(self.classes) - 1), 1))
            found.append(np.nan if value is None else value)
        return np.array(found)

    def _scores(self, said: Predictions, truth: Array, times: int) -> Scores:
        assert said.probabilities is not None
        return _Looked(
            Task.CLASSIFICATION, truth, np.tile(said.values, times), np.tile(said.probabilities, (times, 1)),
            self.classes, self.positive,
        )

    def to_bytes(self) -> bytes:
        return _packed({
            "kind": "confidence", "metric": self.metric, "classes": list(self.classes), "positive": self.positive,
            "calibration": self.calibration.to_json(), "seed": self.seed,
        }, self.expected, {})


@dataclass(frozen=True)
class _Looked(Scores):
    """Scores whose positive class is that of the holdout, whatever is rare here."""

    looked_for: int = 1

    @property
    def positive(self) -> int:
        return self.looked_for


@dataclass(frozen=True)
class Losses:
    """Direct loss estimation."""

    metric: str
    model: losses.LossModel
    expected: Measured

    def estimate(self, said: Predictions, frame: pd.DataFrame | None = None) -> Estimate:
        rows = len(said.values)
        if frame is None or rows < LEAST or not np.isfinite(said.values).all():
            return _told(self.metric, None, None, None, rows, self.expected)
        return _told(self.metric, *self.model.estimate(frame, said.values), rows, self.expected)

    def to_bytes(self) -> bytes:
        return _packed({"kind": "losses", "metric": self.metric}, self.expected, self.model.files())


def _packed(values: dict[str, Any], expected: Measured, files: Mapping[str, bytes]) -> bytes:
    values |= {"format": FORMAT, "expected": [expected.value, expected.lower, expected.upper]}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"estimator.json": json.dumps(values).encode(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _told(
    metric: str, value: float | None, lower: float | None, upper: float | None, rows: int, expected: Measured
) -> Estimate:
    judged: Drop = dropped(expected, (), Measured(value, lower, upper), metric, rows=rows, min_rows=LEAST)
    return Estimate(
        metric, value, lower, upper, rows, expected, judged.verdict, judged.threshold, f"{judged.message}; {ASSUMES}"
    )
