"""Checks what people write about time: zones, cron lines, quiet hours.

Each check returns the value if it is good and raises ValueError with the reason if not.
"""

import re
from datetime import UTC, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_QUIET = re.compile(r"(?P<start>(?:[01]\d|2[0-3]):[0-5]\d)-(?P<end>(?:[01]\d|2[0-3]):[0-5]\d)")
_ANY_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)  # cron's calendar repeats, so where the search starts is all the same


def timezone(name: str) -> str:
    """Check that `name` is a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(_unknown_zone(name)) from None
    return name


def schedule(line: str) -> str:
    """Check that `line` is five-field cron that fires some day. 0 and 7 are Sunday."""
    fields = line.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"it has {len(fields)} fields, cron has five: {', '.join(_FIELDS)}")
    for place, (field, meaning) in enumerate(zip(fields, _FIELDS, strict=True)):
        if not _readable(["*"] * place + [field] + ["*"] * (4 - place)):
            raise ValueError(f"{field!r} is no {meaning}{_range_hint(field)}")
    if not _readable(fields) or next(CronSim(line, _ANY_MOMENT), None) is None:
        raise ValueError("it never fires: there is no such date")
    return line


def quiet_hours(span: str) -> str:
    """Check that `span` is a start and an end within a day, such as 22:00-07:00."""
    hours = _QUIET.fullmatch(span)
    if not hours or hours["start"] == hours["end"]:
        raise ValueError("these are no two different times of day")
    return span


def _readable(fields: list[str]) -> bool:
    try:
        CronSim(" ".join(fields), _ANY_MOMENT)
    except CronSimError:
        return False
    return True


def _range_hint(field: str) -> str:
    """Help with `fri-sun`: cron counts the week from Sunday, so such a range runs backwards."""
    return "; a range runs upwards, else write the values with commas" if "-" in field.strip("-") else ""


def _unknown_zone(name: str) -> str:
    known = available_timezones()
    if not known:
        return "this machine has no time zone data; install the package tzdata"
    by_lower = {zone.lower(): zone for zone in known if not zone.startswith("Etc/")}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.7)
    return "there is no such time zone" + (f"; did you mean {by_lower[close[0]]}?" if close else "")
