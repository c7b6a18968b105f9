import sqlite3
from contextlib import closing
from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from monitor.errors import DatabaseRefused, StoreError
from monitor.store import database, feeds
from monitor.store.rows import METADATA, FeedRow
from tests.store.samples import FEED, NOW

pytestmark = pytest.mark.usefixtures("migrated")


def test_all_migrations_make_the_tables_of_this_version(db):
    with db.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, METADATA) == []


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == database.HEAD


def test_sqlite_survives_a_loss_of_power(tmp_path):
    with (
        closing(database.open_database(f"sqlite:///{tmp_path / 'm.db'}", NOW)) as db,
        db.read() as session,
    ):
        run = session.connection().execute
        assert run(text("PRAGMA journal_mode")).scalar() == "wal"
        assert run(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert run(text("PRAGMA foreign_keys")).scalar() == 1


def test_its_folder_is_made(tmp_path):
    database.open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'm.db'}", NOW).close()
    assert (tmp_path / "a" / "b" / "m.db").exists()


def test_moments_come_back_aware_and_naive_ones_are_refused(db):
    feeds.sync(db, [FEED], NOW)
    with db.read() as session:
        assert session.get_one(FeedRow, 1).added_at == NOW
        assert session.get_one(FeedRow, 1).added_at.tzinfo is not None
    with pytest.raises(Exception, match="without a time zone"):
        feeds.sync(db, [FEED, FEED.__class__("https://c.example/")], datetime(2026, 1, 1))


def set_version(path, number):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (number,))


def test_a_newer_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "m.db"
    database.open_database(f"sqlite:///{path}", NOW).close()
    set_version(path, "9999")
    before = path.read_bytes()
    with pytest.raises(DatabaseRefused, match="newer than this program"):
        database.open_database(f"sqlite:///{path}", NOW)
    assert path.read_bytes() == before


def test_a_damaged_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "m.db"
    path.write_bytes(b"This was a database once. " * 100)
    with pytest.raises(DatabaseRefused, match="damaged"):
        database.open_database(f"sqlite:///{path}", NOW)
    assert path.read_bytes() == b"This was a database once. " * 100


def test_another_programs_database_is_refused(tmp_path):
    path = tmp_path / "m.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(DatabaseRefused, match="another program"):
        database.open_database(f"sqlite:///{path}", NOW)


def test_a_database_that_cannot_be_opened_says_where(tmp_path):
    (tmp_path / "m.db").mkdir()
    with pytest.raises(StoreError, match="may this user write there"):
        database.open_database(f"sqlite:///{tmp_path / 'm.db'}", NOW)


def test_other_databases_are_refused():
    with pytest.raises(DatabaseRefused, match="mysql"):
        database.Database("mysql://localhost/monitor")


def test_check_finds_a_sound_database_sound(db):
    assert database.check(db) == []


def test_check_tells_what_is_missing(tmp_path):
    assert "no tables yet" in database.check(database.Database(f"sqlite:///{tmp_path / 'm.db'}"))[0]


def write_and_fail(db):
    with db.write() as session:
        session.add(FeedRow(url="https://half.example/", added_at=NOW))
        session.flush()
        raise ZeroDivisionError


def test_what_fails_half_way_is_not_written(db):
    with pytest.raises(ZeroDivisionError):
        write_and_fail(db)
    with db.read() as session:
        assert session.get(FeedRow, 1) is None


def test_nobody_else_on_this_machine_may_read_it(tmp_path):
    with closing(database.open_database(f"sqlite:///{tmp_path / 'm.db'}", NOW)) as db, db.write() as session:
        session.connection()
        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}  # it holds what signs links
    copy = tmp_path / "copy.db"
    database.copy_to(f"sqlite:///{tmp_path / 'm.db'}", copy, NOW)
    assert copy.stat().st_mode & 0o777 == 0o600
