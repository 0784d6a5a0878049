"""What arrives together is answered together, and nobody fails for another's rows."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from core.errors import Busy, FootplateError
from core.serving.batching import Batcher
from core.serving.checking import BadRows, Table
from core.serving.predictor import Predictor
from core.training.manifest import Manifest

MANIFEST = Manifest(
    recipe="r", recipe_hash="h", kind="sklearn", estimator="x", task="regression", classes=(), target="y",
    inputs=({"name": "a", "kind": "number"},), features=({"name": "a", "kind": "number"},), custom="", code=(),
)


class Doubling:
    """Twice the number; 666 fails. Waits at a gate, and keeps how many rows came at a time."""

    def __init__(self, how: str = "matrix") -> None:
        self.how = how
        self.calls: list[int] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.takes = 0.0  # seconds a call

    def say(self, table: Table) -> tuple[list[Any], None]:
        assert self.gate.wait(20)
        until = time.perf_counter() + self.takes
        while time.perf_counter() < until:
            pass
        self.calls.append(len(table))
        self.threads.add(threading.get_ident())
        if any(row[0] == 666 for row in table.rows):
            raise FootplateError("no luck with 666")
        return [float(row[0]) * 2 for row in table.rows], None


def made(engine: Doubling, **limits: int) -> Batcher:
    return Batcher(Predictor(MANIFEST, engine), **limits)


async def test_what_waits_is_one_batch() -> None:
    engine = Doubling()
    engine.gate.clear()
    batcher = made(engine)
    first = asyncio.ensure_future(batcher.predict([{"a": 0}]))
    await asyncio.sleep(0)
    others = [asyncio.ensure_future(batcher.predict([{"a": place}, {"a": 0.5}])) for place in range(1, 40)]
    await asyncio.sleep(0)
    engine.gate.set()
    assert (await first).values == [0.0]
    assert [one.values for one in await asyncio.gather(*others)] == [[2.0 * place, 1.0] for place in range(1, 40)]
    assert sum(engine.calls) == 79 and len(engine.calls) <= 3
    assert threading.get_ident() not in engine.threads
    await batcher.close()


async def test_a_quick_model_answers_a_few_rows_where_they_arrive() -> None:
    engine = Doubling("compiled")
    batcher = made(engine)
    assert (await batcher.predict([{"a": 4}])).values == [8.0]
    assert engine.threads == {threading.get_ident()}
    await batcher.predict([{"a": 4}] * 100_000)
    assert len(engine.threads) == 2
    await batcher.close()


async def test_one_that_turns_out_to_be_slow_goes_to_a_thread() -> None:
    engine = Doubling("compiled")
    engine.takes = 0.01
    batcher = made(engine)
    await batcher.predict([{"a": 4}])
    assert engine.threads == {threading.get_ident()}
    await batcher.predict([{"a": 4}])
    assert len(engine.threads) == 2
    await batcher.close()


async def test_an_error_is_that_of_its_own_request() -> None:
    engine = Doubling()
    batcher = made(engine)
    asked = [batcher.predict([{"a": value}]) for value in (1, 666, "x", 3)]
    good, unlucky, bad, also = await asyncio.gather(*asked, return_exceptions=True)
    assert good.values == [2.0] and also.values == [6.0]  # type: ignore[union-attr]
    assert isinstance(bad, BadRows)
    assert isinstance(unlucky, FootplateError) and unlucky.message == "no luck with 666"
    await batcher.close()


async def test_too_many_that_wait_are_refused_and_the_others_answered() -> None:
    engine = Doubling()
    engine.gate.clear()
    batcher = made(engine, batch=4, waiting=10)
    asked = [asyncio.ensure_future(batcher.predict([{"a": 1}] * 3)) for _ in range(6)]
    await asyncio.sleep(0)
    engine.gate.set()
    done = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in done if isinstance(one, Busy)]
    assert refused and len(refused) < 6
    assert all(len(one) == 3 for one in done if not isinstance(one, BaseException))
    assert max(engine.calls) <= 4
    await batcher.close()


async def test_one_that_gave_up_costs_nobody_an_answer() -> None:
    engine = Doubling()
    engine.gate.clear()
    batcher = made(engine)
    first, second, third = (asyncio.ensure_future(batcher.predict([{"a": place}])) for place in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    engine.gate.set()
    assert (await first).values == [0.0] and (await third).values == [4.0]
    await batcher.close()


async def test_closing_answers_what_waits_and_takes_no_more() -> None:
    engine = Doubling()
    batcher = made(engine)
    asked = [asyncio.ensure_future(batcher.predict([{"a": 1}])) for _ in range(5)]
    await asyncio.sleep(0)
    await batcher.close()
    assert [one.result().values for one in asked] == [[2.0]] * 5
    with pytest.raises(Busy):
        await batcher.predict([{"a": 1}])
