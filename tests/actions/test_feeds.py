import asyncio
import gzip
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from monitor.actions import feeds
from monitor.errors import FetchError, HttpError
from monitor.net.client import Client
from monitor.sources.processes import Parsers
from tests import documents
from tests.documents import talks
from tests.server import Server

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.serve("/world.xml", documents.rss([talks(1)], title="World"), content_type="application/rss+xml")
        running.serve("/sport.xml", documents.atom([talks(2)]), content_type="application/atom+xml")
        running.serve("/gone", status=410)
        yield running


def reach(verb, url):
    """Do one of the room's verbs on an address, with a client and processes of its own."""

    async def act():
        async with Client(allow_private=LOOPBACK, per_host_gap_seconds=0) as client, Parsers() as parsers:
            return await verb(url, client, parsers, NOW)

    return asyncio.run(act())


def page(server, path, *links):
    """Serve a page that names `links` as its feeds."""
    named = "".join(f'<link rel="alternate" type="application/rss+xml" title="{t}" href="{u}">' for t, u in links)
    return server.serve(path, f"<html><head><title>Front</title>{named}</head></html>", content_type="text/html")


def test_a_feed_is_read(server):
    looked = reach(feeds.look, server.url("/world.xml"))
    assert looked.feed is not None
    assert (looked.feed.title, len(looked.feed.entries), looked.complaint) == ("World", 1, "")


def test_what_is_no_feed_is_said_to_be_what_it_is(server):
    looked = reach(feeds.look, page(server, "/front"))
    assert looked.feed is None
    assert looked.complaint == "not a feed but an HTML page titled “Front”"


@pytest.mark.parametrize("verb", [feeds.look, feeds.discover, feeds.one_feed])
def test_an_address_that_answers_with_an_error_is_a_fetch_error(server, verb):
    with pytest.raises(HttpError, match="HTTP 410"):
        reach(verb, server.url("/gone"))


@pytest.mark.parametrize("verb", [feeds.look, feeds.discover, feeds.one_feed])
def test_a_server_that_is_not_there_is_a_fetch_error(verb):
    with pytest.raises(FetchError, match="no connection"):
        reach(verb, "http://127.0.0.1:9/")


def test_a_feed_discovers_itself(server):
    (found,) = reach(feeds.discover, server.url("/world.xml"))
    assert (found.url, found.title, found.type) == (server.url("/world.xml"), "World", "rss20")


def test_a_page_names_its_feeds_in_order(server):
    url = page(server, "/both", ("World", "/world.xml"), ("Sport", "/sport.xml"))
    assert [feed.title for feed in reach(feeds.discover, url)] == ["World", "Sport"]


def test_the_usual_places_are_tried_where_a_page_names_none():
    with Server() as bare:
        bare.serve("/feed", documents.rss([talks(1)], title="Hidden"), content_type="application/rss+xml")
        assert [feed.url for feed in reach(feeds.discover, page(bare, "/"))] == [bare.url("/feed")]
        assert reach(feeds.one_feed, bare.url("/")).title == "Hidden"


def hinting(server, *links):
    """Serve a front page with an anchor for each of `links` that is called RSS."""
    return server.serve("/", "".join(f"<p><a href='{link}'>RSS</a>" for link in links), content_type="text/html")


def test_what_a_page_calls_a_feed_is_looked_at_before_the_usual_places():
    with Server() as bare, Server("127.0.0.2") as elsewhere:
        bare.serve("/subscribe", documents.rss([talks(1)], title="Front"), content_type="text/xml")
        page(bare, "/services", ("World", "/world.xml"))
        bare.serve("/rss", documents.rss([talks(2)], title="Usual"), content_type="text/xml")
        page(elsewhere, "/wiki", ("Changes of an encyclopedia", "/changes"))
        url = hinting(bare, "/subscribe", "/services", "/imprint", elsewhere.url("/wiki"))
        assert [feed.title for feed in reach(feeds.discover, url)] == ["Front", "World"]
        assert "/rss" not in paths(bare)


def test_what_a_page_calls_a_feed_is_asked_for_within_guard_and_robots():
    with Server() as bare:
        bare.serve("/robots.txt", "User-agent: *\nDisallow: /private")
        bare.serve("/feed", documents.rss([talks(1)], title="Usual"), content_type="text/xml")
        url = hinting(bare, "http://10.0.0.1/subscribe", "/private", *(f"/{n}" for n in range(50)))
        assert [feed.title for feed in reach(feeds.discover, url)] == ["Usual"]
        assert "/private" not in paths(bare)
        assert sum(path[1:].isdigit() for path in paths(bare)) == 3


def test_a_site_without_feeds_has_none():
    with Server() as bare:
        assert reach(feeds.discover, page(bare, "/")) == ()


def paths(server):
    """List what was asked of a site, in order."""
    return [f"{asked.path}?{asked.query}" if asked.query else asked.path for asked in server.requests]


def test_a_page_at_a_usual_place_tells_its_feeds():
    with Server() as bare:
        page(bare, "/rss", ("World", "/world.xml"), ("Sport", "/sport.xml"))
        assert [feed.title for feed in reach(feeds.discover, page(bare, "/"))] == ["World", "Sport"]


def test_no_address_is_guessed_that_robots_may_not_read():
    with Server() as bare:
        bare.serve("/robots.txt", "User-agent: *\nDisallow: /feed\nDisallow: /sitemap")
        bare.serve("/feed", documents.rss([talks(1)]), content_type="application/rss+xml")
        assert reach(feeds.discover, page(bare, "/")) == ()
        assert not [path for path in paths(bare) if path.startswith(("/feed", "/sitemap"))]
        assert "/rss" in paths(bare)


def test_the_news_sitemaps_that_robots_name_come_after_the_feeds():
    with Server() as site:
        news = site.serve("/maps/news.xml", documents.sitemap([talks(1)], "Paper"), content_type="text/xml")
        site.serve("/robots.txt", f"Sitemap: {site.url('/pages.xml')}\nSitemap: /maps/news.xml")
        site.serve("/pages.xml", "<urlset><url><loc>/about</loc></url></urlset>", content_type="text/xml")
        url = page(site, "/", ("World", "/world.xml"))
        found = reach(feeds.discover, url)
        assert [(feed.url, feed.title) for feed in found] == [(site.url("/world.xml"), "World"), (news, "Paper")]
        assert paths(site) == ["/", "/robots.txt", "/maps/news.xml", "/pages.xml"]
        assert reach(feeds.one_feed, url).title == "World"


def test_a_site_without_feeds_is_followed_by_its_news_sitemap():
    with Server() as site:
        site.serve("/robots.txt", "Sitemap: /sitemap_index.xml.gz")
        index = "<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap><sitemap><loc>/news-1.xml</loc></sitemap>"
        packed = gzip.compress(f"{index}</sitemapindex>".encode())
        site.serve("/sitemap_index.xml.gz", packed, content_type="application/gzip")
        news = site.serve("/news-1.xml", documents.sitemap([talks(1)], "Paper"), content_type="text/xml")
        one = reach(feeds.one_feed, page(site, "/"))
        assert (one.url, one.title, one.type) == (news, "Paper", "sitemap-news")
        assert "/pages.xml" not in paths(site)


@pytest.mark.parametrize(
    ("at", "listed"), [("/sitemap.xml", ("/news-1.xml", "/news-2.xml")), ("/news-index.xml", ("/2.xml",))]
)
def test_a_site_whose_news_sitemaps_come_and_go_is_followed_by_their_index(at, listed):
    with Server() as site:
        site.serve("/robots.txt", f"User-agent: *\nDisallow: /news-2\nSitemap: {at}")
        named = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in listed)
        site.serve(at, f"<sitemapindex>{named}</sitemapindex>", content_type="text/xml")
        site.serve(listed[0], documents.sitemap([talks(1)], "Paper"), content_type="text/xml")
        one = reach(feeds.one_feed, url := page(site, "/"))
        assert (one.url, one.title, one.type) == (site.url(at), "Paper", "sitemap-index")
        assert [feed.url for feed in reach(feeds.discover, url)] == [one.url]
        assert paths(site).count(listed[0]) == 2
        assert "/news-2.xml" not in paths(site)


def test_an_index_for_news_that_lists_none_is_not_offered():
    with Server() as site:
        site.serve("/robots.txt", "Sitemap: /news-index.xml")
        site.serve("/news-index.xml", "<sitemapindex><sitemap><loc>/1.xml</loc></sitemap></sitemapindex>")
        assert reach(feeds.discover, page(site, "/")) == ()


def test_a_news_sitemap_is_looked_for_at_the_usual_places():
    with Server() as site:
        news = site.serve("/sitemap-news.xml", documents.sitemap([talks(1)]), content_type="text/xml")
        assert [feed.url for feed in reach(feeds.discover, page(site, "/world/"))] == [news]


def test_of_many_sitemaps_few_are_asked():
    with Server() as site:
        site.serve("/robots.txt", "".join(f"Sitemap: /news-{number}.xml\n" for number in range(500)))
        assert reach(feeds.discover, page(site, "/", ("World", "/world.xml")))
        assert len(site.requests) == 2 + feeds._ASKED


def test_the_one_feed_of_a_page_is_taken(server):
    url = page(server, "/one", ("World", "/world.xml"))
    assert reach(feeds.one_feed, url).url == server.url("/world.xml")


def test_several_feeds_are_listed_to_choose_from(server):
    url = page(server, "/two", ("World", "/world.xml"), ("Sport", "/sport.xml"))
    with pytest.raises(feeds.NoSingleFeed, match="names 2 feeds") as refused:
        reach(feeds.one_feed, url)
    assert [feed.url for feed in refused.value.found] == [server.url("/world.xml"), server.url("/sport.xml")]
    assert str(refused.value).splitlines()[1:] == [
        f"  {server.url('/world.xml')}  World",
        f"  {server.url('/sport.xml')}  Sport",
    ]


def test_no_feed_at_all_says_what_was_found():
    with (
        Server() as bare,
        pytest.raises(feeds.NoSingleFeed, match="names none: not a feed but an HTML page") as refused,
    ):
        reach(feeds.one_feed, page(bare, "/"))
    assert refused.value.found == ()
