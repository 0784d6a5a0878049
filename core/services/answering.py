"""Requests answered by what serves now: routed, predicted, logged, counted. One event loop; no registry, no HTTP.

    body -> protocol -> rows -> route -> version -> answers -> log -> protocol -> body

An answer is given once it is in the log. A candidate that fails a request is counted for it, and the version that
serves answers instead.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from core.clock import Stamps
from core.errors import Busy, FootplateError, NotFound
from core.monitoring.service import BOUNDS
from core.services.writing import Writer
from core.serving.checking import BadRows, Table
from core.serving.log import PredictionLog
from core.serving.protocols import mlflow, open_inference, own
from core.serving.protocols.request import BadRequest, Request, a_list, an_object, parsed
from core.serving.routing import Choice, Route, choose
from core.serving.tally import Tally
from core.vocabulary import Role, Strategy
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.serving.batching import Batcher
    from core.serving.predictor import Answers, Predictor

INLINE: Final = 32  # rows that a quick model answers at once (as core.serving.batching)
SHADOWS: Final = 256  # requests that wait for their shadow answer; beyond, some get none
CLOSE: Final = 0.01  # numbers agree that differ by no more than this share
_log = logging.getLogger("footplate.serve")


class NotReady(Busy):
    """Nothing of it can answer yet."""


class NotJson(BadRequest):
    """A body that is none."""


class TooSlow(Busy):
    """The model takes longer than a request may."""


class TooLarge(BadRequest):
    """More rows than one request may have."""


class ModelFailed(FootplateError):
    """The model raised an error on rows that it should have read."""


@dataclass(frozen=True)
class Loaded:
    """One version, ready to answer."""

    version: int
    predictor: Predictor
    batcher: Batcher


@dataclass(frozen=True)
class Live:
    """One model as it is served: all versions of the route are loaded."""

    route: Route
    versions: Mapping[int, Loaded]
    id_column: str = ""

    @property
    def stable(self) -> Loaded:
        assert self.route.stable is not None
        return self.versions[self.route.stable]


class Given(NamedTuple):
    """A body and the version that it is from."""

    version: int
    body: dict[str, Any]


class _Said(NamedTuple):
    loaded: Loaded
    role: Role
    request: Request
    answers: Answers


@dataclass
class Answering:
    """`models` is replaced as a whole when what serves changes; requests under way go on with what they took."""

    environment: str
    writer: Writer
    tally: Tally
    max_rows: int
    timeout: float = 30.0  # seconds that a model may take for one request
    only: str = ""  # the model of /invocations; empty: the only one
    log_inputs: bool = True
    models: Mapping[str, Live] = field(default_factory=dict)
    _shadows: set[asyncio.Task[None]] = field(default_factory=set)
    _mark: str = field(default_factory=lambda: secrets.token_hex(6))
    _given: int = 0  # ids
    _stamps: Stamps = field(default_factory=Stamps)

    # -- protocols

    async def own(self, model: str, body: bytes) -> Given:
        live = self.live(model)
        said = await self._answer(live, own.read(read_json(body), live.id_column))
        return Given(said.loaded.version, own.answer(model, said.loaded.version, said.answers, said.request))

    async def invocations(self, body: bytes, *, csv: bool = False) -> Given:
        """MLflow's, of JSON or CSV."""
        live = self.invoked()
        names = live.stable.predictor.manifest.input_schema.names
        if csv:
            request = mlflow.read_csv(body, names, live.id_column)
        else:
            request = mlflow.read(read_json(body), names, live.id_column)
        said = await self._answer(live, request)
        return Given(said.loaded.version, mlflow.answer(said.answers))

    async def infer(self, model: str, body: bytes, version: int | None = None) -> Given:
        """Open Inference; `version`: that one and no other."""
        live = self.live(model)
        chosen = None if version is None else self._chosen(live, version)
        schema = live.stable.predictor.manifest.input_schema
        said = await self._answer(live, open_inference.read(read_json(body), schema, live.id_column), chosen)
        number = said.loaded.version
        return Given(number, open_inference.answer(model, number, said.answers, said.request))

    def labels(self, model: str, body: bytes) -> Sequence[Any]:
        """The rows of a body with labels; NotFound where nothing of that name serves."""
        self.live(model)
        hint = 'send {"rows": [{"id": ..., "label": ...}, ...]}'
        rows = a_list(an_object(read_json(body), hint), "rows", hint)
        self._not_too_many(rows)
        return rows

    # -- what is there

    def live(self, model: str) -> Live:
        """NotFound where nothing of that name serves."""
        live = self.models.get(model)
        if live is None:
            from difflib import get_close_matches

            near = get_close_matches(model, list(self.models), 1)
            also = f"did you mean {near[0]}?" if near else "GET /v1/models lists what serves"
            raise NotFound(f"no model of that name serves in {self.environment}", also)
        return live

    def invoked(self) -> Live:
        """The model that /invocations means."""
        if self.only:
            return self.live(self.only)
        if len(self.models) == 1:
            return next(iter(self.models.values()))
        if not self.models:
            raise NotReady(f"nothing serves in {self.environment} yet", "deploy a version: `footplate deploy MODEL`")
        raise NotFound(
            f"{len(self.models)} models serve here, and /invocations names none",
            "start the server with --model NAME, or POST to /v1/models/NAME/predict",
        )

    def version(self, model: str, version: int) -> Loaded:
        """NotFound unless it answers requests now."""
        live = self.live(model)
        return live.versions[self._chosen(live, version).version]

    def _chosen(self, live: Live, version: int) -> Choice:
        route = live.route
        if version == route.stable:
            return Choice(version, Role.STABLE)
        if version == route.candidate and route.strategy == Strategy.CANARY:
            return Choice(version, Role.CANARY)
        raise NotFound(
            f"version {version} of {route.model} does not serve in {self.environment}",
            f"version {route.stable} does",
        )

    # -- one request

    async def _answer(self, live: Live, request: Request, chosen: Choice | None = None) -> _Said:
        began = time.perf_counter()
        self._not_too_many(request.rows)
        ids = self._ids(len(request.rows))
        keys = request.ids or None
        choice = chosen or choose(live.route, keys[0] if keys else ids[0] if ids else "")
        if choice is None:
            raise NotReady(f"nothing of {live.route.model} serves", "deploy a version: `footplate deploy MODEL`")
        loaded, role = live.versions[choice.version], choice.role
        try:
            table, answers = await self._predict(loaded, request.rows)
        except Exception as error:
            if role is Role.CANARY and chosen is None:
                candidate = loaded
                if not isinstance(error, BadRows):
                    self._failed(live.route.model, candidate, Role.CANARY, began, error)
                live = self.live(live.route.model)  # it may have changed meanwhile
                loaded, role, choice = live.stable, Role.STABLE, Choice(live.stable.version, Role.STABLE)
                table, answers = await self._predict_or_fail(live, loaded, role, request.rows, began)
                if isinstance(error, BadRows):  # not the client's mistake: the version that serves can read them
                    self._failed(live.route.model, candidate, Role.CANARY, began, error)
            else:
                raise self._refused(live, loaded, role, began, error) from error
        if not request.ids:
            request = Request(request.rows, ids, request.echo)
        try:
            await self._note(live, loaded, role, ids, keys, table, answers, began)
        except FootplateError:
            self._failed(live.route.model, loaded, role, began, None)
            raise
        self.tally.answered(
            live.route.model, loaded.version, role, time.time(), time.perf_counter() - began, len(table)
        )
        if choice.shadow is not None and len(self._shadows) < SHADOWS:
            self._follow(live, live.versions[choice.shadow], ids, keys, request.rows, answers)
        return _Said(loaded, role, request, answers)

    def _not_too_many(self, rows: Sequence[Any]) -> None:
        if len(rows) > self.max_rows:
            raise TooLarge(
                f"{len(rows):,} rows in one request", f"send at most {self.max_rows:,}, or give a file to `footplate`"
            )

    async def _predict(self, loaded: Loaded, rows: Sequence[Any]) -> tuple[Table, Answers]:
        predictor = loaded.predictor
        table = predictor.read(rows)
        if predictor.quick and len(table) <= INLINE:
            return table, predictor.predict(table)
        try:
            async with asyncio.timeout(self.timeout):
                return table, await loaded.batcher.predict(table)
        except TimeoutError:
            raise TooSlow(
                f"there was no answer after {self.timeout:g} s",
                "send fewer rows, or raise [serving] timeout in footplate.toml",
            ) from None

    async def _predict_or_fail(
        self, live: Live, loaded: Loaded, role: Role, rows: Sequence[Any], began: float
    ) -> tuple[Table, Answers]:
        try:
            return await self._predict(loaded, rows)
        except Exception as error:
            raise self._refused(live, loaded, role, began, error) from error

    def _refused(self, live: Live, loaded: Loaded, role: Role, began: float, error: Exception) -> Exception:
        """What a client is told. Its own mistakes count against nobody; a version that never ends has failed."""
        if isinstance(error, TooSlow):
            self._failed(live.route.model, loaded, role, began, error)
        if isinstance(error, BadRows | Busy):
            return error
        self._failed(live.route.model, loaded, role, began, error)
        return ModelFailed(
            f"{live.route.model} v{loaded.version} failed on these rows", "the server's log says how it failed"
        )

    def _failed(self, model: str, loaded: Loaded, role: Role, began: float, error: Exception | None) -> None:
        if isinstance(error, Busy) and not isinstance(error, TooSlow):
            return
        if error is not None:
            _log.error("%s v%d (%s) failed a request", model, loaded.version, role, exc_info=error)
        self.tally.answered(
            model, loaded.version, role, time.time(), time.perf_counter() - began, 0, failed=True
        )

    async def _note(
        self, live: Live, loaded: Loaded, role: Role, ids: Sequence[str], keys: Sequence[str] | None, table: Table,
        answers: Answers, began: float,
    ) -> None:
        """Into the log, before anybody is told."""
        if not ids:
            return
        route = live.route
        await self.writer.write(
            {
                "at": self._stamps.of(time.time()), "model": route.model, "version": loaded.version,
                "environment": route.environment, "role": role, "revision": route.revision, "ids": ids,
                "keys": keys or [None] * len(ids),
                "rows": table.rows if self.log_inputs else None,
                "predictions": answers.values, "probabilities": answers.probabilities,
                "ms": round((time.perf_counter() - began) * 1e3, 3),
            },
            loaded.predictor.manifest,
        )

    def _ids(self, rows: int) -> tuple[str, ...]:
        """Of answers: nobody else's, ever."""
        first, self._given = self._given, self._given + rows
        mark = self._mark
        return tuple([f"{mark}-{number:x}" for number in range(first, self._given)])

    # -- shadow

    def _follow(
        self, live: Live, shadow: Loaded, ids: Sequence[str], keys: Sequence[str] | None, rows: Sequence[Any],
        answers: Answers,
    ) -> None:
        task = asyncio.get_running_loop().create_task(self._shadow(live, shadow, ids, keys, rows, answers))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)

    async def _shadow(
        self, live: Live, shadow: Loaded, ids: Sequence[str], keys: Sequence[str] | None, rows: Sequence[Any],
        answers: Answers,
    ) -> None:
        """The candidate's answer to the same rows: logged, compared, never given."""
        model, began = live.route.model, time.perf_counter()
        try:
            table, said = await self._predict(shadow, rows)
            await self._note(live, shadow, Role.SHADOW, ids, keys, table, said, began)
        except Exception as error:
            self._failed(model, shadow, Role.SHADOW, began, error)
            return
        now = time.time()
        self.tally.answered(model, shadow.version, Role.SHADOW, now, time.perf_counter() - began, len(table))
        agreed = sum(map(_agree, answers.values, said.values))
        self.tally.compared(model, shadow.version, now, len(table), agreed)

    async def settle(self) -> None:
        """Wait for what is under way beside requests, and let every version go."""
        if self._shadows:
            await asyncio.wait(self._shadows)
        models, self.models = self.models, {}
        for live in models.values():
            for loaded in live.versions.values():
                await loaded.batcher.close()
        await self.writer.close()


def read_json(body: bytes) -> Any:
    """Raises NotJson."""
    try:
        return parsed(body)
    except BadRequest as error:
        raise NotJson(error.message, error.hint) from None


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE) or (one != one and other != other)
    return bool(one == other)


def answering(workspace: Workspace, environment: str, only: str = "") -> Answering:
    """For one process, by the workspace's settings."""
    settings = workspace.settings.serving
    disk = settings.log_sync == "disk"
    log = PredictionLog(workspace.predictions, sync="disk" if disk else "process")
    return Answering(
        environment, Writer(log, disk=disk), Tally(BOUNDS), settings.max_rows, settings.timeout, only,
        settings.log_inputs,
    )
