"""Read what a server's answer asks of us."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Fetched

LEAST_REST = timedelta(seconds=60)
LONGEST_REST = timedelta(hours=24)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the rest a Retry-After header asks for, held between 60 s and 24 h; None if it asks for none.

    `headers` have lower-case names; seconds and HTTP dates are read (RFC 9110, 10.2.3).
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", value):
        return _held(timedelta(seconds=min(float(value), LONGEST_REST.total_seconds())))
    moment = _http_date(value)
    return None if moment is None else _held(moment - now)


def is_rate_limit(fetched: Fetched) -> bool:
    """Tell whether a server asks for fewer requests.

    That is a 429 (RFC 6585), a 503 with Retry-After, and a 403 whose headers speak of a limit.
    """
    if fetched.status == 403:
        return "retry-after" in fetched.headers or fetched.headers.get("x-ratelimit-remaining", "").strip() == "0"
    return fetched.status == 429 or (fetched.status == 503 and "retry-after" in fetched.headers)


def _held(rest: timedelta) -> timedelta:
    return min(max(rest, LEAST_REST), LONGEST_REST)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
