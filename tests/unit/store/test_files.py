"""Files of a person: written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from core.store import files
from core.store.files import at_work, half_written, publish_file, sweep_files, unique


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file(tmp_path: Path) -> None:
    publish_file(tmp_path / "a.toml", b"x = 1\n")
    assert (tmp_path / "a.toml").read_bytes() == b"x = 1\n"
    assert names(tmp_path) == ["a.toml"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_an_old_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"old")
    path.chmod(mode)
    publish_file(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.toml").write_bytes(b"old")
    (tmp_path / "a.toml").symlink_to("kept/a.toml")
    publish_file(tmp_path / "a.toml", b"new")
    assert (tmp_path / "a.toml").is_symlink()
    assert (tmp_path / "kept" / "a.toml").read_bytes() == b"new"
    assert names(tmp_path / "kept") == ["a.toml"]


def test_a_device_or_folder_is_never_replaced(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null"), Path("/dev/tty")):
        with pytest.raises(OSError, match="regular file"):
            publish_file(path, b"new")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("fails_at", ["fsync", "replace"])
def test_where_it_fails_the_old_file_stays_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"old")

    def fails(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, fails_at, fails)
    with pytest.raises(OSError, match="No space"):
        publish_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.toml"]


def test_a_reader_sees_the_old_or_the_new_and_never_a_part(tmp_path: Path) -> None:
    path = tmp_path / "a"
    wanted = {bytes([65 + turn]) * 200_000 for turn in range(2)}
    path.write_bytes(b"A" * 200_000)
    seen: set[bytes] = set()
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(20):
        publish_file(path, bytes([65 + turn % 2]) * 200_000)
    over.set()
    reader.join()
    assert seen <= wanted


def test_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    for name in ("x" * 255, "ä" * 127, "\udcff" * 100):
        publish_file(tmp_path / name, b"x")
        assert (tmp_path / name).read_bytes() == b"x"


def test_what_a_killed_process_left_is_found_and_swept(tmp_path: Path) -> None:
    program = (
        "import os; from pathlib import Path; from core.store import files\n"
        "files.os.replace = lambda *names: os.kill(os.getpid(), 9)\n"
        f"files.publish_file(Path({str(tmp_path)!r}) / 'a.toml', b'half')"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    (tmp_path / f".b.toml.{unique()}.tmp").touch()
    (tmp_path / ".somebody-elses.tmp").touch()
    (tmp_path / "a-b-c.tmp").touch()
    assert [path.name.startswith(".a.toml.") for path in half_written(tmp_path)] == [True]
    assert sweep_files(tmp_path) == 1
    assert len(names(tmp_path)) == 3


def test_who_is_at_work() -> None:
    assert at_work(unique())
    child = subprocess.Popen([sys.executable, "-c", "from core.store.files import unique; print(unique())"],
                             stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    name = child.stdout.read().strip()
    status = Path(f"/proc/{child.pid}/stat")
    while status.exists() and status.read_bytes().rpartition(b")")[2].split()[0] != b"Z":
        pass
    assert not at_work(name)  # dead, also while nobody has asked for its exit code
    child.wait()
    assert not at_work(name)
    child.stdout.close()
