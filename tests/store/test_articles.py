from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from monitor import stories
from monitor.model import Loud, Update
from monitor.store import articles, feedback
from monitor.store.rows import JudgementRow
from tests.store.samples import FLOOR, NOW, OTHER, claim, draft, judgement, plan, poll

LATER = NOW + timedelta(hours=1)


def matches(db, low=50.0, **options):
    return articles.matches(db, {"t": low}, **options)


def one_by_one(db, polls):
    return [articles.record(db, poll) for poll in polls]


def test_an_article_is_recorded_with_its_judgement(db):
    state = claim(db)
    recorded = articles.record(db, poll(state, draft(state)))
    assert (recorded.new, recorded.updated, len(recorded.judged)) == (1, 0, 1)
    (match,) = matches(db)
    assert (match.title, match.source, match.judgement.score) == ("Talks, part 1", "A", 80.0)
    assert articles.journey(db, "t", match.id).judgement.evidence[0].why == "Stockholm"
    assert match.first_seen == NOW


WAYS = pytest.mark.parametrize("recorded", [one_by_one, articles.record_all], ids=["one by one", "together"])


@WAYS
def test_two_polls_that_bring_one_article_at_once_store_it_once(db, recorded):
    first, second = claim(db), claim(db, OTHER)
    copy = draft(first)
    found = recorded(db, [poll(first, draft(first, 2), copy), poll(second, copy, draft(second, 3))])
    assert [each.new for each in found] == [2, 1]
    also = {match.title: [sighting.feed for sighting in match.also] for match in matches(db)}
    assert also == {"Talks, part 2": [], "Talks, part 1": ["B"], "Talks, part 3": []}
    assert articles.known(db, second, copy.item.keys)[copy.item.keys[0]].told == copy.item.told


def test_known_tells_what_this_feed_said_last(db):
    state, other = claim(db), claim(db, OTHER)
    item = draft(state).item
    articles.record(db, poll(state, draft(state)))
    assert articles.known(db, state, item.keys)[item.keys[0]].told == item.told
    assert articles.known(db, other, item.keys)[item.keys[0]].told == ""
    assert articles.known(db, state, ["0" * 32]) == {}


def test_more_keys_than_a_query_takes_are_looked_up(db):
    state = claim(db)
    drafts = [draft(state, number) for number in range(700)]
    articles.record(db, poll(state, *drafts))
    keys = [key for one in drafts for key in one.item.keys]
    assert len(articles.known(db, state, keys)) == len(keys)
    assert len(matches(db)) == 700


def test_an_update_is_judged_again_and_stays_the_same_article(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state, score=20.0)))
    changed = draft(state, title="Talks collapse")
    (article_id,) = {known.article_id for known in articles.known(db, state, changed.item.keys).values()}
    update = Update(article_id, changed.item, changed.document, (judgement(90.0),))
    recorded = articles.record(db, poll(state, at=LATER, updates=(update,)))
    assert (recorded.new, recorded.updated) == (0, 1)
    (match,) = matches(db)
    assert (match.title, match.judgement.score, match.first_seen) == ("Talks collapse", 90.0, NOW)


def test_matches_are_newest_first_above_the_threshold_and_unfiltered(db):
    state = claim(db)
    filtered = draft(state, 3, judgements=(judgement(99.0, filtered="language"),))
    articles.record(db, poll(state, draft(state, 1, score=70.0), draft(state, 2, score=30.0), filtered))
    later = claim(db, now=LATER)
    articles.record(db, poll(later, draft(later, 4, score=60.0, baseline=True), at=LATER))
    assert [match.title for match in matches(db)] == ["Talks, part 4", "Talks, part 1"]
    assert [match.title for match in matches(db, baseline=False)] == ["Talks, part 1"]
    assert [match.title for match in matches(db, limit=1)] == ["Talks, part 4"]
    assert [match.title for match in matches(db, since=LATER)] == ["Talks, part 4"]
    assert [match.title for match in matches(db, until=NOW)] == ["Talks, part 1"]
    assert len(matches(db, 0.0)) == 3
    assert articles.matches(db, {}) == []


def test_baseline_articles_are_no_new_matches(db):
    state = claim(db)
    assert articles.record(db, poll(state, draft(state, baseline=True))).judged == ()


def test_what_a_changed_profile_has_not_judged_is_found_and_judged_again(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state, 1), draft(state, 2, judgements=())))
    assert len(articles.unjudged(db, "t", "1:a", NOW)) == 1
    documents = articles.unjudged(db, "t", "1:b", NOW)
    assert [document.source for document in documents] == ["A", "A"]
    articles.judge_again(db, {int(d.id): judgement(99.0, judged_by="1:b") for d in documents}, LATER)
    assert articles.unjudged(db, "t", "1:b", NOW) == []
    assert [match.judgement.score for match in matches(db)] == [99.0, 99.0]
    assert articles.unjudged(db, "t", "1:c", LATER) == []


def test_a_journey_is_found_by_address_and_by_match_id(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state, score=12.0)))
    by_address = articles.journey(db, "t", "http://a.example/1?utm_source=x")
    assert by_address.judgement.score == 12.0
    assert not by_address.duplicate
    assert by_address.sightings[0].feed == "A"
    (row,) = matches(db, 0.0)
    assert articles.journey(db, "t", row.id) == by_address
    assert articles.journey(db, "other", "https://a.example/1").judgement is None
    assert articles.journey(db, "t", "https://a.example/404") is None
    assert articles.journey(db, "t", "nonsense") is None


def test_the_address_of_a_folded_copy_is_a_duplicate(db):
    state = claim(db)
    one = draft(state)
    articles.record(db, poll(state, one))
    copy = stories.item(state.id, replace(one.item.entry, guid="g9", url="https://b.example/9"))
    (article_id,) = {known.article_id for known in articles.known(db, state, copy.keys).values()}
    articles.record(db, poll(state, sighted=((article_id, replace(one, item=copy)),), at=NOW + FLOOR))
    assert articles.journey(db, "t", "https://b.example/9").duplicate


def test_recording_the_same_poll_twice_changes_nothing(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state)))
    before = matches(db)
    assert articles.record(db, poll(state, draft(state))).new == 0
    assert matches(db) == before


def test_articles_after_an_id_come_in_whatever_the_clock_said(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state, 1)))
    first = articles.newest(db, NOW)
    later = claim(db, now=LATER)
    articles.record(db, poll(later, draft(later, 2), at=LATER))
    future = LATER + timedelta(days=400)
    assert [match.title for match in matches(db, since=future, after=first.id)] == ["Talks, part 2"]
    assert matches(db, since=future) == []
    assert (articles.newest(db, future).first_seen, first.first_seen) == (LATER, NOW)
    assert articles.newest(db, NOW - timedelta(days=1)) == articles.Newest(0, NOW - timedelta(days=1))


def other_telling(db, first, at=LATER, **said):
    """Return the article that FEED showed in `first`, as OTHER tells it."""
    state = claim(db, OTHER, now=at, everything=True)
    told = replace(first, **said)
    (article_id,) = {known.article_id for known in articles.known(db, state, told.item.keys).values()}
    sighted = ((article_id, told),)
    return articles.Poll(state=state, plan=plan(), at=at, sighted=sighted, thresholds={"t": 50.0})


def test_what_one_more_feed_says_may_make_an_article_match(db):
    state = claim(db)
    first = draft(state, score=20.0)
    articles.record(db, poll(state, first))
    articles.record(db, other_telling(db, first, judgements=(judgement(90.0),)))
    (match,) = matches(db)
    assert (match.judgement.score, match.first_seen) == (90.0, NOW)
    articles.record(db, other_telling(db, first, LATER + FLOOR, judgements=(judgement(95.0),)))
    assert matches(db) == [match]  # it is one already


def test_what_one_more_feed_says_never_unmakes_a_match(db):
    state = claim(db)
    first = draft(state, score=80.0)
    articles.record(db, poll(state, first))
    articles.record(db, other_telling(db, first, judgements=(judgement(10.0),)))
    assert [match.judgement.score for match in matches(db)] == [80.0]


def test_an_article_that_one_more_feed_dates_is_no_baseline(db):
    state = claim(db)
    first = draft(state, baseline=True)
    articles.record(db, poll(state, first))
    articles.record(db, other_telling(db, first))
    assert matches(db, baseline=False) == []
    articles.record(db, other_telling(db, first, LATER + FLOOR, baseline=False))
    assert [match.baseline for match in matches(db, since=LATER)] == [False]


@WAYS
def test_two_polls_at_once_keep_the_better_telling(db, recorded):
    first, second = claim(db), claim(db, OTHER)
    better = poll(second, draft(first, score=90.0), thresholds={"t": 50.0})
    recorded(db, [poll(first, draft(first, score=20.0, baseline=True)), better])
    assert [(match.judgement.score, match.baseline) for match in matches(db)] == [(90.0, False)]


def test_new_keys_of_a_known_article_are_remembered_but_not_without_end(db):
    state = claim(db)
    first = draft(state)
    articles.record(db, poll(state, first))
    (article_id,) = {known.article_id for known in articles.known(db, state, first.item.keys).values()}
    for number in range(40):
        item = replace(first.item, keys=(f"{number:032}",))
        articles.record(db, articles.Poll(state=state, plan=plan(), at=NOW, renamed=((article_id, item),)))
    found = articles.known(db, state, [f"{number:032}" for number in range(40)])
    assert len(found) == articles.MOST_KEYS - len(first.item.keys)


def test_what_only_feeds_apart_from_a_topic_showed_is_not_judged_for_it(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state, 1), draft(state, 2)))
    assert len(articles.unjudged(db, "new", "1:a", NOW)) == 2
    assert articles.unjudged(db, "new", "1:a", NOW, apart=[state.feed.url]) == []
    articles.record(db, other_telling(db, draft(state, 2)))
    assert [document.title for document in articles.unjudged(db, "new", "1:a", NOW, apart=[state.feed.url])] == [
        "Talks, part 2"
    ]


def test_loud_are_the_matches_of_a_story_in_which_one_reaches_the_line(db):
    state = claim(db)
    drafts = [
        draft(state, 1, score=90),
        draft(state, 2, score=60),
        replace(draft(state, 3, score=99), caught_up=True),
        draft(state, 4, score=99, baseline=True),
        draft(state, 5, judgements=(judgement(99, filtered="language"),)),
        draft(state, 6, score=99),
    ]
    articles.record(db, poll(state, *drafts))
    lines, since = {"t": 85.0}, NOW - timedelta(hours=1)

    def found(until=NOW, since=since):
        return {each.article_id: each for each in articles.loud(db, {"t": 50.0}, lines, since, until)}

    assert found() == {1: Loud(1, "t", "t-1", "Talks, part 1", True), 6: Loud(6, "t", "t-6", "Talks, part 6", True)}
    with db.write() as session:
        for article in (2, 3):
            row = session.exec(select(JudgementRow).where(JudgementRow.article_id == article)).one()
            row.story = 1
        session.add(row)
    assert {id: (each.story, each.alerts) for id, each in found().items()} == {
        1: ("t-1", True),
        2: ("t-1", False),
        3: ("t-1", False),
        6: ("t-6", True),
    }
    assert found(until=NOW - timedelta(seconds=1)) == {}
    assert found(since=NOW + timedelta(seconds=1)) == {}


def test_what_a_person_refused_is_not_loud(db):
    state = claim(db)
    articles.record(db, poll(state, draft(state, 1, score=90), draft(state, 2, score=60)))
    (two, one) = articles.matches(db, {"t": 50.0})
    feedback.answer(db, feedback.subject(db, one.id, ["t"]), False, NOW)
    feedback.answer(db, feedback.subject(db, two.id, ["t"]), True, NOW)  # that makes it a match, not an alert
    assert articles.loud(db, {"t": 50.0}, {"t": 85.0}, NOW, NOW) == []
