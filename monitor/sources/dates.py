"""Reads the moments that feeds give, whatever they hold: what can't be read is None, never an exception."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Zones that newspapers write by name and that no standard for feeds lists; names of several zones stay out.
_ZONE_HOURS = (
    {"KST": 9, "JST": 9, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "ICT": 7, "WIB": 7, "PKT": 5, "MSK": 3, "EAT": 3}
    | {"EEST": 3, "EET": 2, "SAST": 2, "CAT": 2, "CEST": 2, "CET": 1, "WAT": 1, "BST": 1, "WEST": 1, "WET": 0}
    | {"AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3}
)
_ZONE = re.compile(r"\d\s*(" + "|".join(_ZONE_HOURS) + r")\s*$")


def from_parts(parts: Sequence[int] | None, written: str = "") -> datetime | None:
    """Return the moment of feedparser's nine numbers (UTC); `written` may name a zone that it took for UTC."""
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - _offset(written)
    except (ValueError, OverflowError):
        return None


def from_text(written: str) -> datetime | None:
    """Return the moment that ISO 8601 or RFC 822 text names; without a zone, and without a time, it is UTC."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(written.strip())
            aware = moment.replace(tzinfo=UTC) - _offset(written) if moment.tzinfo is None else moment
            return aware.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _offset(written: str) -> timedelta:
    zone = _ZONE.search(written)
    return timedelta(hours=_ZONE_HOURS[zone[1]]) if zone else timedelta(0)
