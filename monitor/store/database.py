"""Opens the database: one file of SQLite, or a Postgres that several workers share.

SQLite runs in WAL mode with `synchronous=FULL`, so that what was committed survives a loss of power. Writers begin with
`BEGIN IMMEDIATE`: two of them queue for up to a minute instead of failing half-way.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from monitor.errors import DatabaseDamaged, DatabaseRefused, StoreError, UsageError

T = TypeVar("T")
HEAD = "0006"  # the newest migration this version knows; a test holds it against the folder
CHUNK = 400  # values in one IN (…): older SQLite allows 999 variables
WAIT_FOR_LOCK_SECONDS = 60
RESTORE = "monitor restore FILE"  # the command that mends a damaged file
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={WAIT_FOR_LOCK_SECONDS}000",
    "cache_size=-500",  # kB of each connection, of which there may be 15; the system keeps what is read often
)
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A database and its two doors: `read` and `write`."""

    def __init__(self, url: str) -> None:
        """Prepare the engine for `url`; nothing is opened yet.

        :raises DatabaseRefused: if `url` is no address of a database that is supported
        """
        self.url = url
        self.file = file_of(url)
        self.engine = _engine(url)
        self._writing = self.engine.execution_options(immediate=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one moment of the database.

        :raises StoreError: if the database can't be read
        """
        with self.told(), Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose work is committed as a whole at the end, or not at all.

        :raises StoreError: if the database can't be written
        """
        with self.told(), Session(self._writing, autoflush=False, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the driver raises into a StoreError of one line."""
        try:
            yield
        except IntegrityError:
            raise  # a row that is there already: its verb knows what that means
        except DBAPIError as error:
            raise self._named(error) from error

    def _named(self, error: DBAPIError) -> StoreError:
        said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        if "malformed" in said or "not a database" in said:
            return DatabaseDamaged(
                f"{self.file}: the file is damaged ({said}). Nothing was written. "
                f"Put your last good backup in its place: {RESTORE}"
            )
        if "unable to open" in said:
            return StoreError(f"{self.file}: {said}. Does its folder exist, and may this user write there?")
        return StoreError(f"{self.file or 'database'}: {said}")


def open_database(url: str, now: datetime) -> Database:
    """Return the database at `url`, made or migrated to this version's tables.

    An older SQLite file is copied beside itself before it is migrated.
    :raises DatabaseRefused: for a newer version or a damaged file; nothing is touched
    :raises StoreError: if it can't be opened
    """
    with ExitStack() as failed:
        database = failed.enter_context(closing(Database(url)))
        if version(database) != HEAD:
            upgrade(database, now)
        failed.pop_all()
    return database


def version(database: Database) -> str:
    """Return the number of the last migration the database has had; "" for an empty one."""
    if database.file and not database.file.exists():
        return ""
    with database.read() as session:
        connection = session.connection()
        if "alembic_version" in inspect(connection).get_table_names():
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
        _refuse_foreign(database, connection)
        return ""


def usable(database: Database) -> bool:
    """Tell whether the tables are there and of this version."""
    try:
        return version(database) == HEAD
    except StoreError:
        return False


def upgrade(database: Database, now: datetime, *, copied: bool = False) -> Path | None:
    """Migrate the database to this version in one transaction; return the copy made before it, None for a new one.

    `copied` says that there is a copy of it already.
    """
    from alembic import command
    from alembic.config import Config

    found = version(database)
    refuse_newer(database, found)
    if found == HEAD:
        return None
    if database.file:
        _make_folder(database.file.parent)
        _make_private(database.file)
    copy = _copy_beside(database, found, now) if found and database.file and not copied else None
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _migrating(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return copy


def copy_to(url: str, copy: Path, now: datetime) -> None:
    """Copy a SQLite database, as it is at one moment, to the new file `copy`; one that does not exist yet is made.

    :raises UsageError: for a database that is no file, or of a newer version
    """
    source = Database(url)
    if source.file is None:
        raise UsageError("a rehearsal needs a database that is a file: a Postgres can't be copied aside")
    if found := version(source):
        refuse_newer(source, found)
        _copy(source.file, copy)
    source.close()
    open_database(f"sqlite:///{copy}", now).close()


def check(database: Database) -> list[str]:
    """Return what is wrong with the database, one line each; nothing if it is sound and of this version."""
    found = version(database)
    if not found:
        return [f"{database.file or 'the database'} holds no tables yet: run monitor db upgrade"]
    if found != HEAD:
        return [f"the tables are of version {found}, this program needs {HEAD}: run monitor db upgrade"]
    if not database.file:
        return []
    with database.read() as session:
        faults = [str(row[0]) for row in session.connection().execute(text("PRAGMA integrity_check"))]
        orphans = session.connection().execute(text("PRAGMA foreign_key_check")).fetchall()
    return [f"integrity: {fault}" for fault in faults if fault != "ok"] + [
        f"a row of {row[0]} points at a row of {row[2]} that does not exist" for row in orphans[:20]
    ]


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """Give the connection of a migration: one transaction, with SQLite's foreign keys looked at when it ends.

    A table is changed by being made anew, for which SQLite wants them off, and that before the transaction begins
    (https://www.sqlite.org/lang_altertable.html#otheralter).
    """
    with database.told(), database.engine.execution_options(immediate=True).connect() as connection:
        raw: Any = connection.connection.driver_connection
        if database.engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if orphans := connection.execute(text("PRAGMA foreign_key_check")).fetchall():
                    raise StoreError(f"{database.file}: not migrated: a row of {orphans[0][0]} points at none")
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


def refuse_newer(database: Database, found: str) -> None:
    """Refuse a database whose version is newer than this program.

    :raises DatabaseRefused: for such a one
    """
    if found > HEAD:
        raise DatabaseRefused(
            f"{database.file or 'the database'} is of version {found}, newer than this program knows ({HEAD}). "
            "Nothing was touched: install the newer program again, or restore a copy made before it."
        )


def _refuse_foreign(database: Database, connection: Connection) -> None:
    if inspect(connection).get_table_names():
        raise DatabaseRefused(
            f"{database.file or 'the database'} holds another program's tables. Nothing was touched: "
            "set [database] url to a file of our own."
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: the database's folder can't be made: {error.strerror}") from error


def _make_private(file: Path) -> None:
    """Make `file` empty for its owner alone, if it is not there: it will name people, and hold what signs links."""
    with suppress(OSError):  # there already; or SQLite says what is wrong
        file.touch(0o600, exist_ok=False)


def _copy_beside(database: Database, found: str, now: datetime) -> Path:
    assert database.file is not None
    copy = database.file.with_name(f"{database.file.name}.{found}.{now:%Y%m%dT%H%M%SZ}.bak")
    _copy(database.file, copy)
    return copy


def _copy(file: Path, copy: Path) -> None:
    """Copy a SQLite file as it is at one moment; past our engine, which would open a transaction first."""
    _make_private(copy)
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_FOR_LOCK_SECONDS)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error as error:
        raise StoreError(f"{file}: can't be copied to {copy}: {error}") from error


def file_of(url: str) -> Path | None:
    """Return the file of the SQLite database at `url`; None for one that is no file."""
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite") or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseRefused(
            f"[database] url: {backend} is not supported; use sqlite:///PATH or postgresql+psycopg://…"
        )
    if backend == "postgresql":
        return create_engine(parsed, pool_pre_ping=True)
    engine = create_engine(parsed, connect_args={"timeout": WAIT_FOR_LOCK_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, below
    with ExitStack() as failed:
        failed.callback(connection.close)  # a damaged file shows here first, and nobody else would close it
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        failed.pop_all()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the values in their order, so many at a time as one statement may name."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
