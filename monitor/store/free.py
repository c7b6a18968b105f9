"""Tells whether a database can be used now, and by whom it is, without the patience of those who have work to do."""

import fcntl
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from monitor.store.database import Database
from monitor.store.lock import lock_file


def try_write(database: Database, wait_seconds: float = 5.0) -> None:
    """Begin a transaction that writes, and end it with nothing written.

    :raises StoreError: if the database is locked for `wait_seconds`, or can't be written to at all
    """
    with closing(Database(database.url)) as fresh:
        if fresh.file:
            event.listen(fresh.engine, "connect", lambda connection, record: _hurry(connection, wait_seconds))
        with fresh.write() as session:
            session.connection()


def service_on(file: Path) -> str:
    """Return what says of itself that it runs on the database `file`, "" if nothing does."""
    try:
        with lock_file(file).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return lock.read(1000).decode(errors="replace").strip() or "another process"
    except OSError:  # nothing ever ran on it
        pass
    return ""


def _hurry(connection: Any, wait_seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")
