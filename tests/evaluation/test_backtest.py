from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import matching
from monitor.evaluation import backtest
from monitor.evaluation.backtest import Backtest, Replayed
from monitor.model import Document, Example, Stored
from tests.matching.examples import SEQUEL, UNRELATED, topic

NOW = datetime(2031, 4, 10, tzinfo=UTC)
TOPIC = topic()
PROFILE = matching.learn(TOPIC)
TEN = Backtest(tuple(Replayed(f"story {score}", score) for score in (95, 88, 72, 61, 55, 50, 49, 31, 20, 3)), 10, 2.0)


def stored(*documents, story=0):
    return [
        Stored(replace(one, id=str(at)), story or at, NOW - timedelta(days=at)) for at, one in enumerate(documents, 1)
    ]


def test_stories_are_ranked_by_the_profile():
    found = backtest.replay(PROFILE, stored(UNRELATED, SEQUEL), NOW)
    assert [story.title for story in found.stories] == [SEQUEL.title, UNRELATED.title]
    assert (found.articles, found.days) == (2, 2.0)


def test_a_story_counts_once_by_its_best_article():
    (story,) = backtest.replay(PROFILE, stored(UNRELATED, SEQUEL, story=7), NOW).stories
    assert story.title == SEQUEL.title


def test_a_persons_answers_are_kept_to():
    examples = (Example(replace(SEQUEL, id="1"), False), Example(replace(UNRELATED, id="2"), True))
    profile = replace(PROFILE, topic=replace(TOPIC, examples=examples))
    (story,) = backtest.replay(profile, stored(SEQUEL, UNRELATED), NOW).stories
    assert story == Replayed(UNRELATED.title, 100.0)


def test_what_a_filter_stops_is_left_out():
    profile = matching.learn(replace(TOPIC, require_any=("submarine",)))
    assert backtest.replay(profile, stored(SEQUEL), NOW).stories == ()


def test_nothing_stored_is_no_story_a_day():
    found = backtest.replay(PROFILE, [], NOW)
    assert (found.per_day(20), found.step(50).above, found.threshold_for(5)) == (0.0, (), 20)


def test_a_step_names_the_nearest_titles_first():
    step = TEN.step(50)
    assert step.stories_per_day == 3.0
    assert step.above[:2] == ("story 50", "story 55")
    assert step.below == ("story 49", "story 31", "story 20", "story 3")


@pytest.mark.parametrize(("per_day", "threshold"), [(5, 20), (3.0, 50), (2.9, 51), (1.0, 73), (0.5, 89), (0.1, 90)])
def test_the_threshold_is_the_lowest_that_keeps_to_a_volume(per_day, threshold):
    assert TEN.threshold_for(per_day) == threshold


def test_a_higher_threshold_never_lets_more_through():
    rates = [TEN.per_day(at) for at in backtest.THRESHOLDS]
    assert rates == sorted(rates, reverse=True)


def test_the_same_profile_makes_no_difference():
    found = backtest.difference(
        PROFILE,
        PROFILE,
        stored(SEQUEL),
    )
    assert found == backtest.Difference((), (), ())


def test_what_another_profile_changes_is_named_both_ways():
    other = matching.learn(replace(TOPIC, weights={"Orrevik": 0.0}, require_any=(UNRELATED.title.split()[0],)))
    found = backtest.difference(PROFILE, other, stored(SEQUEL, UNRELATED))
    assert found.fewer == (SEQUEL.title,)
    assert found.more == ()
    assert ("Orrevik", 0.0) in {(each.term, each.after) for each in found.moved}
    assert backtest.difference(other, PROFILE, stored(SEQUEL)).more == (SEQUEL.title,)


def test_a_word_that_became_a_part_of_a_longer_name_is_not_out():
    told = Document(id="9", title="Orrevik Harbour Council strikes", text="The Orrevik Harbour Council met in Orrevik.")
    after = matching.learn(replace(TOPIC, examples=(Example(told, True),)))
    assert {term.term for term in PROFILE.terms} - {term.term for term in after.terms}
    moved = {each.term: each for each in backtest.difference(PROFILE, after, []).moved}
    assert all(each.after for each in moved.values())
    assert moved["Council"].before == 0.0


def test_answered_articles_are_not_counted():
    other = matching.learn(replace(TOPIC, require_any=("submarine",)))
    answered = replace(other, topic=replace(other.topic, examples=(Example(replace(SEQUEL, id="1"), True),)))
    assert backtest.difference(PROFILE, answered, stored(SEQUEL)).fewer == ()
