from dataclasses import replace
from datetime import timedelta

from monitor.model import DeliveryState
from monitor.store import articles, feeds, outbox, polls
from monitor.store.clock import bring_back
from tests.store.samples import FEED, FLOOR, NOW, OTHER, claim, draft, plan, poll

AHEAD = NOW + timedelta(days=365)
FROZEN = outbox.Frozen("me", "s", ("t",), "Talks", 1, [], ("t-1",), 1, (outbox.Message("folder", "a", "<m>", b"."),))


def due(db, now=NOW, **options):
    return {state.feed.url for state in feeds.claim_due(db, [FEED, OTHER], now, floor=FLOOR, **options).states}


def test_a_feed_that_was_polled_ahead_is_due(db):
    state = claim(db, now=AHEAD)
    polls.record(db, polls.Poll(state=state, plan=plan(next_poll=AHEAD + FLOOR), at=AHEAD))
    assert FEED.url not in due(db)
    bring_back(db, NOW)
    assert FEED.url in due(db)


def test_a_feed_that_was_added_or_resumed_ahead_is_due(db):
    feeds.sync(db, [FEED], AHEAD)
    bring_back(db, NOW)
    assert due(db) == {FEED.url}


def test_a_feed_that_ended_stays_ended(db):
    state = claim(db, now=AHEAD)
    polls.record(db, polls.Poll(state=state, plan=plan(next_poll=None, error="HTTP 410"), at=AHEAD))
    bring_back(db, NOW)
    assert FEED.url not in due(db)


def test_a_host_rests_for_a_day_at_most(db):
    feeds.hold(db, FEED.url, AHEAD)
    bring_back(db, NOW)
    assert feeds.holds(db, NOW) == {"a.example": NOW + timedelta(days=1)}


def test_an_article_was_seen_now(db):
    state = claim(db, now=AHEAD)
    polls.record(db, poll(state, draft(state), at=AHEAD))
    bring_back(db, NOW)
    (match,) = articles.matches(db, {"t": 50.0}, until=NOW)
    assert (match.first_seen, match.published) == (NOW, NOW)


def test_a_message_that_waits_is_due_and_one_that_is_leased_is_free_in_time(db):
    outbox.freeze(db, FROZEN, AHEAD, settles=True)
    bring_back(db, NOW)
    assert outbox.claim(db, NOW) is not None
    bring_back(db, NOW - timedelta(days=1))
    (message,) = outbox.deliveries(db)
    assert message.state is DeliveryState.SENDING
    assert outbox.claim(db, NOW - timedelta(days=1) + outbox.LEASE) is not None


def test_what_a_right_clock_wrote_stays_as_it_is(db):
    state = claim(db)
    polls.record(db, replace(poll(state, draft(state)), plan=plan(next_poll=NOW + timedelta(hours=24))))
    feeds.hold(db, OTHER.url, NOW + timedelta(hours=24))
    outbox.freeze(db, FROZEN, NOW, settles=True)
    before = everything(db)
    bring_back(db, NOW)
    assert everything(db) == before


def everything(db):
    reports, holds = feeds.reports(db, [FEED, OTHER]), feeds.holds(db, NOW)
    return reports, holds, articles.matches(db, {"t": 0.0}), outbox.deliveries(db)
