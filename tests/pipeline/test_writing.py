import asyncio
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from monitor import queue
from monitor.app import open_app
from monitor.config import load
from monitor.errors import StoreError
from monitor.model import Feed
from monitor.pipeline import writing
from monitor.pipeline.grouping import Grouping
from monitor.pipeline.writing import Writer
from monitor.store import articles, feeds
from monitor.store import polls as poll_store
from monitor.store.database import open_database
from tests import documents
from tests.documents import other
from tests.home import Home
from tests.server import Server
from tests.store.samples import FLOOR, NOW, draft, poll


@pytest.fixture
def db(tmp_path):
    with closing(open_database(f"sqlite:///{tmp_path / 'monitor.db'}", NOW)) as opened:
        yield opened


@pytest.fixture
def commits(db):
    """Count the transactions that are written."""
    seen = []
    event.listen(db.engine, "commit", lambda connection: seen.append(connection))
    return seen


def states(db, count):
    wanted = [Feed(f"https://{number}.example/feed") for number in range(count)]
    feeds.sync(db, wanted, NOW)
    return feeds.claim_due(db, wanted, NOW, floor=FLOOR).states


def record(db, *polls):
    async def all_of_them():
        writer = Writer(db, Grouping())
        return await asyncio.gather(*map(writer.record, polls), return_exceptions=True)

    return asyncio.run(all_of_them())


def stored(db):
    return len(articles.matches(db, {"t": 0.0}))


def test_polls_that_end_together_are_one_transaction(db, commits):
    polls = [poll(state, draft(state, number)) for number, state in enumerate(states(db, 20))]
    commits.clear()
    recorded = record(db, *polls)
    assert [one.new for one in recorded] == [1] * 20
    assert len(commits) <= 2
    assert stored(db) == 20


def test_an_article_that_two_of_them_bring_is_one(db):
    one, two = states(db, 2)
    same = draft(one, 1)
    recorded = record(db, poll(one, same), poll(two, same))
    assert sorted(each.new for each in recorded) == [0, 1]
    assert stored(db) == 1


def test_what_is_wrong_with_one_costs_no_other(db):
    one, two, three = states(db, 3)
    gone = replace(two, id=999)
    recorded = record(db, poll(one, draft(one, 1)), poll(gone, draft(gone, 2)), poll(three, draft(three, 3)))
    assert [isinstance(each, Exception) for each in recorded] == [False, True, False]
    assert stored(db) == 2


def test_a_database_that_can_not_be_written_is_said_to_everybody(db, monkeypatch):
    def full(*_):
        raise StoreError("disk full")

    monkeypatch.setattr(poll_store, "record_all", full)
    recorded = record(db, *(poll(state, draft(state, n)) for n, state in enumerate(states(db, 3))))
    assert [str(each) for each in recorded] == ["disk full"] * 3


def test_a_poll_that_was_dropped_while_it_waited_holds_up_nobody(db):
    one, two = states(db, 2)

    async def lead():
        writer = Writer(db, Grouping())
        await writer.record(poll(one, draft(one, 1)))
        brought = poll(one, draft(one, 2)), poll(two, draft(two, 3))
        dropped, kept = (asyncio.create_task(writer.record(each)) for each in brought)
        await asyncio.sleep(writing.GATHERING_SECONDS / 5)
        dropped.cancel()
        await asyncio.wait({dropped})
        return await kept

    assert asyncio.run(lead()).new == 1
    assert stored(db) == 3


def test_a_poll_that_was_dropped_while_it_wrote_for_others_lets_them_go_on(db, monkeypatch):
    begun, go_on, record_all = threading.Event(), threading.Event(), poll_store.record_all

    def slow(*given):
        begun.set()
        go_on.wait(5)
        return record_all(*given)

    monkeypatch.setattr(poll_store, "record_all", slow)
    brought = [poll(state, draft(state, number)) for number, state in enumerate(states(db, 2))]

    async def lead():
        writer = Writer(db, Grouping())
        dropped, kept = (asyncio.create_task(writer.record(each)) for each in brought)
        await asyncio.to_thread(begun.wait, 5)
        dropped.cancel()
        await asyncio.sleep(0)
        go_on.set()
        async with asyncio.timeout(5):
            return await kept

    assert asyncio.run(lead()).new == 1
    assert stored(db) == 2


def test_a_cycle_of_hundreds_of_feeds_is_a_few_dozen_transactions(tmp_path):
    now, written = datetime.now(UTC), []

    async def cycle():
        """Poll all feeds; return how, and how many transactions its time allows, some more than one a gathering."""
        begun = time.monotonic()
        async with app.poller(now) as poller:
            report = await queue.poll_due(poller, app.settings.feeds, now, everything=True)
        return report.feeds, 5 + (time.monotonic() - begun) / writing.GATHERING_SECONDS

    with Server("0.0.0.0") as server:
        for number in range(300):
            feed = documents.rss([other(number)])
            server.serve(f"/{number}", feed, content_type="application/rss+xml", etag=f'"{number}"')
        urls = (f"http://127.0.{n // 250}.{n % 250 + 1}:{server.port}/{n}" for n in range(300))
        app = open_app(load(Home(tmp_path, *urls).config, {}), now)
        event.listen(
            app.db.engine, "commit", lambda made: written.append(made.get_execution_options().get("immediate"))
        )
        for outcome in ("changed", "not_modified"):
            written.clear()
            polled, most = asyncio.run(cycle())
            assert polled[outcome] == 300
            assert sum(map(bool, written)) < min(most, 200)
        app.db.close()
