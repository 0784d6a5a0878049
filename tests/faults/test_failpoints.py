"""A kill at every commit boundary, one by one: the effect happens exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.failpoints import NAMES
from tests.flow.house import CHURN, RECIPE, churn, make

MORE = {  # what a recipe has to say so that somebody comes by
    "smoke": '\n[release]\npath = ["staging", "production"]\n',
    "trial": '\n[evaluate]\nholdout = 0.45\n[ci]\ntest = "python3 --version"\n',
}


@pytest.mark.parametrize("name", NAMES)
def test_killed_there_once(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    with make(tmp_path / "house") as house:
        house.recipe(RECIPE + MORE.get(name.partition(".")[0], ""))
        house.start({"FOOTPLATE_FAILPOINT": f"{name}@{marker}"})
        for month in (1, 2):
            house.drop(f"month_{month:02d}.csv", churn(month), CHURN)
            house.settle()
        assert marker.exists(), f"nobody came by {name}"
        assert house.sql("SELECT count(*), count(DISTINCT file_name) FROM datasetversion") == [(2, 2)]
        assert house.sql("SELECT state, count(*) FROM run GROUP BY state") == [("finished", 2)]
        assert house.sql("SELECT count(*) FROM run r JOIN rundata d ON d.run_id = r.id") == [(3,)]
        assert house.sql("SELECT count(*) FROM modelversion") == house.sql(
            "SELECT count(*) FROM run WHERE json_extract(decision, '$.outcome') = 'promoted'"
        )
        assert house.sql("SELECT count(*) FROM alias WHERE alias = 'champion'") == [(1,)]
        champion = house.sql("SELECT version FROM alias WHERE alias = 'champion'")
        assert house.sql("SELECT version FROM deployment WHERE environment = 'production'") == champion
        house.run("audit", "verify")
        house.run("doctor")
