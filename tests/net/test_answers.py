from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Fetched
from monitor.net.answers import is_rate_limit, retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("120.5", 120.5),
        ("0", 60),
        ("59", 60),
        ("999999999999", 86_400),
        ("Sun, 22 Nov 2026 12:10:00 GMT", 600),
        ("Sun, 22 Nov 2026 12:10:00 -0000", 600),
        ("Sunday, 22-Nov-26 13:00:00 GMT", 3_600),
        ("Sun, 22 Nov 2020 12:00:00 GMT", 60),
        ("Wed, 22 Nov 2056 12:00:00 GMT", 86_400),
    ],
)
def test_a_rest_is_read_and_held_between_a_minute_and_a_day(value, seconds):
    assert retry_after({"retry-after": value}, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "٣", "9" * 500, "Sun, 99 Nov 2026", "1 Jan 99999 00:00:00"])
def test_nonsense_asks_for_no_rest(value):
    assert retry_after({"retry-after": value}, NOW) is None


def test_no_header_asks_for_no_rest():
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    ("status", "headers", "limits"),
    [
        (429, {}, True),
        (503, {"retry-after": "5"}, True),
        (503, {}, False),
        (403, {"retry-after": "5"}, True),
        (403, {"x-ratelimit-remaining": "0"}, True),
        (403, {"x-ratelimit-remaining": "7"}, False),
        (403, {}, False),
        (200, {"x-ratelimit-remaining": "0"}, False),
        (404, {"retry-after": "5"}, False),
    ],
)
def test_a_server_that_limits_the_rate_is_recognised(status, headers, limits):
    assert is_rate_limit(Fetched("u", "u", "", status, headers, b"")) is limits
