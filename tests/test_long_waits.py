"""What is told late is told once: a month between two digests, a recipient that was away, a message that waited."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import documents
from tests.documents import other, talks
from tests.home import Home
from tests.server import Server
from tests.test_clocks import told, turn

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
IN_A_MONTH = f"0 0 {NOW + 30 * DAY:%-d %-m} *"


@pytest.fixture
def server():
    with Server() as running:
        running.serve("/robots.txt", status=404)
        yield running


def publish(server, *items):
    return server.serve("/feed", documents.rss(list(items)), content_type="application/rss+xml", etag=f'"{len(items)}"')


def test_a_month_without_a_match_before_the_first_one_costs_none(server, tmp_path):
    home = Home(tmp_path, publish(server, other(1)), schedule=IN_A_MONTH)
    turn(home, NOW)
    publish(server, other(1), talks(1))
    turn(home, NOW + 3 * DAY)
    publish(server, other(1), talks(1), other(2))
    turn(home, NOW + 20 * DAY)
    turn(home, NOW + 31 * DAY)
    assert told(home, 1) == 1
