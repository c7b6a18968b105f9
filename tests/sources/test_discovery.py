import time

import pytest

from monitor.model import FoundFeed
from monitor.sources.discovery import candidates, chosen, find, hints, is_for_news, sitemaps

URL = "https://e.org/news/"


def addresses(page: str) -> list[str]:
    return [feed.url for feed in find(page.encode(), URL, {})]


def test_feeds_are_found_in_the_head_in_their_order_and_once() -> None:
    page = """<html><head><base href="/section/">
    <link rel="alternate" type="application/rss+xml" title="All &amp; sundry" href="rss.xml?a=1&amp;b=2">
    <LINK REL='alternate home' TYPE='application/atom+xml; charset=utf-8' HREF='https://other.example/atom'/>
    <link rel=alternate type=application/feed+json href=//e.org/feed.json>
    <link rel="alternate" type="application/rss+xml" href="https://www.e.org/section/rss.xml?b=2&a=1">
    <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">
    <link rel="alternate" hreflang="ko" href="/ko/">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    <link rel="stylesheet" type="text/css" href="/feed.css">
    <!-- <link rel="alternate" type="application/rss+xml" href="/commented"> -->
    </head><body><a href="/feed">Feed</a></body>"""
    assert find(page.encode(), URL, {}) == (
        FoundFeed("https://e.org/section/rss.xml?a=1&b=2", "All & sundry", "application/rss+xml"),
        FoundFeed("https://other.example/atom", "", "application/atom+xml"),
        FoundFeed("https://e.org/feed.json", "", "application/feed+json"),
    )


def test_anchors_that_look_like_feeds_are_second_choice() -> None:
    page = """<a href="/feedback">Feedback</a> <a href="/about">About</a> <a href="/world/rss.xml"><b>World</b> RSS</a>
    <a href="/feed/">Feed</a> <a href="/press-releases">x</a> <a href="mailto:feed@e.org">mail</a>"""
    assert find(page.encode(), URL, {}) == (
        FoundFeed("https://e.org/world/rss.xml", "World RSS", ""),
        FoundFeed("https://e.org/feed/", "Feed", ""),
    )


@pytest.mark.parametrize(
    ("element", "feed"),
    [
        ('<link rel="alternate" type="application/x-atom+xml" href="/a">', "https://e.org/a"),
        ('<link rel="alternate" title="News" href="/rss.xml">', "https://e.org/rss.xml"),
        ('<link rel="alternate" hreflang="ko" href="/ko/">', ""),
        ('<link rel="alternate" type="text/html" href="/feed/">', ""),
        ('<link rel="feed" href="/latest">', "https://e.org/latest"),
        ('<a href="/?feed=rss2">RSS</a>', "https://e.org/?feed=rss2"),
        ('<a href="/en?format=feed&amp;type=rss">RSS</a>', "https://e.org/en?format=feed&type=rss"),
        ('<a href="/?format=pdf&amp;type=1000">PDF</a>', ""),
        ('<a href="feed://e.org/rss">RSS</a>', "http://e.org/rss"),
        ('<a href="feed:https://e.org/rss">RSS</a>', "https://e.org/rss"),
        ('<a href="feed:javascript:alert(1)//rss">RSS</a>', ""),
        ('<a href="https://feeds.feedburner.com/PaperName">RSS</a>', "https://feeds.feedburner.com/PaperName"),
        ('<a href="https://feeds2.feedburner.com/PaperName">RSS</a>', "https://feeds2.feedburner.com/PaperName"),
        ('<a href="http://rss.paper.example/world">World</a>', "http://rss.paper.example/world"),
        ('<a href="https://feed.paper.example/world">World</a>', "https://feed.paper.example/world"),
        ('<a href="https://feeds.paper.example/">Our feeds</a>', ""),
        ('<a href="https://feedback.paper.example/world">Write to us</a>', ""),
        ('<base href="https://rss.paper.example/"><a href="/imprint">Imprint</a>', ""),
        ('<a href="/rssfeeds/1898055.cms">World</a>', "https://e.org/rssfeeds/1898055.cms"),
        ('<a href="/rss-feeds/world">World</a>', "https://e.org/rss-feeds/world"),
        ('<a href="/rss-feeds/">All feeds</a>', ""),
        ('<a href="/about-rss/what">What is RSS?</a>', ""),
    ],
)
def test_feeds_are_known_by_what_content_systems_call_them(element: str, feed: str) -> None:
    assert addresses(element) == [feed] * bool(feed)


def test_feeds_of_comments_are_left_out_where_there_are_others() -> None:
    comments = '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
    page = f'{comments}<link rel="alternate" type="application/rss+xml" href="/feed/">'
    assert addresses(page) == ["https://e.org/feed/"]
    assert addresses(comments) == ["https://e.org/comments/feed/"]


@pytest.mark.parametrize("words", ["RSS", " rss <b>Feed</b>", "RSS 2.0", "Atom", "feeds", "RSS&nbsp;feeds"])
def test_what_a_page_calls_a_feed_may_be_one(words: str) -> None:
    page = f'<a href="/subscribe?as=xml">{words}</a><a href="/help">What is RSS?</a><a href="#">Feedback</a>'
    assert hints(page.encode(), URL, {}) == ("https://e.org/subscribe?as=xml",)
    assert addresses(page) == []


def test_few_of_those_are_given_each_once_and_none_that_leads_nowhere() -> None:
    page = "<a href=mailto:a@e.org>RSS</a><a href='javascript:rss()'>RSS</a>" + "<a href=/1>RSS</a>" * 9
    page += "".join(f"<a href=/{number}>RSS</a>" for number in range(2, 100_000))
    assert hints(page.encode(), URL, {}) == tuple(f"https://e.org/{number}" for number in range(1, 6))


def test_a_page_that_names_none_has_none() -> None:
    assert addresses("<html><body>Hello") == []
    assert addresses("") == []


def test_a_hostile_page_costs_little() -> None:
    began = time.process_time()
    many = "".join(f"<link rel=alternate type=application/rss+xml href=/{n}>" for n in range(100_000))
    assert len(addresses(many)) == 50
    addresses("<a href='" * 200_000)
    addresses("<a href=/feed>" * 200_000)
    assert time.process_time() - began < 10


def test_guesses_stay_at_the_site() -> None:
    assert candidates("https://e.org/") == (
        "https://e.org/feed",
        "https://e.org/rss",
        "https://e.org/rss.xml",
        "https://e.org/feed.xml",
        "https://e.org/atom.xml",
        "https://e.org/index.xml",
        "https://e.org/feed.json",
        "https://e.org/feeds/posts/default",
        "https://e.org/?feed=rss2",
        "https://e.org/?format=feed&type=rss",
        "https://e.org/blog-feed.xml",
    )
    assert candidates("http://e.org:8080/world/?x=1")[:2] == (
        "http://e.org:8080/world/feed",
        "http://e.org:8080/world/rss.xml",
    )
    assert candidates("mailto:a@e.org") == ()
    assert sitemaps("https://e.org:8443/world/?x=1")[0] == "https://e.org:8443/news-sitemap.xml"
    assert sitemaps("mailto:a@e.org") == ()


@pytest.mark.parametrize(
    ("url", "news"),
    [
        ("https://e.org/news-sitemap.xml", True),
        ("https://e.org/googlenews.xml", True),
        ("https://e.org/sitemap.php?type=news", True),
        ("https://news.e.org/sitemap.xml", False),
        ("https://e.org/newsletters.xml", False),
    ],
)
def test_a_news_sitemap_is_told_by_its_address(url: str, news: bool) -> None:
    assert is_for_news(url) is news


def index(*listed: str) -> bytes:
    """Write an index of sitemaps; what follows a space says when one changed."""
    parts = (each.partition(" ") for each in listed)
    named = "".join(f"<sitemap><loc>{url}</loc><lastmod>{at}</lastmod></sitemap>" for url, _, at in parts)
    return f"<sitemapindex>{named}</sitemapindex>".encode()


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        (("/news-1.xml", "/pages.xml 2026-11-22", "/news-2.xml"), ("/news-2.xml", "/news-1.xml")),
        (("/pages.xml", "/news.xml"), ("/news.xml",)),
        (("/a.xml", "/b.xml", "/c.xml"), ("/c.xml", "/b.xml")),
        (("/a.xml 2026-11-22T09:00+09:00", "/b.xml 2026-11-22T01:00Z", "/c.xml"), ("/b.xml", "/a.xml")),
        (("/a.xml yesterday", "/b.xml 2026-11-20", "/b.xml 2026-11-21"), ("/b.xml", "/a.xml")),
        (
            ("https://news.e.org/1.xml", "https://e.com/news.xml", "https://10.0.0.1/news"),
            ("https://news.e.org/1.xml",),
        ),
        (
            ("/index.xml", "http://e.org/a.xml", "file:///etc/passwd", "javascript:alert(1)", ""),
            ("https://e.org/a.xml",),
        ),
        ((), ()),
    ],
)
def test_of_an_index_the_newest_for_news_of_its_own_site_are_read(
    listed: tuple[str, ...], read: tuple[str, ...]
) -> None:
    wanted = tuple(f"https://e.org{each}" if each.startswith("/") else each for each in read)
    assert chosen(index(*listed), "https://e.org/index.xml", {}) == wanted


@pytest.mark.parametrize(
    "piece", ["<sitemap>", "<loc>", "</loc>", "<sitemap><loc>/a</loc>", "<lastmod>9</lastmod><sitemap>"]
)
def test_a_hostile_index_costs_little(piece: str) -> None:
    began = time.process_time()
    chosen(f"<sitemapindex>{piece * 200_000}".encode(), "https://e.org/", {})
    assert time.process_time() - began < 10


def test_few_addresses_of_an_endless_index_are_looked_at() -> None:
    far = (f"https://{number}.example/news" for number in range(10_000))
    assert chosen(index("/news.xml", *far), "https://e.org/", {}) == ()
