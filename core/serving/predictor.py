"""A packed model, ready to answer: rows in, answers out, by the quickest way that gives the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Corrupted, FootplateError
from core.serving.checking import Checker, Table
from core.serving.engines import Engine
from core.training.manifest import Manifest


@dataclass(frozen=True)
class Answers:
    """One of `values` a row: a class as in the data, or a number; `probabilities`: one of `classes` each, in order.

    `probabilities` is None for regression.
    """

    values: list[Any]
    probabilities: list[list[float]] | None
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def part(self, start: int, stop: int) -> Answers:
        """The answers of some of the rows."""
        shares = self.probabilities
        return Answers(self.values[start:stop], None if shares is None else shares[start:stop], self.classes)


class Predictor:
    """Safe for several threads at once. `how` names the way that is taken, `why` says why it is no quicker one."""

    def __init__(self, manifest: Manifest, engine: Engine, why: str = "", threads: int | None = None) -> None:
        self.manifest = manifest
        self.why = why
        self.checker = Checker(manifest.input_schema)
        self._engine = engine
        self._threads = threads
        self._classes = tuple(manifest.classes)

    @property
    def how(self) -> str:
        return self._engine.how

    @property
    def quick(self) -> bool:
        """Whether a few rows take well under a millisecond."""
        return self._engine.how == "compiled"

    @classmethod
    def load(
        cls, path: Path, sha256: str, compiled: Path | bytes | None = None, *, compiled_sha256: str = "",
        threads: int | None = 1,
    ) -> Predictor:
        """The model that `core.training.packaging` wrote to `path`; the compiled form in its place, where it fits.

        With a compiled form that was made of this very model its file is not even read, and neither pandas nor
        scikit-learn is imported; where the form does not fit, `why` says so. `threads` are those that BLAS and
        OpenMP may take from then on, in this process and in each thread that predicts (None: whatever they take).
        Raises Corrupted where bytes changed, and FootplateError for a model that cannot score new rows.
        """
        why = "it has no compiled form"
        if compiled is not None:
            from core.serving import compiled as forms
            from core.serving.forms.form import NotCompiled

            try:
                quick = forms.opened(compiled, sha256, compiled_sha256)
                return cls(quick.manifest, quick)
            except (NotCompiled, Corrupted, OSError) as error:
                why = f"its compiled form is not used: {error}"
        from core.serving.engines import of_model
        from core.training import packaging

        model = packaging.load(path, sha256)
        if not model.can_predict():
            raise FootplateError(
                f"a model of recipe {model.manifest.recipe} cannot score new rows",
                "give the recipe a [model] predict_command",
            )
        return cls(model.manifest, of_model(model), why, threads)

    def read(self, rows: Iterable[object]) -> Table:
        """Rows as a client sent them, checked; BadRows names what is wrong."""
        return self.checker.read(rows)

    def predict(self, rows: Table | Sequence[Mapping[str, object]]) -> Answers:
        """One answer a row, in order. Raises BadRows for rows that the model does not read."""
        table = rows if isinstance(rows, Table) else self.read(rows)
        if not len(table):
            return Answers([], [] if self._classes else None, self._classes)
        if self._threads is not None:
            from core.training.threads import settle

            settle(self._threads)
        said, shares = self._engine.say(table)
        if self._classes:
            said = [self._classes[code] for code in said]
        return Answers(said, shares, self._classes)
