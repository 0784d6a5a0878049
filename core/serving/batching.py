"""What arrives together is answered together: one call of the model for all requests that wait (asyncio, no HTTP).

A few rows of a quick model are answered at once, where they arrive: handing them to a thread would take longer, and
what takes less than a millisecond keeps nobody else waiting. Everything else waits for the one thread of its model,
and what arrives while that is busy is its next batch.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from core.errors import Busy
from core.serving.checking import Table
from core.serving.predictor import Answers, Predictor

INLINE: Final = 0.001  # seconds that a quick model may take where requests arrive
BATCH: Final = 4_096  # rows of one call
WAITING: Final = 65_536  # rows that may wait; more are refused, so that nobody waits for ever


class Batcher:
    """The queue in front of one predictor. Made and used within one event loop."""

    def __init__(self, predictor: Predictor, *, batch: int = BATCH, waiting: int = WAITING) -> None:
        self.predictor = predictor
        self._batch = batch
        self._most = waiting
        self._queue: deque[tuple[Table, asyncio.Future[Answers]]] = deque()
        self._rows = 0  # that wait
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")
        self._running: asyncio.Task[None] | None = None
        self._closed = False
        self._row = 0.0  # seconds that a row takes, as far as is known

    async def predict(self, rows: Table | Sequence[Mapping[str, object]]) -> Answers:
        """As `Predictor.predict`. Raises BadRows for these rows alone, and Busy where too many wait."""
        table = rows if isinstance(rows, Table) else self.predictor.read(rows)
        if self.predictor.quick and len(table) * self._row <= INLINE:
            return self._measured(table)
        if self._closed:
            raise Busy("this version is being put away", "ask again: another one answers by now")
        if self._rows and self._rows + len(table) > self._most:
            raise Busy(f"{self._rows:,} rows wait to be answered", "ask again a little later, or with fewer rows")
        future: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self._queue.append((table, future))
        self._rows += len(table)
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._drain())
        return await future

    async def close(self) -> None:
        """Answer what waits, then let the thread go."""
        self._closed = True
        while self._running is not None:
            await asyncio.wait([self._running])
        self._thread.shutdown(wait=False)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue:
                taken = self._take()
                if not taken:
                    continue
                answers = await loop.run_in_executor(self._thread, self._answer, [table for table, _ in taken])
                for (_, future), answer in zip(taken, answers, strict=True):
                    if future.done():  # nobody waits for it any more
                        continue
                    if isinstance(answer, BaseException):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            self._running = None

    def _take(self) -> list[tuple[Table, asyncio.Future[Answers]]]:
        """The next batch: whole requests, at least one, without those that nobody waits for any more."""
        taken: list[tuple[Table, asyncio.Future[Answers]]] = []
        rows = 0
        while self._queue and (not taken or rows + len(self._queue[0][0]) <= self._batch):
            table, future = self._queue.popleft()
            self._rows -= len(table)
            if not future.done():
                taken.append((table, future))
                rows += len(table)
        return taken

    def _answer(self, tables: list[Table]) -> list[Answers | BaseException]:
        """One call for all; where it fails, one for each, so that nobody fails for another's rows."""
        if len(tables) > 1:
            try:
                whole = self._measured(Table(tables[0].schema, [row for table in tables for row in table.rows]))
            except Exception:
                return [self._alone(table) for table in tables]
            made: list[Answers | BaseException] = []
            start = 0
            for table in tables:
                made.append(whole.part(start, start + len(table)))
                start += len(table)
            return made
        return [self._alone(table) for table in tables]

    def _alone(self, table: Table) -> Answers | BaseException:
        try:
            return self._measured(table)
        except Exception as error:
            return error

    def _measured(self, table: Table) -> Answers:
        began = time.perf_counter()
        answers = self.predictor.predict(table)
        took = (time.perf_counter() - began) / max(1, len(table))
        self._row += (took - self._row) / 8 if self._row else took
        return answers
