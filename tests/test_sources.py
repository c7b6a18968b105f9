"""Sources beyond feeds, over real HTTP: news sitemaps, and searches that name other publishers."""

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


def test_an_index_of_sitemaps_fails_with_the_address_to_follow_instead(server, tmp_path):
    child = server.url("/news-1.xml")
    index = f"<sitemapindex><sitemap><loc>{child}</loc></sitemap></sitemapindex>"
    home = Home(tmp_path, server.serve("/index", index, content_type="application/xml"))
    assert home.run("once").code == 1
    (listed,) = home.run("feed", "list", "--json").json
    assert listed["last_error"] == f"not a feed but an index of sitemaps; it names this feed: {child}"
