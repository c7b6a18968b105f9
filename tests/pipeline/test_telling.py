from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.model import Feed, FeedHealth, FeedReport
from monitor.pipeline.telling import manual_slot, source_health

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
PAPER = FeedReport(1, Feed("https://paper.example/rss"), "Paper", FeedHealth.OK, NOW, "", NOW, 15.0, 1)


@pytest.mark.parametrize(
    ("health", "healthy", "total", "troubles"),
    [
        (FeedHealth.OK, 2, 2, ()),
        (FeedHealth.NEW, 2, 2, ()),
        (FeedHealth.FAILING, 1, 2, ("Coast: HTTP 503",)),
        (FeedHealth.DEAD, 1, 2, ("Coast: HTTP 503",)),
        (FeedHealth.PAUSED, 1, 1, ()),
    ],
)
def test_the_footer_names_what_is_ill_and_passes_over_what_rests(health, healthy, total, troubles):
    told = source_health([PAPER, replace(PAPER, title="Coast", health=health, last_error="HTTP 503")])
    assert (told.healthy, told.total, told.troubles) == (healthy, total, troubles)


def test_digests_by_hand_have_a_slot_of_their_own_each():
    assert manual_slot(NOW) == "manual-20261122T083000.000000"
    assert manual_slot(NOW) != manual_slot(NOW.replace(microsecond=1))
