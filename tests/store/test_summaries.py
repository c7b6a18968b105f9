from datetime import timedelta

from monitor.store import articles, polls, summaries, upkeep
from tests.store.samples import NOW, claim, draft, poll

DAY = timedelta(days=1)


def prune(db, now):
    upkeep.prune(db, now, articles_days=180, rejected_days=30, keep_days=8, thresholds={})


def test_what_was_said_is_found_again(db):
    summaries.keep(db, {"a": "They met.", "b": ""}, NOW)
    summaries.keep(db, {"a": "They met again.", "c": "한국"}, NOW)

    assert summaries.summaries(db, ["a", "b", "c", "d"]) == {"a": "They met again.", "b": "", "c": "한국"}
    assert summaries.summaries(db, []) == {}


def test_it_goes_with_the_texts_of_its_time(db):
    summaries.keep(db, {"old": "x"}, NOW)
    summaries.keep(db, {"new": "y"}, NOW + DAY)

    prune(db, NOW + 180 * DAY + DAY / 2)

    assert summaries.summaries(db, ["old", "new"]) == {"new": "y"}


def test_articles_say_what_they_say(db):
    state = claim(db)
    polls.record(db, poll(state, draft(state, 1, text="One."), draft(state, 2, text="Two.")))

    said = articles.wordings(db, [1, 2, 99])

    assert {id: (each.title, each.text) for id, each in said.items()} == {
        1: ("Talks, part 1", "One."),
        2: ("Talks, part 2", "Two."),
    }
