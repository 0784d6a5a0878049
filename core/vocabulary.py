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


class Cause(StrEnum):
    """Why a job or a run exists."""

    NEW_DATA = "new_data"
    RECIPE_CHANGE = "recipe_change"
    SCHEDULE = "schedule"
    DRIFT = "drift"
    PERFORMANCE = "performance"
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


class SourceState(StrEnum):
    """What the daemon knows of one file in a watched folder."""

    PENDING = "pending"  # settled, waits for the ingest job
    TAKEN = "taken"  # it is (part of) a dataset version


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
