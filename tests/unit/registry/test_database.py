"""The door to the registry: strict, fenced, one writer at a time, and nothing half written."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from core.errors import Busy, Conflict, GivenUp, LostLease, NotFound
from core.events import verify
from core.query import patience
from core.registry import audit, database, jobs
from core.registry.database import Database, Fence
from core.services.work import ingest_request
from core.vocabulary import Cause, EventKind, JobKind
from core.workspace import Workspace
from tests.fakes.clock import FakeClock

LEASE = timedelta(minutes=2)


def tables(workspace: Workspace) -> list[str]:
    with workspace.registry.read() as connection:
        return list(
            connection.exec_driver_sql(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " AND name != 'alembic_version'"
            ).scalars()
        )


def claimed(workspace: Workspace) -> Fence:
    with workspace.registry.write("me") as tx:
        id, _ = jobs.enqueue(tx, ingest_request("d"))
        fence = jobs.claim(tx, id, LEASE)
    assert fence is not None
    return fence


# -- strict


def test_every_table_is_strict(workspace: Workspace) -> None:
    names = tables(workspace)
    assert len(names) > 10
    with workspace.registry.read() as connection:
        strict = dict(connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list").fetchall())
    assert [name for name in names if strict[name] != 1] == []


def test_a_text_where_a_number_belongs_is_refused(workspace: Workspace) -> None:
    claimed(workspace)
    with pytest.raises(IntegrityError, match="TEXT value in INTEGER column"), workspace.registry.write("me") as tx:
        tx.connection.exec_driver_sql("UPDATE job SET cpus = 'many'")


def test_foreign_keys_and_full_syncs_are_on(workspace: Workspace) -> None:
    with workspace.registry.read() as reading, workspace.registry.write("me") as tx:
        for connection in (reading, tx.connection):
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_row_that_refers_to_nothing_is_refused(workspace: Workspace) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), workspace.registry.write("me") as tx:
        tx.connection.exec_driver_sql("INSERT INTO dataset (name, recipe, created_at) VALUES ('a', 'none', 'now')")


# -- all or nothing


def test_an_error_takes_back_rows_and_events(workspace: Workspace) -> None:
    before = count(workspace)
    with pytest.raises(RuntimeError), workspace.registry.write("me") as tx:
        jobs.enqueue(tx, ingest_request("d"))
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
        raise RuntimeError
    assert count(workspace) == before
    with workspace.registry.write("me") as tx:  # the connection is usable afterwards
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
    assert count(workspace) == before + 1


def count(workspace: Workspace) -> int:
    with workspace.registry.read() as connection:
        both = connection.exec_driver_sql("SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM job)")
        return int(both.scalar_one())


def test_what_cannot_be_said_in_an_event_takes_the_whole_write_back(workspace: Workspace) -> None:
    before = count(workspace)
    with pytest.raises(ValueError, match="JSON"), workspace.registry.write("me") as tx:
        jobs.enqueue(tx, ingest_request("d"))
        tx.emit(EventKind.RUN_FINISHED, "run 1", metrics={"roc_auc": float("nan")})
    assert count(workspace) == before


def test_a_reader_sees_one_moment(workspace: Workspace) -> None:
    with workspace.registry.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM event").scalar()
        with workspace.registry.write("me") as tx:
            tx.emit(EventKind.DAEMON_STARTED, "daemon")
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == before
    with workspace.registry.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == before + 1  # type: ignore[operator]


# -- events


def test_events_bear_the_actor_the_time_and_a_hash(workspace: Workspace, clock: FakeClock) -> None:
    clock.go_on(1.5)
    with workspace.registry.write("me@here") as tx:
        first = tx.emit(EventKind.JOB_QUEUED, "job 1", kind="ingest", cause="new_data")
        second = tx.emit(EventKind.DAEMON_STARTED, "daemon", actor="daemon", pid=3)
    assert second == first + 1
    with workspace.registry.read() as connection:
        rows = list(audit.chain(connection))[-2:]
    assert [(row.actor, row.at, row.payload) for row in rows] == [
        ("me@here", "2026-03-02T09:00:01.500000+00:00", '{"cause":"new_data","kind":"ingest"}'),
        ("daemon", "2026-03-02T09:00:01.500000+00:00", '{"pid":3}'),
    ]
    assert rows[1].previous_hash == rows[0].hash


def test_an_event_may_tell_of_a_name_that_is_no_text(workspace: Workspace) -> None:
    with workspace.registry.write("m\udcffe") as tx:
        tx.emit(EventKind.RECIPE_REJECTED, "recipe \udcff\x1b", path="/in/\udcff\n.csv")
    with workspace.registry.read() as connection:
        rows = list(audit.chain(connection))
    assert verify(rows)[2] is None
    assert (rows[-1].actor, rows[-1].subject) == ("m�e", "recipe �␛")
    assert rows[-1].payload == '{"path":"/in/\\udcff\\n.csv"}'


def test_many_events_are_streamed_and_hold(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        for number in range(3000):
            tx.emit(EventKind.JOB_QUEUED, f"job {number}")
    with workspace.registry.read() as connection:
        seen, head, broken = verify(audit.chain(connection))
        last = connection.exec_driver_sql("SELECT hash FROM event ORDER BY id DESC LIMIT 1").scalar()
    assert (seen, head, broken) == (3001, last, None)


def test_one_changed_byte_on_the_disk_is_named(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        for number in range(5):
            tx.emit(EventKind.JOB_QUEUED, f"job {number}")
    with closing(sqlite3.connect(workspace.registry.path)) as raw:
        raw.execute("UPDATE event SET subject = 'job 7' WHERE id = 3")
        raw.commit()
    with workspace.registry.read() as connection:
        broken = verify(audit.chain(connection))[2]
    assert broken is not None
    assert broken.event == 3
    assert "event 3 (JobQueued) was changed" in broken.message


# -- fences


def test_a_fence_that_holds_lets_pass(workspace: Workspace) -> None:
    fence = claimed(workspace)
    with workspace.registry.write("daemon", fence) as tx:
        jobs.finish(tx, fence)


def test_a_lost_lease_cannot_commit(workspace: Workspace) -> None:
    """Handed back, finished, cancelled, claimed again: the old attempt writes nothing."""
    old = claimed(workspace)
    with workspace.registry.write("daemon") as tx:
        jobs.hand_back(tx, old, "the daemon ended")
    before = count(workspace)
    with pytest.raises(LostLease), workspace.registry.write("daemon", old) as tx:
        tx.emit(EventKind.RUN_FINISHED, "run 1")
    with workspace.registry.write("daemon") as tx:
        new = jobs.claim(tx, old.job, LEASE)
    assert new is not None
    assert new.epoch == old.epoch + 1
    with pytest.raises(LostLease), workspace.registry.write("daemon", old) as tx:
        tx.emit(EventKind.RUN_FINISHED, "run 1")
    with workspace.registry.write("daemon", new) as tx:
        jobs.finish(tx, new)
    with pytest.raises(LostLease), workspace.registry.write("daemon", new) as tx:
        tx.emit(EventKind.RUN_FINISHED, "run 1")
    assert count(workspace) == before + 2  # claimed, finished


def test_a_job_that_never_was_has_no_fence(workspace: Workspace) -> None:
    with pytest.raises(LostLease), workspace.registry.write("daemon", Fence(77, 1)):
        pass


# -- two writers


def test_writers_of_two_processes_take_turns(workspace: Workspace) -> None:
    """Two handles stand for two processes: events keep one chain, no job is asked for twice."""
    other = Database.open(workspace.registry.path)
    answers: list[tuple[int, bool]] = []

    def work(handle: Database) -> None:
        for _ in range(25):
            with handle.write("me") as tx:
                answers.append(jobs.enqueue(tx, ingest_request("d")))
                tx.emit(EventKind.DAEMON_STARTED, "daemon")

    threads = [threading.Thread(target=work, args=(handle,)) for handle in (workspace.registry, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(answers) == 50
    assert sum(fresh for _, fresh in answers) == 1
    with workspace.registry.read() as connection:
        seen, _, broken = verify(audit.chain(connection))
    assert (seen, broken) == (1 + 1 + 50, None)


def test_a_writer_that_never_lets_go_is_busy_not_a_traceback(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    other = Database(workspace.registry.path)
    with workspace.registry.write("me"), pytest.raises(Busy, match="locked") as caught, other.write("you"):
        pass
    assert caught.value.exit_code == 5
    other.close()


def test_a_reader_does_not_wait_for_a_writer(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.0)
    other = Database(workspace.registry.path)
    with workspace.registry.write("me") as tx:
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
        with other.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == 1
    other.close()


def test_only_to_be_read(workspace: Workspace) -> None:
    workspace.registry.close()
    reading = Database.open(workspace.registry.path, readonly=True)
    with reading.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == 1
    with pytest.raises(Conflict, match="only be read"), reading.write("me") as tx:
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
    with pytest.raises(OperationalError, match="readonly"), reading.read() as connection:
        connection.exec_driver_sql("DELETE FROM event")
    reading.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(workspace: Workspace) -> None:
    before = count(workspace)
    with pytest.raises(Busy, match="disk is full"), workspace.registry.write("me") as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(500):
            tx.emit(EventKind.JOB_QUEUED, f"job {number}", text="x" * 1000)
    assert count(workspace) == before


def test_there_is_no_registry(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no registry at") as caught:
        Database.open(tmp_path / "registry.db")
    assert "footplate init" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


# -- telling that something changed


def test_the_change_counter_tells_of_every_commit_and_of_nothing_else(workspace: Workspace) -> None:
    counter = workspace.registry.change_counter()
    before = counter.value()
    assert counter.value() == before
    with workspace.registry.read() as connection:
        connection.exec_driver_sql("SELECT * FROM event").fetchall()
    assert counter.value() == before
    with pytest.raises(RuntimeError), workspace.registry.write("me") as tx:
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
        raise RuntimeError
    assert counter.value() == before
    with workspace.registry.write("me") as tx:
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
    mine = counter.value()
    assert mine != before
    other = Database(workspace.registry.path)
    with other.write("you") as tx:
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
    assert counter.value() != mine
    other.close()
    counter.close()


def test_the_log_is_folded_into_the_file(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        for number in range(200):
            tx.emit(EventKind.JOB_QUEUED, f"job {number}")
    size = workspace.registry.path.stat().st_size
    workspace.registry.checkpoint()
    assert workspace.registry.path.stat().st_size > size
    with workspace.registry.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM event").scalar()
        workspace.registry.checkpoint()  # never waits for a reader


def test_words_are_stored_as_words(workspace: Workspace) -> None:
    claimed(workspace)
    with workspace.registry.read() as connection:
        assert connection.exec_driver_sql("SELECT kind, cause, state FROM job").fetchone() == (
            JobKind.INGEST.value, Cause.NEW_DATA.value, "running"
        )


def test_a_reader_gives_up_when_nobody_waits_any_more(workspace: Workspace) -> None:
    """In the middle of one statement, and the connection is as good as before."""
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    with patience.until(cancelled), pytest.raises(GivenUp), workspace.registry.read() as connection:
        connection.execute(endless)
    assert len(asked) > 3
    with workspace.registry.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM (SELECT 1)")).scalar() == 1
