import pickle

import pytest

from monitor.sources.contents import NoFeedError, is_page, no_feed

URL = "https://e.org/feed"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "an empty document"),
        (b" \r\n\t", "an empty document"),
        (b"\x89PNG\r\n\x1a\n0000", "a PNG image"),
        (b"%PDF-1.4", "a PDF document"),
        (b"<!DOCTYPE html><html><head><title>Front &amp; page</title></head>", "an HTML page titled “Front & page”"),
        (b"<html><body>Hi", "an HTML page without a title"),
        (b"<html><body><rss version='2.0'><item><title>x</title></item></rss>", "an HTML page"),
        (b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "a sitemap that"),
        (b"<opml version='2.0'/>", "an OPML list of feeds"),
        (b"<note><to/></note>", "an XML document of another kind (<note>)"),
        (b"Service unavailable", "plain text that begins “Service unavailable”"),
        (b"{}", "a JSON document that is no JSON Feed"),
        (bytes(range(1, 256)), "binary data"),
    ],
)
def test_what_is_no_feed_is_told_in_plain_words(body: bytes, found: str) -> None:
    with pytest.raises(NoFeedError, match="not a feed but ") as raised:
        raise no_feed(body, URL, {})
    assert found in str(raised.value)


def test_a_page_tells_which_feeds_it_names() -> None:
    page = (
        b"<html><head><title>News</title><link rel=alternate type=application/rss+xml href=/rss.xml title=All></head>"
    )
    with pytest.raises(NoFeedError) as raised:
        raise no_feed(page, "https://e.org/news", {})
    assert [feed.url for feed in raised.value.feeds] == ["https://e.org/rss.xml"]
    assert str(raised.value) == ("not a feed but an HTML page titled “News”; it names this feed: https://e.org/rss.xml")


def test_the_error_crosses_from_a_worker_with_all_it_carries() -> None:
    page = b"<html><link rel=alternate type=application/rss+xml href=/rss.xml>"
    error = no_feed(page, "https://e.org/", {})
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.feeds) == (str(error), error.feeds)


def test_a_page_is_told_by_what_it_opens_first() -> None:
    assert is_page(b"<!DOCTYPE html>\n<!-- x --><HTML lang=en>")
    assert is_page("<html>".encode("utf-16"))
    assert not is_page(b"<rss><html>")
    assert not is_page(b"text")
