"""A worker and all that it starts: launched with its share of the machine, measured and ended as one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.automation import process
from core.automation.process import MARK, end, end_rest, end_strays, launch, mark, members, memory_of
from tests.fakes.workers import alive, gone

SLEEPER = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(120)
"""
TREE = f"""
import os, subprocess, sys, time
sleeper = [sys.executable, "-c", {SLEEPER!r}]
def child(**options):
    one = subprocess.Popen(sleeper, stdout=subprocess.PIPE, **options)
    one.stdout.readline()
    return one.pid
pids = [child(), child(process_group=0), child(start_new_session=True)]
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, str(child(start_new_session=True)).encode())
    os._exit(0)
os.wait()
print(*pids, os.read(reading, 100).decode(), flush=True)
time.sleep(120)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A worker with a child, one in a group of its own, one in a session of its own, and one daemonised: all of
    them ignore SIGTERM."""
    leader = subprocess.Popen(
        [sys.executable, "-c", TREE], stdout=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {MARK: mark(tmp_path, 3, 1)},
    )
    assert leader.stdout is not None
    pids = [int(word) for word in leader.stdout.readline().split()]
    assert len(pids) == 4
    yield leader, pids
    for pid in (leader.pid, *pids):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    leader.wait()
    leader.stdout.close()


def test_the_members_are_its_session_and_its_descendants(tree: tuple[subprocess.Popen[str], list[int]]) -> None:
    leader, pids = tree
    assert set(pids[:3]) <= members(leader.pid)
    assert leader.pid not in members(leader.pid)
    assert os.getpid() not in members(leader.pid)


def test_its_memory_is_that_of_all_of_them(tree: tuple[subprocess.Popen[str], list[int]]) -> None:
    leader, pids = tree
    alone = psutil.Process(leader.pid).memory_info().rss
    assert memory_of(leader.pid) > alone + sum(psutil.Process(pid).memory_info().rss for pid in pids[:3]) * 0.9


def test_a_kill_reaches_all_of_them(tree: tuple[subprocess.Popen[str], list[int]], tmp_path: Path) -> None:
    leader, pids = tree
    end(leader.pid, signal.SIGKILL)
    leader.wait()
    end_rest(leader.pid, mark(tmp_path, 3, 1))
    assert all(gone(pid) for pid in pids)


def test_what_is_left_when_the_leader_has_ended_is_ended(
    tree: tuple[subprocess.Popen[str], list[int]], tmp_path: Path
) -> None:
    """Also what has left its session: it still bears its mark."""
    leader, pids = tree
    os.kill(leader.pid, signal.SIGKILL)
    leader.wait()
    end_rest(leader.pid, mark(tmp_path, 3, 2))
    assert all(alive(pid) for pid in pids[2:])
    end_rest(leader.pid, mark(tmp_path, 3, 1))
    assert all(gone(pid) for pid in pids)


def test_strays_are_those_of_this_workspace(tree: tuple[subprocess.Popen[str], list[int]], tmp_path: Path) -> None:
    leader, pids = tree
    other = tmp_path.with_name(tmp_path.name + "0")
    assert end_strays(other) == 0
    assert alive(leader.pid)
    assert end_strays(tmp_path) == 5
    assert gone(leader.pid)
    assert all(gone(pid) for pid in pids)
    assert end_strays(tmp_path) == 0


def test_a_mark_tells_job_and_attempt(tmp_path: Path) -> None:
    assert mark(tmp_path, 1, 1).startswith(mark(tmp_path))
    assert not mark(tmp_path, 11, 1).startswith(mark(tmp_path, 1, 1))
    (tmp_path / "alias").symlink_to(tmp_path)
    assert mark(tmp_path / "alias") == mark(tmp_path)


def test_nothing_is_measured_or_ended_of_a_pid_that_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert memory_of(child.pid) == 0
    end(child.pid, signal.SIGTERM)
    end_rest(child.pid, "nobody's#1#1")


# -- launching: the real module with a job that it does not know, which shows how it was started


SHOW = """
import os, sys
print(os.getsid(0) == os.getpid(), os.getcwd(), os.environ["OMP_NUM_THREADS"], os.environ["FOOTPLATE_WORKER"])
print(*sys.argv[1:])
import random
print(random.__file__)
"""


def test_a_worker_starts_in_its_own_session_with_its_share_and_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the user's folder (a random.py, a core/) is never imported in the place of ours."""
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    library = tmp_path / "library"
    library.mkdir()
    (library / "shows.py").write_text(SHOW)
    monkeypatch.setattr(process, "MODULE", "shows")
    monkeypatch.setenv("PYTHONPATH", str(library))
    log = tmp_path / "logs" / "jobs" / "7.log"
    for _ in range(2):
        assert launch(tmp_path, 7, 2, log, 3).wait() == 0, log.read_text()
    lines = log.read_text().splitlines()
    assert len(lines) == 6  # the second attempt's log follows the first's
    assert lines[0] == f"True {tmp_path} 3 {mark(tmp_path, 7, 2)}"
    assert lines[1] == f"{tmp_path} 7 2 {os.getpid()}"
    assert not lines[2].startswith(str(tmp_path))


MOTHER = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import os, sys, time; from core.automation.process import die_with; "
    "print(die_with(int(sys.argv[1])), flush=True); time.sleep(120)", str(os.getpid())], stdout=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
input()
"""


def test_a_worker_dies_with_its_daemon() -> None:
    mother = subprocess.Popen([sys.executable, "-c", MOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert mother.stdout is not None
    pid, said = mother.stdout.readline().split()
    assert said == "True"
    mother.kill()
    mother.communicate()
    assert gone(int(pid))


def test_a_worker_whose_daemon_is_gone_already_is_told() -> None:
    code = "from core.automation.process import die_with; print(die_with(1))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n"
