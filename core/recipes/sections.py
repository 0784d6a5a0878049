"""The tables of a recipe: every key with its default, its type and its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf

from core.data.checks import Checks
from core.recipes import validators
from core.recipes.units import parse_duration, parse_size
from core.vocabulary import Action, Arrival, Strategy, Task

Column = Annotated[str | None, BeforeValidator(validators.column)]
Columns = Annotated[tuple[str, ...], BeforeValidator(validators.texts)]
Command = Annotated[tuple[str, ...], BeforeValidator(validators.command)]
Metric = Annotated[str, BeforeValidator(validators.metric)]
TaskWord = Annotated[Task, validators.one_of(*Task)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DialectKeys(Section):
    """What is pinned of how the files are written; None: found out."""

    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Annotated[Literal[".", ","] | None, validators.one_of(".", ",")] = None
    encoding: str | None = None


class Data(Section):
    name: str | None = None  # of the dataset; None: the recipe's
    watch: str = Field(min_length=1)
    pattern: str = Field("*", min_length=1)
    recursive: bool = True
    arrival: Annotated[Arrival, validators.one_of(*Arrival)] = Arrival.AUTO
    same_name: Annotated[Literal["new", "replace"], validators.one_of("new", "replace")] = "new"
    target: str = Field(min_length=1)
    time: Column = None
    id: Column = None
    group: Column = None
    drop: Columns = ()
    train_on: Annotated[str, BeforeValidator(validators.train_on)] = "all"
    bad_rows: float = Field(0.001, ge=0, le=1)
    dialect: DialectKeys = DialectKeys()
    checks: Annotated[InstanceOf[Checks], BeforeValidator(validators.checks)] = Checks()


class Features(Section):
    dates: Columns = ()
    custom: Annotated[str, BeforeValidator(validators.custom)] = ""


class Model(Section):
    estimator: str = Field("auto", min_length=1)
    params: dict[str, Any] = {}
    seed: int = Field(0, ge=0, lt=2**32)
    command: Command = ()
    predict_command: Command = ()


class Evaluate(Section):
    primary: Metric = "auto"
    metrics: Annotated[Literal["auto"] | tuple[str, ...], BeforeValidator(validators.metrics)] = "auto"
    holdout: float = Field(0.5, gt=0, lt=1)
    refit: bool = True


class Compare(StrEnum):
    NOT_WORSE = "not_worse"
    BETTER = "better"
    SIGNIFICANTLY_BETTER = "significantly_better"


class Gate(Section):
    compare: Annotated[Compare, validators.one_of(*Compare)] = Compare.NOT_WORSE
    confidence: float = Field(0.95, gt=0, lt=1)
    max_drop: float = Field(0.02, ge=0)
    min_rows: int = Field(200, ge=0)
    min_minority: int = Field(20, ge=0)
    approval: Annotated[Literal["none", "human"], validators.one_of("none", "human")] = "none"
    bars: dict[str, float] = {}  # absolute thresholds; in TOML a table each: roc_auc = { threshold = 0.6 }


Deed = Annotated[
    Literal[True, False] | Action, validators.one_of(True, False, *Action),
]  # true: what suits the monitor (retrain, or go back where that is better); false: the alert alone


class Triggers(Section):
    new_data: bool = True
    recipe_change: Annotated[
        Literal["save", "commit", False], validators.one_of("save", "commit", False), BeforeValidator(validators.saved)
    ] = "save"
    schedule: Annotated[str, BeforeValidator(validators.schedule)] = ""
    drift: Deed = True
    performance: Deed = True
    quality: Deed = False
    freshness: Deed = False
    persistence: Annotated[tuple[int, int], BeforeValidator(validators.persistence)] = (1, 1)  # k of n readings
    breaker: int = Field(3, ge=1)  # refused challengers in a row, after which a person is asked
    cooldown: Annotated[float, BeforeValidator(parse_duration)] = 300.0  # seconds
    runs_per_day: int = Field(50, ge=1)


class Resources(Section):
    cpus: int = Field(1, ge=1)
    memory: Annotated[int, BeforeValidator(parse_size)] = 4 << 30  # bytes
    timeout: Annotated[float, BeforeValidator(parse_duration), Field(gt=0)] = 3600.0  # seconds


class Release(Section):
    """How a new champion comes into production; without this table it replaces what serves there at once."""

    path: Columns = ("production",)  # environments, one after the other
    strategy: Annotated[Strategy, validators.one_of(*Strategy)] = Strategy.REPLACE  # in the last of them
    steps: Annotated[tuple[float, ...], BeforeValidator(validators.steps)] = (0.05, 0.25, 1.0)
    min_requests: int = Field(200, ge=1)  # answered by the candidate, before a step is judged
    min_minutes: Annotated[float, BeforeValidator(validators.minutes)] = 0.0  # that a step lasts at least
    approval: Annotated[Literal["none", "human"], validators.one_of("none", "human")] = "none"


class Ci(Section):
    """What a saved recipe has to pass before its run, and what counts as saved."""

    on: Annotated[Literal["save", "commit"], validators.one_of("save", "commit")] = "save"
    test: str = ""  # a command, run in the workspace
    timeout: Annotated[float, BeforeValidator(parse_duration), Field(gt=0)] = 600.0  # seconds, of the tests
    smoke_rows: int = Field(2000, ge=0)  # of the fit before the full run; 0: none


class Score(Section):
    """A folder whose files are answered by what serves in production."""

    watch: str = ""
    pattern: str = Field("*", min_length=1)
    recursive: bool = True
    out: str = ""  # empty: `scored` beside it


class Labels(Section):
    """A folder where the truth of earlier predictions arrives, joined by [data] id."""

    watch: str = ""
    pattern: str = Field("*", min_length=1)
    recursive: bool = True


class Watch(Section):
    """What one kind of monitor goes by."""

    enabled: bool = True
    level: float | None = Field(None, gt=0, lt=1)  # of false alarms, over all columns together; None: the default
    effect: float | None = Field(None, ge=0)  # how large it has to be to matter
    min_rows: int | None = Field(None, ge=1)


class Monitors(Section):
    drift: Watch = Watch()
    prediction: Watch = Watch()
    performance: Watch = Watch()
    estimate: Watch = Watch()
    quality: Watch = Watch()
    freshness: Watch = Watch()
    service: Watch = Watch()


SECTIONS: Final[Mapping[str, type[Section]]] = {
    "data": Data, "features": Features, "model": Model, "evaluate": Evaluate, "gate": Gate,
    "triggers": Triggers, "resources": Resources, "release": Release, "ci": Ci, "score": Score, "labels": Labels,
    "monitors": Monitors,
}  # fmt: skip
