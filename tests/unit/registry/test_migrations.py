"""From nothing to the tables as the code knows them; a newer registry is refused; a half upgrade cannot persist."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from core.errors import Conflict
from core.registry import migrations, tables, types  # noqa: F401
from core.registry.database import Database
from core.registry.migrations import upgrading


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "registry.db"
    Database.create(path).close()
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "registry.db"))


def schema(path: Path) -> dict[str, object]:
    """All that SQLite says of the tables: columns, types, nulls, keys, indexes, strictness."""
    found: dict[str, object] = {}
    with closing(sqlite3.connect(path)) as raw:
        for name, strict in raw.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").fetchall():
            if name.startswith("sqlite_") or name == "alembic_version":
                continue
            columns = raw.execute(
                "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?) ORDER BY name", (name,)
            ).fetchall()
            keys = raw.execute(
                'SELECT "table", "from", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY "from"', (name,)
            ).fetchall()
            indexes = sorted(
                (
                    index if origin == "c" else origin, unique, partial,
                    tuple(one[0] for one in raw.execute("SELECT name FROM pragma_index_info(?)", (index,))),
                    where(raw, index),
                )
                for index, unique, origin, partial in raw.execute(
                    'SELECT name, "unique", origin, partial FROM pragma_index_list(?)', (name,)
                ).fetchall()
            )
            found[name] = (strict, columns, keys, indexes)
    return found


def where(raw: sqlite3.Connection, index: str) -> str:
    sql = raw.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (index,)).fetchone()[0] or ""
    return str(sql.partition(" WHERE ")[2])


def test_migrated_from_nothing_is_what_the_tables_say(made: Path, tmp_path: Path) -> None:
    straight = tmp_path / "straight.db"
    engine = create_engine(f"sqlite:///{straight}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    migrated = schema(made)
    assert len(migrated) > 15
    assert migrated == schema(straight)


def test_alembic_finds_nothing_to_do(made: Path) -> None:
    engine = create_engine(f"sqlite:///{made}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    engine.dispose()


def test_one_waiting_job_a_key_is_kept_by_the_database(path: Path) -> None:
    insert = (
        "INSERT INTO job (kind, key, lane, state, cause, payload, actor, attempts, epoch, cpus, memory, timeout,"
        " cancel, queued_at) VALUES ('train', 'k', 'l', ?, 'manual', '{}', 'me', 0, 0, 1, 1, 1.0, 0, 'now')"
    )
    with closing(sqlite3.connect(path)) as raw:
        for state in ("running", "running", "finished", "finished", "queued"):
            raw.execute(insert, (state,))
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            raw.execute(insert, ("deferred",))


def test_the_known_versions_are_the_scripts_in_order() -> None:
    scripts = ScriptDirectory.from_config(upgrading.config())
    names = [script.revision for script in scripts.walk_revisions()][::-1]
    assert tuple(names) == migrations.KNOWN
    assert scripts.get_current_head() == migrations.HEAD == migrations.KNOWN[-1]


def test_the_version_is_told_without_alembic(made: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from core.registry.database import Database\n"
        f"database = Database.open(Path({str(made)!r}))\n"
        "with database.read() as connection: connection.exec_driver_sql('SELECT 1')\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
    assert migrations.version(made) == migrations.HEAD
    assert migrations.version(tmp_path / "none.db") is None
    assert migrations.is_current(made)


def test_twice_is_once(path: Path) -> None:
    before = path.read_bytes()
    migrations.upgrade(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("open_it", [Database.open, Database.create, lambda path: Database.open(path, readonly=True)])
def test_a_newer_registry_is_refused_and_untouched(path: Path, open_it: object) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = path.read_bytes()
    assert callable(open_it)
    with pytest.raises(Conflict, match="is of a newer Footplate") as caught:
        open_it(path)
    assert "9999" in caught.value.message
    assert "upgrade Footplate" in caught.value.hint
    assert caught.value.exit_code == 5
    assert path.read_bytes() == before


def test_an_empty_file_is_brought_up_to_date_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.touch()
    Database.open(path).close()
    assert migrations.is_current(path)


@pytest.fixture
def _broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A migration that dies after it has made its tables."""
    real = command.upgrade

    def dies(*arguments: object, **options: object) -> None:
        real(*arguments, **options)  # type: ignore[arg-type]
        raise RuntimeError("killed")

    monkeypatch.setattr(upgrading.command, "upgrade", dies)
    yield


@pytest.mark.usefixtures("_broken")
def test_a_half_upgrade_cannot_persist(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with pytest.raises(RuntimeError, match="killed"):
        migrations.upgrade(path)
    assert schema(path) == {}
    assert migrations.version(path) is None


def test_two_that_upgrade_at_once_make_one_registry(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    program = f"from pathlib import Path; from core.registry import migrations; migrations.upgrade(Path({str(path)!r}))"
    both = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert migrations.is_current(path)


def test_a_registry_of_the_first_version_keeps_its_recipes(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    upgrading.run(path, "0001")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(
            "INSERT INTO recipe (name, path, hash, valid, paused, removed, stamp) VALUES ('a', 'a', 'h', 1, 0, 0, '')"
        )
        raw.execute(
            "INSERT INTO recipeversion (recipe, hash, text, code, created_at, actor)"
            " VALUES ('a', 'h', 'watch = \"in\"', '[]', 'now', 'me')"
        )
        raw.commit()
    migrations.upgrade(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT text FROM recipe").fetchall() == [('watch = "in"',)]


def test_tags_of_an_older_registry_stay_and_say_nothing_of_who(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    upgrading.run(path, "0002")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("INSERT INTO runtag (run_id, tag) VALUES (1, 'old')")
        raw.commit()
    migrations.upgrade(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT tag, actor, at FROM runtag").fetchall() == [("old", None, None)]
