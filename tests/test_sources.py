"""Sources beyond feeds, over real HTTP: news sitemaps, and searches that name other publishers."""

from email.utils import format_datetime

import pytest

from tests import documents
from tests.documents import Item, ago
from tests.home import Home
from tests.server import Server

TITLE = "Stockholm talks with North Korea break off"


@pytest.fixture
def server():
    with Server() as running:
        page = f"<html><title>Talks</title><body><article>{f'<p>{documents.TALKS}</p>' * 5}</article></body></html>"
        running.serve("/talks", page, content_type="text/html")
        yield running


def test_a_news_sitemap_is_followed_like_a_feed_and_told_once_beside_one(server, tmp_path):
    item = Item(TITLE, "Kim Myong Gil blames Washington.", server.url("/talks"), "guid-1", ago(hours=1))
    mayor = Item("A new mayor", "", server.url("/mayor"), published=ago(hours=2))
    sitemap = server.serve("/sitemap", documents.sitemap([item, mayor]), content_type="application/xml", etag='"1"')
    home = Home(tmp_path, sitemap)
    assert home.run("once", "--json").json["articles"]["new"] == 2
    (match,) = home.run("match", "list", "--json").json
    assert (match["title"], match["source"], match["url"]) == (TITLE, "Paper with a sitemap", item.link)
    assert "Kim Myong Gil" in home.delivered()[0]  # which its page alone says: a sitemap has titles only

    home.write(sitemap, server.serve("/rss", documents.rss([item]), content_type="application/rss+xml"))
    again = home.run("once", "--json").json
    assert (again["feeds"]["not_modified"], again["articles"]["new"]) == (1, 0)
    (explained,) = home.run("match", "explain", match["id"], "--json").json
    assert len(explained["sightings"]) == 2


RELAY = "https://news.google.example/articles"


def google(server, path, *headlines):
    """Serve a search as Google News does: each item names its publisher, and links to a relay."""
    items = "".join(
        f"<item><title>{title} - {name}</title><link>{RELAY}/{number}</link>"
        f"<guid isPermaLink='false'>{number}</guid><pubDate>{format_datetime(ago(hours=number))}</pubDate>"
        f"<description>&lt;a href='{RELAY}/{number}'&gt;{title}&lt;/a&gt; {name}</description>"
        f"<source url='{site}'>{name}</source></item>"
        for number, (title, name, site) in enumerate(headlines, start=1)
    )
    document = f"<rss version='2.0'><channel><title>{path} - Google News</title>{items}</channel></rss>"
    return server.serve(path, document, content_type="application/rss+xml")


FOUND = (
    (TITLE, "Reuters", "https://www.reuters.com"),
    ("Kim Myong Gil of North Korea ends Stockholm talks", "The Harbour Post (UK edition)", "http://127.0.0.2/"),
)


def test_a_search_names_the_publishers_and_those_followed_by_their_feeds_name(server, tmp_path):
    with Server("127.0.0.2") as post:
        own = post.serve("/rss", documents.rss([documents.other(1)]), content_type="application/rss+xml")
        followed = f'[[feeds]]\nurl = "{own}"\ntitle = "Harbour Post"\n'
        home = Home(tmp_path, google(server, "/a", *FOUND), google(server, "/b", *FOUND), more=followed)
        assert home.run("once", "--json").json["articles"]["new"] == 3
    found = home.run("match", "list", "--json").json
    assert {(match["title"], match["source"]) for match in found} == {
        (TITLE, "Reuters"),
        (FOUND[1][0], "Harbour Post"),
    }
    (digest,) = home.delivered()
    assert "Reuters" in digest
    assert "Google News" not in digest  # neither search published anything
    (explained,) = home.run("match", "explain", found[0]["id"], "--json").json
    assert {sighting["feed"] for sighting in explained["sightings"]} == {found[0]["source"]}


def test_a_topic_takes_and_mutes_publishers_that_a_search_names(server, tmp_path):
    muted = """
[topics.muted]
title = "Muted"
seeds = ["seed.txt"]
mute_sources = ["reuters"]
"""
    home = Home(tmp_path, google(server, "/a", *FOUND), more=muted)
    home.run("once")
    found = home.run("match", "list", "--topic", "muted", "--json").json
    assert [match["source"] for match in found] == [FOUND[1][1]]


def test_what_a_search_and_the_publishers_feed_both_bring_is_told_once(server, tmp_path):
    with Server("127.0.0.2") as post:
        item = Item(FOUND[1][0], documents.TALKS, post.url("/talks"), "1", ago(hours=2))
        own = post.serve("/rss", documents.rss([item]), content_type="application/rss+xml")
        followed = f'[[feeds]]\nurl = "{own}"\ntitle = "Harbour Post"\n'
        grouped = 'matching = { encoder = "none" }\n'
        home = Home(tmp_path, google(server, "/a", *FOUND), more=followed)
        file = home.config / "monitor.toml"
        file.write_text(grouped + file.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")
        assert home.run("once", "--json").json["articles"]["new"] == 3
    (story,) = home.run("story", "list", "--json").json
    assert sorted(story["sources"]) == ["Harbour Post", "Reuters"]  # whichever answered first
    (digest,) = home.delivered()
    assert digest.count(FOUND[1][0]) == 1
    assert item.link in digest  # the publisher's own address leads, where the article's text is
