from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from monitor import stories
from monitor.model import Loud
from monitor.store import articles, feedback, polls
from monitor.store.rows import JudgementRow
from tests.store.samples import FLOOR, NOW, claim, draft, judgement, other_telling, poll

LATER = NOW + timedelta(hours=1)


def matches(db, low=50.0, **options):
    return articles.matches(db, {"t": low}, **options)


def test_matches_are_newest_first_above_the_threshold_and_unfiltered(db):
    state = claim(db)
    filtered = draft(state, 3, judgements=(judgement(99.0, filtered="language"),))
    polls.record(db, poll(state, draft(state, 1, score=70.0), draft(state, 2, score=30.0), filtered))
    later = claim(db, now=LATER)
    polls.record(db, poll(later, draft(later, 4, score=60.0, baseline=True), at=LATER))
    assert [match.title for match in matches(db)] == ["Talks, part 4", "Talks, part 1"]
    assert [match.title for match in matches(db, baseline=False)] == ["Talks, part 1"]
    assert [match.title for match in matches(db, limit=1)] == ["Talks, part 4"]
    assert [match.title for match in matches(db, since=LATER)] == ["Talks, part 4"]
    assert [match.title for match in matches(db, until=NOW)] == ["Talks, part 1"]
    assert len(matches(db, 0.0)) == 3
    assert articles.matches(db, {}) == []


def test_baseline_articles_are_no_new_matches(db):
    state = claim(db)
    assert polls.record(db, poll(state, draft(state, baseline=True))).judged == ()


def test_what_a_changed_profile_has_not_judged_is_found_and_judged_again(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2, judgements=())))
    assert len(articles.unjudged(db, "t", "1:a", NOW)) == 1
    documents = articles.unjudged(db, "t", "1:b", NOW)
    assert [document.source for document in documents] == ["A", "A"]
    polls.judge_again(db, {int(d.id): judgement(99.0, judged_by="1:b") for d in documents}, LATER)
    assert articles.unjudged(db, "t", "1:b", NOW) == []
    assert [match.judgement.score for match in matches(db)] == [99.0, 99.0]
    assert articles.unjudged(db, "t", "1:c", LATER) == []


def test_a_journey_is_found_by_address_and_by_match_id(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, score=12.0)))
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
    polls.record(db, poll(state, one))
    copy = stories.item(state.id, replace(one.item.entry, guid="g9", url="https://b.example/9"))
    (article_id,) = {known.article_id for known in polls.known(db, state, copy.keys).values()}
    polls.record(db, poll(state, sighted=((article_id, replace(one, item=copy)),), at=NOW + FLOOR))
    assert articles.journey(db, "t", "https://b.example/9").duplicate


def test_articles_after_an_id_come_in_whatever_the_clock_said(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1)))
    first = articles.newest(db, NOW)
    later = claim(db, now=LATER)
    polls.record(db, poll(later, draft(later, 2), at=LATER))
    future = LATER + timedelta(days=400)
    assert [match.title for match in matches(db, since=future, after=first.id)] == ["Talks, part 2"]
    assert matches(db, since=future) == []
    assert (articles.newest(db, future).first_seen, first.first_seen) == (LATER, NOW)
    assert articles.newest(db, NOW - timedelta(days=1)) == articles.Newest(0, NOW - timedelta(days=1))


def test_what_only_feeds_apart_from_a_topic_showed_is_not_judged_for_it(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2)))
    assert len(articles.unjudged(db, "new", "1:a", NOW)) == 2
    assert articles.unjudged(db, "new", "1:a", NOW, apart=[state.feed.url]) == []
    polls.record(db, other_telling(db, draft(state, 2)))
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
    polls.record(db, poll(state, *drafts))
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
    polls.record(db, poll(state, draft(state, 1, score=90), draft(state, 2, score=60)))
    (two, one) = articles.matches(db, {"t": 50.0})
    feedback.answer(db, feedback.subject(db, one.id, ["t"]), False, NOW)
    feedback.answer(db, feedback.subject(db, two.id, ["t"]), True, NOW)  # that makes it a match, not an alert
    assert articles.loud(db, {"t": 50.0}, {"t": 85.0}, NOW, NOW) == []
