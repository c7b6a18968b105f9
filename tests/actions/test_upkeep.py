from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import schedule
from monitor.actions import troubles, upkeep
from monitor.app import open_app
from monitor.config import load
from monitor.errors import StoreError
from monitor.model import PollingPolicy, PollOutcome
from monitor.store import feeds, polls
from tests.home import Home
from tests.store.samples import draft, poll

NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BACKUP = '[backup]\nfolder = "../backups"\n'


@pytest.fixture
def opened(tmp_path):
    """Give what opens an app with more configuration."""
    apps = []

    def build(more=""):
        apps.append(open_app(load(Home(tmp_path, "https://paper.example/rss", more=more).config, {}), NIGHT - HOUR))
        return apps[-1]

    yield build
    for app in apps:
        app.db.close()


def test_a_night_is_worked_once_at_three_in_the_services_zone(opened, tmp_path):
    app = opened(BACKUP)
    assert upkeep.nightly(app, NIGHT - HOUR)  # there never was a backup
    assert not upkeep.nightly(app, NIGHT - HOUR / 2)
    assert upkeep.nightly(app, NIGHT)
    assert not upkeep.nightly(app, NIGHT + HOUR)
    assert upkeep.nightly(app, NIGHT + 24 * HOUR)
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == [
        "monitor-20261122.db",
        "monitor-20261123.db",
    ]


def test_the_hours_that_feeds_keep_are_learnt_each_night_and_kept_by_the_next_poll(opened):
    app = opened()
    [feed] = app.settings.feeds
    state = _claimed(app, feed, NIGHT - 26 * HOUR)
    noon = NIGHT - 15 * HOUR
    found = (replace(draft(state, number), published=noon) for number in range(60))
    polls.record(app.db, poll(state, *found, at=NIGHT - HOUR))
    assert upkeep.nightly(app, NIGHT)
    state = _claimed(app, feed, NIGHT)
    waits = [
        schedule.plan(replace(state, hours=hours), PollOutcome(validators=True), PollingPolicy(), NIGHT).next_poll
        for hours in (state.hours, ())
    ]
    assert waits[0] - NIGHT > 2 * (waits[1] - NIGHT)


def _claimed(app, feed, now):
    [state] = feeds.claim_due(app.db, [feed], now, floor=timedelta(0), everything=True).states
    return state


def test_what_failed_is_told_and_tried_again_an_hour_later(opened, tmp_path):
    (tmp_path / "backups").write_text("a file where a folder should be")
    app = opened(BACKUP)
    with pytest.raises(StoreError, match="the folder of backups can't be made"):
        upkeep.nightly(app, NIGHT)
    assert not upkeep.nightly(app, NIGHT + HOUR / 2)
    assert any("the night's work (backup, clearing out)" in each.words for each in troubles.current(app, NIGHT))
    (tmp_path / "backups").unlink()
    assert upkeep.nightly(app, NIGHT + HOUR)
    assert troubles.current(app, NIGHT) == []


def test_without_a_place_for_copies_the_database_itself_is_checked(opened):
    app = opened()
    assert upkeep.nightly(app, NIGHT)
    with app.db.engine.connect() as connection:
        connection.rollback()
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO sighting (article_id, feed_id, url, told, at) VALUES (9, 9, '', '', '2026-01-01')")
    with pytest.raises(StoreError, match="the database is not sound: a row of sighting points at"):
        upkeep.nightly(app, NIGHT + 24 * HOUR)


def test_a_clock_that_ran_ahead_holds_up_no_night(opened):
    app = opened()
    assert upkeep.nightly(app, NIGHT + 365 * 24 * HOUR)
    assert upkeep.nightly(app, NIGHT)
