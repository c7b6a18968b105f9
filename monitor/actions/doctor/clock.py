"""Looks at the clock: against reason, the zones, what is stored, and what servers say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from zoneinfo import ZoneInfo

from monitor.actions.doctor.check import Check, fault, fine
from monitor.config import Settings
from monitor.store import articles
from monitor.store.clock import SLACK
from monitor.store.database import Database

NAME = "clock"
YEARS = range(2025, 2100)
OFF = timedelta(seconds=60)  # from what servers say; digests and feeds' dates stand on minutes
SET_IT = "set the clock, and keep it set by NTP: timedatectl set-ntp true"
LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def alone(now: datetime) -> Check:
    """Return whether `now` is a year in which this program runs."""
    if now.year not in YEARS:
        return fault(NAME, f"it says {_shown(now)}", SET_IT)
    return fine(NAME, f"it says {_shown(now)}")


def zones(settings: Settings) -> Check:
    """Return whether the data of every zone that is named is there."""
    named = {settings.timezone, *(recipient.timezone for recipient in settings.recipients)}
    if missing := sorted(zone for zone in named if not _known(zone)):
        return fault("time zones", f"not known here: {', '.join(missing)}", "install the system's tzdata package")
    return fine("time zones", ", ".join(sorted(named)))


def against_store(db: Database, now: datetime) -> Check:
    """Return whether anything is stored that `now` has yet to reach."""
    newest = articles.newest(db, LATEST)
    if newest.id and newest.first_seen > now + SLACK:
        found = f"it says {_shown(now)}, but an article was stored at {_shown(newest.first_seen)}"
        return fault("clock and database", found, f"{SET_IT}; if it is right now, the next run mends what was stored")
    return fine("clock and database", "nothing is stored that lies ahead")


def skew(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how far an answer's time is ahead of `now`, when it came; None if it does not say.

    That is Date, plus Age where a cache kept the answer (RFC 9111, 5.1).
    """
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
        age = timedelta(seconds=int(headers.get("age", "0")))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)) + age - now
    except (ValueError, OverflowError):
        return None


def against_servers(skews: Sequence[timedelta]) -> Check:
    """Return whether the clock is right by what servers said: by most of them, since each may be wrong itself."""
    name, said = "clock and servers", f"{len(skews)} servers" if len(skews) > 1 else "one server"
    if not skews:
        return fine(name, "no feed's server told its time")
    off = timedelta(seconds=median(each.total_seconds() for each in skews))
    if abs(off) > OFF:
        way = "behind" if off > timedelta(0) else "ahead of"
        return fault(name, f"it is {abs(off).total_seconds():.0f} s {way} what {said} told", SET_IT)
    return fine(name, f"within {OFF.total_seconds():.0f} s of what {said} told")


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
