"""Read what a server's answer asks of us."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.errors import HttpError
from monitor.model import Fetched

LEAST_REST = timedelta(seconds=60)
LONGEST_REST = timedelta(hours=24)

_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_NONE_LEFT = re.compile(r"(?:^|[;,\s])(?:r|remaining)=0\s*(?:[;,]|$)")  # `"hourly";r=0;t=30`, `limit=9, remaining=0`


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the rest a Retry-After header asks for, held between 60 s and 24 h; None if it asks for none.

    `headers` have lower-case names; seconds and HTTP dates are read (RFC 9110, 10.2.3).
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", value):
        return _held(timedelta(seconds=min(float(value), LONGEST_REST.total_seconds())))
    moment = _http_date(value)
    return None if moment is None else _held(moment - now)


def refuse(fetched: Fetched, now: datetime) -> None:
    """Raise HttpError, in words that say what to do, unless the answer is a 200."""
    if fetched.status != 200:
        raise HttpError(
            f"HTTP {fetched.status}{_MEANINGS.get(fetched.status, '')}",
            url=fetched.final_url,
            status=fetched.status,
            rate_limited=is_rate_limit(fetched),
            retry_after=retry_after(fetched.headers, now),
        )


_MEANINGS = {
    401: ": it wants a name and a password (username_env, password_env)",
    403: ": the server refuses us",
    404: ": there is nothing at this address",
    410: ": its publisher ended it",
    429: ": it asks for fewer requests",
    503: ": it is overloaded or closed for now",
}


def fresh_minutes(headers: Mapping[str, str], now: datetime) -> float:
    """Return for how many minutes an answer stays fresh; 0 if it does not say, or says nonsense.

    That is Cache-Control's max-age less Age, else Expires (RFC 9111, 4.2.1).
    """
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0.0
    if age := re.search(r"(?:^|[,\s])max-age=\"?([0-9]{1,9})", control):
        passed = headers.get("age", "").strip()
        seconds = int(age.group(1)) - (int(passed) if re.fullmatch(r"[0-9]{1,9}", passed) else 0)
        return max(seconds / 60, 0.0)
    expires = _http_date(headers.get("expires", ""))
    return max((expires - now).total_seconds() / 60, 0.0) if expires else 0.0


def is_rate_limit(fetched: Fetched) -> bool:
    """Tell whether a server asks for fewer requests.

    That is a 429 (RFC 6585), a 503, and a 403 whose headers speak of a limit.
    """
    if fetched.status == 403:
        return "retry-after" in fetched.headers or _none_left(fetched.headers)
    return fetched.status in (429, 503)


def _none_left(headers: Mapping[str, str]) -> bool:
    """Tell whether headers say that no request is left (draft-ietf-httpapi-ratelimit-headers and its forerunners)."""
    alone = any(headers.get(name, "").strip() == "0" for name in _REMAINING)
    return alone or _NONE_LEFT.search(headers.get("ratelimit", "")) is not None


def _held(rest: timedelta) -> timedelta:
    return min(max(rest, LEAST_REST), LONGEST_REST)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
