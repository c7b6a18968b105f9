"""Lets one service alone use a database that is a file.

The lock is an `flock` on a file beside the database. It ends with the process that holds it, also after `kill -9`, so
that nobody ever has to take a stale one away. Services that share a Postgres need none: leases keep them apart.
"""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import StoreError, UsageError
from monitor.store.database import file_of

TRIES = 5  # whoever only looks who holds the lock (`free.service_on`) holds it for an instant, too
BETWEEN_SECONDS = 0.05


@contextmanager
def service_lock(url: str, now: datetime, what: str) -> Iterator[None]:
    """Hold the database at `url` for one service, which `what` names ("monitor run"), from `now` on.

    :raises UsageError: if another holds it, naming that one
    :raises StoreError: if the lock can't be made, as in a folder that can't be written
    """
    file = file_of(url)
    if file is None:
        yield
        return
    handle = _open(lock_file(file))
    try:
        _take(handle, file)
        _write(handle, f"{what} (process {os.getpid()} on {socket.gethostname()}, since {_moment(now)})", file)
        yield
        _write(handle, "", file)
    finally:
        os.close(handle)


def lock_file(file: Path) -> Path:
    """Return the file beside a database on which its lock lies."""
    return file.with_name(f"{file.name}.lock")


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # who can read a file can lock it
    except OSError as error:
        raise StoreError(f"{path}: the service's lock can't be made: {error.strerror}. May this user write?") from error


def _take(handle: int, file: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise StoreError(f"{lock_file(file)}: can't be locked here: {error.strerror}") from error
            if left:
                time.sleep(BETWEEN_SECONDS)
                continue
            holder = os.pread(handle, 1000, 0).decode(errors="replace").strip() or "another process"
            raise UsageError(f"{holder} uses {file} already; stop it first") from None
        return


def _write(handle: int, words: str, file: Path) -> None:
    """Write down who holds the lock; a full disk costs the name, never the lock."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, words.encode(), 0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(f"{lock_file(file)}: {error.strerror}") from error


def _moment(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
