from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from monitor.pipeline.grouping import Grouping
from monitor.store import articles, outbox, polls, upkeep
from monitor.store.rows import StoryPartRow
from monitor.store.stories import gone_into
from tests.store.samples import FEED, NOW, OTHER, claim, draft, judgement, poll

FERRY = "The ferry Orrevik ran aground on rocks off Vessby; rescuers took eighty passengers from the deck. " * 3
STRIKE = "Dockers at Hallmark walked out over wages, and the employers called the walkout unlawful. " * 3


def story_of(db):
    return {match.article_id: match.story for match in articles.matches(db, {"t": 50.0})}


def stored(db, grouping, *texts, feed=FEED, at=NOW, first=1):
    """Record an article for each text, all of one poll."""
    state = claim(db, feed, now=at)
    drafts = [draft(state, number, title=f"Part {number}", text=text) for number, text in enumerate(texts, first)]
    with grouping.placing() as placing:
        polls.record(db, poll(state, *(replace(one, published=at) for one in drafts), at=at), placing)


def test_reports_on_one_event_are_stored_as_one_story(db):
    stored(db, Grouping(), FERRY, STRIKE, FERRY + "The captain is questioned.")
    assert story_of(db) == {1: "t-1", 2: "t-2", 3: "t-1"}


def test_another_process_goes_on_where_one_stopped(db):
    stored(db, Grouping(), FERRY)
    stored(db, Grouping(), FERRY + "The captain is questioned.", feed=OTHER, first=2)
    assert story_of(db) == {1: "t-1", 2: "t-1"}


def test_what_another_worker_grouped_meanwhile_is_seen(db):
    one, other = Grouping(), Grouping()
    stored(db, one, STRIKE)
    stored(db, other, FERRY, feed=OTHER, first=2)
    stored(db, one, FERRY + "The captain is questioned.", at=NOW + timedelta(hours=1), first=3)
    assert story_of(db) == {1: "t-1", 2: "t-2", 3: "t-2"}


def test_a_transaction_that_failed_leaves_nothing_behind(db):
    grouping = Grouping()
    stored(db, grouping, STRIKE)
    state = claim(db, OTHER)
    bad = draft(state, 2, text=FERRY, judgements=(replace(judgement(), score=None),))
    with pytest.raises(Exception, match=r"(?i)null"), grouping.placing() as placing:
        polls.record(db, poll(state, bad), placing)
    stored(db, grouping, FERRY, at=NOW + timedelta(hours=1), first=3)
    assert sorted(story_of(db).values()) in (["t-1", "t-2"], ["t-1", "t-3"])  # Postgres never gives an id twice


def test_after_the_window_a_report_opens_a_story(db):
    stored(db, Grouping(hours=24), FERRY)
    stored(db, Grouping(hours=24), FERRY + "A year on.", at=NOW + timedelta(hours=30), first=2)
    assert story_of(db) == {1: "t-1", 2: "t-2"}


def test_an_article_that_is_judged_again_keeps_its_story(db):
    stored(db, Grouping(), FERRY, FERRY + "The captain is questioned.")
    polls.judge_again(db, {2: judgement(90.0, judged_by="2:b"), 1: judgement(topic="u")}, NOW)
    assert story_of(db)[2] == "t-1"
    polls.judge_again(db, {2: judgement(topic="u")}, NOW)
    assert {match.story for match in articles.matches(db, {"u": 50.0})} == {"u-1"}


def merged(db):
    """Store two stories that a third report makes one."""
    one = "ferry Orrevik aground rocks captain Vessby lighthouse hull engines pilot "
    two = "passengers helicopter rescue blankets hospital nurses survivors families stretcher ambulance "
    grouping = Grouping()
    stored(db, grouping, one * 4, two * 4)
    assert story_of(db) == {1: "t-1", 2: "t-2"}
    yield
    for number in (3, 4, 5, 6):
        at = NOW + timedelta(hours=number)
        stored(db, grouping, (one + two) * 3 + f"number {number}", feed=FEED, at=at, first=number)


def frozen(*told, slot="1"):
    return outbox.Frozen("desk", slot, ("t",), "News", len(told), (), tuple(told), 9, ())


@pytest.mark.parametrize("had", ["t-1", "t-2"])
def test_what_was_had_of_either_story_counts_for_both_once_they_merge(db, had):
    steps = merged(db)
    next(steps)
    outbox.freeze(db, frozen(had), NOW, settles=True)
    next(steps, None)
    assert set(story_of(db).values()) == {"t-1"}
    assert "t-1" in outbox.had(db, "desk")
    with db.read() as session:
        assert gone_into(session, 1) == [2]


def test_a_digest_made_before_a_merge_claims_the_story_that_stands(db):
    steps = merged(db)
    next(steps)
    outbox.freeze(db, frozen("t-1"), NOW, settles=True)
    next(steps, None)
    assert outbox.freeze(db, frozen("t-2", slot="2"), NOW, settles=True) is None


def test_what_told_a_story_apart_goes_with_its_window_and_the_story_stays(db):
    stored(db, Grouping(), FERRY, FERRY + "The captain is questioned.")
    late = NOW + timedelta(hours=73)
    stored(db, Grouping(), STRIKE, at=late, first=3)
    upkeep.prune(db, late, articles_days=180, rejected_days=30, keep_days=8, thresholds={"t": 50.0})
    with db.read() as session:
        kept = {part.article_id: bool(part.words) for part in session.exec(select(StoryPartRow))}
    assert kept == {1: False, 2: False, 3: True}
    assert story_of(db) == {1: "t-1", 2: "t-1", 3: "t-3"}
    stored(db, Grouping(), STRIKE + "It goes on.", at=late, feed=OTHER, first=4)
    assert story_of(db)[4] == "t-3"
