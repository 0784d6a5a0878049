"""How often nothing is called drift, and how often drift is found: 500 trials a cell, thirty columns, beside KS, PSI,
Wasserstein and Jensen-Shannon (in 100 of them) at the defaults that people use today.

Every trial draws a reference and a window of one population. A cell alarms where any of its thirty columns does: the
peers' formulas are those of Evidently (KS: p < 0.05; Wasserstein over the reference's standard deviation, PSI and
Jensen-Shannon distance on its bins: 0.1 and more), ours is the verdict of the report. The figure is the lower 95 %
bound (Clopper and Pearson, 1934) of the alarm rate, in the worst cell; for the drift that is there the upper bound of
what was found. `python -m benchmarks.alarms` prints the table.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.measuring import Figure

Array = np.ndarray[Any, Any]
Columns = dict[str, Any]

TRIALS: Final = 500
COLUMNS: Final = 30
REFERENCE: Final = 5_000
WINDOWS: Final = (50, 100, 200, 500, 5_000)
SHIFT, SHIFTED, SHIFT_ROWS = 0.3, 3, 500
PEERS: Final = ("ks", "wasserstein", "psi", "jensen_shannon")
PROCESSES: Final = 2
PEER_TRIALS: Final = 100  # their rates are no close calls
SHIFTED_NAME: Final = "3 of 30 shifted by 0.3 sd"


def normal(random: np.random.Generator, rows: int) -> Columns:
    return {f"normal {one}": random.normal(size=rows) for one in range(COLUMNS)}


def heavy(random: np.random.Generator, rows: int) -> Columns:
    """Cauchy, Student with two and three degrees of freedom, lognormal, Pareto."""
    laws: Sequence[Callable[[], Array]] = (
        lambda: random.standard_cauchy(rows), lambda: random.standard_t(2, rows), lambda: random.standard_t(3, rows),
        lambda: random.lognormal(0, 1, rows), lambda: random.pareto(1.5, rows),
    )
    return {f"heavy {one}": laws[one % len(laws)]() for one in range(COLUMNS)}


def categories(random: np.random.Generator, rows: int) -> Columns:
    """Two levels to three hundred, equal, skewed and rare."""
    shares = (
        [0.5, 0.5], [0.7, 0.2, 0.1], [0.9, 0.05, 0.03, 0.02], [0.98, 0.02], [1 / one for one in range(1, 11)],
        [1 / one for one in range(1, 31)], [1.0] * 50, [1 / one for one in range(1, 301)],
    )
    made = {}
    for one in range(COLUMNS):
        law = np.array(shares[one % len(shares)])
        codes = random.choice(len(law), rows, p=law / law.sum())
        made[f"category {one}"] = pd.Series(np.char.add("v", codes.astype(str)), dtype="str")
    return made


def autocorrelated(random: np.random.Generator, rows: int) -> Columns:
    """First-order autoregressions with 0.5, 0.7 and 0.9."""
    return {f"series {one}": _series(random, rows, (0.5, 0.7, 0.9)[one % 3]) for one in range(COLUMNS)}


def steady(random: np.random.Generator, rows: int) -> Columns:
    """All with 0.9: the hardest."""
    return {f"series {one}": _series(random, rows, 0.9) for one in range(COLUMNS)}


def mixed(random: np.random.Generator, rows: int) -> Columns:
    every = [kind(random, rows) for kind in (normal, heavy, categories, autocorrelated)]
    return {name: kind[name] for kind, many in zip(every, (8, 8, 7, 7), strict=True) for name in list(kind)[:many]}


POPULATIONS: Final[dict[str, Callable[[np.random.Generator, int], Columns]]] = {
    "normal": normal, "heavy-tailed": heavy, "categorical": categories, "autocorrelated": autocorrelated,
    "autocorrelated 0.9": steady, "mixed": mixed,
}


def _series(random: np.random.Generator, rows: int, rho: float) -> Array:
    from scipy.signal import lfilter

    noise = random.normal(size=rows + 400) * np.sqrt(1 - rho**2)
    return np.asarray(lfilter([1], [1, -rho], noise)[400:])


@dataclass(frozen=True)
class Cell:
    """How many of the trials each of ours (alert, warning, too little to tell) and theirs called."""

    population: str
    rows: int
    called: Counter[str]
    trials: int

    def share(self, name: str) -> float:
        return self.called[name] / min(self.trials, PEER_TRIALS if name in PEERS else self.trials)


def figures() -> Iterator[Figure]:
    cells = measured(TRIALS)
    still = [cell for cell in cells if cell.population != SHIFTED_NAME]
    worst = max(still, key=lambda cell: cell.called["alert"])
    told = f"{worst.called['alert']} of {worst.trials} windows of {worst.rows} rows, {worst.population}"
    yield Figure("alarms", "alarms without any drift, lower bound in the worst of all cells",
                 100 * bounds(worst.called["alert"], worst.trials)[0], 5.0, "%", told)
    [shifted] = [cell for cell in cells if cell.population == SHIFTED_NAME]
    found = shifted.called["alert"]
    yield Figure("alarms", f"missed: a shift of {SHIFT} standard deviations in {SHIFTED} of {COLUMNS} columns",
                 100 * (1 - bounds(found, shifted.trials)[1]), 5.0, "%",
                 f"found in {found} of {shifted.trials} windows of {SHIFT_ROWS} rows")


def measured(trials: int, populations: Sequence[str] = tuple(POPULATIONS)) -> list[Cell]:
    """All cells; the seeds are those of the trials, so that a run can be repeated."""
    pieces = [(name, part) for name in populations for part in np.array_split(np.arange(trials), 2 * PROCESSES)]
    called: dict[tuple[str, int], Counter[str]] = {}
    with ProcessPoolExecutor(PROCESSES) as pool:
        for one in pool.map(_piece, pieces):
            for cell, counts in one.items():
                called.setdefault(cell, Counter()).update(counts)
    return [Cell(name, rows, counts, trials) for (name, rows), counts in called.items()]


def _piece(wanted: tuple[str, Array]) -> dict[tuple[str, int], Counter[str]]:
    name, seeds = wanted
    called: dict[tuple[str, int], Counter[str]] = {}
    for seed in seeds:
        for cell, words in _trial(name, int(seed)):
            called.setdefault(cell, Counter()).update(words)
    return called


def _trial(name: str, seed: int) -> Iterator[tuple[tuple[str, int], list[str]]]:
    """What is called in one trial: a reference, and a window of each size."""
    from core.monitoring.drift import check
    from core.monitoring.reference import Reference
    from core.vocabulary import Kind

    random = np.random.default_rng([seed, [*POPULATIONS].index(name)])
    before = POPULATIONS[name](random, REFERENCE)
    kinds = {column: Kind.CATEGORY if isinstance(one, pd.Series) else Kind.NUMBER for column, one in before.items()}
    reference = Reference.of(pd.DataFrame(before), kinds)

    def called(after: Columns) -> list[str]:
        verdict = check(reference, pd.DataFrame(after)).verdict.value
        if seed >= PEER_TRIALS:
            return [verdict]
        apart = [_peers(before[column], after[column]) for column in before]
        return [verdict, *(peer for peer in PEERS if any(peer in one for one in apart))]

    for rows in WINDOWS:
        yield (name, rows), called(POPULATIONS[name](random, rows))
    if name == "normal":
        after = normal(random, SHIFT_ROWS)
        for column in list(after)[:SHIFTED]:
            after[column] = after[column] + SHIFT
        yield (SHIFTED_NAME, SHIFT_ROWS), called(after)


def _peers(before: Any, after: Any) -> set[str]:
    """Which of the peers call one column."""
    from scipy import stats

    if isinstance(before, pd.Series):
        levels = sorted({*before, *after})
        first, second = (one.value_counts().reindex(levels, fill_value=0).to_numpy() for one in (before, after))
        table = np.array([first, second])
        called = {"ks"} if len(levels) > 1 and stats.chi2_contingency(table).pvalue < 0.05 else set()
        return called | _by_bins(first / first.sum(), second / second.sum())
    called = set()
    if stats.ks_2samp(before, after, method="asymp").pvalue < 0.05:
        called.add("ks")
    if stats.wasserstein_distance(before, after) / max(np.std(before), 0.001) >= 0.1:
        called.add("wasserstein")
    edges = np.histogram_bin_edges(np.concatenate([before, after]), bins="sturges")
    first, second = (np.histogram(one, edges)[0] / len(one) for one in (before, after))
    return called | _by_bins(first, second)


def _by_bins(first: Array, second: Array) -> set[str]:
    from scipy.spatial.distance import jensenshannon

    called = set()
    filled = [np.where(one == 0, 0.0001, one) for one in (first, second)]
    if float(((filled[0] - filled[1]) * np.log(filled[0] / filled[1])).sum()) >= 0.1:
        called.add("psi")
    if jensenshannon(first, second) >= 0.1:
        called.add("jensen_shannon")
    return called


def bounds(hits: int, trials: int) -> tuple[float, float]:
    """The one-sided 95 % bounds of a share, each for itself."""
    from scipy.special import betaincinv

    low = float(betaincinv(hits, trials - hits + 1, 0.05)) if hits else 0.0
    high = float(betaincinv(hits + 1, trials - hits, 0.95)) if hits < trials else 1.0
    return low, high


def table(cells: Sequence[Cell]) -> Iterator[str]:
    """Lines of Markdown."""
    yield "| 30 columns | rows | alert | lower bound | warning | cannot tell | KS, chi2 | Wasserstein | PSI | JS |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for cell in cells:
        show = partial(_percent, cell)
        numbers = "–" if cell.population == "categorical" else show("wasserstein")
        low = 100 * bounds(cell.called["alert"], cell.trials)[0]
        yield (
            f"| {cell.population} | {cell.rows:,} | {show('alert')} | {low:.1f} % | {show('warning')}"
            f" | {show('insufficient_data')} | {show('ks')} | {numbers} | {show('psi')} | {show('jensen_shannon')} |"
        )


def _percent(cell: Cell, name: str) -> str:
    return f"{100 * cell.share(name):.1f} %"


if __name__ == "__main__":
    for line in table(measured(int(sys.argv[1]) if sys.argv[1:] else TRIALS, sys.argv[2:] or tuple(POPULATIONS))):
        print(line)
