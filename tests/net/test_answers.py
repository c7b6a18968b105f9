from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import HttpError
from monitor.model import Fetched
from monitor.net.answers import fresh_minutes, is_rate_limit, refuse, retry_after

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
        (503, {}, True),
        (403, {"retry-after": "5"}, True),
        (403, {"x-ratelimit-remaining": "0"}, True),
        (403, {"x-ratelimit-remaining": "7"}, False),
        (403, {"x-rate-limit-remaining": "0"}, True),
        (403, {"ratelimit-remaining": " 0"}, True),
        (403, {"ratelimit-remaining": "10"}, False),
        (403, {"ratelimit": '"hourly";r=0;t=30'}, True),
        (403, {"ratelimit": '"burst";r=5, "daily"; r=0'}, True),
        (403, {"ratelimit": "limit=100, remaining=0, reset=50"}, True),
        (403, {"ratelimit": '"hourly";r=50;t=0'}, False),
        (403, {"ratelimit": '"hourly";r=0.5'}, False),
        (403, {"ratelimit": "limit=100, remaining=05, reset=0"}, False),
        (403, {"ratelimit-policy": '"hourly";q=0;w=60'}, False),
        (403, {}, False),
        (200, {"x-ratelimit-remaining": "0"}, False),
        (404, {"retry-after": "5"}, False),
    ],
)
def test_a_server_that_limits_the_rate_is_recognised(status, headers, limits):
    assert is_rate_limit(Fetched("u", "u", "", status, headers, b"")) is limits


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"cache-control": "public, max-age=600"}, 10),
        ({"cache-control": "max-age=600", "age": "300"}, 5),
        ({"cache-control": "max-age=60", "age": "300"}, 0),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"expires": "Sun, 22 Nov 2026 12:30:00 GMT"}, 30),
        ({"expires": "Sun, 22 Nov 2025 09:00:00 GMT"}, 0),
        ({"expires": "0"}, 0),
        ({"cache-control": "max-age=banana"}, 0),
        ({}, 0),
    ],
)
def test_an_answer_says_how_long_it_stays_fresh(headers, minutes):
    assert fresh_minutes(headers, NOW) == minutes


def test_what_is_no_success_is_refused_with_what_it_asks():
    with pytest.raises(HttpError, match="HTTP 429: it asks for fewer requests") as refused:
        refuse(Fetched("u", "v", "", 429, {"retry-after": "120"}, b""), NOW)
    assert (refused.value.url, refused.value.status, refused.value.rate_limited) == ("v", 429, True)
    assert refused.value.retry_after == timedelta(minutes=2)
    refuse(Fetched("u", "u", "", 200, {}, b""), NOW)
