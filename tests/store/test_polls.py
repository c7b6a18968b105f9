from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import Update, Wishes
from monitor.store import articles, polls, versions
from tests.store.samples import FLOOR, NOW, OTHER, claim, draft, judgement, other_telling, plan, poll

LATER = NOW + timedelta(hours=1)


def matches(db, low=50.0, **options):
    return articles.matches(db, {"t": low}, **options)


def one_by_one(db, several):
    return [polls.record(db, each) for each in several]


def test_an_article_is_recorded_with_its_judgement(db):
    state = claim(db)
    recorded = polls.record(db, poll(state, draft(state)))
    assert (recorded.new, recorded.updated, len(recorded.judged)) == (1, 0, 1)
    (match,) = matches(db)
    assert (match.title, match.source, match.judgement.score) == ("Talks, part 1", "A", 80.0)
    assert articles.journey(db, "t", match.id).judgement.evidence[0].why == "Stockholm"
    assert match.first_seen == NOW


WAYS = pytest.mark.parametrize("recorded", [one_by_one, polls.record_all], ids=["one by one", "together"])


@WAYS
def test_two_polls_that_bring_one_article_at_once_store_it_once(db, recorded):
    first, second = claim(db), claim(db, OTHER)
    copy = draft(first)
    found = recorded(db, [poll(first, draft(first, 2), copy), poll(second, copy, draft(second, 3))])
    assert [each.new for each in found] == [2, 1]
    also = {match.title: [sighting.feed for sighting in match.also] for match in matches(db)}
    assert also == {"Talks, part 2": [], "Talks, part 1": ["B"], "Talks, part 3": []}
    assert polls.known(db, second, copy.item.keys)[copy.item.keys[0]].told == copy.item.told


@WAYS
def test_what_a_poll_shows_of_a_known_article_names_it_for_the_next(db, recorded):
    first, second = claim(db), claim(db, OTHER)
    told = draft(first)
    also = replace(told, item=replace(told.item, keys=(*told.item.keys, "a" * 32)))
    other = replace(draft(second, 2), item=replace(draft(second, 2).item, keys=("a" * 32,)))
    found = recorded(db, [poll(first, told), poll(second, also), poll(first, other)])
    assert [each.new for each in found] == [1, 0, 0]
    assert [match.title for match in matches(db)] == ["Talks, part 1"]


def test_known_tells_what_this_feed_said_last(db):
    state, other = claim(db), claim(db, OTHER)
    item = draft(state).item
    polls.record(db, poll(state, draft(state)))
    assert polls.known(db, state, item.keys)[item.keys[0]].told == item.told
    assert polls.known(db, other, item.keys)[item.keys[0]].told == ""
    assert polls.known(db, state, ["0" * 32]) == {}


def test_more_keys_than_a_query_takes_are_looked_up(db):
    state = claim(db)
    drafts = [draft(state, number) for number in range(700)]
    polls.record(db, poll(state, *drafts))
    keys = [key for one in drafts for key in one.item.keys]
    assert len(polls.known(db, state, keys)) == len(keys)
    assert len(matches(db)) == 700


def test_an_update_is_judged_again_and_stays_the_same_article(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, score=20.0)))
    changed = draft(state, title="Talks collapse")
    (article_id,) = {known.article_id for known in polls.known(db, state, changed.item.keys).values()}
    update = Update(article_id, changed.item, changed.document, (judgement(90.0),))
    recorded = polls.record(db, poll(state, at=LATER, updates=(update,)))
    assert (recorded.new, recorded.updated) == (0, 1)
    (match,) = matches(db)
    assert (match.title, match.judgement.score, match.first_seen) == ("Talks collapse", 90.0, NOW)


def test_recording_the_same_poll_twice_changes_nothing(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state)))
    before = matches(db)
    assert polls.record(db, poll(state, draft(state))).new == 0
    assert matches(db) == before


def test_what_one_more_feed_says_may_make_an_article_match(db):
    state = claim(db)
    first = draft(state, score=20.0)
    polls.record(db, poll(state, first))
    polls.record(db, other_telling(db, first, judgements=(judgement(90.0),)))
    (match,) = matches(db)
    assert (match.judgement.score, match.first_seen) == (90.0, NOW)
    polls.record(db, other_telling(db, first, LATER + FLOOR, judgements=(judgement(95.0),)))
    assert matches(db) == [match]  # it is one already


def test_what_one_more_feed_says_never_unmakes_a_match(db):
    state = claim(db)
    first = draft(state, score=80.0)
    polls.record(db, poll(state, first))
    polls.record(db, other_telling(db, first, judgements=(judgement(10.0),)))
    assert [match.judgement.score for match in matches(db)] == [80.0]


def test_an_article_that_one_more_feed_dates_is_no_baseline(db):
    state = claim(db)
    first = draft(state, baseline=True)
    polls.record(db, poll(state, first))
    polls.record(db, other_telling(db, first))
    assert matches(db, baseline=False) == []
    polls.record(db, other_telling(db, first, LATER + FLOOR, baseline=False))
    assert [match.baseline for match in matches(db, since=LATER)] == [False]


@WAYS
def test_two_polls_at_once_keep_the_better_telling(db, recorded):
    first, second = claim(db), claim(db, OTHER)
    better = poll(second, draft(first, score=90.0), thresholds={"t": 50.0})
    recorded(db, [poll(first, draft(first, score=20.0, baseline=True)), better])
    assert [(match.judgement.score, match.baseline) for match in matches(db)] == [(90.0, False)]


def test_a_new_link_is_stored_without_a_word(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state), draft(state, 2)))
    (article_id,) = {known.article_id for known in polls.known(db, state, draft(state).item.keys).values()}
    item = replace(draft(state).item, keys=("0" * 32,))
    moved = poll(state, at=LATER, renamed=((article_id, item),), relinked=((article_id, "https://a.example/new"),))
    assert polls.record(db, moved).updated == 0
    assert {match.url for match in matches(db)} == {"https://a.example/new", "https://a.example/2"}
    polls.record(db, poll(state, at=LATER, relinked=((article_id, "https://a.example/newer"),)))
    assert {match.url for match in matches(db)} == {"https://a.example/newer", "https://a.example/2"}
    assert matches(db, since=LATER) == []


def test_what_a_migrated_feed_says_is_stored_and_is_no_news(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state)))
    whole = draft(state, text="Both sides said all that there is to say. " * 5)
    (article_id,) = {known.article_id for known in polls.known(db, state, whole.item.keys).values()}
    update = Update(article_id, whole.item, whole.document, (judgement(90.0),))
    polls.record(db, poll(state, at=LATER, updates=(update,), migrated=True))
    (match,) = matches(db)
    assert (match.text, match.judgement.score) == (whole.document.text, 90.0)
    assert (matches(db, since=LATER), versions.newest(db)) == ([], 0)


def test_what_a_document_asks_is_kept_until_another_is_read(db):
    asked = Wishes(600, (1, 2), (5, 6))
    polls.record(db, poll(claim(db), wishes=asked))
    again = claim(db, now=LATER)
    assert again.wishes == asked
    polls.record(db, polls.Poll(state=again, plan=plan(), at=LATER, unchanged=True))
    again = claim(db, now=LATER + FLOOR)
    polls.record(db, poll(again, at=LATER + FLOOR, wishes=None))
    assert claim(db, now=LATER + 2 * FLOOR).wishes == asked


def test_new_keys_of_a_known_article_are_remembered_but_not_without_end(db):
    state = claim(db)
    first = draft(state)
    polls.record(db, poll(state, first))
    (article_id,) = {known.article_id for known in polls.known(db, state, first.item.keys).values()}
    for number in range(40):
        item = replace(first.item, keys=(f"{number:032}",))
        polls.record(db, polls.Poll(state=state, plan=plan(), at=NOW, renamed=((article_id, item),)))
    found = polls.known(db, state, [f"{number:032}" for number in range(40)])
    assert len(found) == polls.MOST_KEYS - len(first.item.keys)
