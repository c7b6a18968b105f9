"""What a publisher's server sees of us over days: conditional requests, failures, ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor import queue
from monitor.app import open_app
from monitor.config import load
from monitor.store import feeds
from tests import documents
from tests.documents import talks
from tests.home import Home

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
POLLING = "min_interval_minutes = 15\nper_host_gap_seconds = 0"
RSS = "application/rss+xml"


@pytest.fixture
def polls(tmp_path):
    """Return what polls the feeds of a configuration at moments, counted from its first feed on."""

    def poll(url, *after, everything=False):
        home = Home(tmp_path, url, polling=POLLING)

        async def turn(app, now):
            async with app.poller(now) as poller:
                await queue.poll_due(poller, app.settings.feeds, now, everything=everything)

        for moment in (NOW + span for span in after):
            app = open_app(load(home.config, {}), moment)
            asyncio.run(turn(app, moment))
            app.db.close()
        (told,) = home.run("feed", "list", "--json").json
        return told

    return poll


def asked(server):
    return [request.headers.get("if-none-match") for request in server.requests if request.path == "/feed"]


def test_the_floor_counts_from_the_request_however_long_it_waited_for_its_turn(server, tmp_path):
    urls = [server.serve(f"/{name}", documents.rss([talks(1)]), content_type=RSS) for name in ("a", "b")]
    home = Home(tmp_path, *urls, polling="min_interval_minutes = 0.02\nper_host_gap_seconds = 2")
    app = open_app(load(home.config, {}), NOW)

    async def turn():
        async with app.poller(NOW) as poller:
            await queue.poll_due(poller, app.settings.feeds, NOW)

    asyncio.run(turn())
    reports = feeds.reports(app.db, app.settings.feeds)
    app.db.close()
    assert max(report.next_poll for report in reports) >= NOW + timedelta(seconds=2 + 1.2)


def test_validators_are_left_out_after_eight_days_of_nothing_but_304_and_used_again(server, polls):
    url = server.serve("/feed", documents.rss([talks(1)]), content_type=RSS, etag='"a"')
    polls(url, *(day * DAY for day in (0, 2, 4, 6, 8, 8.5, 9, 10)), everything=True)
    assert asked(server) == [None, '"a"', '"a"', '"a"', '"a"', None, '"a"', '"a"']


@pytest.mark.parametrize(
    "body", ["<html><title>Log in</title></html>", "", "\x89PNG", documents.rss([talks(1)])[:-300]]
)
def test_a_200_that_cannot_be_read_leaves_the_old_validators(server, polls, body):
    url = server.serve("/feed", documents.rss([talks(1)]), content_type=RSS, etag='"good"')
    polls(url, timedelta(0))
    server.serve("/feed", body, content_type=RSS, etag='"bad"')
    polls(url, DAY, 2 * DAY)
    assert asked(server) == [None, '"good"', '"good"']


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_feed_that_fails_for_a_week_is_dead_and_costs_one_request_a_day(server, polls, status):
    url = server.serve("/feed", status=status)
    assert polls(url, *(day * DAY for day in range(0, 7, 2)))["health"] == "failing"
    assert polls(url, 8 * DAY)["health"] == "dead"
    before = len(asked(server))
    polls(url, *(8 * DAY + timedelta(hours=hours) for hours in range(6, 54, 6)))
    assert len(asked(server)) - before == 2


def test_a_feed_that_is_gone_is_not_asked_again_and_says_so(server, polls):
    url = server.serve("/feed", status=410)
    told = polls(url, timedelta(0), DAY, 9 * DAY, everything=True)
    assert len(asked(server)) == 1
    assert told["health"] == "dead"
    assert "its publisher ended it" in told["last_error"]


@pytest.mark.parametrize(
    ("headers", "hours"),
    [
        ({"Cache-Control": "max-age=7200"}, 2),
        ({"Cache-Control": "max-age=7200", "Age": "3600"}, 1),
        ({"Cache-Control": "max-age=999999999"}, 24),
        ({"Cache-Control": "max-age=-5"}, 0.25),
        ({"Expires": "tomorrow"}, 0.25),
    ],
)
def test_what_a_server_asks_lengthens_the_wait_up_to_a_day(server, polls, headers, hours):
    url = server.serve("/feed", documents.rss([talks(1)]), content_type=RSS, headers=headers)
    told = polls(url, timedelta(0))
    wait = datetime.fromisoformat(told["next_poll"]) - NOW
    assert (
        timedelta(hours=hours) - timedelta(minutes=1)
        <= wait
        <= min(timedelta(hours=2 * hours), DAY) + timedelta(minutes=1)
    )
