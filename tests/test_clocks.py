"""What holds when the clock was wrong: nothing told twice, nothing lost, no feed held for a year."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from monitor import queue
from monitor.app import open_app
from monitor.config import load
from monitor.store import feeds, outbox
from monitor.store.clock import bring_back
from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.server import Server

NOW = datetime.now(UTC).replace(microsecond=0)
DAY, YEAR = timedelta(days=1), timedelta(days=365)
POLLING = "min_interval_minutes = 15\nper_host_gap_seconds = 0"


def publish(server, *numbers):
    return server.serve(
        "/feed", documents.rss([talks(n) for n in numbers]), content_type="application/rss+xml", etag=f'"{numbers}"'
    )


def turn(home, now, *, everything=False):
    """Run one turn as `monitor once` does, with a clock that says `now`; return how many feeds were polled."""
    settings = load(home.config, {})
    app = open_app(settings, now)

    async def both():
        async with app.poller(now) as poller, app.means(poller.client) as means:
            polls = await queue.poll_due(poller, settings.feeds, now, everything=everything)
            await queue.tell_due(app.teller(), app.recipients, settings.feeds, now)
            await queue.send_due(app.teller(), means, now)
        return polls.feeds

    try:
        return asyncio.run(both())["polled"]
    finally:
        app.db.close()


def told(home, number):
    return sum(digest.count(talks(number).title + "\n") for digest in home.delivered())


@pytest.mark.parametrize("wrong_by", [DAY, YEAR, -DAY, -YEAR])
def test_a_clock_that_was_wrong_for_a_while_costs_no_article_and_repeats_none(server, tmp_path, wrong_by):
    home = Home(tmp_path, publish(server, 1), polling=POLLING)
    turn(home, NOW)
    publish(server, 1, 2)
    assert turn(home, NOW + wrong_by, everything=True) == 1
    publish(server, 1, 2, 3)
    turn(home, NOW + wrong_by + timedelta(minutes=30), everything=True)
    publish(server, 1, 2, 3, 4)
    assert turn(home, NOW + timedelta(hours=1)) == 1
    for days in (1, 2, 3):
        turn(home, NOW + days * DAY)
    shown = (
        home.run("digest", "show", each["id"], "--json").json for each in home.run("digest", "list", "--json").json
    )
    sections = [section for each in shown for section in each["sections"] if section["name"] == "New"]
    new = Counter(story["id"] for section in sections for story in section["stories"])
    matches = home.run("match", "list", "--json").json
    # What the wrong clock dated alike is one story: its reports are so much the same.
    assert [new[match["story"]] for match in matches] == [1, 1, 1, 1]


def test_a_wish_for_rest_lasts_a_day_at_most_when_the_clock_was_ahead(server, tmp_path):
    url = server.serve("/feed", status=429, headers={"Retry-After": "7200"})
    home = Home(tmp_path, url, polling=POLLING)
    turn(home, NOW + YEAR)
    publish(server, 1)
    assert turn(home, NOW, everything=True) == 0
    assert turn(home, NOW + timedelta(hours=23), everything=True) == 0
    assert turn(home, NOW + timedelta(hours=25)) == 1


def test_a_message_that_was_put_off_into_the_future_is_sent(server, tmp_path):
    home = Home(tmp_path, publish(server, 1), polling=POLLING)
    home.digests.write_text("in the way")
    turn(home, NOW)
    turn(home, NOW + YEAR)
    home.digests.unlink()
    turn(home, NOW + timedelta(minutes=1))
    assert told(home, 1) == 1


def test_a_receiver_that_asks_for_two_hours_of_rest_gets_them(server, tmp_path):
    hook = server.serve("/hook", status=503, headers={"Retry-After": "7200"})
    way = f'[recipients.hook]\nwebhook = "{hook}"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'
    home = Home(tmp_path, publish(server, 1), polling=POLLING, more=way)
    turn(home, NOW)
    turn(home, NOW + timedelta(minutes=10))
    assert len(server.times("/hook")) == 1
    turn(home, NOW + timedelta(hours=2, minutes=1))
    assert len(server.times("/hook")) == 2


def test_a_message_whose_sender_died_in_the_future_is_sent(server, tmp_path):
    home = Home(tmp_path, publish(server, 1), polling=POLLING)
    home.digests.write_text("in the way")
    turn(home, NOW)
    home.digests.unlink()
    app = open_app(load(home.config, {}), NOW)
    assert outbox.claim(app.db, NOW + YEAR) is not None  # and nobody finishes it
    bring_back(app.db, NOW)
    app.db.close()
    turn(home, NOW + timedelta(minutes=3))
    assert told(home, 1) == 1


def test_a_second_more_or_less_does_not_undercut_the_floor(server, tmp_path):
    home = Home(tmp_path, publish(server, 1), polling=POLLING)
    turn(home, NOW)
    assert turn(home, NOW - timedelta(seconds=2), everything=True) == 0
    assert turn(home, NOW + timedelta(minutes=14), everything=True) == 0


def test_a_rest_that_was_asked_for_counts_from_the_answer_not_from_the_turn(server, tmp_path):
    home = Home(tmp_path, server.serve("/feed", status=429, headers={"Retry-After": "3600"}), polling=POLLING)
    turn(home, NOW)
    app = open_app(load(home.config, {}), NOW)
    (until,) = feeds.holds(app.db, NOW).values()
    app.db.close()
    assert NOW + timedelta(hours=1) <= until <= NOW + timedelta(hours=1, minutes=1)


def test_a_permanent_redirect_is_followed_for_a_day_before_it_is_stored(server, tmp_path):
    with Server("127.0.0.2") as new:
        body = documents.rss([talks(1)])
        target = new.serve("/new", body, content_type="application/rss+xml", etag='"new"')
        home = Home(tmp_path, server.serve("/feed", status=301, redirect=target), polling=POLLING)
        for hours in (0, 13, 26):
            assert turn(home, NOW + timedelta(hours=hours), everything=True) == 1
        assert len(server.times("/feed")) == 3
        turn(home, NOW + timedelta(hours=39), everything=True)
        assert len(server.times("/feed")) == 3
        assert "if-none-match" not in new.requests[-1].headers  # of the old address
        assert told(home, 1) == 1
