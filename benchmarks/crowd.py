"""A registry with as many runs as one asks for, made once and kept outside the repository.

Twenty recipes; each run with its job, an event, three metrics, four parameters, its curves and the two versions
that it learned from; one in twenty failed, one in nine became a model version. SQLite makes the rows itself, so
that a million take two minutes. The same number gives the same rows.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from core.events import GENESIS, canonical, chain_hash
from core.workspace import Workspace

SHAPE = "2"  # of the rows: raised when they are made in another way
RECIPES = 20
VERSIONS = 2_000  # of all datasets together
FIRST = "2016-06-01"  # the runs are five minutes apart, and a million of them end in December 2025
BASE = 1_464_739_200  # the same in seconds
NAMES = (
    "churn", "flights", "demand", "fraud", "prices", "returns", "weather", "clicks", "loans", "energy", "traffic",
    "stock", "yield", "outages", "claims", "leads", "spam", "wear", "dosage", "arrivals",
)
_MOMENT = f"strftime('%Y-%m-%dT%H:%M:%S', {BASE} + 300 * n + {{}}, 'unixepoch') || '.000000+00:00'"


def _even(salt: int) -> str:
    """A number from 0 to 1 that n decides, spread evenly and without any order to the eye."""
    return f"((((n + {salt}) * 2654435761) & 4294967295) / 4294967296.0)"


def _bell(salt: int, middle: float, spread: float) -> str:
    """Roughly a normal distribution."""
    return f"{middle} + {spread} * ({_even(salt)} + {_even(salt + 7_919)} + {_even(salt + 104_729)} - 1.5) * 2"


ROWS = f"""
CREATE TEMP TABLE count_ AS
    WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < :runs) SELECT n FROM up;
CREATE TEMP TABLE at_ AS
    SELECT n, name, k, {_MOMENT.format(0)} AS begun, {_MOMENT.format("4 + n % 37")} AS ended,
        CASE WHEN n % 20 = 7 THEN 'failed' WHEN n % 100 = 13 THEN 'cancelled' ELSE 'finished' END AS state,
        CASE WHEN n % 9 = 0 THEN 'passed' WHEN n % 50 = 3 THEN 'insufficient_data'
            WHEN n % 499 = 5 THEN 'needs_approval' ELSE 'failed' END AS judged
    FROM count_ JOIN name_ ON k = n % {RECIPES};

INSERT INTO recipe (name, path, hash, text, dataset, valid, paused, removed, stamp)
    SELECT name, 'recipes/' || name || '.toml', printf('%064x', k),
        'watch = "inbox/' || name || '"' || char(10) || 'target = "label"' || char(10), name, 1, 0, 0, '' FROM name_;
INSERT INTO recipeversion (id, recipe, hash, text, code, created_at, actor)
    SELECT k + 1, name, hash, text, '[]', :first, 'ann@example' FROM name_ JOIN recipe USING (name);
INSERT INTO dataset (name, recipe, created_at) SELECT name, name, :first FROM name_;
INSERT INTO datasetversion (id, dataset, version, hash, state, discarded, files, file_name, rows, columns, labelled,
        bad_rows, reasons, warnings, added_at, cause, actor)
    SELECT n, name, 1 + n / {RECIPES}, printf('%064x', n), 'accepted', 0, '[]', name || '_' || n || '.csv', 2500, 20,
        2500, 0, '[]', '[]', begun, 'new_data', 'daemon' FROM at_ WHERE n <= {VERSIONS};

INSERT INTO run (id, recipe, recipe_version_id, job_id, state, cause, params, seed, primary_metric, rows_train,
        rows_holdout, basis, gate, decision, environment, error, log, actor, started_at, ended_at, seconds, cpu_seconds,
        peak_memory, deleted)
    SELECT n, name, k + 1, n, state,
        CASE WHEN n % 11 = 4 THEN 'manual' WHEN n % 17 = 2 THEN 'recipe_change' ELSE 'new_data' END,
        '{{"estimator":"HistGradientBoosting","learning_rate":' || (1 + n % 9) / 20.0 || ',"max_iter":'
            || (50 + n % 12 * 25) || ',"max_leaf_nodes":31}}', 0, 'roc_auc', 20000 + n % 9000, 1250,
        '{{"against":"champion","headline":".720 against .710 on 1,250 (-.010 to +.020)","primary":"roc_auc"}}',
        CASE WHEN state = 'finished' THEN '{{"reasons":[{{"champion_value":0.71,"interval":[-0.01,0.02],"message":'
            || '"roc_auc .720 against .710, at most .020 lower","metric":"roc_auc","passed":true,"threshold":-0.02,'
            || '"value":0.72}}],"verdict":"' || judged || '"}}' END,
        CASE WHEN state = 'finished' THEN '{{"outcome":"' || iif(n % 9 = 0, 'promoted', 'refused')
            || '","text":"the gain decided"}}' END,
        '{{"cpus":2,"python":"3.11.7"}}',
        CASE WHEN state = 'failed' THEN 'MemoryError: 4.0 GiB were not enough at fold ' || n % 5 END,
        'logs/jobs/' || n || '.log', iif(n % 11 = 4, 'ann@example', 'daemon'), begun, ended, 4.0 + n % 37, 3.0 + n % 37,
        250000000 + n % 997 * 100000, 0 FROM at_;
INSERT INTO runmetric (run_id, name, value, lower, upper) SELECT n, 'accuracy', v, v - 0.02, v + 0.02
    FROM (SELECT n, {_bell(3, 0.78, 0.05)} AS v FROM at_ WHERE state = 'finished');
INSERT INTO runmetric (run_id, name, value, lower, upper) SELECT n, 'log_loss', v, v - 0.02, v + 0.02
    FROM (SELECT n, {_bell(5, 0.5, 0.06)} AS v FROM at_ WHERE state = 'finished');
INSERT INTO runmetric (run_id, name, value, lower, upper) SELECT n, 'roc_auc', v, v - 0.02, v + 0.02
    FROM (SELECT n, {_bell(1, 0.72, 0.05)} AS v FROM at_ WHERE state = 'finished');
INSERT INTO runparam (run_id, name, value) SELECT n, 'estimator', 'HistGradientBoosting' FROM count_;
INSERT INTO runparam (run_id, name, value, number)
    SELECT n, 'learning_rate', (1 + n % 9) / 20.0, (1 + n % 9) / 20.0 FROM count_;
INSERT INTO runparam (run_id, name, value, number)
    SELECT n, 'max_iter', 50 + n % 12 * 25, 50 + n % 12 * 25 FROM count_;
INSERT INTO runparam (run_id, name, value, number) SELECT n, 'max_leaf_nodes', '31', 31 FROM count_;
INSERT INTO rundata (run_id, version_id, used, fresh) SELECT n, 1 + n % {VERSIONS}, 1, 1 FROM count_;
INSERT INTO rundata (run_id, version_id, used, fresh) SELECT n, 1 + (n + 20) % {VERSIONS}, 1, 0 FROM count_;
INSERT INTO artifact (run_id, name, hash, bytes)
    SELECT n, 'curves.json', printf('%064x', n), 21000 + n % 977 FROM at_ WHERE state = 'finished';
INSERT INTO artifact (run_id, name, hash, bytes) SELECT n, 'model.skops', printf('%064x', 7 * n), 900000 + n % 977
    FROM at_ WHERE n % 9 = 0 AND state = 'finished';
INSERT INTO runtag (run_id, tag) SELECT n, 'keep' FROM count_ WHERE n % 1000 = 10;
INSERT INTO job (id, kind, key, lane, state, cause, payload, actor, attempts, epoch, cpus, memory, timeout, cancel,
        error, queued_at, started_at, ended_at)
    SELECT n, 'train', 'train:' || name, 'train:' || name, state, 'new_data', '{{"recipe":"' || name || '"}}', 'daemon',
        0, 1, 1, 4294967296, 3600.0, 0, iif(state = 'failed', 'MemoryError', NULL), begun, begun, ended FROM at_;

INSERT INTO model (name, task, primary_metric, held) SELECT name, 'classification', 'roc_auc', 0 FROM name_;
INSERT INTO modelversion (model, version, run_id, artifact, bytes, measured, rows, registered_at)
    SELECT name, row_number() OVER (PARTITION BY name ORDER BY n), n, printf('%064x', n), 900000, 0, 30000, ended
    FROM at_ WHERE n % 9 = 0 AND state = 'finished';
INSERT INTO alias (model, alias, version, moved_at)
    SELECT model, 'champion', max(version), max(registered_at) FROM modelversion GROUP BY model
"""
INDEXES = ("run", "runmetric", "runparam", "rundata", "job", "event", "artifact")


def crowd(runs: int) -> Path:
    """The workspace with so many runs, made now or before; $FOOTPLATE_BENCH names another place than the cache."""
    given = os.environ.get("FOOTPLATE_BENCH") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(given) if given else Path.home() / ".cache"
    root = folder / "footplate-bench" / f"crowd-{runs}-{SHAPE}"
    if not (root / "made").exists():
        shutil.rmtree(root, ignore_errors=True)
        make(root, runs)
        (root / "made").touch()
    workspace = Workspace.open(root)
    _ = workspace.registry  # brings one that was made before up to date
    workspace.close()
    return root


def make(root: Path, runs: int) -> float:
    """Fill a new workspace; returns the seconds that it took."""
    began = time.perf_counter()
    workspace, _ = Workspace.init(root, actor="ann@example")
    for name in NAMES:
        (root / "inbox" / name).mkdir(parents=True)
        (workspace.recipes / f"{name}.toml").write_text(f'watch = "inbox/{name}"\ntarget = "label"\n', "utf-8")
    path = workspace.registry.path
    workspace.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA journal_mode = OFF")  # what is half made is thrown away
        raw.execute("PRAGMA cache_size = -400000")
        raw.execute("PRAGMA temp_store = MEMORY")
        raw.execute("BEGIN IMMEDIATE")
        later = list(_without_indexes(raw))
        values = {"runs": runs, "first": f"{FIRST}T00:00:00.000000+00:00"}
        raw.execute("CREATE TEMP TABLE name_ (k INTEGER PRIMARY KEY, name TEXT)")
        raw.executemany("INSERT INTO name_ VALUES (?, ?)", enumerate(NAMES))
        for step in ROWS.split(";\n"):
            raw.execute(step, {name: value for name, value in values.items() if f":{name}" in step})
        raw.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _events(raw, runs))
        for index in later:
            raw.execute(index)
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode = WAL")
    return time.perf_counter() - began


def _without_indexes(raw: sqlite3.Connection) -> Iterator[str]:
    """Take the indexes of the large tables away; gives the statements that make them again."""
    rows = raw.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN"
        f" ({','.join('?' * len(INDEXES))})", INDEXES,
    ).fetchall()
    for name, sql in rows:
        raw.execute(f"DROP INDEX {name}")
        yield sql


def _events(raw: sqlite3.Connection, runs: int) -> Iterator[tuple[object, ...]]:
    """One a run, chained to those that are there."""
    id, previous = raw.execute("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1").fetchone() or (0, GENESIS)
    for number in range(1, runs + 1):
        id += 1
        at = at_of(number)
        failed = number % 20 == 7
        judged = "GatePassed" if number % 9 == 0 else "GateFailed"
        kind, subject = ("JobFailed", f"job {number}") if failed else (judged, f"run {number}")
        body = canonical({"recipe": NAMES[number % RECIPES], "error": "MemoryError" if failed else None})
        made = chain_hash(id, at, kind, "daemon", subject, body, previous)
        yield id, at, kind, "daemon", subject, body, previous, made
        previous = made


def at_of(number: int) -> str:
    """When a run began, as the registry writes it."""
    moment = time.gmtime(BASE + 300 * number)
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", moment)
