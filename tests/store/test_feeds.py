from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.digest import health
from monitor.model import READ_WHOLE, Feed, FeedHealth
from monitor.store import articles, counts, feeds, polls
from tests.store.samples import FEED, FLOOR, NOW, OTHER, claim, draft, plan, poll

LATER = NOW + timedelta(hours=1)


def told(db):
    """Return the notes on the feed, by their kind."""
    (report,) = feeds.reports(db, [FEED])
    return {note.kind: note.words for note in health.notes(report)}


def due(db, now, *, everything=False, floor=FLOOR):
    return feeds.claim_due(db, [FEED, OTHER], now, floor=floor, everything=everything)


def test_a_new_feed_is_due_at_once(db):
    feeds.sync(db, [FEED, OTHER], NOW)
    assert {state.feed.url for state in due(db, NOW).states} == {FEED.url, OTHER.url}


def test_a_claimed_feed_is_not_due_again_before_the_floor_even_if_its_poll_died(db):
    claim(db)
    within = due(db, NOW + timedelta(minutes=14), everything=True)
    assert FEED.url not in {state.feed.url for state in within.states}
    assert within.held == 1
    assert FEED.url in {state.feed.url for state in due(db, NOW + FLOOR).states}


def test_everything_sets_the_schedule_aside(db):
    state = claim(db)
    polls.record(db, polls.Poll(state=state, plan=plan(next_poll=NOW + timedelta(hours=6)), at=NOW))
    assert FEED.url not in {s.feed.url for s in due(db, LATER).states}
    assert FEED.url in {s.feed.url for s in due(db, LATER + FLOOR, everything=True).states}


def test_a_host_that_asked_for_rest_is_left_alone_with_all_its_feeds(db):
    sibling = Feed("https://a.example/other")
    feeds.sync(db, [FEED, sibling], NOW)
    state = next(s for s in feeds.claim_due(db, [FEED], NOW, floor=FLOOR).states)
    resting = plan(error="HTTP 429", health=FeedHealth.FAILING, failures=1, failing_since=NOW)
    resting = replace(resting, hold_host="https://a.example/elsewhere", hold_host_until=LATER)
    polls.record(db, polls.Poll(state=state, plan=resting, at=NOW))
    during = feeds.claim_due(db, [FEED, sibling], NOW + 2 * FLOOR, floor=FLOOR, everything=True)
    assert (during.states, during.held) == ((), 2)
    assert feeds.holds(db, NOW) == {"a.example": LATER}
    assert len(feeds.claim_due(db, [FEED, sibling], LATER, floor=FLOOR, everything=True).states) == 2


def test_of_the_dead_feeds_of_a_host_that_says_nothing_one_is_tried_a_day(db):
    both = [FEED, Feed("https://a.example/other")]
    answering = Feed("https://b.example/gone"), Feed("https://b.example/moved")

    def claimed(at, **options):
        return feeds.claim_due(db, [*both, *answering], at, floor=FLOOR, **options)

    feeds.sync(db, [*both, *answering], NOW)
    for state in claimed(NOW).states:
        silent = state.feed in both
        dead = plan(error="no", health=FeedHealth.DEAD, unanswered=silent, next_poll=NOW + feeds.DAY)
        polls.record(db, polls.Poll(state=state, plan=dead, at=NOW))
    first = claimed(NOW + feeds.DAY)
    assert ([state.feed.url for state in first.states], first.held) == ([FEED.url, *(f.url for f in answering)], 1)
    again = claimed(NOW + feeds.DAY + FLOOR)
    assert {state.feed for state in again.states} == {*answering}
    everything = claimed(NOW + feeds.DAY + 2 * FLOOR, everything=True)
    assert {state.feed for state in everything.states} == {*both, *answering}


def test_a_feed_that_left_the_configuration_is_not_polled_and_keeps_its_articles(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state)))
    feeds.sync(db, [OTHER], NOW)
    assert FEED.url not in {s.feed.url for s in due(db, LATER, everything=True).states}
    assert articles.counts(db, {"t": 50.0}) == {"t": 1}


def test_a_paused_feed_waits_until_it_is_resumed(db):
    feeds.sync(db, [FEED], NOW)
    assert feeds.pause(db, FEED.url, paused=True, now=NOW)
    assert due(db, LATER, everything=True).states == ()
    assert feeds.reports(db, [FEED])[0].health is FeedHealth.PAUSED
    feeds.pause(db, FEED.url, paused=False, now=LATER)
    assert len(due(db, LATER).states) == 1
    assert not feeds.pause(db, "https://nowhere.example/", paused=True, now=NOW)


def test_a_gone_feed_is_never_due_until_it_is_resumed(db):
    state = claim(db)
    gone = plan(next_poll=None, health=FeedHealth.DEAD, error="HTTP 410", failures=1, failing_since=NOW)
    polls.record(db, polls.Poll(state=state, plan=gone, at=NOW))
    assert FEED.url not in {s.feed.url for s in due(db, LATER, everything=True).states}
    assert "ended" in told(db)
    feeds.pause(db, FEED.url, paused=False, now=LATER)
    assert FEED.url in {s.feed.url for s in due(db, LATER).states}


def test_validators_survive_and_are_dropped_when_the_address_moves(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state)))
    again = claim(db, now=LATER)
    assert (again.etag, again.last_modified, again.body_hash) == ('"1"', "then", "h")
    moved = polls.Poll(state=again, plan=plan(new_address="https://new.example/feed"), at=LATER, unchanged=True)
    polls.record(db, moved)
    there = claim(db, now=LATER + FLOOR)
    assert (there.address, there.etag, there.body_hash) == ("https://new.example/feed", "", "")
    assert there.feed.url == FEED.url
    assert told(db) == {"moved": "moved for good to https://new.example/feed"}
    assert feeds.reports(db, [FEED])[0].moved_at == LATER


def test_a_failure_keeps_validators_and_last_success(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state)))
    failing = plan(error="HTTP 500", health=FeedHealth.FAILING, failures=1, failing_since=LATER)
    polls.record(db, polls.Poll(state=claim(db, now=LATER), plan=failing, at=LATER))
    report = feeds.reports(db, [FEED])[0]
    assert (report.health, report.last_success, report.last_error) == (FeedHealth.FAILING, NOW, "HTTP 500")
    assert claim(db, now=LATER + FLOOR).etag == '"1"'


def test_the_persons_title_comes_before_the_feeds_own(db):
    untitled = Feed("https://c.example/feed")
    feeds.sync(db, [FEED, untitled], NOW)
    for state in feeds.claim_due(db, [FEED, untitled], NOW, floor=FLOOR).states:
        polls.record(db, poll(state))
    assert [report.title for report in feeds.reports(db, [FEED, untitled])] == ["A", "Its own"]


def test_a_clock_that_went_back_does_not_hold_a_feed(db):
    claim(db)
    yesterday = NOW - timedelta(days=1)
    assert FEED.url in {s.feed.url for s in due(db, yesterday, everything=True).states}


def test_a_feed_that_moved_to_one_that_is_followed_already_is_merged(db):
    state = claim(db)
    polls.record(db, polls.Poll(state=state, plan=plan(new_address=OTHER.url), at=NOW, unchanged=True))
    assert FEED.url not in {s.feed.url for s in due(db, LATER, everything=True).states}
    assert "followed already" in feeds.reports(db, [FEED])[0].last_error


def publish(db, days, a_day, until):
    """Let the feed show so many new articles on each of `days` days, then be polled in vain until `until`."""
    number = 100
    for day in range(days):
        at = NOW + timedelta(days=day)
        state = claim(db, now=at)
        polls.record(db, poll(state, *(draft(state, number + n) for n in range(a_day)), at=at))
        number += a_day
    polls.record(db, poll(claim(db, now=until), at=until))


@pytest.mark.parametrize(
    ("days", "a_day", "waits", "silence"),
    [
        (10, 4, 9, "silent for 9 days, usually 4 a day"),
        (10, 4, 2, ""),  # a weekend
        (10, 1, 5, ""),  # chance
        (10, 1, 9, "silent for 9 days, usually 7 a week"),
        (2, 40, 9, ""),  # it was not followed for long enough to know
        (1, 40, 30, ""),  # what its first poll found says nothing
    ],
)
def test_a_feed_is_silent_when_more_is_missing_than_chance_explains(db, days, a_day, waits, silence):
    publish(db, days, a_day, NOW + timedelta(days=days - 1 + waits))

    [report] = feeds.reports(db, [FEED])

    assert report.silence == silence
    assert counts.read(db).silent == bool(silence)
    assert told(db).get("silent", "") == silence
    assert report.health is FeedHealth.OK


def test_a_feed_that_is_read_whole_is_named(db):
    polls.record(db, poll(claim(db), renewed=True, item_hashes=READ_WHOLE))
    assert told(db) == {"whole": "read whole at each change: without its known items it read otherwise"}


def test_the_hours_that_a_feed_keeps_are_learnt_from_what_it_published(db):
    first = claim(db)
    polls.record(db, poll(first, replace(draft(first, 1), caught_up=True)))
    for day in range(1, 21):
        at = NOW + timedelta(days=day)
        state = claim(db, now=at)
        moments = (at.replace(hour=6, minute=59), at.replace(hour=7))
        found = [replace(draft(state, 100 * day + n), published=moment) for n, moment in enumerate(moments)]
        polls.record(db, poll(state, *found, at=at))
    assert claim(db, now=at + FLOOR).hours == ()

    feeds.learn_hours(db, at)

    assert claim(db, now=at + 2 * FLOOR).hours == (0,) * 6 + (14, 14) + (0,) * 16
    assert claim(db, OTHER, now=at + 2 * FLOOR).hours == ()


def test_what_was_not_polled_is_not_called_silent(db):
    publish(db, 10, 4, NOW + timedelta(days=9, hours=1))

    assert feeds.reports(db, [FEED])[0].silence == ""


def test_a_gap_lies_between_the_last_two_polls_that_worked_and_is_told_for_a_week(db):
    polls.record(db, poll(claim(db)))
    failing = plan(error="HTTP 500", failures=1, failing_since=LATER)
    polls.record(db, polls.Poll(state=claim(db, now=LATER), plan=failing, at=LATER))
    there = NOW + timedelta(hours=2)
    polls.record(db, poll(claim(db, now=there), at=there, plan=plan(gap=True)))
    assert told(db) == {"gap": "possible gap Sun 22 Nov 08:30–10:30 UTC"}
    for days in (6, 7):
        then = there + timedelta(days=days)
        polls.record(db, poll(claim(db, now=then), at=then))
        assert ("gap" in told(db)) == (days < 7)
