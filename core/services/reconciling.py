"""The thread of a serving process that keeps it to what is desired: sees changes, loads beside, swaps, reports back.

Requests never wait for it. Where the registry is locked or gone, or a file does not load, what serves goes on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from core.errors import FootplateError
from core.services import served
from core.services.answering import Answering, Live, Loaded
from core.services.served import Desired, Packed, Server
from core.serving.routing import Route
from core.vocabulary import Strategy
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.registry.database import ChangeCounter

LOOK_SECONDS: Final = 0.1  # between two looks whether the registry changed
REPORT_SECONDS: Final = 2.0  # between two reports while there is traffic
BEAT_SECONDS: Final = 10.0  # and without
AGAIN_SECONDS: Final = (1.0, 60.0)  # before what failed is tried again: first, and at most
_log = logging.getLogger("footplate.serve")


@dataclass(frozen=True)
class Condition:
    """How far this process is. `desired` and `problems` by model; `trouble`: what keeps it from the registry."""

    looked: bool = False
    desired: Mapping[str, Desired] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""


class _NotLoaded(Exception):
    """Which version it is that cannot be loaded."""

    def __init__(self, version: int, error: Exception) -> None:
        super().__init__(str(error))
        self.version, self.error = version, error


@dataclass
class _Again:
    """When what failed is tried again."""

    at: float = 0.0
    wait: float = AGAIN_SECONDS[0]

    def later(self) -> None:
        self.at = time.monotonic() + self.wait
        self.wait = min(2 * self.wait, AGAIN_SECONDS[1])


class Reconciler:
    """`start` within the event loop that answers; `stop` reports what is left."""

    def __init__(
        self, workspace: Workspace, server: Server, answering: Answering, tell: Callable[[], None] = lambda: None
    ) -> None:
        self.condition = Condition()
        self._workspace = workspace
        self._server = server
        self._answering = answering
        self._tell = tell  # called in the thread after every look that changed something, and every report
        self._loop: asyncio.AbstractEventLoop | None = None
        self._counter: ChangeCounter | None = None
        self._seen: int | None = None
        self._again: dict[str, _Again] = {}
        self._reported: tuple[Mapping[str, int], float] = ({}, float("-inf"))
        self._registry = _Again()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reconcile", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Blocks until the last report is written, or could not be."""
        self._stop.set()
        self._thread.join()

    @property
    def revisions(self) -> dict[str, int]:
        return {model: live.route.revision for model, live in self._answering.models.items()}

    # -- the thread

    def _run(self) -> None:
        while not self._stop.is_set():
            self._once()
            self._stop.wait(LOOK_SECONDS)
        self._report(last=True)
        if self._counter is not None:
            self._counter.close()

    def _once(self) -> None:
        if time.monotonic() < self._registry.at:
            return
        try:
            self._look()
            self._report()
        except Exception as error:  # whatever it is, what serves goes on
            self._registry.later()
            said = error.message if isinstance(error, FootplateError) else str(error).partition("\n")[0]
            if not self.condition.trouble:
                _log.warning("the registry cannot be used, what serves goes on: %s", said, exc_info=error)
            self._set(trouble=said)
            self._forget_counter()
            return
        self._registry = _Again()
        if self.condition.trouble:
            _log.warning("the registry can be used again")
            self._set(trouble="")

    def _look(self) -> None:
        if self._counter is None:
            self._counter = self._workspace.registry.change_counter()
            self._seen = None
        value, now = self._counter.value(), time.monotonic()
        due = any(again.at <= now for again in self._again.values())
        if value == self._seen and not due:
            return
        wanted = {one.route.model: one for one in served.desired(self._workspace, self._answering.environment)}
        before = self.condition.desired
        if wanted != before or due:
            self._set(desired=wanted)
            self._reconcile(wanted, before, now)
        self._seen = value
        if wanted != before or due or not self.condition.looked:
            self._set(looked=True)
            self._tell()

    def _reconcile(self, wanted: Mapping[str, Desired], before: Mapping[str, Desired], now: float) -> None:
        """Every model for itself: one that does not load keeps no other one back."""
        for model in [*self._answering.models]:
            if model not in wanted or wanted[model].route.stable is None:
                self._swap(model, None)
                self._well(model)
        for model, one in wanted.items():
            if one.route.stable is None:
                continue
            live = self._answering.models.get(model)
            if live is not None and live.route == one.route and live.id_column == one.id_column:
                self._well(model)
                continue
            again, known = self._again.get(model), before.get(model)
            if again is not None and known == one and again.at > now:
                continue
            try:
                self._swap(model, self._loaded(one, live))
            except Exception as error:
                self._without_candidate(one, live)
                self._failed(one, error, fresh=known != one)
            else:
                self._well(model)

    def _without_candidate(self, one: Desired, live: Live | None) -> None:
        """A candidate that does not load keeps nobody from being served by the version that it comes in beside."""
        if one.route.candidate is None or (live is not None and _alone(live.route, one.route.stable)):
            return
        route = replace(one.route, candidate=None, strategy=Strategy.REPLACE, share=0.0, revision=0)
        try:
            self._swap(one.route.model, self._loaded(replace(one, route=route), live))
        except Exception as error:
            _log.error("%s: v%s cannot be served either: %s", route.model, route.stable, error)

    def _loaded(self, one: Desired, live: Live | None) -> Live:
        """All versions of a route, those that are there already as they are."""
        versions: dict[int, Loaded] = {}
        for version in one.route.versions:
            if live is not None and version in live.versions:
                versions[version] = live.versions[version]
            else:
                try:
                    versions[version] = load(one.packed[version])
                except Exception as error:
                    raise _NotLoaded(version, error) from error
        return Live(one.route, versions, one.id_column)

    def _swap(self, model: str, live: Live | None) -> None:
        """From the next request on; versions that nobody asks any more go when they have answered what they took."""
        before = self._answering.models.get(model)
        models = {name: one for name, one in self._answering.models.items() if name != model}
        if live is not None:
            models[model] = live
            _log.info("%s: serves %s", model, _told(live))
        elif before is not None:
            _log.info("%s: nothing serves any more", model)
        self._answering.models = dict(sorted(models.items()))
        kept = {} if live is None else live.versions
        for version, loaded in ({} if before is None else before.versions).items():
            if kept.get(version) is not loaded and self._loop is not None and not self._loop.is_closed():
                asyncio.run_coroutine_threadsafe(loaded.batcher.close(), self._loop)

    def _failed(self, one: Desired, error: Exception, *, fresh: bool) -> None:
        model, failed = one.route.model, None
        if isinstance(error, _NotLoaded):
            failed, error = error.version, error.error
        said = error.message if isinstance(error, FootplateError) else f"{type(error).__name__}: {error}"
        live = self._answering.models.get(model)
        goes_on = f"{_told(live)} goes on" if live is not None else "nothing of it serves"
        message = f"revision {one.route.revision} cannot be served: {said}; {goes_on}"
        _log.error("%s: %s", model, message, exc_info=None if isinstance(error, FootplateError) else error)
        self._set(problems={**self.condition.problems, model: message})
        if fresh:
            self._again[model] = _Again()
        self._again.setdefault(model, _Again()).later()
        try:
            served.not_loaded(self._workspace, self._server, one.route, said, failed)
        except Exception as error:  # other models are loaded whether it can be written down or not
            _log.warning("the registry took no note: %s", error)

    def _well(self, model: str) -> None:
        self._again.pop(model, None)
        if model in self.condition.problems:
            self._set(problems={name: text for name, text in self.condition.problems.items() if name != model})

    def _report(self, *, last: bool = False) -> None:
        revisions, now = self.revisions, time.monotonic()
        known, at = self._reported
        counts = {}
        if last or revisions != known or now - at >= REPORT_SECONDS:
            counts = self._answering.tally.take()
        if not (last or counts or revisions != known or now - at >= BEAT_SECONDS):
            return
        try:
            if last:
                if counts:
                    served.report(self._workspace, self._server, {}, counts)
                served.forget(self._workspace, [self._server.name])
            else:
                served.report(self._workspace, self._server, revisions, counts)
        except Exception as error:
            self._answering.tally.put_back(counts)
            if not last:
                raise
            _log.warning("the last report could not be written: %s", error)
        self._reported = (revisions, now)
        self._tell()

    def _set(self, **values: Any) -> None:
        self.condition = Condition(**{**vars(self.condition), **values})

    def _forget_counter(self) -> None:
        if self._counter is not None:
            self._counter.close()
            self._counter = None


def load(packed: Packed) -> Loaded:
    """One version from its files, and one answer on nothing but missing values, so that the first request waits for
    nothing. Heavy: pandas and scikit-learn, unless there is a compiled form."""
    from core.serving.batching import Batcher
    from core.serving.predictor import Predictor

    predictor = Predictor.load(
        packed.path, packed.sha256, packed.compiled, compiled_sha256=packed.compiled_sha256
    )
    try:
        predictor.predict([dict.fromkeys(predictor.manifest.input_schema.names)])
    except Exception as error:  # a model may refuse missing values: whoever sends them is told
        _log.debug("no warm answer", exc_info=error)
    return Loaded(packed.version, predictor, Batcher(predictor))


def _alone(route: Route, version: int | None) -> bool:
    return route.stable == version and route.candidate is None


def _told(live: Live) -> str:
    route = live.route
    if route.candidate is None:
        return f"v{route.stable}"
    share = f" {route.share:.0%}" if route.share else ""
    return f"v{route.stable}, and v{route.candidate} by {route.strategy}{share}"
