"""The keys of a recipe with their defaults and rules, a class a section; CONTRACT.md explains each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from core.data.checks import Checks
from core.recipes.units import parse_duration, parse_size
from core.vocabulary import Arrival

Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Duration = Annotated[float, BeforeValidator(parse_duration), Field(ge=0)]
METRIC_NAMES = (
    "roc_auc", "average_precision", "brier", "log_loss", "accuracy", "f1", "f1_macro", "balanced_accuracy",
    "rmse", "mae", "mape", "r2",
)
_CRON_FIELD = re.compile(r"[0-9A-Za-z*/,\-?#LW]+", re.ASCII)


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _words(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class DataSection(Section):
    name: str = ""
    watch: str
    pattern: str = "*"
    recursive: bool = True
    arrival: Arrival = Arrival.AUTO
    same_name: Literal["new", "replace"] = "new"
    target: str = Field(min_length=1)
    time: str | None = None
    id: str | None = None
    group: str | None = None
    drop: Words = ()
    train_on: str = "all"
    bad_rows: float = Field(0.001, ge=0, le=1)
    dialect: Mapping[str, Any] = {}
    checks: Checks = Checks()

    @field_validator("train_on")
    @classmethod
    def _window(cls, text: str) -> str:
        kind, _, amount = text.partition(":")
        if kind == "all" and not amount:
            return text
        if kind == "last" and amount.isdecimal() and int(amount) > 0:
            return text
        if kind == "since" and amount:
            parse_duration(amount)
            return text
        raise ValueError(f"{text!r} is no window; write all, last:3 (versions) or since:30d")

    @field_validator("checks", mode="before")
    @classmethod
    def _checks(cls, value: Any) -> Any:
        if isinstance(value, Checks):
            return value
        return _ChecksSection.model_validate(value).made()

    @field_validator("watch")
    @classmethod
    def _folder(cls, text: str) -> str:
        if not text.strip() or "\0" in text:
            raise ValueError("name the folder where data arrives")
        return text


class _ChecksSection(Section):
    max_missing: dict[str, float] = {}
    range: dict[str, tuple[float | None, float | None]] = {}

    def made(self) -> Checks:
        return Checks(self.max_missing, self.range)


class FeaturesSection(Section):
    dates: Words = ()
    custom: str = ""

    @field_validator("custom")
    @classmethod
    def _spec(cls, text: str) -> str:
        if text:
            file, colon, function = text.partition(":")
            if not colon or not file.endswith(".py") or not function.isidentifier():
                raise ValueError(f"{text!r} names no function; write file.py:function")
        return text


class ModelSection(Section):
    estimator: str = "auto"
    params: Mapping[str, Any] = {}
    seed: int = Field(0, ge=0, lt=2**32)
    command: Words = ()
    predict_command: Words = ()

    @field_validator("estimator")
    @classmethod
    def _dotted(cls, text: str) -> str:
        if text != "auto" and not re.fullmatch(r"[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)+", text):
            raise ValueError(f"{text!r} is no estimator; write one like sklearn.linear_model.LogisticRegression")
        return text

    @model_validator(mode="after")
    def _one_way(self) -> ModelSection:
        if self.command and self.estimator != "auto":
            raise ValueError("give either an estimator or a command")
        if self.predict_command and not self.command:
            raise ValueError("predict_command belongs to a command")
        return self


class EvaluateSection(Section):
    primary: str = "auto"
    metrics: Literal["auto"] | tuple[str, ...] = "auto"
    holdout: float = Field(0.5, gt=0, lt=1)
    refit: bool = True

    @field_validator("primary")
    @classmethod
    def _metric(cls, name: str) -> str:
        return name if name == "auto" else known_metric(name)

    @field_validator("metrics")
    @classmethod
    def _metrics(cls, names: Any) -> Any:
        return names if names == "auto" else tuple(known_metric(name) for name in names)


class GateSection(Section):
    compare: Literal["not_worse", "better", "significantly_better"] = "not_worse"
    confidence: float = Field(0.95, gt=0.5, lt=1)
    max_drop: float = Field(0.02, ge=0)
    min_rows: int = Field(200, ge=1)
    min_minority: int = Field(20, ge=1)
    approval: Literal["none", "human"] = "none"
    bars: Mapping[str, float] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather_bars(cls, values: Any) -> Any:
        """A table named after a metric, `roc_auc = { threshold = 0.6 }`, is an absolute bar."""
        if not isinstance(values, dict):
            return values
        plain, bars = {}, dict(values.get("bars") or {})
        for key, value in values.items():
            if isinstance(value, dict) and key != "bars":
                if set(value) != {"threshold"} or isinstance(value["threshold"], bool | str):
                    raise ValueError(f"{key}: write {key} = {{ threshold = 0.6 }}")
                bars[known_metric(key)] = float(value["threshold"])
            elif key != "bars":
                plain[key] = value
        return plain | ({"bars": bars} if bars else {})


class TriggersSection(Section):
    new_data: bool = True
    recipe_change: Literal["save", "commit"] | bool = True
    schedule: str = ""
    drift: bool = True
    performance: bool = True
    cooldown: Duration = 300.0
    runs_per_day: int = Field(50, ge=1)

    @field_validator("schedule")
    @classmethod
    def _cron(cls, line: str) -> str:
        fields = line.split()
        if fields and (len(fields) != 5 or not all(_CRON_FIELD.fullmatch(field) for field in fields)):
            raise ValueError(f"{line!r} is no cron line; write five fields like '0 6 * * 1'")
        return line


class ResourcesSection(Section):
    cpus: int = Field(1, ge=1)
    memory: Size = 4 << 30
    timeout: Duration = 3600.0


def known_metric(name: str) -> str:
    if name not in METRIC_NAMES:
        from difflib import get_close_matches

        near = get_close_matches(str(name), METRIC_NAMES, 1)
        raise ValueError(f"{name!r} is no metric" + (f"; did you mean {near[0]}?" if near else f"; there are {', '.join(METRIC_NAMES)}"))
    return name
