"""Replaces a file wholly or not at all, one writer at a time."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.errors import UsageError


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep other edits of the same folder waiting, so that none is lost."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks is edited all the same
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def replace(file: Path, data: bytes) -> None:
    """Put `data` in the place of `file`: wholly or not at all, with its mode and owner.

    :raises UsageError: if the folder can't be written
    """
    target = Path(os.path.realpath(file))  # a link stays a link
    try:
        _swap(target, data)
    except OSError as error:
        raise UsageError(f"{file} can't be changed ({error.strerror}); nothing was, edit it by hand") from error


def _swap(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as new:
            _take_after(target, new.fileno())
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    _settle_folder(target.parent)


def _take_after(target: Path, handle: int) -> None:
    """Give the new file the old one's mode and, where we may, its owner."""
    old = target.stat()
    os.fchmod(handle, old.st_mode & 0o7777)
    with suppress(PermissionError):
        os.fchown(handle, old.st_uid, old.st_gid)


def _settle_folder(folder: Path) -> None:
    """Make the new name outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
