"""A kill at every step by which answers are logged and sealed, files scored, and labels taken: once, and whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.failpoints import COUNTING, LABELLING, SCORING, SEALING
from core.services import labelling
from core.serving import history, sealing
from core.serving.log import PredictionLog
from tests.flow.house import CHURN, House, churn, deliver, make, until
from tests.flow.test_labels import FOLDERS, taken, truth
from tests.flow.test_scoring_folder import INPUTS, answers, logged
from tests.unit.serving.test_log import manifest, record

SEALER = "import sys; from pathlib import Path; from core.serving import sealing; sealing.seal(Path(sys.argv[1]))"


def seal_apart(folder: Path, name: str, marker: Path) -> int:
    environment = os.environ | {"FOOTPLATE_FAILPOINT": f"{name}@{marker}"}
    return subprocess.run([sys.executable, "-c", SEALER, str(folder)], env=environment, check=False).returncode


@pytest.mark.parametrize("name", SEALING)
def test_a_killed_sealer_loses_and_doubles_nothing(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "log" / "churn"
    with PredictionLog(folder.parent) as log:
        for number in range(20):
            log.write(record(number, version=1 + number % 2), manifest())
    ids = sorted(f"p{number}" for number in range(20))
    assert seal_apart(folder, name, tmp_path / "marker") == -signal.SIGKILL
    assert sorted(str(id) for piece in history.read(folder) for id in piece.ids.texts()) == ids
    assert history.count(folder) == 20
    assert seal_apart(folder, name, tmp_path / "marker") == 0
    assert sorted(str(id) for piece in history.read(folder) for id in piece.ids.texts()) == ids
    assert sorted(path.suffix for path in folder.iterdir()) == [".npz", ".npz"]
    assert sealing.seal(folder).files == 0


def living(root: Path, environment: dict[str, str]) -> House:
    """A model serves, its folders are watched; the daemon is started anew with `environment`."""
    house = make(root)
    for name in ("scoring", "truth"):
        (root / name).mkdir()
    house.recipe(FOLDERS)
    house.start()
    house.drop("month_01.csv", churn(1), CHURN)
    house.settle()
    deliver(root / "scoring" / "first.csv", INPUTS, [row[:-1] for row in churn(4, 30)])
    house.settle()
    house.kill()
    house.start(environment)
    return house


@pytest.mark.parametrize("name", SCORING)
def test_a_file_is_scored_once(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    with living(tmp_path / "house", {"FOOTPLATE_FAILPOINT": f"{name}@{marker}"}) as house:
        deliver(house.root / "scoring" / "may.csv", INPUTS, [row[:-1] for row in churn(5, 30)])
        house.settle()
        assert marker.exists(), f"nobody came by {name}"
        assert [row["customer"] for row in answers(house, "may.csv")] == [row[0] for row in churn(5, 30)]
        assert len(logged(house)) == len(set(logged(house))) == 60
        told = house.sql("SELECT payload ->> 'file', count(*) FROM event WHERE kind = 'FileScored' GROUP BY 1")
        assert told == [("first.csv", 1), ("may.csv", 1)]
        assert not list((house.root / "scored").glob(".*"))
        house.run("audit", "verify")
        house.run("doctor")


@pytest.mark.parametrize("name", LABELLING)
def test_a_file_of_labels_is_taken_once(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    with living(tmp_path / "house", {"FOOTPLATE_FAILPOINT": f"{name}@{marker}"}) as house:
        rows = {str(row[0]): str(row[-1]) for row in churn(4, 30)}
        deliver(house.root / "truth" / "may.csv", ("customer", "churned"), rows.items())
        house.settle()
        assert marker.exists(), f"nobody came by {name}"
        assert truth(house) == rows
        assert taken(house) == [("may.csv", 30, 0, 0, 0)]


@pytest.mark.parametrize("name", COUNTING)
def test_what_clients_sent_is_counted_once(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    with living(tmp_path / "house", {"FOOTPLATE_FAILPOINT": f"{name}@{marker}"}) as house:
        rows = {str(row[0]): str(row[-1]) for row in churn(4, 30)}
        sent = [{"id": key, "label": label} for key, label in rows.items()]
        labelling.take_rows(house.workspace, "churn", sent, "api")
        until(marker.exists, 60)
        assert truth(house) == rows
        house.settle()
        assert truth(house) == rows
        assert taken(house) == [("clients", 30, 0, 0, 0)]
