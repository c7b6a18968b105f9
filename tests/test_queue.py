"""The jobs of a turn, where one of many goes wrong in a way that nobody foresaw."""

import asyncio
import threading
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from structlog.testing import capture_logs

from monitor import queue
from monitor.app import open_app
from monitor.config import load
from monitor.errors import StoreError
from monitor.model import Delivery, DeliveryState, FeedHealth
from monitor.pipeline import polling
from monitor.pipeline.polling import Polled
from monitor.pipeline.telling import Teller
from monitor.sources import cutting
from monitor.store import feeds, outbox
from tests import documents
from tests.documents import talks
from tests.fakes import FailingParsers
from tests.home import Home
from tests.server import Response

NOW = datetime.now(UTC)


class TellerOf:
    """A teller whose sends go another way."""

    def __init__(self, teller, send):
        self.db, self.quiet, self.send = teller.db, teller.quiet, send


@pytest.fixture
def server(server):
    for number in range(3):
        body = documents.rss([talks(number)], title=f"Paper {number}")
        server.serve(f"/{number}", body, content_type="application/rss+xml")
    return server


@pytest.fixture
def app(server, tmp_path):
    home = Home(tmp_path, *(server.url(f"/{number}") for number in range(3)))
    opened = open_app(load(home.config, {}), NOW)
    yield opened
    opened.db.close()


def poll(app, fault=None, at="", progress=queue._nothing):
    """Poll every feed; parsing the one `at` an address meets `fault`."""

    async def turn():
        async with app.poller(NOW) as poller:
            if fault is not None:
                poller = replace(poller, parsers=FailingParsers(poller.parsers, at, fault))
            return await queue.poll_due(poller, app.settings.feeds, NOW, progress=progress)

    return asyncio.run(turn())


def test_an_unforeseen_fault_of_one_feed_pushes_it_away_and_the_others_go_on(app, server):
    with capture_logs() as logged:
        report = poll(app, ValueError("two\nlines \x1b[31m"), server.url("/1"))
    assert report.feeds == {"polled": 3, "changed": 2, "not_modified": 0, "failed": 1, "held": 0}
    told = {found.feed.url: found for found in feeds.reports(app.db, app.settings.feeds)}[server.url("/1")]
    assert told.health is FeedHealth.FAILING
    assert told.last_error == "internal error: ValueError (the log has more)"
    assert told.next_poll > NOW
    assert not report.all_failed
    assert {"event": "poll failed", "feed": server.url("/1"), "exc_info": True, "log_level": "error"} in logged


def test_a_poll_that_was_read_both_ways_says_so(app, server):
    bodies = (documents.rss([talks(9)], title=f"Paper {number}") for number in count())
    body = next(body for body in bodies if cutting._sampled(cutting.split(body)))
    server.serve("/1", body, content_type="application/rss+xml")
    told = {polled.url: (polled.compared, polled.differed) for polled in poll(app).polls}
    assert told[server.url("/1")] == (True, False)


def test_a_fault_of_the_database_ends_the_round(app, server):
    with pytest.raises(StoreError, match="disk is full"):
        poll(app, StoreError("the disk is full"), server.url("/1"))


def test_few_polls_at_a_time_hold_what_a_feed_says(app, monkeypatch):
    keep, held, most = polling.Poller._keep, 0, []

    async def counted(*parts):
        nonlocal held
        held += 1
        most.append(held)
        try:
            return await keep(*parts)
        finally:
            held -= 1

    monkeypatch.setattr(polling.Poller, "_keep", counted)
    monkeypatch.setattr(polling, "READ_AT_ONCE", 1)
    without_pages = tuple(replace(feed, full_text=False) for feed in app.settings.feeds)
    app = replace(app, settings=replace(app.settings, feeds=without_pages))
    assert poll(app).feeds["changed"] == 3
    assert most == [1, 1, 1]


def test_progress_counts_every_feed_once(app):
    seen = []
    poll(app, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_feed_that_is_on_its_way_is_not_asked_again_however_often_it_falls_due(app, server):
    server.serve("/1", documents.rss([talks(1)]), content_type="application/rss+xml", delay=0.5)

    async def beats():
        async with app.poller(NOW) as poller:
            incoming = queue.Incoming(poller, app.settings.feeds)
            try:
                while not server.times("/1"):
                    await incoming.knock(NOW)
                    await asyncio.sleep(0.02)
                for hours in range(1, 4):
                    await incoming.knock(NOW + timedelta(hours=hours))
                    await asyncio.sleep(0.05)
                await incoming.drain()
                once = len(server.times("/1"))
                await incoming.knock(NOW + timedelta(days=2))
                await incoming.drain()
                return once
            finally:
                await incoming.cancel()

    assert asyncio.run(beats()) == 1
    assert len(server.times("/1")) == 2


def test_a_poll_that_takes_longer_than_a_beat_is_reported(app, server):
    asked, reported = threading.Event(), threading.Event()

    def answer(request):
        asked.set()
        reported.wait(10)
        return Response(documents.rss([talks(1)]), content_type="application/rss+xml")

    server.serve("/1", answer)

    async def beats():
        async with app.poller(NOW) as poller:
            incoming = queue.Incoming(poller, app.settings.feeds)
            polls = list((await incoming.knock(NOW)).polls)
            assert await asyncio.to_thread(asked.wait, 10)
            polls += (await incoming.knock(NOW)).polls
            reported.set()
            return polls + list((await incoming.drain()).polls)

    assert {polled.url for polled in asyncio.run(beats())} == {server.url(f"/{number}") for number in range(3)}


def test_a_digest_that_cannot_be_made_stops_no_other(app):
    poll(app)
    (me,) = app.recipients
    lost = replace(me, id="lost", topics=("forgotten",))
    with capture_logs() as logged:
        faults = asyncio.run(queue.tell_due(app.teller(), (lost, me), app.settings.feeds, NOW + timedelta(seconds=1)))
    assert faults == ["lost: internal error: KeyError (the log has more)"]
    assert [digest.recipient for digest in outbox.digests(app.db)] == ["me"]
    assert [(record["recipient"], record["exc_info"]) for record in logged] == [("lost", True)]


def test_nothing_is_told_before_a_feed_could_be_read(app):
    assert asyncio.run(queue.tell_due(app.teller(), app.recipients, app.settings.feeds, NOW)) == []
    assert outbox.digests(app.db) == []
    assert outbox.standing(app.db, "me").settled is None


def test_a_lane_whose_outcome_cannot_be_written_down_cuts_no_other_off(app, server, monkeypatch):
    async def slowly(claimed, channel, now):
        await asyncio.sleep(0 if claimed.recipient == "quick" else 0.3)
        if claimed.recipient == "quick":
            raise StoreError("the disk is full")
        return await asyncio.to_thread(outbox.finish, app.db, claimed, None), None

    async def send():
        async with app.means() as means:
            await queue.send_due(TellerOf(app.teller(), slowly), means, NOW)

    for recipient in ("quick", "slow"):
        message = outbox.Message("folder", "x", f"<{recipient}@m>", b"")
        outbox.freeze(app.db, outbox.Frozen(recipient, "s", (), "S", 1, (), (), 0, (message,)), NOW, settles=True)
    with pytest.raises(StoreError, match="disk is full"):
        asyncio.run(send())
    assert {each.recipient: each.state for each in outbox.deliveries(app.db)} == {"quick": "sending", "slow": "sent"}


@pytest.mark.parametrize(
    ("kinds", "failed"), [((), False), (("failed",), True), (("failed", "changed"), False), (("held",), False)]
)
def test_a_round_has_failed_if_every_poll_has(kinds, failed):
    assert queue.PollReport(tuple(Polled(kind, "u") for kind in kinds), held=1).all_failed is failed


def test_held_feeds_are_counted_and_not_polled():
    report = queue.PollReport((Polled("held", "u"), Polled("not_modified", "v")), held=2)
    assert report.feeds == {"polled": 1, "changed": 0, "not_modified": 1, "failed": 0, "held": 3}


def test_digests_that_could_not_be_made_count_as_failed():
    delivery = Delivery("1", "1", "me", "folder", "x", DeliveryState.SENT, 1, None, "", "<1@x>")
    other = replace(delivery, id="2", address="y")
    waiting = replace(delivery, id="3", digest="2", state=DeliveryState.WAITING)
    report = queue.SendReport((delivery, other, waiting), ("me: it broke",))
    assert (report.sent, report.failed) == (1, 2)


def test_a_digest_that_reached_one_of_two_addresses_is_not_sent_yet():
    reached = Delivery("1", "1", "me", "email", "x", DeliveryState.SENT, 1, None, "", "<1@x>")
    report = queue.SendReport((reached, replace(reached, id="2", state=DeliveryState.WAITING)))
    assert (report.sent, report.failed) == (0, 1)


def test_an_alert_that_cannot_be_made_keeps_no_digest_back(app):
    class Broken(Teller):
        def alerts(self, recipient, now, reports):
            raise ValueError("nobody foresaw this")

    poll(app)
    teller = app.teller()
    broken = Broken(**{each.name: getattr(teller, each.name) for each in fields(teller)})
    with capture_logs():
        faults = asyncio.run(queue.tell_due(broken, app.recipients, app.settings.feeds, NOW + timedelta(seconds=1)))
    assert faults == ["me: internal error: ValueError (the log has more)"]
    assert [digest.recipient for digest in outbox.digests(app.db)] == ["me"]
