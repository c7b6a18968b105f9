from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli.demo.feeds import BROKEN, feeds, seed
from monitor.cli.demo.server import resources
from monitor.errors import ParseError
from monitor.sources import kinds, page

BASE = "http://127.0.0.1:8000"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEALTHY = [feed.url.removeprefix(BASE) for feed in feeds(BASE) if not feed.url.endswith(BROKEN)]


def read(path):
    resource = resources(BASE, NOW)[path]
    return kinds.read(resource.body, BASE + path, {"content-type": resource.type})


@pytest.mark.parametrize("path", HEALTHY)
def test_a_healthy_feed_is_read_whole(path):
    parsed = read(path)

    assert parsed.title
    for entry in parsed.entries:
        assert entry.title
        assert len(entry.text) >= 100
        assert entry.url.startswith(BASE)
        assert entry.published is not None
        assert NOW - timedelta(days=20) < entry.published < NOW


def test_every_format_is_there():
    assert {read(path).format for path in HEALTHY} == {"rss20", "atom10", "rss10", "jsonfeed11"}


def test_there_are_some_thirty_items_in_four_languages():
    entries = [entry for path in HEALTHY for entry in read(path).entries]

    assert 30 <= len(entries) <= 40
    assert {entry.language for entry in entries} == {"en", "ko", "de", "sv"}


def test_something_was_there_before_the_days_of_catching_up():
    old = [entry for path in HEALTHY for entry in read(path).entries if entry.published < NOW - timedelta(days=7)]

    assert len(old) == 1


def test_wire_copies_say_the_same_elsewhere():
    told = [(entry.title, entry.text) for path in HEALTHY for entry in read(path).entries]

    assert len(told) - len(set(told)) == 2


def test_one_feed_is_broken():
    with pytest.raises(ParseError, match="page"):
        read(BROKEN)


@pytest.mark.parametrize("path", [path for path, found in resources(BASE, NOW).items() if path.count("/") == 2])
def test_a_page_is_read_and_is_linked_from_a_feed(path):
    resource = resources(BASE, NOW)[path]

    read_page = page.read(resource.body, BASE + path, {"content-type": resource.type})

    assert len(read_page.text) > 300
    assert BASE + path in {entry.url.partition("?")[0] for feed in HEALTHY for entry in read(feed).entries}


def test_the_seed_is_an_article():
    assert len(seed().text.split()) > 200
