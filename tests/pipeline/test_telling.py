from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feed, FeedHealth, FeedReport, PollingPolicy, Recipient, Topic
from monitor.pipeline.telling import FIRST, Teller, manual_slot, source_health
from monitor.store import mutes, polls
from monitor.store.database import open_database
from tests.store.samples import claim, draft, poll

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
PAPER = FeedReport(1, Feed("https://paper.example/rss"), "Paper", FeedHealth.OK, NOW, "", NOW, 15.0, 1)


@pytest.mark.parametrize(
    ("health", "healthy", "total", "troubles"),
    [
        (FeedHealth.OK, 2, 2, ()),
        (FeedHealth.NEW, 2, 2, ()),
        (FeedHealth.FAILING, 1, 2, ("Coast: HTTP 503",)),
        (FeedHealth.DEAD, 1, 2, ("Coast: HTTP 503",)),
        (FeedHealth.PAUSED, 1, 1, ()),
    ],
)
def test_the_footer_names_what_is_ill_and_passes_over_what_rests(health, healthy, total, troubles):
    told = source_health([PAPER, replace(PAPER, title="Coast", health=health, last_error="HTTP 503")])
    assert (told.healthy, told.total, told.troubles) == (healthy, total, troubles)


def test_digests_by_hand_have_a_slot_of_their_own_each():
    assert manual_slot(NOW) == "manual-20261122T083000.000000"
    assert manual_slot(NOW) != manual_slot(NOW.replace(microsecond=1))


def test_a_silent_feed_is_not_healthy_and_says_since_when():
    told = source_health([PAPER, replace(PAPER, title="Coast", silence="silent for 9 days, usually 40 a day")])
    assert (told.healthy, told.total) == (1, 2)
    assert told.troubles == ("Coast: silent for 9 days, usually 40 a day",)


def test_a_gap_is_named_in_the_digest_whose_window_it_touches():
    gap = (NOW - timedelta(hours=30), NOW - timedelta(hours=20))
    unread = replace(PAPER, gap=gap)
    assert source_health([unread], (NOW - timedelta(days=1), NOW), "Asia/Seoul").troubles == (
        "Paper: possible gap Sat 21 Nov 11:30–21:30 KST",
    )
    assert source_health([unread], (NOW - timedelta(hours=20), NOW)).troubles == ()
    assert source_health([unread]).healthy == 1


def test_a_move_is_told_once_and_what_ails_a_feed_in_full():
    moved = replace(PAPER, moved_to="https://new.example/rss", moved_at=NOW)
    window = (NOW - timedelta(days=1), NOW)
    assert source_health([moved], window).troubles == ("Paper: moved for good to https://new.example/rss",)
    assert source_health([moved], (NOW, NOW + timedelta(days=1))).troubles == ()
    sick = replace(PAPER, health=FeedHealth.FAILING, last_error="no feed", blocked=True, failures=3, failing_since=NOW)
    assert source_health([sick], window, "Asia/Seoul").troubles == (
        "Paper: no feed; failing since Sun 22 Nov 17:30 KST: 3 polls failed; blocked: a page is served in its place",
    )


@pytest.fixture
def db(tmp_path):
    with closing(open_database(f"sqlite:///{tmp_path / 'monitor.db'}", NOW)) as opened:
        yield opened


def reader(id):
    return Recipient(id, "folder", ("a",), ("t",), "0 8 * * *", "UTC")


def compose(teller, id, stocks=None):
    composed = teller.compose(reader(id), NOW, FIRST, (), stocks=stocks)
    return composed, [story.title for section in composed.digest.sections for story in section.stories]


def test_what_is_stored_while_digests_are_made_is_passed_over_by_none(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1)))
    teller = Teller(db, {"t": Topic("t", "Talks", seeds=())}, PollingPolicy(), "a@b.example", "b.example")
    stocks = {}
    first, told = compose(teller, "one", stocks)
    polls.record(db, poll(state, draft(state, 2)))
    second, also_told = compose(teller, "two", stocks)
    assert told == also_told == ["Talks, part 1"]
    assert first.told_article == second.told_article == 1  # the second article waits for both
    assert compose(teller, "two")[1] == ["Talks, part 1", "Talks, part 2"]


def test_what_one_recipient_muted_is_told_to_another_of_the_same_round(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2)))
    mutes.mute(db, "one", "story", 1, NOW)
    teller = Teller(db, {"t": Topic("t", "Talks", seeds=())}, PollingPolicy(), "a@b.example", "b.example")
    stocks = {}
    assert compose(teller, "one", stocks)[1] == ["Talks, part 2"]
    assert sorted(compose(teller, "two", stocks)[1]) == ["Talks, part 1", "Talks, part 2"]
