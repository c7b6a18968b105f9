"""Backs the database up while the service runs, restores it, and keeps a verified copy of each night."""

import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor import schedule
from monitor.app import App
from monitor.config import Settings
from monitor.config.settings import Backup
from monitor.errors import StoreError, UsageError
from monitor.pipeline.telling import Composed
from monitor.store import copies, keeping, outbox, recipients, upkeep
from monitor.store.copies import Copy, nothing
from monitor.store.database import Database, file_of, upgrade
from monitor.store.lock import service_lock
from monitor.store.upkeep import Pruned

LAST_BACKUP = "last backup"  # the name under which its moment is kept
NIGHTLY = "0 3 * * *"  # in the service's time zone
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
OURS = re.compile(r"monitor-(\d{8})\.db")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    file: Path  # the database
    version: str  # of the backup, before it was migrated
    aside: Path | None  # where the database of before is now; None if there was none
    held: int  # messages that were on their way in the backup, and now wait for a person
    told: int  # stories that are taken for told by a digest since the backup was made


def backup(db: Database, file: Path, watch: Callable[[int, int], object] = nothing) -> Copy:
    """Copy the database to the new file `file`, whole, as it is at one moment, while the service runs; verify the copy.

    :raises UsageError: if `file` is there already, or the database is no file
    :raises StoreError: if the copy can't be made
    """
    if db.file is None:
        raise UsageError(f"a Postgres is backed up by its own means: {postgres_command('pg_dump', db.url, file)}")
    if file.exists():
        raise UsageError(f"{file} is there already: name a new file")
    if not file.parent.is_dir():
        raise UsageError(f"{file.parent}: there is no such folder")
    return copies.make(db, file, watch)


def restore(settings: Settings, file: Path, now: datetime, told_until: datetime | None = None) -> Restored:
    """Put the backup `file` in the place of the database, migrated; the present one is moved aside, never deleted.

    What was sent since the backup was made is not known to it. So what was on its way in it is held for a person, and
    what the digests due by `told_until` (`now`, if None) would have told counts as told.
    :raises UsageError: if a service runs, or `file` is no backup that this program can read
    :raises StoreError: if it can't be put in place; the present database is untouched then
    """
    target = file_of(settings.database_url)
    if target is None:
        command = postgres_command("pg_restore", settings.database_url, file)
        raise UsageError(f"a Postgres is restored by its own means: {command}")
    if target.exists() and file.exists() and file.samefile(target):
        raise UsageError(f"{file} is the database itself")
    with service_lock(settings.database_url, now, "monitor restore"):
        found = copies.verify(file)
        part = target.with_name(f"{target.name}.restoring")
        try:
            copies.remove(part)
            _copy(file, part)
            held, told = _prepare(settings, part, target, now, told_until or now)
            aside = copies.put_in_place(part, target, now)
        finally:
            copies.remove(part)
    return Restored(target, found.version, aside, held, told)


def nightly(
    db: Database, backup: Backup, now: datetime, timezone: str, watch: Callable[[int, int], object] = nothing
) -> Path | None:
    """Write tonight's verified copy into the folder of backups and take away those that are too old; return it.

    A Postgres is backed up by its own means: None.
    :raises StoreError: if it can't be made; older copies stay
    """
    if db.file is None:
        return None
    today = now.astimezone(ZoneInfo(timezone)).date()
    try:
        backup.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{backup.folder}: the folder of backups can't be made: {error.strerror}") from error
    for rest in backup.folder.glob(".monitor-*.db.part"):  # of a copy that was cut short, as by a loss of power
        copies.remove(rest)
    made = copies.make(db, backup.folder / f"monitor-{today:%Y%m%d}.db", watch)
    keeping.keep(db, LAST_BACKUP, now.isoformat())
    oldest = f"{today - timedelta(days=backup.keep_days):%Y%m%d}"
    for name, day in _nights(backup.folder):
        if day < oldest:
            (backup.folder / name).unlink(missing_ok=True)
    return made.file


def prune(app: App, now: datetime, *, dry_run: bool = False) -> Pruned:
    """Take away what is older than the configuration wants to keep, unless somebody waits to be told it.

    With `dry_run` it is only counted.
    """
    settings = app.settings
    return upkeep.prune(
        app.db,
        now,
        articles_days=settings.retention.articles_days,
        rejected_days=settings.retention.rejected_days,
        keep_days=settings.polling.catch_up_days + 1,
        thresholds={topic.id: topic.digest_at for topic in settings.topics},
        told=_told(app),
        story_hours=settings.story_window_hours,
        dry_run=dry_run,
    )


def _told(app: App) -> dict[str, int]:
    """Return, by topic, the article id up to which everybody who follows it has been told.

    Nothing is kept for whoever has had no digest yet, or is paused by hand, perhaps for ever.
    """
    found: dict[str, int] = {}
    reports = recipients.reports(app.db, app.recipients)
    for recipient in app.recipients:
        told = outbox.standing(app.db, recipient.id).told_article
        if told is None or reports[recipient.id].paused:
            continue
        found.update({topic: min(told, found.get(topic, told)) for topic in recipient.topics})
    return found


def backup_due(db: Database, now: datetime, timezone: str) -> bool:
    """Tell whether a nightly backup is due: at 3 in the service's zone, or at once if there never was one."""
    last = last_backup(db)
    since = last if last and last <= now else BEGINNING  # one in the future is a clock that was wrong
    return schedule.due_slot(NIGHTLY, timezone, since, now) is not None


def last_backup(db: Database) -> datetime | None:
    """Return when the last nightly backup was made, None if there never was one."""
    kept = keeping.kept(db, LAST_BACKUP)
    return datetime.fromisoformat(kept) if kept else None


def last_good(backup: Backup | None) -> Path | None:
    """Return the newest nightly backup that is sound, None if there is none."""
    for name, _ in sorted(_nights(backup.folder), reverse=True) if backup else ():
        try:
            return copies.verify(backup.folder / name).file if backup else None
        except (StoreError, UsageError):
            continue
    return None


def postgres_command(program: str, url: str, file: Path) -> str:
    """Return the command line that does with a Postgres what we do with a file, its password left out."""
    from shlex import join

    from sqlalchemy import make_url

    address = make_url(url)._replace(drivername="postgresql", password=None).render_as_string()
    if program == "pg_dump":
        return join(["pg_dump", "--format=custom", f"--file={file}", address])
    return join(["pg_restore", "--clean", "--if-exists", f"--dbname={address}", str(file)])


def _nights(folder: Path) -> list[tuple[str, str]]:
    """Return names and days of the nightly backups in `folder`; nothing else there is ours."""
    try:
        found = [OURS.fullmatch(path.name) for path in folder.iterdir()]
    except OSError:
        return []
    return [(match[0], match[1]) for match in found if match]


def _copy(file: Path, part: Path) -> None:
    try:
        part.touch(0o600, exist_ok=False)
        shutil.copyfile(file, part)
    except OSError as error:
        raise StoreError(f"{part}: the backup can't be copied there: {error.strerror}") from error


def _prepare(settings: Settings, part: Path, present: Path, now: datetime, told_until: datetime) -> tuple[int, int]:
    """Migrate a copy and make it know that time has passed; return how many messages it holds and stories it adds."""
    with closing(Database(f"sqlite:///{part}")) as db:
        upgrade(db, now, copied=True)
        held = upkeep.hold_messages(db, now)
        told = _take_for_told(App(settings, db), told_until)
        secret = copies.signing_secret(present)  # links that are out go on working
        if secret:
            keeping.keep(db, keeping.SIGNING_SECRET, secret)
        upkeep.close_log(db)
    return held, told


def _take_for_told(app: App, until: datetime) -> int:
    """Count as told what each recipient's last digest by `until` would have told; return how many stories that are."""
    teller, count = app.teller(), 0
    for recipient in app.recipients:
        settled = outbox.standing(app.db, recipient.id).settled
        if settled is None or settled >= until:
            continue
        slot = schedule.due_slot(recipient.schedule, recipient.timezone, settled, until)
        if slot is not None:
            composed = teller.compose(recipient, slot.at, f"restored-{until:%Y%m%dT%H%M%S}", ())
            count += len(composed.digest.told)
            outbox.freeze(app.db, _record(composed), until, settles=True)
        outbox.settle(app.db, recipient.id, until)
    return count


def _record(composed: Composed) -> outbox.Frozen:
    """Return the record that stories and changes are taken for told: a digest without messages."""
    digest = composed.digest
    return outbox.Frozen(
        recipient=digest.recipient.id,
        slot=digest.slot,
        topics=(),
        subject="Taken for told after a restore",
        stories=len(digest.told),
        sections=(),
        told=digest.told,
        told_article=composed.told_article,
        messages=(),
        kind="notice",
        updates=digest.updates,
        article=composed.article,
        version=composed.version,
    )
