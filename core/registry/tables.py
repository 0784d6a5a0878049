"""The schema of the registry, on one page.

Rows are written once and, where a state moves, updated in the transaction that also writes the Event.
Texts that hold states are the words of `core.vocabulary`. Everything hangs on four nouns:

    Recipe -> RecipeVersion            Dataset -> DatasetVersion <- Source (a file in a watched folder)
          \\                                            |
           Run -> RunData (which versions it used), RunMetric, RunParam, RunPoint, Artifact, RunTag, RunNote, Baseline
            \\
             Model -> ModelVersion <- Alias            Job (a request)    Event (a fact)
               |            \\
               |             Deployment (by environment), Traffic (what it answered, by the minute) <- Server
             Monitor -> MonitorReport -> Alert -> Notification

A Delivery is a file in a folder of files to score, or of labels.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Computed, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.registry.types import Json, UtcTime

STRICT: dict[str, Any] = {"sqlite_strict": True}


def _time(**options: Any) -> Any:
    return Field(sa_type=UtcTime, **options)


def _json(**options: Any) -> Any:
    """A JSON column; one with a default may be null (SQLModel cannot tell that from `Any`)."""
    return Field(sa_type=Json, nullable="default" in options, **options)


def _of_json(column: str, key: str) -> Any:
    """A column that SQLite reads out of a JSON column; nobody writes it."""
    return Field(default=None, sa_column=Column(Text, Computed(f"json_extract({column}, '$.{key}')", persisted=False)))


class Stored(SQLModel):
    """A row is not validated, so that its validator is made only where somebody asks for one."""

    model_config = {"defer_build": True}


class Event(Stored, table=True):
    """A fact, past tense, hash-chained; `payload` is the text that the hash covers."""

    __table_args__ = (Index("event_subject", "subject"), Index("event_kind", "kind"), STRICT)
    id: int = Field(primary_key=True)
    at: str
    kind: str
    actor: str
    subject: str  # "flights@7", "run 12", "recipe flights", "job 3", "model flights v4"
    payload: str
    previous_hash: str
    hash: str


class Recipe(Stored, table=True):
    """A file in recipes/: what it says now (`hash` is empty until it was valid once)."""

    __table_args__ = (STRICT,)
    name: str = Field(primary_key=True)
    path: str
    hash: str | None = None
    text: str | None = None  # in force: of the file when it was last valid
    dataset: str | None = None
    valid: bool = False
    problems: Any = _json(default=None)  # [{key, message, hint}]
    paused: bool = False
    removed: bool = False
    stamp: str = ""  # size and times of the recipe and its code when last read


class RecipeVersion(Stored, table=True):
    """A recipe and its user code, immutable, by hash."""

    __table_args__ = (UniqueConstraint("recipe", "hash"), STRICT)
    id: int | None = Field(default=None, primary_key=True)
    recipe: str = Field(foreign_key="recipe.name")
    hash: str
    text: str
    settings: Any = _json(default=None)  # what `train --set` put over the text
    code: Any = _json()  # [{name, sha256}], the bytes are in the store
    created_at: datetime = _time()
    actor: str
    git: Any = _json(default=None)  # {commit, dirty} or null


class Dataset(Stored, table=True):
    """A named source; its schema is the first accepted version's and holds for all later ones."""

    __table_args__ = (STRICT,)
    name: str = Field(primary_key=True)
    recipe: str = Field(foreign_key="recipe.name")
    schema_: Any = _json(default=None, sa_column_kwargs={"name": "schema"})
    dialect: Any = _json(default=None)
    expectations: Any = _json(default=None)
    created_at: datetime = _time()


class DatasetVersion(Stored, table=True):
    """One immutable arrival. `hash` is null where the bytes were never read."""

    __table_args__ = (
        UniqueConstraint("dataset", "version"),
        UniqueConstraint("dataset", "hash"),
        Index("dataset_version_state", "dataset", "state", "version"),
        STRICT,
    )
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(foreign_key="dataset.name")
    version: int
    hash: str | None
    state: str
    discarded: bool = False  # quarantined, and a person threw its bytes away
    files: Any = _json()  # [{name, bytes, hash}]
    file_name: str  # as shown; the key of `same_name` and of natural order
    rows: int | None = None
    columns: int | None = None
    labelled: int | None = None
    bad_rows: int = 0
    reasons: Any = _json()  # [{check, column, message}]
    warnings: Any = _json()
    schema_: Any = _json(default=None, sa_column_kwargs={"name": "schema"})
    dialect: Any = _json(default=None)
    profile: str | None = None  # object in the store
    row_hashes: str | None = None  # object in the store: which rows stood in which version
    time_min: str | None = None
    time_max: str | None = None
    superseded_by: int | None = None
    added_at: datetime = _time()
    cause: str
    actor: str


class Source(Stored, table=True):
    """What is known of one path in a watched folder: the signature that was last judged or is pending."""

    __table_args__ = (UniqueConstraint("dataset", "path"), Index("source_state", "dataset", "state"), STRICT)
    id: int | None = Field(default=None, primary_key=True)
    dataset: str = Field(foreign_key="dataset.name")
    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    state: str
    version_id: int | None = Field(default=None, foreign_key="datasetversion.id")
    seen_at: datetime = _time()


class Delivery(Stored, table=True):
    """What is known of one file that is scored (`purpose` score) or holds the truth of predictions (label)."""

    __table_args__ = (
        UniqueConstraint("model", "purpose", "path"), Index("delivery_state", "state", "model", "purpose"),
        Index("delivery_hash", "model", "purpose", "hash"), STRICT,
    )
    id: int | None = Field(default=None, primary_key=True)
    model: str = Field(foreign_key="recipe.name")
    purpose: str
    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    state: str
    hash: str | None = None  # of the bytes that were last taken
    version: int | None = None  # of the model, that scored it
    rows: int | None = None
    error: str | None = None
    seen_at: datetime = _time()
    done_at: datetime | None = _time(default=None)


class Run(Stored, table=True):
    """One execution of a RecipeVersion on DatasetVersions."""

    __table_args__ = (
        Index("run_recipe", "recipe", "id"),
        Index("run_state", "state", "id"),
        Index("run_verdict", "verdict", "id"),
        Index("run_outcome", "outcome", "id"),
        Index("run_cause", "cause", "id"),
        Index("run_seconds", "seconds", "id"),
        Index("run_started", "started_at", "id"),
        STRICT,
    )
    id: int | None = Field(default=None, primary_key=True)
    recipe: str = Field(foreign_key="recipe.name")
    recipe_version_id: int = Field(foreign_key="recipeversion.id")
    job_id: int | None = Field(default=None, unique=True)
    state: str
    cause: str
    params: Any = _json()
    seed: int = 0
    primary_metric: str | None = None
    rows_train: int | None = None
    rows_holdout: int | None = None
    rows_refit: int | None = None
    basis: Any = _json(default=None)  # what decided the split: see core.training.contest
    gate: Any = _json(default=None)  # {verdict, reasons}
    decision: Any = _json(default=None)  # what `why` says beyond the gate
    environment: Any = _json(default=None)
    error: str | None = None
    log: str | None = None  # path below .footplate/
    actor: str
    started_at: datetime | None = _time(default=None)
    ended_at: datetime | None = _time(default=None)
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None  # bytes
    deleted: bool = False  # a person threw it away: not listed, but what it learned from stays learned
    verdict: str | None = _of_json("gate", "verdict")  # to sort and filter by
    outcome: str | None = _of_json("decision", "outcome")


class RunData(Stored, table=True):
    """A version that a run took up: `used` where it learned from it, `fresh` where its rows could judge."""

    __table_args__ = (Index("run_data_version", "version_id"), STRICT)
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    version_id: int = Field(primary_key=True, foreign_key="datasetversion.id")
    used: bool = True
    fresh: bool = False


class RunMetric(Stored, table=True):
    """A metric of the evaluated fit, with its 95 % interval."""

    __table_args__ = (Index("run_metric_value", "name", "value", "run_id"), STRICT)
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    name: str = Field(primary_key=True)
    value: float
    lower: float | None = None
    upper: float | None = None


class RunParam(Stored, table=True):
    """A parameter, as text, and as a number where it is one (for `--where`)."""

    __table_args__ = (Index("run_param_number", "name", "number", "run_id"), STRICT)
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    name: str = Field(primary_key=True)
    value: str
    number: float | None = None


class RunPoint(Stored, table=True):
    """A metric along the steps of a fit."""

    __table_args__ = (STRICT,)
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    name: str = Field(primary_key=True)
    step: int = Field(primary_key=True)
    value: float


class Artifact(Stored, table=True):
    """A file that a run left, in the store."""

    __table_args__ = (STRICT,)
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    name: str = Field(primary_key=True)
    hash: str
    bytes: int


class RunTag(Stored, table=True):
    """A word on a run; tags that an older Footplate put on say nothing of who and when."""

    __table_args__ = (STRICT,)
    run_id: int = Field(primary_key=True, foreign_key="run.id")
    tag: str = Field(primary_key=True)
    actor: str | None = None
    at: datetime | None = _time(default=None)


class RunNote(Stored, table=True):
    __table_args__ = (Index("run_note_run", "run_id"), STRICT)
    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    text: str
    actor: str
    at: datetime = _time()


class Baseline(Stored, table=True):
    """The run that the others of its recipe are held against, for everybody who looks at this registry."""

    __table_args__ = (STRICT,)
    recipe: str = Field(primary_key=True, foreign_key="recipe.name")
    run_id: int = Field(foreign_key="run.id")
    actor: str
    at: datetime = _time()


class Model(Stored, table=True):
    """A registered model: one a recipe. `held`: promotion is stopped, nothing else is."""

    __table_args__ = (STRICT,)
    name: str = Field(primary_key=True)
    task: str
    primary_metric: str
    held: bool = False
    held_by: str | None = None
    held_reason: str | None = None


class ModelVersion(Stored, table=True):
    """A released fit; `measured` is false where it is the refit that was not itself evaluated."""

    __table_args__ = (UniqueConstraint("model", "version"), STRICT)
    id: int | None = Field(default=None, primary_key=True)
    model: str = Field(foreign_key="model.name")
    version: int
    run_id: int = Field(foreign_key="run.id", unique=True)
    artifact: str  # object in the store
    bytes: int
    measured: bool
    rows: int
    registered_at: datetime = _time()


class Alias(Stored, table=True):
    """A name for a version of a model: champion, challenger."""

    __table_args__ = (STRICT,)
    model: str = Field(primary_key=True, foreign_key="model.name")
    alias: str = Field(primary_key=True)
    version: int
    moved_at: datetime = _time()


class Job(Stored, table=True):
    """A request for work. One waiting job a key, one running job a lane; `epoch` fences lost leases."""

    __table_args__ = (
        Index(
            "job_waiting", "key", unique=True, sqlite_where=text("state IN ('queued', 'deferred')")
        ),
        Index("job_lane", "lane", "id"),
        Index("job_key", "key", "queued_at"),
        Index("job_live", "state", "id", sqlite_where=text("state IN ('queued', 'deferred', 'running')")),
        STRICT,
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str  # jobs that ask for the same thing
    lane: str  # jobs that must not run at the same time
    state: str
    cause: str
    payload: Any = _json()
    actor: str
    attempts: int = 0  # that ended by their own fault
    epoch: int = 0  # raised by every claim
    cpus: int = 1
    memory: int  # bytes
    timeout: float  # seconds
    not_before: datetime | None = _time(default=None)
    lease_until: datetime | None = _time(default=None)
    pid: int | None = None
    cancel: bool = False
    progress: str | None = None
    error: str | None = None
    queued_at: datetime = _time()
    started_at: datetime | None = _time(default=None)
    ended_at: datetime | None = _time(default=None)


class Schedule(Stored, table=True):
    """A cron line of a recipe, and when it last fired; the clock is refilled from here at every start."""

    __table_args__ = (STRICT,)
    recipe: str = Field(primary_key=True, foreign_key="recipe.name")
    cron: str
    last_at: datetime | None = _time(default=None)
    next_at: datetime | None = _time(default=None)


class Deployment(Stored, table=True):
    """What serves of a model in an environment: the desired state, to which servers reconcile.

    `version` is null where nothing serves; `candidate` is the version that comes in by shadow or canary, or waits.
    """

    __table_args__ = (STRICT,)
    model: str = Field(primary_key=True, foreign_key="model.name")
    environment: str = Field(primary_key=True)
    version: int | None = None
    previous: int | None = None
    candidate: int | None = None
    strategy: str
    share: float = 0.0  # of requests that the candidate answers
    steps: Any = _json()  # shares, one after the other
    step: int = 0
    step_since: datetime | None = _time(default=None)
    state: str
    revision: int = 1  # raised by every change
    why: str = ""
    actor: str
    changed_at: datetime = _time()


class Server(Stored, table=True):
    """A serving process. `revisions`: {model: revision of the deployment that it serves}."""

    __table_args__ = (STRICT,)
    name: str = Field(primary_key=True)  # host:pid
    environment: str
    address: str
    started_at: datetime = _time()
    heartbeat_at: datetime = _time()
    revisions: Any = _json()


class Traffic(Stored, table=True):
    """What one version answered in one minute. `latency`: requests by bucket (core.monitoring.service)."""

    __table_args__ = (Index("traffic_minute", "minute"), STRICT)
    model: str = Field(primary_key=True)
    environment: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    role: str = Field(primary_key=True)
    minute: datetime = _time(primary_key=True)
    requests: int
    errors: int
    rows: int
    seconds: float
    latency: Any = _json()
    compared: int = 0  # shadow rows beside a stable answer
    agreed: int = 0


class Monitor(Stored, table=True):
    """A monitor of a model, `MODEL/KIND`, with what people set of it."""

    __table_args__ = (Index("monitor_model", "model", "kind"), STRICT)
    name: str = Field(primary_key=True)
    model: str = Field(foreign_key="recipe.name")
    kind: str
    settings: Any = _json()
    enabled: bool = True
    silenced_until: datetime | None = _time(default=None)
    silenced_by: str | None = None
    last_at: datetime | None = _time(default=None)
    last_verdict: str | None = None


class MonitorReport(Stored, table=True):
    """One reading. `source` is the data version (flights@7) or the window of served requests that was read."""

    __table_args__ = (
        UniqueConstraint("monitor", "source", "version"), Index("monitor_report", "monitor", "id"), STRICT,
    )
    id: int | None = Field(default=None, primary_key=True)
    monitor: str = Field(foreign_key="monitor.name")
    model: str
    kind: str
    version: int | None = None
    source: str
    at: datetime = _time()
    rows: int
    verdict: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    threshold: float | None = None
    columns: Any = _json()  # [{column, statistic, value, threshold, p_value, verdict, ...}]
    evidence: Any = _json()
    summary: str


class Alert(Stored, table=True):
    """A breached monitor, from the reading that opened it to the one that resolved it."""

    __table_args__ = (
        Index("alert_open", "monitor", unique=True, sqlite_where=text("state IN ('open', 'acknowledged')")),
        Index("alert_model", "model", "id"),
        STRICT,
    )
    id: int | None = Field(default=None, primary_key=True)
    monitor: str = Field(foreign_key="monitor.name")
    model: str
    kind: str
    state: str
    opened_at: datetime = _time()
    report_id: int  # that opened it
    last_report_id: int
    readings: int = 1
    evidence: Any = _json()
    acknowledged_at: datetime | None = _time(default=None)
    acknowledged_by: str | None = None
    resolved_at: datetime | None = _time(default=None)


class Notification(Stored, table=True):
    """What people are told, once a channel; sent again until it is taken or given up."""

    __table_args__ = (UniqueConstraint("alert_id", "channel", "about"), Index("notification_state", "state"), STRICT)
    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id")
    channel: str  # webhook, smtp, apprise
    about: str  # raised, resolved
    state: str  # waiting, sent, failed
    body: Any = _json()
    attempts: int = 0
    not_before: datetime | None = _time(default=None)
    error: str | None = None
    sent_at: datetime | None = _time(default=None)


class Pipeline(Stored, table=True):
    """The way of one saved recipe from its check to production. `stages`: [{name, state, at, ended_at, message}]."""

    __table_args__ = (Index("pipeline_recipe", "recipe", "id"), Index("pipeline_job", "job_id"), STRICT)
    id: int | None = Field(default=None, primary_key=True)
    recipe: str = Field(foreign_key="recipe.name")
    recipe_hash: str
    job_id: int | None = None
    run_id: int | None = None
    commit_: str | None = Field(default=None, sa_column_kwargs={"name": "commit"})
    state: str
    stages: Any = _json()
    actor: str
    started_at: datetime = _time()
    ended_at: datetime | None = _time(default=None)
