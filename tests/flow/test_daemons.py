"""One daemon a workspace; it ends when it is asked to, and what ran goes on with the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from console import daemon
from tests.flow.house import CHURN, House, churn, make, until


def test_of_two_daemons_one_wins_every_time(tmp_path: Path) -> None:
    with House(tmp_path / "house") as house:
        words = [sys.executable, "-m", "console.daemon", str(house.root)]
        for _ in range(20):
            both = [
                subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)
            ]
            until(lambda: any(one.poll() is not None for one in both), 30)  # noqa: B023
            (loser,) = [one for one in both if one.poll() is not None]
            (winner,) = [one for one in both if one.poll() is None]
            _, said = loser.communicate(timeout=30)
            until(lambda: daemon.holder(house.workspace) == winner.pid, 30)  # noqa: B023
            assert loser.returncode == 5
            assert f"pid {winner.pid}" in said
            winner.send_signal(signal.SIGTERM)
            winner.communicate(timeout=30)


def test_sigterm_ends_within_ten_seconds_and_nothing_is_lost(tmp_path: Path) -> None:
    with make(tmp_path / "house") as house:
        house.recipe((house.workspace.recipes / "churn.toml").read_text().replace("max_iter = 20", "max_iter = 4000"))
        process = house.start()
        house.drop("month_01.csv", churn(1, 3000), CHURN)
        until(lambda: bool(house.sql("SELECT 1 FROM run WHERE state = 'running'")), 60)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)
        assert time.monotonic() - began < 10
        assert house.workers() == []
        left = house.sql("SELECT state, attempts FROM job WHERE kind = 'train'")
        assert left[0][0] in ("queued", "finished")
        assert left[0][1] == 0
        house.recipe((house.workspace.recipes / "churn.toml").read_text().replace("max_iter = 4000", "max_iter = 20"))
        house.start()
        house.settle()
        assert house.json("models", "show", "churn")["champion"] is not None


def test_commands_start_and_stop_it(tmp_path: Path) -> None:
    with House(tmp_path / "house") as house:
        assert house.json("daemon", "status")["running"] is False
        house.run("daemon", "start")
        status = house.json("daemon", "status")
        assert status["running"] is True
        assert f"pid {status['pid']}" in house.run("daemon", "start", code=5)
        house.run("daemon", "stop")
        assert house.json("daemon", "status")["running"] is False


def test_wait_says_so_where_no_daemon_runs(tmp_path: Path) -> None:
    with make(tmp_path / "house") as house:
        house.run("wait", "--timeout", "5")
        house.drop("month_01.csv", churn(1), CHURN)
        house.run("wait", "--timeout", "20", code=1)
