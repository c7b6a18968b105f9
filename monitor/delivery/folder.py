"""Deliver digests as files: `<digest>.txt` and `<digest>.html` in the folder that the address names."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from monitor.digest.message import thaw
from monitor.errors import Blame, DeliveryError
from monitor.model import Delivery, Recipient

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Folder:
    """Write each digest into a folder, whole or not at all; writing it again changes nothing."""

    async def check(self, recipient: Recipient) -> str:
        """Write into each folder of `recipient` and take it away again."""
        for address in recipient.addresses:
            await asyncio.to_thread(_try, Path(address))
        return f"{', '.join(recipient.addresses)} can be written"

    async def deliver(self, delivery: Delivery, recipient: Recipient, now: datetime) -> None:
        """Write the digest into the folder `delivery.address`, which is made if it is missing.

        Raises DeliveryError: permanent for bytes that are no digest, passing for a folder that can't be written.
        """
        files = _files(delivery)
        await asyncio.to_thread(_write, Path(delivery.address), files)


def _files(delivery: Delivery) -> dict[str, bytes]:
    """Return the files by their names, which come from the digest's id alone."""
    if not _ID.fullmatch(delivery.digest):
        raise DeliveryError(f"{delivery.digest!r} is no id of a digest", permanent=True)
    try:
        rendered = thaw(delivery.payload)
    except ValueError as error:
        raise DeliveryError(f"digest {delivery.digest}: {error}", permanent=True) from error
    return {f"{delivery.digest}.txt": rendered.text.encode(), f"{delivery.digest}.html": rendered.html.encode()}


def _write(folder: Path, files: dict[str, bytes]) -> None:
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _replace(folder / name, content)
        _sync(folder)  # the names too must survive a power cut


def _try(folder: Path) -> None:
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise DeliveryError(
            f"{folder}: {reason}; make the folder writable, or name another", blame=Blame.CHANNEL
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step: a reader sees the old file or the new one, never half of it."""
    part = path.with_name(f".{path.name}.part")  # the same at each attempt, so that a crash leaves no litter
    part.unlink(missing_ok=True)
    with part.open("xb") as file:  # a new one: a link that somebody put there would lead into another file
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _sync(folder: Path) -> None:
    """Have the folder's entries written out."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
