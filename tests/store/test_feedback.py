from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from monitor.model import Example
from monitor.store import articles, feedback, polls, upkeep
from tests.store.samples import NOW, claim, draft, judgement, poll

LATER = NOW + timedelta(minutes=1)


def two(db):
    """Store a match and a rejected article; return what each is as a subject."""
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1), draft(state, 2, score=20.0)))
    found = articles.matches(db, {"t": 0.0})
    return [feedback.subject(db, one.id, ["t"]) for one in sorted(found, key=lambda one: one.article_id)]


def matched(db, low=50.0):
    return {one.title: one.judgement.score for one in articles.matches(db, {"t": low})}


def test_an_article_is_meant_by_its_matchs_id_or_its_address(db):
    match, _ = two(db)
    assert feedback.subject(db, "https://a.example/1", ["t"]) == match
    assert (match.title, match.topic) == ("Talks, part 1", "t")


def test_nothing_is_meant_by_what_is_unknown_of_another_topic_or_of_several(db):
    two(db)
    assert feedback.subject(db, "99", ["t"]) is None
    assert feedback.subject(db, "²", ["t"]) is None
    assert feedback.subject(db, "1", ["u"]) is None
    assert feedback.subject(db, "https://a.example/1", ["t", "u"]) is None
    assert feedback.subject(db, "https://nobody.example/", ["t"]) is None


def test_what_was_refused_matches_no_more_and_what_was_confirmed_does(db):
    match, rejected = two(db)
    feedback.answer(db, match, False, NOW)
    feedback.answer(db, rejected, True, NOW)
    assert matched(db) == {"Talks, part 2": 100.0}
    assert articles.counts(db, {"t": 50.0}) == {"t": 1}
    journey = articles.journey(db, "t", "https://a.example/1")
    assert (journey.answer, journey.judgement.filtered) == (False, "you said no to it")


def test_a_later_answer_takes_the_place_of_an_earlier_one(db):
    match, _ = two(db)
    feedback.answer(db, match, False, NOW)
    feedback.answer(db, match, True, LATER)
    (answer,) = feedback.answers(db, ["t"])
    assert (answer.wanted, answer.at, answer.match) == (True, LATER, "1")


def test_an_answer_that_is_taken_back_leaves_nothing(db):
    match, _ = two(db)
    before = feedback.mark(db)
    feedback.answer(db, match, False, NOW)
    assert feedback.mark(db) != before
    assert feedback.undo(db, match)
    assert not feedback.undo(db, match)
    assert feedback.mark(db) == before
    assert matched(db) == {"Talks, part 1": 80.0}


def test_examples_come_oldest_first_with_their_words(db):
    match, rejected = two(db)
    feedback.answer(db, rejected, False, NOW)
    feedback.answer(db, match, True, LATER)
    first, second = feedback.examples(db, "t")
    assert isinstance(first, Example)
    assert [first.wanted, second.wanted] == [False, True]
    assert second.document.title == "Talks, part 1"
    assert second.document.text.startswith("Part 1 of the talks")
    assert feedback.examples(db, "u") == ()


def test_an_answer_outlives_its_article(db):
    match, rejected = two(db)
    feedback.answer(db, match, True, NOW)
    feedback.answer(db, rejected, False, NOW)
    years = NOW + timedelta(days=2000)
    pruned = upkeep.prune(db, years, articles_days=180, rejected_days=30, keep_days=7, thresholds={"t": 50.0})
    assert (pruned.articles, pruned.judgements) == (2, 0)
    assert {answer.match for answer in feedback.answers(db, ["t"])} == {"1", "2"}
    assert all(example.document.text for example in feedback.examples(db, "t"))
    feedback.answer(db, match, False, years)
    assert all(example.document.text for example in feedback.examples(db, "t"))


def test_answers_at_the_same_time_leave_one(db):
    match, _ = two(db)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda wanted: feedback.answer(db, match, wanted, NOW), [True, False] * 6))
    assert len(feedback.answers(db, ["t"])) == 1


def test_judging_again_leaves_a_persons_word(db):
    match, _ = two(db)
    feedback.answer(db, match, False, NOW)
    polls.judge_again(db, {match.article_id: judgement(95.0, judged_by="2:b")}, LATER)
    assert matched(db) == {}


def test_stored_articles_come_with_their_stories_newest_first(db):
    two(db)
    found = articles.published_since(db, "t", NOW - timedelta(days=1))
    assert [(one.document.title, one.story, one.published) for one in found] == [
        ("Talks, part 2", 2, NOW),
        ("Talks, part 1", 1, NOW),
    ]
    assert articles.published_since(db, "t", NOW + timedelta(days=1)) == []
    assert articles.published_since(db, "t", NOW, apart=["https://a.example/feed"]) == []
    assert len(articles.published_since(db, "t", NOW, limit=1)) == 1
