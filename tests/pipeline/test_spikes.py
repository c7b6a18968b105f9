"""Spikes, from stored matches to the message that tells them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.app import open_app
from monitor.config import load
from monitor.store import outbox, polls
from tests.home import Home
from tests.store.samples import NOW, claim, draft, judgement, poll

DAY, WEEK = timedelta(days=1), timedelta(days=7)
WANTS = '[recipients.desk]\nfolder = "../desk"\ntopics = ["talks"]\nschedule = "0 8 * * *"\nalerts = true\n'


@pytest.fixture
def app(tmp_path):
    home = Home(tmp_path, more=WANTS)
    opened = open_app(load(home.config, {}), NOW)
    yield opened
    opened.db.close()


@pytest.fixture
def state(app):
    return claim(app.db)


def drafts(state, *numbers):
    says = (judgement(80.0, topic="talks"),)
    return [draft(state, n, judgements=says, title=f"Yongbyon, report {n}") for n in numbers]


def bring(app, state, at, *numbers):
    polls.record(app.db, poll(state, *drafts(state, *numbers), at=at))


def history(app, state, weeks=5):
    for week in range(weeks, 0, -1):
        bring(app, state, NOW - week * WEEK - DAY, week * 10)
        bring(app, state, NOW - week * WEEK - timedelta(hours=1), week * 10 + 1)
    for recipient in ("me", "desk"):
        outbox.settle(app.db, recipient, NOW - DAY)


def spikes(app, now=NOW):
    teller = app.teller()
    return [id for recipient in app.recipients for id in teller.freeze_spikes(recipient, now)]


def test_a_spike_is_told_once_to_who_wants_alerts(app, state):
    history(app, state)
    bring(app, state, NOW - timedelta(hours=2), *range(100, 112))
    assert len(spikes(app)) == 1
    (message,) = outbox.deliveries(app.db)
    assert (message.recipient, message.state) == ("desk", "waiting")
    (record,) = outbox.digests(app.db)
    assert record.subject == "Talks: 12 stories in 24 hours, usually 1 at this time of the week"
    assert spikes(app) == []
    assert spikes(app, NOW + timedelta(hours=19)) == []  # another date, the same spike


def test_the_usual_is_no_spike(app, state):
    history(app, state)
    bring(app, state, NOW - timedelta(hours=2), 100)
    assert spikes(app) == []


def test_too_little_history_makes_none(app, state):
    history(app, state, weeks=2)
    bring(app, state, NOW - timedelta(hours=2), *range(100, 112))
    assert spikes(app) == []
    found = app.teller().pace(app.topics["talks"], NOW)
    assert (found.stories, found.usual, found.weeks) == (12, None, 2)


def test_what_a_first_poll_brings_counts_on_the_days_it_was_published(app, state):
    history(app, state)
    old = [replace(each, caught_up=True, published=NOW - 3 * DAY) for each in drafts(state, *range(100, 112))]
    polls.record(app.db, poll(state, *old, at=NOW))
    assert app.teller().pace(app.topics["talks"], NOW).stories == 0


def test_the_digest_that_follows_says_so_in_its_head(app, state):
    history(app, state)
    bring(app, state, NOW - timedelta(hours=2), *range(100, 112))
    (me,) = [each for each in app.recipients if each.id == "me"]
    composed = app.teller().compose(me, NOW, "2026-11-22T08:00", ())
    assert composed.digest.spikes[0].startswith("12 stories in 24 hours, usually 1")
    assert "usually 1 at this time of the week" in " ".join(composed.rendered.text.split())
