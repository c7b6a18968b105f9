"""Does what is due each night: a verified backup, then clearing out; what failed is tried again an hour later."""

from datetime import datetime, timedelta

import structlog

from monitor import schedule
from monitor.actions import backup
from monitor.app import App
from monitor.store import keeping

log = structlog.get_logger()
TRIED = "upkeep tried"  # the names under which two moments are kept
DONE = "upkeep done"
AGAIN = timedelta(hours=1)


def nightly(app: App, now: datetime) -> bool:
    """Do the night's work if it is due; return whether it was.

    :raises StoreError: if the backup can't be made; nothing is cleared out then
    """
    if not due(app, now):
        return False
    keeping.keep(app.db, TRIED, now.isoformat())
    if app.settings.backup is not None and backup.backup_due(app.db, now, app.settings.timezone):
        made = backup.nightly(app.db, app.settings.backup, now, app.settings.timezone)
        log.info("backed up", file=str(made))
    pruned = backup.prune(app, now)
    log.info("cleared out", articles=pruned.articles, judgements=pruned.judgements, messages=pruned.messages)
    keeping.keep(app.db, DONE, now.isoformat())
    return True


def due(app: App, now: datetime) -> bool:
    """Tell whether the night's work waits: not done since 3 in the service's zone, and not tried within the hour.

    A moment in the future is a clock that was wrong, and counts as none.
    """
    tried, done = (_moment(app, name, now) for name in (TRIED, DONE))
    if tried is not None and now - tried < AGAIN:
        return False
    return done is None or schedule.due_slot(backup.NIGHTLY, app.settings.timezone, done, now) is not None


def _moment(app: App, name: str, now: datetime) -> datetime | None:
    kept = keeping.kept(app.db, name)
    moment = datetime.fromisoformat(kept) if kept else None
    return moment if moment is None or moment <= now else None
