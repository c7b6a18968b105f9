"""Looks at the database and at the room on disk."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from monitor.actions.doctor.check import Check, fault, fine, told
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.store.database import HEAD, Database, check
from monitor.store.free import service_on, try_write

LEAST_BYTES, LEAST_SHARE = 500_000_000, 0.05  # free; less is a fault
Usage = Callable[[Path], tuple[int, int, int]]  # total, used and free bytes, as `shutil.disk_usage` tells them


def database(db: Database) -> Check:
    """Return whether the database opens, is sound, of this version, and can be written to. Nothing is made."""
    name = "database"
    try:
        if db.file and not db.file.exists():
            return _to_be_made(name, db.file)
        if faults := check(db):
            said, _, fix = "; ".join(faults).partition(": run ")
            return fault(name, said, f"run {fix}" if fix else "restore your last good backup")
        try_write(db)
    except StoreError as error:
        return _refused(name, db, str(error))
    if db.file and not os.access(db.file.parent, os.W_OK):  # SQLite keeps its journal beside the file
        return fault(name, f"{db.file.parent} can't be written", "make the folder writable for this user")
    user = service_on(db.file) if db.file else ""
    told = f"{db.file or 'Postgres'} is sound, of version {HEAD}, and can be written"
    return fine(name, f"{told}; in use by {user}" if user else told)


def disk(settings: Settings, db: Database, usage: Usage = shutil.disk_usage) -> list[Check]:
    """Return the room of every file system that database, backups or digests are written to."""
    places = dict(_places(settings, db))
    systems: dict[int, list[str]] = {}
    for what, place in places.items():
        systems.setdefault(place.stat().st_dev, []).append(what)
    return [_room(names, places[names[0]], usage) for names in systems.values()]


def _to_be_made(name: str, file: Path) -> Check:
    folder = _existing(file.parent)
    if not os.access(folder, os.W_OK):
        return fault(name, f"{file} can't be made: {folder} can't be written", "make the folder writable for this user")
    return fine(name, f"{file} does not exist yet: the first run makes it")


def _refused(name: str, db: Database, words: str) -> Check:
    if "locked" in words:
        return fault(name, f"{words} by another program for longer than it should be", "see what else has it open")
    if "readonly" in words:
        return fault(name, words, f"let this user write {db.file} and its folder")
    return told(name, words, "check [database] url, and that its server or disk is there")


def _places(settings: Settings, db: Database) -> Iterable[tuple[str, Path]]:
    if db.file:
        yield "database", _existing(db.file.parent)
    if settings.backup:
        yield "backups", _existing(settings.backup.folder)
    for recipient in settings.recipients:
        if recipient.channel == "folder":
            yield f"recipient {recipient.id}", _existing(Path(recipient.addresses[0]))


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def _room(names: list[str], place: Path, usage: Usage) -> Check:
    total, _, free = usage(place)
    if not total:  # such as /proc, which keeps nothing
        return fault("disk", f"{place} is no place for files: {', '.join(names)}", "name a folder on a disk")
    detail = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB free ({free / total:.0%}) for {', '.join(names)}"
    if free < LEAST_BYTES or free < LEAST_SHARE * total:
        return fault("disk", detail, "free some space, or lower [retention] articles_days and [backup] keep_days")
    return fine("disk", detail)
