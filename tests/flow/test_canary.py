"""Canaries under real load: a slow one, one that fails, one that is worse go back by themselves; a good one stays.

The bad ones are bad only where they serve (their code looks at how many rows there are), so that no gate sees it.
"""

from __future__ import annotations

import http.client
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.services import labelling
from core.views import deployments, needs, overview
from core.views.why import why
from tests.fakes.serving import Served
from tests.flow.house import CHURN, House, churn, until

RECIPE = """\
watch = "inbox"
target = "churned"
time = "month"
id = "customer"

[features]
custom = "features.py:transform"

[model]
estimator = "sklearn.linear_model.LogisticRegression"

[release]
strategy = "canary"
steps = [0.1, 0.4]
min_requests = {enough}

[triggers]
runs_per_day = 1000
"""
PLAIN = """\
import time


def transform(frame):
    # version {version}
    made = frame[["age", "calls"]].fillna(0.0)
    few = len(frame) < 50  # where it serves
{more}    return made
"""
SLOW = "    if few:\n        time.sleep(0.4)\n"
FAILS = "    if few and ((made['age'] * 10).round() % 50 == 7).any():\n        raise ValueError('two of a hundred')\n"
WORSE = "    if few:\n        made = 80 - made\n"
COLUMNS = CHURN[:-1]


class Shop:
    """A house whose model serves in production, and clients that ask it."""

    def __init__(self, house: House, server: Served) -> None:
        self.house, self.server = house, server
        self.workspace = house.workspace
        self.rows = itertools.cycle(churn(7, 4000, seed=7))
        self.round = itertools.count()

    def save(self, more: str = "", enough: int = 150) -> int:
        """Save other code: a version that passes its gate and comes in; returns its number."""
        (self.workspace.recipes / "features.py").write_text(PLAIN.format(version=next(self.round), more=more), "utf-8")
        self.house.recipe(RECIPE.format(enough=enough))
        known = self.house.sql("SELECT count(*) FROM modelversion")[0][0]
        until(lambda: self.house.sql("SELECT count(*) FROM modelversion")[0][0] > known, 180)
        told = why(self.workspace, f"churn@{known + 1}")
        assert told.outcome == "promoted", told
        return int(known) + 1

    def state(self) -> deployments.Deployment:
        return deployments.show(self.workspace, "churn").deployment

    def ask(self, done: Callable[[], bool], *, labels: bool = False, seconds: float = 240) -> int:
        """Ask a row at a time until `done`; every request has to be answered. With `labels` the truth follows."""
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        deadline, count, told = time.monotonic() + seconds, 0, []
        mark = next(self.round)
        while count % 20 or not done():
            assert time.monotonic() < deadline, f"nothing was decided on {count} requests: {self.state()}"
            *row, truth = next(self.rows)
            key = f"{mark}-{count}"
            body = {"rows": [dict(zip(COLUMNS, [key, *row[1:]], strict=True))]}
            connection.request("POST", "/v1/models/churn/predict", json.dumps(body, default=float))
            response = connection.getresponse()
            said = json.loads(response.read())
            assert response.status == 200, said
            told.append({"id": key, "label": str(truth)})
            count += 1
            if labels and count % 200 == 0:
                labelling.take_rows(self.workspace, "churn", told, "the test")
                told = []
        connection.close()
        return count

    def rolled_back(self, version: int) -> str:
        """Ask until a canary has ended, which has to be by going back; what the need says."""
        assert self.state().candidate == version
        self.ask(lambda: self.state().candidate is None, labels=False)
        return self.back(version)

    def back(self, version: int) -> str:
        found = self.state()
        assert found.version != version and found.state == "serving", found
        [(champion,)] = self.house.sql("SELECT version FROM alias WHERE alias = 'champion'")
        assert champion == found.version
        [need] = [one for one in overview.overview(self.workspace).needs if one.kind == "deployment"]
        assert f"canary of churn v{version} rolled back" in need.text
        assert any("its canary was rolled back" in line.text for line in why(self.workspace, f"churn@{version}").lines)
        return needs_text(need)


def needs_text(need: needs.Need) -> str:
    return need.text.partition(": ")[2]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with House(tmp_path / "house") as house:
        house.start()
        with Served(house.root) as server:
            made = Shop(house, server)
            (house.workspace.recipes / "features.py").write_text(PLAIN.format(version="first", more=""), "utf-8")
            house.recipe(RECIPE.format(enough=150))
            house.drop("month_01.csv", churn(1, 1500), CHURN)
            until(lambda: house.sql("SELECT version FROM alias WHERE alias = 'champion'") == [(1,)], 180)
            server.until("/readyz", lambda said: said["ready"] and server.ask("GET", "/v1/models/churn")[0] == 200)
            yield made


def test_a_slow_one_and_one_that_fails_go_back_and_a_good_one_stays(shop: Shop) -> None:
    slow = shop.save(SLOW)
    said = shop.rolled_back(slow)
    assert said.startswith("p") and " ms against " in said, said
    fails = shop.save(FAILS)
    said = shop.rolled_back(fails)
    assert said.startswith("errors ") and "against 0.0 %" in said, said
    good = shop.save()
    assert shop.state().candidate == good
    shop.ask(lambda: shop.state().candidate is None)
    found = shop.state()
    assert (found.version, found.state) == (good, "serving"), found.why
    assert found.why.startswith(f"canary of v{good} passed")
    assert [one for one in overview.overview(shop.workspace).needs if one.kind == "deployment"] == []


def test_one_that_is_worse_goes_back_once_labels_come(shop: Shop) -> None:
    worse = shop.save(WORSE, enough=1_000_000)
    assert shop.state().candidate == worse
    shop.ask(lambda: shop.state().candidate is None, labels=True)
    said = shop.back(worse)
    assert said.startswith("Brier score ") and said.endswith(" labelled rows"), said
