"""One row answered, against the model that was fitted: a row of flights as parsed JSON to its answer.

Ours checks the row and answers it; theirs puts it into a one-row frame of the right types (what a server that
knows only frames has to do) and asks the fitted pipeline. Both in one process, in turns, one thread. A second
figure is without the compiled form, a third the compiled form against nothing but the pipeline on a frame that
is there already.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measuring import Figure, in_turns
from benchmarks.place import SAMPLE

ROWS, PAIRS = 200, 15


def figures() -> Iterator[Figure]:
    from core.serving import compiled, engines
    from core.serving.predictor import Predictor
    from core.training import packaging, threads

    model, frame = _fitted()
    sha256 = hashlib.sha256(packaging.pack(model)).hexdigest()
    threads.settle(1)
    began = time.perf_counter()
    made = compiled.compile(model, sha256, frame.iloc[-1000:])
    took = time.perf_counter() - began
    assert made.data is not None, made.said
    engine = compiled.opened(made.data, sha256)
    quick, plain = Predictor(engine.manifest, engine), Predictor(model.manifest, engines.of_model(model))
    rows = _rows(frame, quick.manifest.input_schema.names)
    assert all(abs(a - b) < 1e-12 for row in rows[:50] for a, b in zip(
        _shares(quick.predict([row])), _shares(plain.predict([row])), strict=True))
    frames = [frame.iloc[place : place + 1] for place in range(ROWS)]
    by_frame = _each(rows, lambda row: model.predict(quick.read([row]).frame()))
    bare = _each(frames, model.predict)
    compiled_form = _each(rows, lambda row: quick.predict([row]))
    for ours, theirs, what, bar in (
        (compiled_form, by_frame, "a row of JSON, compiled / through a frame", 0.05),
        (_each(rows, lambda row: plain.predict([row])), by_frame, "the same without the compiled form", 0.8),
        (compiled_form, bare, "a row of JSON, compiled / pipeline on a frame", 0.1),
    ):
        pairs = in_turns(ours, theirs, PAIRS)
        mine, other = (1e6 * sorted(side)[PAIRS // 2] / ROWS for side in (pairs.ours, pairs.theirs))
        detail = f"{mine:.0f} us against {other:.0f} us a row, {PAIRS} pairs; {made.said}, made in {1000 * took:.0f} ms"
        yield Figure("one_row", what, pairs.ratio, bar, "x", detail)


def _fitted() -> tuple[Any, Any]:
    """The recipe that `watch` writes for flights, fitted on three months; and their rows."""
    import pandas as pd

    from core.data.dialect import detect
    from core.data.readers import first_text, read
    from core.data.schema import infer_schema
    from core.recipes.recipe import parse
    from core.training import threads, trainer
    from core.training.labels import Coding
    from core.vocabulary import Task

    files = sorted(SAMPLE.glob("flights_2013-*.csv"))[:3]
    dialect = detect(files[0], files[0].name)
    schema = infer_schema(first_text(files[0], dialect))
    frame = pd.concat([read(file, dialect, schema) for file in files], ignore_index=True)
    recipe = parse('watch = "in"\ntarget = "delayed"\ntime = "date"\ndrop = ["flight"]\n', "flights.toml", "flights")
    coding = Coding.of(Task.CLASSIFICATION, frame["delayed"])
    plan = trainer.Plan(recipe, "hash", [], schema, coding, SAMPLE, lambda text: None)
    with threads.limited(1):
        return trainer.fit(plan, frame, coding.encode(frame["delayed"])), frame


def _rows(frame: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The first rows as a client would have them."""
    rows: list[dict[str, Any]] = json.loads(frame[list(names)].head(ROWS).to_json(orient="records"))
    return rows


def _each(items: list[Any], answer: Callable[[Any], Any]) -> Callable[[], float]:
    def work() -> float:
        began = time.perf_counter()
        for item in items:
            answer(item)
        return time.perf_counter() - began

    return work


def _shares(answers: Any) -> list[float]:
    assert answers.probabilities is not None
    return list(answers.probabilities[0])
