"""The tables of a new SQLite database, made once by the migrations and written down as they are from then on.

That takes a thirtieth of the time, and tests make a new database a thousand times. Whoever asks for the migrations
themselves uses `migrated`, as the tests of these do; an older database and a Postgres are always migrated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

_migrate = command.upgrade


def _upgrade(config: Config, revision: str) -> None:
    """Bring the connection in `config` to `revision`: by what is written down, where it is empty and of SQLite."""
    connection: Connection = config.attributes["connection"]
    if connection.dialect.name != "sqlite" or connection.exec_driver_sql("SELECT 1 FROM sqlite_master").first():
        _migrate(config, revision)
        return
    for statement in _statements(str(config.get_main_option("script_location")), revision):
        connection.exec_driver_sql(statement)


@cache
def _statements(migrations: str, revision: str) -> tuple[str, ...]:
    """Return what makes of an empty database what the migrations make of one."""
    config = Config()
    config.set_main_option("script_location", migrations)
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        _migrate(config, revision)
        raw: Any = connection.connection.driver_connection
        found = tuple(raw.iterdump())[1:-1]  # without BEGIN and COMMIT
    engine.dispose()
    return found


def write_down() -> None:
    """Make the tables of new databases without the migrations, from now on."""
    command.upgrade = _upgrade


@contextmanager
def migrated() -> Iterator[None]:
    """Make the tables of new databases by the migrations."""
    with patch.object(command, "upgrade", _migrate):
        yield
