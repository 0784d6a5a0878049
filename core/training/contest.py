"""Challenger against champion, on rows that the champion has not seen: split, fit, score, judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import numpy as np

from core.failpoints import failpoint
from core.recipes.recipe import Recipe, bar
from core.training import command, rules, trainer
from core.training.evaluation import Difference, Measured, Scores, compare, difference
from core.training.gate import Evidence, Judgement, headline, judge, rarest
from core.training.labels import Coding
from core.training.metrics import METRICS
from core.training.model import Array, Dummy, Model, Predictions
from core.training.pictures import pictures
from core.training.rivals import LEAST, Start, Terms, jump, losses, mask_of, start_at
from core.training.rows import Rows
from core.training.split import Basis, Split, order_of, split
from core.training.steps import points_of
from core.training.trainer import Plan
from core.vocabulary import Task, Verdict


@dataclass
class Contest:
    """What was found out. `seconds` tells where the time went."""

    plan: Plan
    rows: Rows
    split: Split
    truth: Array
    primary: str
    against: str  # dummy | champion | champion recipe
    judgement: Judgement
    metrics: dict[str, Measured] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    points: list[tuple[str, int, float]] = field(default_factory=list)
    curves: dict[str, Any] = field(default_factory=dict)
    model: Model | None = None
    scores: Scores | None = None  # of the judged fit on the holdout, in the order of its rows
    notes: list[str] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)
    start: Start | None = None  # of what the challenger learned from; None: all that the recipe chooses
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def rows_train(self) -> int:
        return int(self.split.train.sum())

    @property
    def rows_holdout(self) -> int:
        return int(self.split.holdout.sum())

    @property
    def learned(self) -> Array:
        """Which rows the released model learns from, the holdout among them."""
        return self.since(self.start)

    def since(self, start: Start | None) -> Array:
        """Which of the rows, that begin where the terms say, lie at or after a start."""
        first = self.terms.start
        if start is None or start == first:
            return np.ones(len(self.rows), dtype=bool)
        skipped = first.skip if first is not None and first.version == start.version else 0
        return mask_of(self.rows, self.split.order, replace(start, skip=max(0, start.skip - skipped)))

    @property
    def headline(self) -> str:
        return headline(self.judgement, self.primary, self.rows_holdout)


def contend(
    plan: Plan, rows: Rows, champion: rules.Champion | None, *, terms: Terms | None = None, with_curves: bool = True
) -> Contest:
    """Fit the plan on the training side of `rows` and judge it against the champion (None: a dummy).

    Where the terms name a drop, a second challenger learns from the rows since then, and the better one is judged.
    Raises BadRecipe where the recipe does not allow it. Where the rows do not suffice nothing is fitted.
    """
    coding, recipe, terms = plan.coding, plan.recipe, terms or Terms()
    rows = rows.where(mask_of(rows, order_of(rows), terms.start))
    truth = coding.encode(rows.frame[recipe.data.target])
    rule = recipe if champion is None else champion.recipe  # the bar is not lowered by the one who jumps
    parts = split(
        rows, truth if coding.classes else None, share=rule.evaluate.holdout, seed=rule.model.seed,
        champion=champion is not None,
    )
    contest = Contest(
        plan=plan, rows=rows, split=parts, truth=truth, primary=rules.primary_of(recipe, rule, champion, coding, truth),
        against=rules.against(parts, champion, recipe, coding), judgement=Judgement(Verdict.INSUFFICIENT_DATA, []),
        terms=terms,
    )
    evidence = _evidence(contest, champion)
    asked = rules.asked(rule, champion, coding, contest.terms)
    early = judge(asked, evidence)
    if early.verdict == Verdict.INSUFFICIENT_DATA:
        contest.judgement = early
        return contest
    own, rivals = _timed(contest, "fit", lambda: _best_of_rivals(contest, champion))
    asked = asked.among(rivals)
    failpoint("train.fitted")
    theirs = _timed(contest, "opponent", lambda: _opponent(contest, champion))
    names = rules.metric_names(rule, coding, contest.primary)
    mine = contest.scores = _scores(contest, own)
    found = _timed(contest, "measure", lambda: compare(
        mine, _scores(contest, theirs), names, contest.primary, ordered=parts.ordered,
        confidence=asked.confidence, seed=rule.model.seed,
    ))
    dummy, beyond_dummy = None, None
    if contest.against != "dummy":
        dummy, beyond_dummy = _timed(contest, "dummy", lambda: _beyond_dummy(contest, mine, asked.confidence, rule))
    contest.metrics = found.challenger
    if with_curves:
        contest.curves = _timed(contest, "pictures", lambda: _pictures(contest, mine))
    failpoint("train.evaluated")
    contest.judgement = judge(
        asked,
        replace(
            evidence, challenger=found.challenger, opponent=found.opponent, difference=found.difference,
            dummy=dummy, beyond_dummy=beyond_dummy,
        ),
    )
    return contest


def fit_all(contest: Contest) -> Model:
    """The model to release: the recipe fitted once more on all rows, or the measured one where it says so."""
    assert contest.model is not None
    plan = contest.plan
    if not plan.recipe.evaluate.refit:
        return contest.model
    learned = contest.learned
    plan.tell(f"fitting once more on all {int(learned.sum()):,} rows")
    holdout = contest.split.holdout_rows
    model: Model = _timed(contest, "refit", lambda: fit_on(plan, contest.rows, contest.truth, holdout, learned))
    return model


def fit_on(plan: Plan, rows: Rows, truth: Array, holdout: Array, learned: Array | None = None) -> Model:
    """Fit on every row, or those of a mask; `holdout` are positions that a command is handed as its holdout."""
    frame, known = rows.frame, truth
    if learned is not None and not learned.all():
        frame, known = frame.loc[learned], truth[learned]
    if plan.recipe.model.command:
        model, _, _ = command.fit(plan, frame, known, rows.frame.iloc[holdout], truth[holdout])
        return model
    return trainer.fit(plan, frame, known)


def _timed(contest: Contest, name: str, work: Callable[[], Any]) -> Any:
    began = monotonic()
    made = work()
    contest.seconds[name] = monotonic() - began
    return made


def _evidence(contest: Contest, champion: rules.Champion | None) -> Evidence:
    parts, coding, truth = contest.split, contest.plan.coding, contest.truth
    return Evidence(
        basis=Basis.FIRST if contest.against == "dummy" else parts.basis, primary=contest.primary,
        rows_holdout=contest.rows_holdout,
        rarest=rarest(truth[parts.holdout], len(coding.classes)) if coding.classes else None,
        classes_train=len(np.unique(truth[parts.train])) if coding.classes else None,
        lowered_bar=champion is not None and bar(contest.plan.recipe) != bar(champion.recipe),
    )


def _best_of_rivals(contest: Contest, champion: rules.Champion | None) -> tuple[Predictions, int]:
    """Fit the challenger, and after a drop its rival; what the better one says of the holdout, and how many competed.

    The contest keeps the better one: its model, its training rows and where they start.
    """
    parts, terms = contest.split, contest.terms
    every = parts.train
    starts = [terms.start]
    since = _since(contest, champion) if terms.since is not None else None
    if since is not None and since != terms.start:
        starts.append(since)
    made: list[tuple[Any, ...]] = []
    for start in starts:
        train = every & contest.since(start)
        if len(made) and not _learnable(contest, train):
            contest.notes.append("too few rows since the drop to learn from them alone")
            continue
        contest.split, contest.start = replace(parts, train=train), start
        said = _fit_and_score(contest)
        value = METRICS[contest.primary].value(_scores(contest, said))
        made.append((value, said, contest.split, start, contest.model, contest.params, contest.points))
    sign = 1.0 if METRICS[contest.primary].higher_is_better else -1.0
    best = max(made, key=lambda one: -np.inf if one[0] is None else sign * one[0])
    _, said, contest.split, contest.start, contest.model, contest.params, contest.points = best
    if len(made) > 1:
        values = " and ".join("nothing" if one[0] is None else f"{one[0]:.4g}" for one in made)
        which = "since the drop alone" if best is made[1] else "of before the drop too"
        contest.notes.append(f"two challengers competed ({values}): the better one learned from rows {which}")
    return said, len(made)


def _since(contest: Contest, champion: rules.Champion | None) -> Start | None:
    """Where the drop began: the file that the terms name, or the row in it at which the champion's loss jumps; None
    where that is all that there is."""
    named = contest.terms.since
    assert named is not None
    mask = contest.since(named)
    since = None if mask.all() else named
    later = _jump(contest, champion, mask)
    return later if later is not None and _learnable(contest, contest.split.train & contest.since(later)) else since


def _jump(contest: Contest, champion: rules.Champion | None, mask: Array) -> Start | None:
    """Where among the rows of a mask the champion's loss jumps."""
    if champion is None or contest.against != "champion":
        return None
    model, rows, order = champion.load(), contest.rows, contest.split.order
    if not model.can_predict():
        return None
    places = np.flatnonzero(mask)
    places = places[np.argsort(order[places], kind="stable")]
    said = rules.translated(model.predict(rows.frame.iloc[places]), model.manifest.coding, contest.plan.coding)
    at = jump(losses(said, contest.truth[places]))
    if at is None:
        return None
    later, first = start_at(rows, order, int(places[at])), contest.terms.start
    if first is not None and first.version == later.version:
        later = replace(later, skip=later.skip + first.skip)
    return later


def _learnable(contest: Contest, train: Array) -> bool:
    """Whether rows are enough to learn from by themselves."""
    if train.sum() < LEAST:
        return False
    return not contest.plan.coding.classes or len(np.unique(contest.truth[train])) > 1


def _fit_and_score(contest: Contest) -> Predictions:
    """Fit the challenger on the training rows; what it says of the holdout."""
    plan, rows, holdout = contest.plan, contest.rows, contest.split.holdout_rows
    plan.tell(f"fitting on {contest.rows_train:,} rows, to be judged on {contest.rows_holdout:,}")
    train, train_truth = rows.frame[contest.split.train], contest.truth[contest.split.train]
    if plan.recipe.model.command:
        contest.model, predictions, contest.points = command.fit(
            plan, train, train_truth, rows.frame.iloc[holdout], contest.truth[holdout], plan.measured
        )
        contest.params = {"command": " ".join(plan.recipe.model.command), **plan.recipe.model.params}
        return predictions
    fitted = trainer.fit(plan, train, train_truth)
    contest.model = fitted
    contest.params, contest.points = trainer.params_of(fitted), points_of(fitted)
    return fitted.predict(rows.frame.iloc[holdout])


def _pictures(contest: Contest, mine: Scores) -> dict[str, Any]:
    """The pictures of the judged fit; they take a small part of the time so far."""
    assert contest.model is not None
    spent = contest.seconds.get("fit", 0.0) + contest.seconds.get("opponent", 0.0)
    holdout = contest.split.holdout_rows
    made, points = pictures(
        contest.model, lambda chosen: contest.rows.frame.iloc[holdout[chosen]], mine, contest.primary,
        seed=contest.plan.recipe.model.seed, spent=spent, tell=contest.plan.tell,
    )
    contest.points += points
    return made


def _opponent(contest: Contest, champion: rules.Champion | None) -> Predictions:
    """What the dummy, the champion or the champion's recipe says of the holdout, in the challenger's classes."""
    plan, parts = contest.plan, contest.split
    if contest.against == "dummy" or champion is None:
        return _dummy(contest)
    holdout = contest.rows.frame.iloc[parts.holdout_rows]
    if contest.against == "champion":
        model = champion.load()
        if model.can_predict():
            return rules.translated(model.predict(holdout), model.manifest.coding, plan.coding)
        contest.against = "champion recipe"
        contest.notes.append("the champion cannot score new rows, so its recipe stands in for it")
    stand_in = replace(plan, recipe=champion.recipe, recipe_hash=champion.recipe_hash, code=champion.code)
    train, truth = contest.rows.frame[parts.train], contest.truth[parts.train]
    if stand_in.recipe.model.command:
        _, predictions, _ = command.fit(stand_in, train, truth, holdout, contest.truth[parts.holdout_rows])
        return predictions
    return trainer.fit(stand_in, train, truth).predict(holdout)


def _dummy(contest: Contest) -> Predictions:
    return Dummy(contest.plan.coding, contest.truth[contest.split.train]).predict(contest.rows_holdout)


def _beyond_dummy(
    contest: Contest, mine: Scores, confidence: float, rule: Recipe
) -> tuple[float | None, Difference | None]:
    """What a dummy is worth by the metric that decides, and how far the challenger is beyond it."""
    dummy, name = _scores(contest, _dummy(contest)), contest.primary
    apart = difference(
        mine, dummy, name, ordered=contest.split.ordered, confidence=confidence, seed=rule.model.seed,
    )
    return METRICS[name].value(dummy), apart


def _scores(contest: Contest, said: Predictions) -> Scores:
    coding: Coding = contest.plan.coding
    return Scores(
        task=Task(coding.task), truth=contest.truth[contest.split.holdout_rows], predictions=said.values,
        probabilities=said.probabilities, classes=coding.classes,
    )
