"""Indexes of sitemaps that are followed as feeds, over real HTTP."""

import gzip
import time
from datetime import datetime

import pytest

from monitor import schedule
from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.server import Server

XML = "application/xml"


@pytest.fixture
def home(server, tmp_path):
    """An installation that follows the index at /index, yet to be served."""
    return Home(tmp_path, server.url("/index"))


def index(server, *sitemaps, **options):
    """Serve an index that names `sitemaps`; what follows a space says when one changed."""
    parts = (each.partition(" ") for each in sitemaps)
    named = "".join(f"<sitemap><loc>{url}</loc><lastmod>{at}</lastmod></sitemap>" for url, _, at in parts)
    return server.serve("/index", f"<sitemapindex>{named}</sitemapindex>", content_type=XML, **options)


def sitemap(server, path, *numbers, **options):
    """Serve a sitemap with news of these numbers."""
    listed = [
        documents.Item(f"North Korea talks, report {n}", "", server.url(f"/{n}"), published=talks(n).published)
        for n in numbers
    ]
    return server.serve(path, documents.sitemap(listed, "Paper"), content_type=XML, **options)


def asked(server):
    """List the paths that were asked for, without those of articles."""
    return [request.path for request in server.requests if not request.path.strip("/").isdigit()]


def titles(home):
    """List the reports that were stored, by their numbers."""
    return sorted(int(match["title"].rpartition(" ")[2]) for match in home.run("match", "list", "--json").json)


def told(home):
    """Return why the feed could not be read."""
    assert home.run("once").code == 1
    return home.run("feed", "list", "--json").json[0]["last_error"]


def test_its_newest_sitemaps_are_read_as_one_feed(server, home):
    index(server, "/news-1.xml 2026-11-20", "/pages.xml", "/news-2.xml 2026-11-22", "/news-3.xml 2026-11-21")
    sitemap(server, "/news-3.xml", 3)
    sitemap(server, "/news-2.xml", 1, 2)
    assert home.run("once", "--json").json["articles"]["new"] == 3
    assert asked(server) == ["/index", "/news-2.xml", "/news-3.xml", "/robots.txt"]
    (feed,) = home.run("feed", "list", "--json").json
    assert (feed["title"], feed["health"], feed["articles"], feed["notes"]) == ("Paper", "ok", 3, [])


def test_what_is_new_in_its_sitemaps_is_seen_though_it_says_that_nothing_changed(server, home):
    index(server, "/news.xml", etag='"1"', last_modified="Sun, 22 Nov 2026 08:30:00 GMT")
    sitemap(server, "/news.xml", 1)
    home.run("once")
    sitemap(server, "/news.xml", 1, 2)
    assert home.run("once", "--json").json["articles"]["new"] == 1
    assert not any("if-none-match" in request.headers for request in server.requests)


def test_it_is_asked_less_often_than_feeds_with_validators_are(server, tmp_path):
    home = Home(
        tmp_path,
        index(server, "/news.xml", etag='"1"'),
        polling="min_interval_minutes = 0.001\nper_host_gap_seconds = 0",
    )
    sitemap(server, "/news.xml", 1)
    home.run("once")
    home.run("once", "--all")
    (feed,) = home.run("feed", "list", "--json").json
    assert feed["interval_minutes"] == pytest.approx(0.001 * schedule.GROWTH_WITHOUT_VALIDATORS)


def test_time_counts_from_the_answer_of_its_last_sitemap(server, home):
    index(server, "/news.xml")
    sitemap(server, "/news.xml", 1, delay=2.5)
    home.run("once")
    (asked_at,) = server.times("/news.xml")
    (feed,) = home.run("feed", "list", "--json").json
    polled = datetime.fromisoformat(feed["last_success"]).timestamp()
    # by the 2.5 s of the answer, less what two roundings to whole seconds may take away
    assert polled - (time.time() - time.monotonic() + asked_at) >= 0.5


def test_validators_of_a_feed_that_stood_there_before_are_dropped(server, home):
    server.serve("/index", documents.sitemap([talks(1)]), content_type=XML, etag='"1"')
    home.run("once")
    index(server, "/news.xml", etag='"2"')
    sitemap(server, "/news.xml", 2)
    home.run("once")
    home.run("once")
    assert [r.headers.get("if-none-match") for r in server.requests if r.path == "/index"] == [None, '"1"', None]


def test_one_sitemap_that_fails_costs_nothing_while_another_can_be_read(server, home):
    index(server, "/news-1.xml", "/news-2.xml")
    sitemap(server, "/news-1.xml", 1)
    assert home.run("once", "--json").json["feeds"]["changed"] == 1
    (feed,) = home.run("feed", "list", "--json").json
    assert (feed["articles"], feed["last_error"]) == (1, "")


def test_where_none_can_be_read_it_says_which_and_why(server, home):
    index(server, "/news-1.xml", "/news-2.xml")
    server.serve("/news-1.xml", "<urlset/>", content_type=XML)
    server.serve("/news-2.xml", status=410)
    assert told(home) == (
        "an index of sitemaps, none of which could be read: "
        f"{server.url('/news-2.xml')}: HTTP 410: its publisher ended it; "
        f"{server.url('/news-1.xml')}: not a feed but a sitemap that lists no news"
    )
    (feed,) = home.run("feed", "list", "--json").json
    assert feed["next_poll"]  # 410 ended a sitemap, not the feed


@pytest.mark.parametrize("nested", ["/deeper", "/back"])
def test_an_index_within_it_is_not_looked_into(server, home, nested):
    index(server, nested)
    server.serve("/deeper", "<sitemapindex><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>", content_type=XML)
    server.serve("/back", redirect="/index")
    where = f"none of which could be read: {server.url(nested)}: it is an index too"
    assert where in told(home)
    assert "/news.xml" not in asked(server)
    assert len(asked(server)) < 4


def test_one_that_names_itself_names_nothing(server, home):
    index(server, "/index")
    assert told(home) == "not a feed but an index of sitemaps that names none of its own site"
    assert asked(server) == ["/index"]


def test_of_thousands_of_sitemaps_two_are_read(server, home):
    index(server, *(f"/news-{number}.xml" for number in range(10_000)))
    sitemap(server, "/news-9999.xml", 1)
    assert home.run("once", "--json").json["articles"]["new"] == 1
    assert asked(server)[:3] == ["/index", "/news-9999.xml", "/news-9998.xml"]


def test_sitemaps_of_another_site_are_named_and_not_fetched(server, home):
    with Server("127.0.0.2") as elsewhere:
        index(server, news := sitemap(elsewhere, "/news.xml", 1))
        assert told(home) == (
            f"not a feed but an index of sitemaps that names none of its own site; it names this feed: {news}"
        )
        assert not elsewhere.requests


def test_no_sitemap_leads_into_a_private_network(server, home):
    index(server, "/news.xml", "http://10.0.0.1/news.xml")
    server.serve("/news.xml", redirect="http://10.0.0.1/news.xml")
    assert "10.0.0.1 is a private network" in told(home)


def test_a_packed_sitemap_is_read(server, home):
    index(server, "/news.xml.gz")
    packed = gzip.compress(documents.sitemap([talks(1)]).encode())
    server.serve("/news.xml.gz", packed, content_type="application/gzip")
    assert home.run("once", "--json").json["articles"]["new"] == 1


def test_a_sitemap_without_end_is_refused(server, home):
    index(server, "/news.xml")
    server.serve("/news.xml", (b"<urlset>" * 100_000 for _ in range(20)), content_type=XML)
    assert "the answer is larger than 5 MB" in told(home)


def test_the_password_goes_to_the_origin_of_the_index_only(server, tmp_path, monkeypatch):
    monkeypatch.setenv("NAME", "reader")
    monkeypatch.setenv("WORD", "hush")
    with Server() as port:
        index(server, "/news-1.xml", sitemap(port, "/news-2.xml", 2))
        sitemap(server, "/news-1.xml", 1)
        named = f'[[feeds]]\nurl = "{server.url("/index")}"\nusername_env = "NAME"\npassword_env = "WORD"\n'
        home = Home(tmp_path, more=named)
        assert home.run("once", "--json").json["articles"]["new"] == 2
        knew = {r.path for r in (*server.requests, *port.requests) if "authorization" in r.headers}
        assert knew == {"/index", "/news-1.xml"}


def test_a_host_that_limits_the_rate_of_its_sitemaps_is_left_alone(server, home):
    index(server, "/news-1.xml", "/news-2.xml")
    server.serve("/news-2.xml", status=429, headers={"Retry-After": "600"})
    assert "/news-2.xml: HTTP 429: it asks for fewer requests" in told(home)
    assert asked(server) == ["/index", "/news-2.xml"]
    assert home.run("once", "--all", "--json").json["feeds"]["held"] == 1
    assert asked(server) == ["/index", "/news-2.xml"]


def test_a_person_adds_it_by_its_address_and_sees_what_it_lists(server, tmp_path):
    url = index(server, "/news.xml")
    sitemap(server, "/news.xml", 1, 2)
    home = Home(tmp_path)
    tried = home.run("feed", "test", url).out.splitlines()
    assert tried[:2] == ["Paper: sitemap-index, 2 entries", f"read in {server.url('/news.xml')}"]
    (found,) = home.run("feed", "discover", url, "--json").json
    assert (found["url"], found["title"], found["type"]) == (url, "Paper", "sitemap-index")
    assert home.run("feed", "add", url).out.startswith(f"added Paper ({url})")
    assert home.run("once", "--json").json["articles"]["new"] == 2


def test_a_person_is_told_why_it_can_not_be_added(server, tmp_path):
    url = index(server, "/news.xml")
    ran = Home(tmp_path).run("feed", "add", url)
    assert ran.code == 2
    assert f"none of which could be read: {server.url('/news.xml')}: HTTP 404" in ran.err
