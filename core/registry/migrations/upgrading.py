"""The Alembic half of the migrations, imported only when it is needed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine, event, pool

SCRIPTS = Path(__file__).parent


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return made


def run(path: Path, revision: str) -> None:
    """Upgrade the SQLite file at `path` (made where it is missing) in one immediate transaction."""
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": 30}, poolclass=pool.NullPool)
    event.listen(engine, "connect", lambda raw, record: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[union-attr]
            with connection.begin():
                made = config()
                made.attributes["connection"] = connection
                command.upgrade(made, revision)
    finally:
        engine.dispose()
