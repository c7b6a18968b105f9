"""Copies of the database that are files: made at one moment, verified before they count, put in place in one step."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.errors import DatabaseDamaged, DatabaseRefused, StoreError, UsageError
from monitor.store.database import HEAD, WAIT_FOR_LOCK_SECONDS, Database, version
from monitor.store.keeping import SIGNING_SECRET

GROWING = ("feed", "article", "article_key", "digest", "delivery")  # tables from which no row ever goes
BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite keeps beside a database, by the end of its name
QUIET_SECONDS = 5  # a command that has the database open is waited for that long
TICK = 2_000  # steps of SQLite between two looks at how far it is


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was found sound."""

    file: Path
    version: str  # of its tables
    bytes: int
    rows: Mapping[str, int]  # by table, of those that only grow


def nothing(done: int, total: int) -> bool:
    """Tell nobody how far a copy is, and let it go on."""
    return False


def make(db: Database, file: Path, watch: Callable[[int, int], object] = nothing) -> Copy:
    """Copy the database of a running service to `file`, as it is at one moment; what stood there is replaced.

    The copy holds no secret: what signs links is left out. `watch` is told now and then how many bytes of how many are
    written, and stops the copy by a true answer. Only a copy that was verified gets its name.
    :raises StoreError: if it can't be read, written or verified; nothing of the copy is left then
    """
    assert db.file is not None
    if not version(db):
        raise UsageError(f"{db.file} holds no tables yet: there is nothing to back up")
    part = file.with_name(f".{file.name}.part")
    with _told(file):
        try:
            _empty_private(part)
            before = _vacuum(db.file, part, watch)
            _take_secrets_out(part)
            made = verify(part)
            _compare(before, made)
            _sync(part)
            part.replace(file)
            _sync(file.parent)
        finally:
            part.unlink(missing_ok=True)
    return Copy(file, made.version, made.bytes, made.rows)


def verify(file: Path) -> Copy:
    """Return what `file` is: a sound copy of a database of ours, not newer than this program.

    :raises UsageError: if there is no such file
    :raises DatabaseRefused: if it is anything else
    """
    if not file.is_file():
        raise UsageError(f"{file}: there is no such file")
    with _told(file), closing(_reading(file)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", *GROWING} <= tables:
            raise DatabaseRefused(f"{file}: this is no backup of a monitor's database")
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        if found > HEAD:
            raise DatabaseRefused(
                f"{file}: a backup of version {found}, newer than this program knows ({HEAD}): "
                "install the program that made it, or take an older backup"
            )
        faults = [fault for (fault,) in connection.execute("PRAGMA integrity_check(1)") if fault != "ok"]
        if faults or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise DatabaseDamaged(f"{file}: damaged ({faults[0] if faults else 'rows point at rows that are missing'})")
        return Copy(file, found, file.stat().st_size, _count(connection))


def put_in_place(copy: Path, file: Path, now: datetime) -> Path | None:
    """Make `copy` the database `file` in one step; return where the present one was moved, None if there was none.

    :raises StoreError: if another program has the database open, or a file can't be moved
    """
    aside = file.with_name(f"{file.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    with _told(file):
        _sync(copy)
        _fold_log(file)
        moved = [end for end in BESIDE if file.with_name(file.name + end).exists()]
        for end in moved:
            _set_aside(file.with_name(file.name + end), aside.with_name(aside.name + end), keep=not end)
        copy.replace(file)
        _sync(file.parent)
    return aside if "" in moved else None


def signing_secret(file: Path) -> str:
    """Return what signs the links of the database `file`, also of a damaged one; "" if that can't be read."""
    try:
        with closing(_reading(file)) as connection:
            row = connection.execute("SELECT value FROM setting WHERE key = ?", (SIGNING_SECRET,)).fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def remove(file: Path) -> None:
    """Take a copy away, with what SQLite may have left beside it."""
    for end in BESIDE:
        file.with_name(file.name + end).unlink(missing_ok=True)


def _empty_private(part: Path) -> None:
    """Make an empty file that its owner alone may read: it will name people and what they read."""
    remove(part)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _vacuum(source: Path, part: Path, watch: Callable[[int, int], object]) -> Mapping[str, int]:
    """Copy `source` into the empty file `part`; return how many rows stood there just before."""
    with closing(sqlite3.connect(source, timeout=WAIT_FOR_LOCK_SECONDS)) as connection:
        rows = _count(connection)
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        connection.set_progress_handler(lambda: int(bool(watch(part.stat().st_size, (pages - free) * size))), TICK)
        connection.execute("VACUUM INTO ?", (str(part),))
    return rows


def _take_secrets_out(part: Path) -> None:
    """Overwrite what signs links; the journal of that stays in memory."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'setting'").fetchone():
            connection.execute("DELETE FROM setting WHERE key = ?", (SIGNING_SECRET,))


def _compare(before: Mapping[str, int], made: Copy) -> None:
    short = [table for table, rows in before.items() if made.rows[table] < rows]
    if short:
        raise StoreError(f"{made.file}: the copy lacks rows of {', '.join(short)}; it was thrown away")


def _count(connection: sqlite3.Connection) -> Mapping[str, int]:
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of our own
        for table in GROWING
    }


def _fold_log(file: Path) -> None:
    """Write the log beside a database into it, so that it is one file; a damaged one stays as it is.

    :raises StoreError: if another program has it open
    """
    if not file.exists() or not _opens(file):
        return
    try:
        with closing(sqlite3.connect(file, timeout=QUIET_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # waits for, and gives way to, whoever else has it open
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise StoreError(f"{file}: another command has it open; let that end, then try again") from error


def _opens(file: Path) -> bool:
    """Tell whether `file` begins as a database; one that does not would lose its log by being opened for writing."""
    try:
        with closing(_reading(file)) as connection:
            return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone())
    except sqlite3.Error:
        return False


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=WAIT_FOR_LOCK_SECONDS)


def _set_aside(file: Path, aside: Path, *, keep: bool) -> None:
    """Give `file` the name `aside`; with `keep` it has both, so that at no moment there is no database."""
    try:
        if keep:
            os.link(file, aside)
            return
    except OSError:
        pass  # a file system without hard links
    file.rename(aside)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise DatabaseDamaged(f"{file}: damaged ({error})") from error
        raise StoreError(f"{file}: {error}") from error
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, written out."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
