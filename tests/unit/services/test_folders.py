"""Looking at a folder: hostile names, links, what is left alone, when a file has settled, what becomes pending."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.registry import datasets, deliveries, jobs, models, sources
from core.registry import recipes as recipe_rows
from core.registry.sources import Signature
from core.services import deploy, folders
from core.services.folders import Settler, Watched, filesystem, walk
from core.vocabulary import JobKind, JobState, SourceState
from core.workspace import Workspace
from tests.fakes.clock import FakeClock

HOSTILE = [
    b"plain.csv", b"with blank.csv", b"new\nline.csv", b"\x1b[31mred.csv", b"tab\t.csv", b"\xff\xfe.csv", b"a'b\"c.csv",
    "ümläut 日本.csv".encode(), b"-rf.csv", b"*.csv", b"\\.csv", b"no ending", b"CAPS.CSV", b"trailing .csv ",
    b"a;b&c|d",
]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


def touch(path: Path | bytes, content: bytes = b"x") -> None:
    os.makedirs(os.path.dirname(os.fsencode(path)), exist_ok=True)  # noqa: PTH103, PTH120
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, content)
    os.close(descriptor)


def seen(inbox: Path, pattern: str = "*", *, recursive: bool = True) -> list[bytes]:
    folder = os.fsencode(inbox)
    return sorted(os.path.relpath(path, folder) for path, _ in walk(folder, pattern, recursive))


# -- names


def test_any_name_is_seen_byte_for_byte(inbox: Path) -> None:
    for name in HOSTILE:
        touch(os.fsencode(inbox) + b"/" + name)
    assert seen(inbox) == sorted(HOSTILE)


@given(st.binary(min_size=1, max_size=20).filter(lambda name: not set(name) & {0, 47} and name not in (b".", b"..")))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_name(inbox: Path, name: bytes) -> None:
    path = os.fsencode(inbox) + b"/" + name
    touch(path)
    assert seen(inbox) == ([] if folders.ignored(name) else [name])
    os.unlink(path)  # noqa: PTH108


@pytest.mark.parametrize("name", [
    ".hidden.csv", ".csv", "~lock.csv", "a.csv.tmp", "a.part", "a.csv.partial", "a.crdownload", ".a.csv.swp", "b.swp",
    "UPPER.TMP", "A.Part",
])
def test_what_is_not_meant_to_be_read_or_not_yet(inbox: Path, name: str) -> None:
    touch(inbox / name)
    assert seen(inbox) == []
    (inbox / name).rename(inbox / "a.csv")
    assert seen(inbox) == [b"a.csv"]


@pytest.mark.parametrize("name", ["a.tmp.csv", "tmp", "a.partial.csv", "a~", "part", "a.swp.gz"])
def test_names_that_only_look_so(inbox: Path, name: str) -> None:
    touch(inbox / name)
    assert seen(inbox) == [name.encode()]


def test_hidden_folders_are_left_alone(inbox: Path) -> None:
    for name in (".git/a.csv", "~old/a.csv", "upload.part/a.csv", "2026/03/a.csv"):
        touch(inbox / name)
    assert seen(inbox) == [b"2026/03/a.csv"]


# -- patterns and folders


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*", ["a.csv", "b.jsonl", "sub/c.csv", "sub/deep/d.csv"]), ("*.csv", ["a.csv", "sub/c.csv", "sub/deep/d.csv"]),
        ("[ab].*", ["a.csv", "b.jsonl"]), ("sub/*.csv", ["sub/c.csv", "sub/deep/d.csv"]), ("?.jsonl", ["b.jsonl"]),
        ("*.CSV", []), ("sub", []), ("a.cs", []),
    ],
)
def test_patterns(inbox: Path, pattern: str, names: list[str]) -> None:
    for name in ("a.csv", "b.jsonl", "sub/c.csv", "sub/deep/d.csv"):
        touch(inbox / name)
    assert seen(inbox, pattern) == [name.encode() for name in names]


def test_a_pattern_counts_letters_not_bytes(inbox: Path) -> None:
    touch(inbox / "ä.csv")
    touch(inbox / "äö.csv")
    touch(os.fsencode(inbox) + b"/\xff.csv")
    assert seen(inbox, "?.csv") == sorted(["ä.csv".encode(), b"\xff.csv"])
    assert seen(inbox, "[äü].csv") == ["ä.csv".encode()]


def test_a_pattern_meets_names_of_several_lines_whole(inbox: Path) -> None:
    touch(inbox / "a.csv\nb")
    touch(inbox / "a\nb.csv")
    assert seen(inbox, "*.csv") == [b"a\nb.csv"]


def test_sub_folders_only_where_they_are_wanted(inbox: Path) -> None:
    touch(inbox / "a.csv")
    touch(inbox / "sub" / "b.csv")
    assert seen(inbox, recursive=False) == [b"a.csv"]


def test_a_folder_moved_in_with_files_inside(inbox: Path, tmp_path: Path) -> None:
    touch(tmp_path / "made" / "deep" / "a.csv")
    touch(tmp_path / "made" / "b.csv")
    (tmp_path / "made").rename(inbox / "batch")
    assert seen(inbox) == [b"batch/b.csv", b"batch/deep/a.csv"]


def test_a_folder_that_is_gone_or_not_ours_shows_nothing(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(inbox / "a.csv")
    touch(inbox / "locked" / "b.csv")
    assert seen(inbox / "gone") == []
    real = os.scandir

    def scandir(path: bytes) -> Iterator[os.DirEntry[bytes]]:
        if path.endswith(b"locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(folders.os, "scandir", scandir)
    assert seen(inbox) == [b"a.csv"]


def test_hundreds_of_folders_deep(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(inbox)
    for _ in range(300):
        os.mkdir("d")  # noqa: PTH102
        os.chdir("d")
    monkeypatch.chdir(inbox)
    touch(inbox / "a.csv")
    assert seen(inbox)[-1] == b"a.csv"


# -- what is no file


def test_pipes_sockets_and_empty_files(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(inbox / "fifo.csv")
    monkeypatch.chdir(inbox)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket.csv")
        touch(inbox / "empty.csv", b"")
        assert seen(inbox) == [b"empty.csv"]


# -- links


def test_a_link_within_the_folder_counts_as_what_it_names(inbox: Path) -> None:
    touch(inbox / "real" / "a.csv", b"twelve bytes")
    (inbox / "link.csv").symlink_to("real/a.csv")
    (inbox / "absolute.csv").symlink_to(inbox / "real" / "a.csv")
    found = dict(walk(os.fsencode(inbox), "*", True))
    target = (inbox / "real" / "a.csv").stat()
    for name in ("link.csv", "absolute.csv"):
        assert found[os.fsencode(inbox / name)] == Signature(12, target.st_mtime_ns, target.st_ctime_ns, target.st_ino)


@pytest.mark.parametrize("target", ["../secret.csv", "/etc/passwd", "sub/../../secret.csv", "../gone.csv"])
def test_a_link_that_leads_out_counts_as_itself(inbox: Path, tmp_path: Path, target: str) -> None:
    """It is told to the ingest job, which quarantines it unread."""
    touch(tmp_path / "secret.csv", b"secret" * 100)
    (inbox / "sub").mkdir()
    (inbox / "link.csv").symlink_to(target)
    [(path, signature)] = walk(os.fsencode(inbox), "*", True)
    own = os.lstat(inbox / "link.csv")
    assert (signature.inode, signature.size) == (own.st_ino, own.st_size)
    assert folders.leads_out(path, os.path.realpath(os.fsencode(inbox)))


def test_a_chain_of_links_is_followed_to_its_end(inbox: Path, tmp_path: Path) -> None:
    touch(tmp_path / "secret.csv")
    (inbox / "a.csv").symlink_to("b.csv")
    (inbox / "b.csv").symlink_to("c.csv")
    (inbox / "c.csv").symlink_to("../secret.csv")
    root = os.path.realpath(os.fsencode(inbox))
    assert all(folders.leads_out(path, root) for path, _ in walk(os.fsencode(inbox), "*", True))


def test_a_neighbour_with_a_longer_name_is_outside(inbox: Path, tmp_path: Path) -> None:
    touch(tmp_path / "inbox-old" / "a.csv")
    (inbox / "a.csv").symlink_to("../inbox-old/a.csv")
    assert folders.leads_out(os.fsencode(inbox / "a.csv"), os.path.realpath(os.fsencode(inbox)))


def test_links_to_nothing_to_folders_and_to_themselves(inbox: Path) -> None:
    touch(inbox / "sub" / "a.csv")
    (inbox / "dangling.csv").symlink_to("gone.csv")
    (inbox / "folder.csv").symlink_to("sub")
    (inbox / "loop.csv").symlink_to("loop.csv")
    assert seen(inbox) == [b"sub/a.csv"]


def test_a_folder_behind_a_link_is_never_walked(inbox: Path, tmp_path: Path) -> None:
    touch(tmp_path / "other" / "secret.csv")
    (inbox / "out").symlink_to(tmp_path / "other")
    (inbox / "round").symlink_to(inbox)
    assert seen(inbox) == [b"out"]  # the link itself, to be quarantined


def test_the_watched_folder_may_be_a_link(inbox: Path, tmp_path: Path) -> None:
    touch(inbox / "a.csv")
    (inbox / "b.csv").symlink_to("a.csv")
    (tmp_path / "alias").symlink_to(inbox)
    assert seen(tmp_path / "alias") == [b"a.csv", b"b.csv"]


def test_a_hard_link_from_outside_is_a_file(inbox: Path, tmp_path: Path) -> None:
    touch(tmp_path / "outside.csv")
    os.link(tmp_path / "outside.csv", inbox / "a.csv")
    assert seen(inbox) == [b"a.csv"]


# -- settling


def signature(clock: FakeClock, *, size: int = 10, age: float = 0.0) -> Signature:
    """Of a file that was written `age` seconds ago."""
    nanoseconds = int((clock.now().timestamp() - age) * 1e9)
    return Signature(size, nanoseconds, nanoseconds, 1)


def test_a_file_is_taken_once_it_has_stood_still(clock: FakeClock) -> None:
    settler = Settler(2.0, clock)
    fresh = signature(clock)
    assert not settler.settled(b"a", fresh, local=True)
    clock.go_on(1.9)
    assert not settler.settled(b"a", fresh, local=True)
    clock.go_on(0.1)
    assert settler.settled(b"a", fresh, local=True)
    assert settler.waiting == 0


def test_each_piece_that_is_appended_begins_the_wait_anew(clock: FakeClock) -> None:
    settler = Settler(2.0, clock)
    for size in range(10, 15):
        assert not settler.settled(b"a", signature(clock, size=size), local=True)
        clock.go_on(1.5)
    last = signature(clock, size=14, age=1.5)
    assert not settler.settled(b"a", last, local=True)
    clock.go_on(0.5)
    assert settler.settled(b"a", last, local=True)


def test_a_file_that_was_moved_in_is_taken_at_once(clock: FakeClock) -> None:
    assert Settler(2.0, clock).settled(b"a", signature(clock, age=3600), local=True)


@pytest.mark.parametrize("age", [3600.0, -3600.0])
def test_the_clock_of_a_share_is_not_trusted(clock: FakeClock, age: float) -> None:
    settler = Settler(2.0, clock)
    file = signature(clock, age=age)
    assert not settler.settled(b"a", file, local=False)
    clock.go_on(2)
    assert settler.settled(b"a", file, local=False)


def test_a_time_in_the_future_is_watched_instead(clock: FakeClock) -> None:
    settler = Settler(2.0, clock)
    file = signature(clock, age=-3600)
    assert not settler.settled(b"a", file, local=True)
    clock.go_on(2)
    assert settler.settled(b"a", file, local=True)


@pytest.mark.parametrize("change", [{"mtime_ns": 1}, {"ctime_ns": 1}, {"inode": 2}, {"size": 9}])
def test_any_change_begins_the_wait_anew(clock: FakeClock, change: dict[str, int]) -> None:
    settler = Settler(2.0, clock)
    file = signature(clock)
    settler.settled(b"a", file, local=False)
    clock.go_on(2)
    assert not settler.settled(b"a", replace(file, **change), local=False)


def test_what_is_gone_is_forgotten(clock: FakeClock) -> None:
    settler = Settler(2.0, clock)
    for name in (b"a", b"b"):
        settler.settled(name, signature(clock), local=True)
    settler.keep_only({b"b"})
    assert settler.waiting == 1
    clock.go_on(2)
    assert not settler.settled(b"a", signature(clock), local=False)


def test_no_wait_at_all_is_possible(clock: FakeClock) -> None:
    assert Settler(0.0, clock).settled(b"a", signature(clock), local=True)


# -- looking


@pytest.fixture
def watched(workspace: Workspace, inbox: Path) -> Watched:
    with workspace.registry.write("me") as tx:
        recipe_rows.put(tx, "churn", path="churn.toml", problems=[])
        datasets.ensure(tx, "churn", "churn")
    return Watched("churn", inbox, "*", True)


def old(path: Path) -> Path:
    touch(path)
    os.utime(path, (1, 1))
    return path


def pending(workspace: Workspace) -> list[bytes]:
    with workspace.registry.read() as connection:
        return sorted(os.path.basename(file.path) for file in sources.pending(connection, "churn"))  # noqa: PTH119


def live(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.registry.read() as connection:
        return [(job["lane"], job["state"]) for job in jobs.live(connection)]


def test_many_files_are_one_job(workspace: Workspace, watched: Watched, clock: FakeClock) -> None:
    for number in range(30):
        old(watched.folder / f"{number}.csv")
    looked = folders.look(workspace, watched, Settler(2.0, clock))
    assert (looked.files, looked.added, looked.unsettled, looked.network) == (30, 30, 0, False)
    assert len(pending(workspace)) == 30
    assert live(workspace) == [("ingest:churn", "queued")]
    assert folders.look(workspace, watched, Settler(2.0, clock)).added == 0
    assert len(live(workspace)) == 1


def test_nothing_new_writes_nothing(workspace: Workspace, watched: Watched, clock: FakeClock) -> None:
    settler = Settler(2.0, clock)
    old(watched.folder / "a.csv")
    folders.look(workspace, watched, settler)
    counter = workspace.registry.change_counter()
    before = counter.value()
    for _ in range(3):
        folders.look(workspace, watched, settler)
    assert counter.value() == before
    counter.close()


def test_a_file_that_is_not_settled_waits(workspace: Workspace, watched: Watched, clock: FakeClock) -> None:
    """Its own time says 2026, the fake clock too: it counts as just written."""
    settler = Settler(2.0, clock)
    path = watched.folder / "a.csv"
    touch(path)
    os.utime(path, (clock.now().timestamp(),) * 2)
    assert folders.look(workspace, watched, settler).unsettled == 1
    assert (pending(workspace), live(workspace)) == ([], [])
    clock.go_on(2)
    assert folders.look(workspace, watched, settler).added == 1
    assert pending(workspace) == [b"a.csv"]


def test_a_changed_file_is_pending_again(workspace: Workspace, watched: Watched, clock: FakeClock) -> None:
    path = old(watched.folder / "a.csv")
    folders.look(workspace, watched, Settler(2.0, clock))
    touch(path, b"other content")
    os.utime(path, (2, 2))
    assert folders.look(workspace, watched, Settler(2.0, clock)).added == 1
    assert pending(workspace) == [b"a.csv"]


def test_a_running_job_takes_what_comes_meanwhile(workspace: Workspace, watched: Watched, clock: FakeClock) -> None:
    old(watched.folder / "a.csv")
    folders.look(workspace, watched, Settler(2.0, clock))
    with workspace.registry.write("daemon") as tx:
        jobs.claim(tx, 1, folders.timedelta(minutes=2))
    old(watched.folder / "b.csv")
    folders.look(workspace, watched, Settler(2.0, clock))
    assert live(workspace) == [("ingest:churn", "running")]
    assert pending(workspace) == [b"a.csv", b"b.csv"]


def test_files_whose_job_was_cancelled_get_another(workspace: Workspace, watched: Watched, clock: FakeClock) -> None:
    old(watched.folder / "a.csv")
    folders.look(workspace, watched, Settler(2.0, clock))
    with workspace.registry.write("me") as tx:
        jobs.cancel(tx, 1)
    folders.look(workspace, watched, Settler(2.0, clock))
    assert live(workspace) == [("ingest:churn", "queued")]


def test_files_whose_job_failed_get_another_after_a_while(
    workspace: Workspace, watched: Watched, clock: FakeClock
) -> None:
    """`footplate wait` looks twice a second: a job that cannot succeed must not begin as often."""
    old(watched.folder / "a.csv")
    folders.look(workspace, watched, Settler(2.0, clock))
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, 1, folders.timedelta(minutes=2))
        assert fence is not None
        jobs.fail(tx, fence, "the disk is full")
    folders.look(workspace, watched, Settler(2.0, clock))
    clock.go_on(59)
    folders.look(workspace, watched, Settler(2.0, clock))
    assert live(workspace) == []
    clock.go_on(1)
    folders.look(workspace, watched, Settler(2.0, clock))
    assert live(workspace) == [("ingest:churn", JobState.QUEUED)]


# -- network


MOUNTS = rb"""/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/data /mnt/data nfs4 rw 0 0
/dev/sdb1 /mnt/data/local xfs rw 0 0
//nas/share /mnt/with\040blank cifs rw 0 0
nas:/b /mnt/m""" + "\u00fc".encode() + rb"""ller nfs rw 0 0
nas:/c /mnt/back\134slash 9p rw 0 0
nas:/d /mnt/""" + b"\xff" + rb""" fuse.sshfs rw 0 0
tmpfs /mnt/twice tmpfs rw 0 0
nas:/e /mnt/twice nfs rw 0 0
odd
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (b"/home/me", "ext4"), (b"/", "ext4"), (b"/mnt/data", "nfs4"), (b"/mnt/data/inbox", "nfs4"),
        (b"/mnt/database", "ext4"), (b"/mnt/data/local/inbox", "xfs"), (b"/mnt/with blank/in", "cifs"),
        ("/mnt/müller".encode(), "nfs"), (b"/mnt/back\\slash/in", "9p"), (b"/mnt/\xff/in", "fuse.sshfs"),
        (b"/mnt/twice/in", "nfs"),
    ],
)
def test_the_filesystem_of_a_place(place: bytes, kind: str) -> None:
    assert filesystem(place, MOUNTS) == kind


def test_no_mounts_no_network() -> None:
    assert filesystem(b"/home", b"") == ""


def test_a_local_folder_is_no_network(inbox: Path) -> None:
    assert not folders.is_network(inbox)
    assert not folders.is_network(inbox / "gone")


# -- files to score, and labels


def deliveries_of(workspace: Workspace, purpose: JobKind) -> dict[bytes, str]:
    with workspace.registry.read() as connection:
        rows = connection.exec_driver_sql("SELECT path, state FROM delivery WHERE purpose = ?", (purpose,)).fetchall()
    return {os.path.basename(path): state for path, state in rows}  # noqa: PTH119


def test_labels_have_a_job_of_their_own(workspace: Workspace, watched: Watched, clock: FakeClock, inbox: Path) -> None:
    old(inbox / "truth.csv")
    labels = replace(watched, purpose=JobKind.LABEL)
    assert folders.look(workspace, labels, Settler(2.0, clock)).added == 1
    assert folders.look(workspace, labels, Settler(2.0, clock)).added == 0
    assert deliveries_of(workspace, JobKind.LABEL) == {b"truth.csv": "pending"}
    assert live(workspace) == [("label:churn", JobState.QUEUED)] and pending(workspace) == []


def test_files_to_score_wait_until_something_serves(
    workspace: Workspace, watched: Watched, clock: FakeClock, inbox: Path
) -> None:
    old(inbox / "a.csv")
    old(inbox / "out" / "answers.csv")
    scoring = replace(watched, purpose=JobKind.SCORE, out=inbox / "out")
    for _ in range(2):
        folders.look(workspace, scoring, Settler(2.0, clock))
        assert live(workspace) == []
    assert deliveries_of(workspace, JobKind.SCORE) == {b"a.csv": "pending"}
    with workspace.registry.write("me") as tx:
        models.ensure(tx, "churn", "classification", "roc_auc")
        deploy.serve(tx, "churn", "production", 3, why="it is good")
    assert live(workspace) == [("score:churn", JobState.QUEUED)]


def test_a_refused_file_that_is_gone_needs_nobody(
    workspace: Workspace, watched: Watched, clock: FakeClock, inbox: Path
) -> None:
    path = old(inbox / "bad.csv")
    labels = replace(watched, purpose=JobKind.LABEL)
    folders.look(workspace, labels, Settler(2.0, clock))
    with workspace.registry.write("me") as tx:
        [file] = deliveries.pending(tx.connection, "churn", JobKind.LABEL)
        deliveries.end(tx, file, SourceState.REFUSED, error="no such class")
    folders.look(workspace, labels, Settler(2.0, clock))
    assert deliveries_of(workspace, JobKind.LABEL) == {b"bad.csv": "refused"}
    path.unlink()
    folders.look(workspace, labels, Settler(2.0, clock))
    assert deliveries_of(workspace, JobKind.LABEL) == {}
