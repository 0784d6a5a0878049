"""Content-addressed files: what has a name is whole, and the source is never touched."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadData, Corrupted
from core.store import objects
from core.store.objects import ChangedWhileCopied, Staged, Store

DATA = b"age,churned\n31,0\n"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    made.create()
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.csv"
    path.write_bytes(DATA)
    return path


def left(store: Store) -> list[str]:
    return sorted(path.name for path in store.tmp.iterdir())


# -- writing and reading


@pytest.mark.parametrize("size", [0, 1, objects.BLOCK - 1, objects.BLOCK, objects.BLOCK + 1, 3 * objects.BLOCK + 7])
def test_a_file_comes_back_byte_for_byte(store: Store, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "in"
    path.write_bytes(data)
    hash = store.put_file(path)
    assert hash == sha(data)
    assert store.read(hash) == data
    assert store.verified(hash).read_bytes() == data
    assert store.path(hash) == store.root / hash[:2] / hash[2:]
    assert left(store) == []


def test_an_object_is_read_only_and_no_link_to_its_source(store: Store, source: Path) -> None:
    hash = store.put_file(source)
    status = store.path(hash).stat()
    assert stat.S_IMODE(status.st_mode) & 0o222 == 0
    assert status.st_nlink == 1
    assert status.st_ino != source.stat().st_ino


def test_the_source_is_never_touched(store: Store, source: Path) -> None:
    os.utime(source, ns=(10**18, 10**18))
    source.chmod(0o640)
    before = source.stat()
    store.put_file(source)
    after = source.stat()
    assert source.read_bytes() == DATA
    fields = ("st_mtime_ns", "st_ctime_ns", "st_mode", "st_ino", "st_nlink", "st_size")
    assert [getattr(before, name) for name in fields] == [getattr(after, name) for name in fields]


def test_a_staged_copy_has_no_name_until_it_is_published(store: Store, source: Path) -> None:
    staged = store.stage(source)
    assert (staged.hash, staged.size) == (sha(DATA), len(DATA))
    assert not store.has(staged.hash)
    assert list(store.hashes()) == []
    store.publish([staged])
    assert store.has(staged.hash)
    assert list(store.hashes()) == [staged.hash]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 40])
def test_a_batch_is_published_together(store: Store, count: int) -> None:
    batch = [store.stage_bytes(bytes([number])) for number in range(count)]
    store.publish(iter(batch))
    assert sorted(store.hashes()) == sorted(one.hash for one in batch)
    assert left(store) == []


def test_publishing_twice_is_publishing_once(store: Store) -> None:
    store.publish([store.stage_bytes(DATA), store.stage_bytes(DATA)])
    assert store.put_bytes(DATA) == sha(DATA)
    assert list(store.hashes()) == [sha(DATA)]
    assert left(store) == []


def test_many_threads_publish_the_same(store: Store, source: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: store.put_file(source), range(40))) == {sha(DATA)}
    assert store.read(sha(DATA)) == DATA
    assert left(store) == []


@pytest.mark.parametrize("count", [1, 5])
def test_the_bytes_are_synced_before_they_get_their_name(
    store: Store, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Else a crash would leave a name with nothing behind it."""
    done: list[str] = []
    replace = os.replace
    monkeypatch.setattr(objects, "sync", lambda path: done.append("sync folder" if path.is_dir() else "sync file"))
    monkeypatch.setattr(
        objects, "sync_filesystem", lambda folder: done.append("sync folder" if "rename" in done else "sync file")
    )

    def rename(*arguments: Any) -> None:
        done.append("rename")
        replace(*arguments)

    monkeypatch.setattr(objects.os, "replace", rename)
    store.publish([store.stage_bytes(bytes([number])) for number in range(count)])
    assert list(dict.fromkeys(done)) == ["sync file", "rename", "sync folder"]
    assert done.count("rename") == count


# -- what cannot be read


def unreadable(store: Store, path: Path) -> str:
    with pytest.raises(BadData) as caught:
        store.stage(path)
    assert caught.value.check == "unreadable"
    assert left(store) == []
    return caught.value.message


def test_a_link_is_not_followed(store: Store, source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    assert "cannot be read" in unreadable(store, tmp_path / "link")


def test_a_fifo_does_not_block(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert unreadable(store, tmp_path / "fifo") == "is no regular file"


def test_a_socket_a_folder_a_device(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        unreadable(store, tmp_path / "socket")
    assert unreadable(store, tmp_path) == "is no regular file"
    assert unreadable(store, Path("/dev/null")) == "is no regular file"


def test_a_file_that_is_gone(store: Store, tmp_path: Path) -> None:
    unreadable(store, tmp_path / "gone")


def opening_fails(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    real = os.open

    def fails(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("source.csv"):
            raise OSError(code, os.strerror(code))
        return real(path, *arguments, **options)

    monkeypatch.setattr(objects.os, "open", fails)


def test_a_file_that_may_not_be_read(store: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening_fails(monkeypatch, errno.EACCES)
    assert unreadable(store, source) == "cannot be read: Permission denied"


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.EHOSTDOWN])
def test_what_passes_is_not_the_files_fault(
    store: Store, source: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """No handles, no memory, a share that went away: a quarantined file would never be looked at again."""
    opening_fails(monkeypatch, code)
    with pytest.raises(OSError, match=os.strerror(code)):
        store.stage(source)
    assert left(store) == []


def test_a_disk_that_cannot_read_the_source(store: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: Any) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(objects.os, "readv", fails)
    assert "Input/output error" in unreadable(store, source)


def test_no_room_is_ours_to_report_and_leaves_nothing(
    store: Store, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(objects.os, "write", fails)
    with pytest.raises(OSError, match="No space left"):
        store.stage(source)
    assert left(store) == []


# -- what changes while it is copied


@pytest.mark.parametrize("change", ["append", "truncate", "rewrite"])
def test_a_file_that_changes_under_our_hands_is_not_stored(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(b"x" * (objects.BLOCK + 100))
    os.utime(path, ns=(10**18, 10**18))
    real, calls = os.readv, []

    def reads(descriptor: int, buffers: Any) -> int:
        count = real(descriptor, buffers)
        calls.append(count)
        if len(calls) == 1:
            if change == "append":
                with path.open("ab") as stream:
                    stream.write(b"more")
            elif change == "truncate":
                os.truncate(path, 10)
            else:
                path.write_bytes(b"y" * (objects.BLOCK + 100))
        return count

    monkeypatch.setattr(objects.os, "readv", reads)
    with pytest.raises(ChangedWhileCopied):
        store.stage(path)
    assert left(store) == []


def test_a_file_that_is_replaced_under_our_hands_is_stored_as_it_was(
    store: Store, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.readv

    def reads(descriptor: int, buffers: Any) -> int:
        (tmp_path / "new").write_bytes(b"new")
        (tmp_path / "new").replace(source)
        return real(descriptor, buffers)

    monkeypatch.setattr(objects.os, "readv", reads)
    assert store.stage(source).hash == sha(DATA)


# -- corruption


def test_one_changed_byte_is_found_and_the_file_named(store: Store) -> None:
    hash = store.put_bytes(DATA)
    path = store.path(hash)
    path.chmod(0o600)
    path.write_bytes(DATA.replace(b"31", b"32"))
    for read in (store.read, store.verified):
        with pytest.raises(Corrupted, match="was changed") as caught:
            read(hash)
        assert str(path) in caught.value.message
        assert caught.value.exit_code == 4


def test_a_missing_object_is_found(store: Store) -> None:
    for read in (store.read, store.verified):
        with pytest.raises(Corrupted, match="is missing"):
            read(sha(DATA))


# -- two stores


def test_an_object_is_brought_into_another_store(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "quarantine")
    other.create()
    hash = store.put_bytes(DATA)
    for _ in range(2):
        store.copy_to(other, hash)
    assert store.read(hash) == other.read(hash) == DATA
    store.remove(hash)
    store.remove(hash)
    assert not store.has(hash)
    other.move_to(store, hash)
    assert (store.has(hash), other.has(hash)) == (True, False)


# -- leftovers


def test_what_a_killed_process_left_is_swept_and_what_is_at_work_stays(store: Store) -> None:
    program = (
        "import os, sys; from pathlib import Path; from core.store.objects import Store\n"
        f"Store(Path({str(store.root)!r})).stage_bytes(b'half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    mine = store.stage_bytes(b"at work")
    assert len(left(store)) == 2
    assert len(store.leftovers()) == 1
    assert store.sweep() == 1
    assert left(store) == [mine.temporary.name]
    store.publish([mine])
    assert store.sweep() == 0


def test_a_pid_that_is_used_again_does_not_keep_a_leftover(store: Store) -> None:
    """As after a restart of the machine, or in a container, where the daemon always has the same pid."""
    (store.tmp / f"{os.getpid()}-1-abc").touch()
    (store.tmp / "1-1-abc").touch()
    assert store.sweep() == 2


def test_other_names_are_not_ours_to_sweep(store: Store) -> None:
    (store.tmp / "notes.txt").touch()
    (store.tmp / "x-1-abc").touch()
    assert store.sweep() == 1
    assert left(store) == ["notes.txt"]


def test_a_staged_copy_that_is_gone_is_not_published_as_empty(store: Store) -> None:
    staged = Staged(store.tmp / "gone", sha(b"gone"), 4)
    with pytest.raises(FileNotFoundError):
        store.publish([staged])
    assert list(store.hashes()) == []


def test_a_store_that_was_never_made_holds_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "none")
    assert list(store.hashes()) == []
    assert store.leftovers() == []
    assert not store.has(sha(DATA))
