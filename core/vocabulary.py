"""The glossary of states: every word that the registry stores, with what it means.

Nothing is imported here, so every floor of the house may use these words.
"""

from __future__ import annotations

from enum import StrEnum


class VersionState(StrEnum):
    """What became of one arrival of data."""

    ACCEPTED = "accepted"  # checked and free to be learned from (where it has labels)
    QUARANTINED = "quarantined"  # set aside with its reasons, until a person releases or discards it
    RETIRED = "retired"  # taken out of future training by a person
    SUPERSEDED = "superseded"  # a later version holds its rows again, or replaces it


class RunState(StrEnum):
    """Where one execution of a recipe stands."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobState(StrEnum):
    """Where one request for work stands."""

    QUEUED = "queued"  # may be claimed now
    DEFERRED = "deferred"  # waits for a time: a backoff, a cooldown or tomorrow's budget
    RUNNING = "running"  # leased to one worker process
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobKind(StrEnum):
    INGEST = "ingest"  # store, check and commit the pending files of one recipe's folder
    TRAIN = "train"  # one run of one recipe: split, fit, evaluate, gate and, where it passes, release
    EVALUATE = "evaluate"  # measure a version, and today's champion, on rows that neither has seen; nothing moves
    REPLAY = "replay"  # what never, always and gated retraining would have scored; nothing moves
    RELEASE = "release"  # smoke requests against a deployed version, and the step to the next environment
    OBSERVE = "observe"  # one reading of every monitor of a model, on a version that arrived or on served requests
    SCORE = "score"  # the files of a scoring folder, answered by what serves in production
    LABEL = "label"  # the truth of earlier predictions, joined by id


class Cause(StrEnum):
    """Why a job or a run exists."""

    NEW_DATA = "new_data"
    RECIPE_CHANGE = "recipe_change"
    SCHEDULE = "schedule"
    DRIFT = "drift"
    PERFORMANCE = "performance"
    QUALITY = "quality"
    FRESHNESS = "freshness"
    MANUAL = "manual"
    REPRODUCE = "reproduce"


class Verdict(StrEnum):
    """What the gate says of a challenger."""

    PASSED = "passed"
    FAILED = "failed"
    INSUFFICIENT_DATA = "insufficient_data"  # too few unseen rows to tell; the champion stays
    NEEDS_APPROVAL = "needs_approval"  # good enough, but a person has to say so


class Task(StrEnum):
    AUTO = "auto"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Kind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CATEGORY = "category"  # any text
    EMPTY = "empty"  # no value at all in the version that the schema was inferred from


class Arrival(StrEnum):
    AUTO = "auto"
    APPEND = "append"  # each version brings new rows
    SNAPSHOT = "snapshot"  # each version holds the older rows again


class AliasName(StrEnum):
    CHAMPION = "champion"
    CHALLENGER = "challenger"


class Strategy(StrEnum):
    """How a version comes into an environment where another one serves."""

    REPLACE = "replace"  # at once
    SHADOW = "shadow"  # it answers beside the other one, is logged, and never returned
    CANARY = "canary"  # a growing share of the requests


class DeploymentState(StrEnum):
    """Where one model stands in one environment."""

    SERVING = "serving"  # one version, and nothing is under way
    ROLLING = "rolling"  # a candidate beside it, by shadow or canary
    WAITING = "waiting"  # a person has to let the next version in
    STOPPED = "stopped"  # nothing of this model serves here


class Role(StrEnum):
    """On what footing a version answered a request."""

    STABLE = "stable"
    CANARY = "canary"
    SHADOW = "shadow"


class MonitorKind(StrEnum):
    """What is watched of a model."""

    DRIFT = "drift"  # the columns that it reads, against those that it learned from
    PREDICTION = "prediction"  # what it answers, against what it answered on rows that it had not seen
    PERFORMANCE = "performance"  # its metric on labelled rows that it has not seen
    ESTIMATE = "estimate"  # its metric, estimated without labels
    QUALITY = "quality"  # warnings of the data that arrives
    FRESHNESS = "freshness"  # nothing arrived when something should have
    SERVICE = "service"  # latency and errors of what serves
    WATCH = "watch"  # the other monitors: one that has not run is an alert


class Reading(StrEnum):
    """What a monitor says of one reading."""

    OK = "ok"
    WARNING = "warning"  # worth a look; nothing is started
    ALERT = "alert"  # significant, and large enough to matter
    INSUFFICIENT_DATA = "insufficient_data"  # too few rows to tell


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # a person knows; it still holds
    RESOLVED = "resolved"  # the monitor is well again


class Action(StrEnum):
    """What a trigger does when its alert opens."""

    RETRAIN = "retrain"
    ROLLBACK = "rollback"
    TELL = "tell"


class StageState(StrEnum):
    """Where one stage of the pipeline of a saved recipe stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class SourceState(StrEnum):
    """What the daemon knows of one file in a watched folder."""

    PENDING = "pending"  # settled, waits for its job
    TAKEN = "taken"  # it is (part of) a dataset version, was scored, or its labels are known
    REFUSED = "refused"  # it cannot be scored, or holds no labels that could be used


class EventKind(StrEnum):
    """Facts, in the past tense: the events of the hash-chained log."""

    WORKSPACE_CREATED = "WorkspaceCreated"
    DAEMON_STARTED = "DaemonStarted"
    DAEMON_STOPPED = "DaemonStopped"
    RECIPE_ADDED = "RecipeAdded"
    RECIPE_CHANGED = "RecipeChanged"
    RECIPE_REJECTED = "RecipeRejected"
    RECIPE_REMOVED = "RecipeRemoved"
    RECIPE_PAUSED = "RecipePaused"
    RECIPE_RESUMED = "RecipeResumed"
    VERSION_ADDED = "DatasetVersionAdded"
    VERSION_ACCEPTED = "DatasetVersionAccepted"
    VERSION_QUARANTINED = "DatasetVersionQuarantined"
    VERSION_SUPERSEDED = "DatasetVersionSuperseded"
    VERSION_RETIRED = "DatasetVersionRetired"
    VERSION_RESTORED = "DatasetVersionRestored"
    VERSION_RELEASED = "DatasetVersionReleased"
    VERSION_DISCARDED = "DatasetVersionDiscarded"
    JOB_QUEUED = "JobQueued"
    JOB_STARTED = "JobStarted"
    JOB_FINISHED = "JobFinished"
    JOB_FAILED = "JobFailed"
    JOB_DEFERRED = "JobDeferred"
    JOB_RETRIED = "JobRetried"
    JOB_CANCELLED = "JobCancelled"
    JOB_ACKNOWLEDGED = "JobAcknowledged"
    JOB_REOPENED = "JobReopened"  # an acknowledgement was taken back
    RUN_NOT_ASKED = "RunNotAsked"  # a saved recipe, or data, that leads to no run: by which rule
    RUN_STARTED = "RunStarted"
    RUN_FINISHED = "RunFinished"
    RUN_FAILED = "RunFailed"
    RUN_CANCELLED = "RunCancelled"
    GATE_PASSED = "GatePassed"
    GATE_FAILED = "GateFailed"
    GATE_WAITED = "GateWaited"  # insufficient data: nobody was judged
    APPROVAL_REQUESTED = "ApprovalRequested"
    APPROVAL_GIVEN = "ApprovalGiven"
    MODEL_VERSION_REGISTERED = "ModelVersionRegistered"
    ALIAS_MOVED = "AliasMoved"
    MODEL_HELD = "ModelHeld"
    MODEL_RESUMED = "ModelResumed"
    MODEL_EVALUATED = "ModelEvaluated"  # a version was measured once more, on other rows than its gate's
    RECIPE_REPLAYED = "RecipeReplayed"
    RUN_NOTED = "RunNoted"
    RUN_TAGGED = "RunTagged"
    BASELINE_PINNED = "BaselinePinned"
    BASELINE_UNPINNED = "BaselineUnpinned"
    RUN_DELETED = "RunDeleted"
    DEPLOYMENT_REQUESTED = "DeploymentRequested"  # it waits for a person, or for the environment before
    DEPLOYMENT_CHANGED = "DeploymentChanged"
    DEPLOYMENT_ROLLED_BACK = "DeploymentRolledBack"
    DEPLOYMENT_ACKNOWLEDGED = "DeploymentAcknowledged"  # a person knows what was rolled back by itself
    CANDIDATE_MEASURED = "CandidateMeasured"  # a canary or shadow beside what serves, on rows whose labels came
    SMOKE_PASSED = "SmokePassed"
    SMOKE_FAILED = "SmokeFailed"
    SERVER_STARTED = "ServerStarted"
    SERVER_STOPPED = "ServerStopped"
    MODEL_NOT_LOADED = "ModelNotLoaded"  # a server could not load what it has to serve, and goes on with what it has
    MONITOR_REPORTED = "MonitorReported"
    MONITOR_CHANGED = "MonitorChanged"  # a person set a threshold, switched it off or on
    MONITOR_SILENCED = "MonitorSilenced"
    ALERT_RAISED = "AlertRaised"
    ALERT_ACKNOWLEDGED = "AlertAcknowledged"
    ALERT_RESOLVED = "AlertResolved"
    TRIGGER_PULLED = "TriggerPulled"
    TRIGGER_HELD_BACK = "TriggerHeldBack"  # persistence, cooldown, budget or the breaker: by which rule
    LABELS_TAKEN = "LabelsTaken"
    FILE_SCORED = "FileScored"
    FILE_REFUSED = "FileRefused"  # it cannot be scored, or its labels cannot be used: why
    PIPELINE_STARTED = "PipelineStarted"
    PIPELINE_PASSED = "PipelinePassed"
    PIPELINE_FAILED = "PipelineFailed"
