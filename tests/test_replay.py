"""Fourteen days of the demo's news, told each morning: every story is new once, and nothing comes twice."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli.demo.feeds import PATHS, SEED
from monitor.cli.demo.server import serving
from tests import documents
from tests.documents import Item
from tests.home import Home
from tests.server import Server

DAYS = 14
LENGTH = 6  # of a feed: what is older has left it
MORE = " On the same evening the delegations agreed to send their deputies to a second meeting in the embassy quarter."


@pytest.fixture(scope="module")
def news():
    """Return what each feed of the demo tells, oldest first, as items of one day after the other."""
    import httpx

    from monitor.sources import kinds

    told = {}
    now = datetime.now(UTC)
    with serving(now) as base:
        for path in PATHS:
            answer = httpx.get(base + path)
            feed = kinds.read(answer.content, base + path, dict(answer.headers))
            entries = sorted(feed.entries, key=lambda entry: entry.published or now)
            told[path] = [Item(e.title, e.text, e.url, e.guid or e.url, e.published) for e in entries]
    return told


def of_day(items, day):
    """Return what a feed shows on a day: its share of the news so far, the latest of it; later ones are edited once."""
    so_far = items[: 1 + (len(items) - 1) * (day + 1) // DAYS]
    edited = [Item(i.title, i.text + MORE * (n % 4 == 0 and day > 9), i.link, i.guid, i.published) for n, i in so_far]
    return list(reversed(edited[-LENGTH:]))


def test_each_story_is_new_once_and_comes_again_only_with_what_is_new(news, tmp_path):
    start = datetime(2099, 1, 1, 9, tzinfo=UTC)
    with Server() as server:
        addresses = [server.url(path) for path in news]
        home = Home(tmp_path, *addresses, more='[matching]\nencoder = "none"\n')
        (home.config / "seed.txt").write_text(SEED.read_text(encoding="utf-8"), encoding="utf-8")
        for day in range(DAYS):
            for path, items in news.items():
                body = documents.rss(of_day(list(enumerate(items)), day), path)
                server.serve(path, body, content_type="application/rss+xml")
            at = start + timedelta(days=day)
            assert home.run("once", "--all", "--as-of", at.isoformat()).code == 0
        listed = home.run("digest", "list", "--json").json
        digests = [home.run("digest", "show", digest["id"], "--json").json["sections"] for digest in listed]
        stories = home.run("story", "list", "--json").json
        matches = home.run("match", "list", "--json", "--limit", "0").json
    new = Counter(story["id"] for sections in digests for s in sections if s["name"] == "New" for story in s["stories"])
    assert set(new.values()) == {1}
    news_of = {match["story"] for match in matches if not match["baseline"]}
    for story in (story for story in stories if story["id"] in news_of):
        # Each was told, under its own name or that of one that went into it since.
        assert new.keys() & {f"{story['topic']}-{article}" for article in story["articles"]}
    for sections in digests:
        within = Counter(story["id"] for section in sections for story in section["stories"])
        assert set(within.values()) == {1}
    updates = [story for sections in digests for s in sections if s["name"] == "Updates" for story in s["stories"]]
    quotes = Counter((story["id"], story["quote"], story["was"]) for story in updates)
    assert set(quotes.values()) <= {1}
    assert len(digests) > 5
