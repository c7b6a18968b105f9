"""Where nothing is sent for a week, a note says that all is running; never more often, and never beside a digest."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import documents
from tests.documents import other, talks
from tests.home import Home
from tests.server import Server


@pytest.fixture
def server():
    with Server() as made:
        yield made


def publish(server, *items):
    return server.serve("/rss", documents.rss(list(items)), content_type="application/rss+xml")


def days_with_mail(home, days):
    """Let so many days pass, a slot on each; return those on which a digest was made, with its subject."""
    today = datetime.now(UTC)  # whole days after it, at whatever hour the tests run
    made = {}
    for day in range(1, days + 1):
        before = len(home.run("digest", "list", "--json").json)
        home.run("once", "--as-of", (today + timedelta(days=day)).isoformat())
        digests = home.run("digest", "list", "--json").json
        if len(digests) > before:
            made[day] = digests[0]["subject"]
    return made


def test_a_quiet_recipient_hears_once_a_week_that_all_runs(server, tmp_path):
    home = Home(tmp_path, publish(server, other(1)))
    home.run("once")

    assert days_with_mail(home, 15) == {
        7: "All quiet, 1 of 1 feed healthy · Talks",
        14: "All quiet, 1 of 1 feed healthy · Talks",
    }
    assert "says that all is running" in home.run("digest", "show", "me").out


def test_the_week_begins_with_the_last_digest(server, tmp_path):
    home = Home(tmp_path, publish(server, talks(1)))
    home.run("once")

    assert list(days_with_mail(home, 8)) == [7]
