"""After a drop a second challenger learns from the rows since then; only what is surely better passes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.rows import row_hashes
from core.data.schema import Schema
from core.recipes.recipe import Recipe, parse
from core.training import trainer
from core.training.contest import Contest, contend, fit_all
from core.training.labels import Coding
from core.training.rivals import LEAST, Start, Terms, jump, mask_of, start_at
from core.training.rows import Columns, Part, Rows, assemble
from core.training.rules import Champion
from core.training.split import Basis
from core.training.trainer import Plan
from core.vocabulary import Kind, Task, Verdict

SCHEMA = Schema.of({"a": Kind.NUMBER, "b": Kind.NUMBER, "y": Kind.NUMBER})
RECIPE = """\
watch = "in"
target = "y"
[model]
estimator = "sklearn.linear_model.LogisticRegression"
[gate]
min_rows = 50
"""


@dataclass(frozen=True)
class Stream:
    """Files of 400 rows; from row `changed` of file `at` on, y follows b instead of a. Some labels may be flipped."""

    at: int = 99
    changed: int = 0
    flipped: tuple[int, ...] = ()
    seed: int = 0

    def part(self, number: int, rows: int = 400) -> Part:
        random = np.random.default_rng([self.seed, number])
        a, b = random.normal(size=(2, rows))
        new = np.full(rows, number > self.at) | ((number == self.at) & (np.arange(rows) >= self.changed))
        y = np.where(new, b, a) + 0.7 * random.normal(size=rows) > 0
        if number in self.flipped:
            y ^= random.random(rows) < 0.3
        frame = pd.DataFrame({"a": a, "b": b, "y": y.astype(float)})
        return Part(number, number, f"{number:02}.csv", frame, row_hashes(frame, SCHEMA))

    def rows(self, last: int, seen: int) -> Rows:
        return assemble(
            [self.part(one) for one in range(1, last + 1)], Columns("y"), seen=frozenset(range(1, seen + 1))
        )


def plan(rows: Rows) -> Plan:
    one: Recipe = parse(RECIPE, "churn.toml", "churn")
    return Plan(one, "hash", [], SCHEMA, Coding.of(Task.CLASSIFICATION, rows.frame["y"]), Path(), lambda text: None)


def held(stream: Stream, last: int, seen: int, terms: Terms) -> Contest:
    """The champion learned from the files up to `seen`; those up to `last` have arrived."""
    before = assemble([stream.part(one) for one in range(1, seen + 1)], Columns("y"), seen=None)
    its = plan(before)
    model = trainer.fit(its, before.frame, its.coding.encode(before.frame["y"]))
    rows = stream.rows(last, seen)
    return contend(plan(rows), rows, Champion(its.recipe, "old", [], "roc_auc", lambda: model), terms=terms,
                   with_curves=False)


def since(number: int) -> Terms:
    return Terms(since=Start(number), strict=True)


def test_the_rival_wins_after_the_rule_changed_and_learns_from_the_new_rows_alone() -> None:
    found = held(Stream(at=7), last=7, seen=6, terms=since(7))
    assert found.judgement.verdict == Verdict.PASSED
    assert found.start == Start(7)
    assert any("two challengers competed" in note for note in found.notes)
    assert found.learned.sum() == 400
    assert fit_all(found) is not found.model


@pytest.mark.parametrize("changed", [100, 250])
def test_a_rule_that_changes_inside_a_file_is_found_at_its_row(changed: int) -> None:
    found = held(Stream(at=7, changed=changed), last=8, seen=6, terms=since(7))
    assert found.judgement.verdict == Verdict.PASSED
    assert found.start is not None and found.start.version == 7
    assert abs(found.start.skip - changed) < 60


def test_flipped_labels_do_not_move_the_champion() -> None:
    """Nineteen times of twenty."""
    passed = [
        held(Stream(flipped=(7,), seed=seed), last=7, seen=6, terms=since(7)).judgement.verdict == Verdict.PASSED
        for seed in range(20)
    ]
    assert sum(passed) <= 1


def test_without_a_drop_one_challenger_learns_from_everything() -> None:
    found = held(Stream(), last=7, seen=6, terms=Terms())
    assert (found.start, found.learned.all()) == (None, True)
    assert not any("competed" in note for note in found.notes)


def test_strict_terms_refuse_what_is_merely_as_good() -> None:
    found = held(Stream(), last=7, seen=6, terms=Terms(strict=True))
    assert found.judgement.verdict == Verdict.FAILED


def test_what_an_earlier_drop_made_useless_is_learned_from_no_more() -> None:
    found = held(Stream(at=3), last=7, seen=6, terms=Terms(start=Start(3, 10)))
    assert found.learned.sum() == 400 * 5 - 10
    assert found.rows_train == found.learned.sum() - found.rows_holdout


def test_another_recipe_after_a_drop_is_judged_on_rows_since_then() -> None:
    """All of them are known to the champion, so that recipe stands against recipe."""
    found = held(Stream(at=3), last=4, seen=4, terms=Terms(start=Start(4, 10)))
    assert found.split.basis == Basis.RECIPES
    assert (found.rows_train, found.rows_holdout) == (195, 195)
    assert found.judgement.verdict == Verdict.PASSED


def test_a_second_drop_in_the_file_of_the_first_is_found_at_its_row() -> None:
    found = held(Stream(at=7, changed=250), last=8, seen=6, terms=Terms(Start(7, 50), Start(7), strict=True))
    assert found.start is not None and found.start.version == 7
    assert abs(found.start.skip - 250) < 60
    assert found.learned.sum() == 800 - found.start.skip


def test_a_start_is_found_again_and_an_unknown_one_is_everything() -> None:
    rows = Stream().rows(3, 1)
    order = np.arange(len(rows))
    for place in (0, 399, 400, 777):
        start = start_at(rows, order, place)
        assert int(np.flatnonzero(mask_of(rows, order, start))[0]) == place
    assert mask_of(rows, order, Start(9)).all()
    assert Terms.from_json(since(4).to_json()) == since(4)


@given(st.integers(0, 2**32 - 1), st.integers(LEAST, 300))
def test_losses_that_do_not_change_hardly_ever_jump(seed: int, count: int) -> None:
    losses = np.random.default_rng(seed).random(2 * count)
    found = jump(losses)
    assert found is None or LEAST <= found <= 2 * count - LEAST


def test_the_statistic_is_calibrated_without_a_change() -> None:
    random = np.random.default_rng(1)
    assert np.mean([jump(random.exponential(size=400)) is not None for _ in range(500)]) < 0.02
