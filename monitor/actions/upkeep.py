"""Does what is due each night: a verified backup, learning the hours of feeds, clearing out.

What failed is tried again an hour later. Where no service runs, the turns that cron starts learn the hours.
"""

from datetime import datetime, timedelta

import structlog

from monitor import schedule
from monitor.actions import backup
from monitor.app import App
from monitor.errors import MonitorError, StoreError
from monitor.store import feeds, keeping
from monitor.store.database import check

log = structlog.get_logger()
TRIED = "upkeep tried"  # the names under which three moments are kept
DONE = "upkeep done"
LEARNT = "hours learnt"
FAILED = "upkeep failed"  # the name under which it is kept why
AGAIN = timedelta(hours=1)
NEARLY_A_DAY = timedelta(hours=23)  # of two turns at the same time of day, the second may come a little earlier


def nightly(app: App, now: datetime) -> bool:
    """Do the night's work if it is due; return whether it was. What failed stays on record until it is done.

    :raises MonitorError: if the backup can't be made, or the database is not sound; nothing is cleared out then
    """
    if not due(app, now):
        return False
    keeping.keep(app.db, TRIED, now.isoformat())
    try:
        _back_up(app, now)
    except MonitorError as error:
        keeping.keep(app.db, FAILED, str(error))
        raise
    _learn_hours(app, now)
    pruned = backup.prune(app, now)
    log.info("cleared out", articles=pruned.articles, judgements=pruned.judgements, messages=pruned.messages)
    keeping.keep(app.db, FAILED, "")
    keeping.keep(app.db, DONE, now.isoformat())
    return True


def learn_hours(app: App, now: datetime) -> bool:
    """Learn the hours that feeds keep, unless that was done within a day; return whether it was due."""
    learnt = _moment(app, LEARNT, now)
    if learnt is not None and now - learnt < NEARLY_A_DAY:
        return False
    _learn_hours(app, now)
    return True


def failed(app: App) -> str:
    """Return why the night's work could not be done when it was last tried, "" if it was."""
    return keeping.kept(app.db, FAILED)


def due(app: App, now: datetime) -> bool:
    """Tell whether the night's work waits: not done since 3 in the service's zone, and not tried within the hour.

    A moment in the future is a clock that was wrong, and counts as none.
    """
    tried, done = (_moment(app, name, now) for name in (TRIED, DONE))
    if tried is not None and now - tried < AGAIN:
        return False
    return done is None or schedule.due_slot(backup.NIGHTLY, app.settings.timezone, done, now) is not None


def _back_up(app: App, now: datetime) -> None:
    """Make tonight's copy, which is checked as a whole; without a place for copies, check the database itself."""
    if app.settings.backup is None:
        if faults := check(app.db):
            raise StoreError(f"the database is not sound: {faults[0]}. See: monitor db check")
    elif backup.backup_due(app.db, now, app.settings.timezone):
        made = backup.nightly(app.db, app.settings.backup, now, app.settings.timezone)
        log.info("backed up", file=str(made))


def _learn_hours(app: App, now: datetime) -> None:
    feeds.learn_hours(app.db, now)
    keeping.keep(app.db, LEARNT, now.isoformat())


def _moment(app: App, name: str, now: datetime) -> datetime | None:
    kept = keeping.kept(app.db, name)
    moment = datetime.fromisoformat(kept) if kept else None
    return moment if moment is None or moment <= now else None
