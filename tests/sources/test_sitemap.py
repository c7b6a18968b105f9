import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Entry, ParsedFeed
from monitor.sources.contents import NoFeedError
from monitor.sources.kinds import read as read_any
from monitor.sources.sitemap import read, recognises
from monitor.text.clean import TITLE_LIMIT

URL = "https://e.org/news-sitemap.xml"
HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<?xml-stylesheet type='text/xsl' href='/style.xsl'?>"
    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
    "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9' "
    "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>"
)
NEWS = (
    "<url><loc>https://e.org/1</loc><news:news><news:publication><news:name>The Paper</news:name>"
    "<news:language>en</news:language></news:publication>"
    "<news:publication_date>2019-10-05T18:30:00+09:00</news:publication_date>"
    "<news:title>Talks broke off</news:title></news:news></url>"
)
TALKS = Entry(
    guid="https://e.org/1",
    url="https://e.org/1",
    title="Talks broke off",
    text="",
    published=datetime(2019, 10, 5, 9, 30, tzinfo=UTC),
    published_raw="2019-10-05T18:30:00+09:00",
    language="en",
)


def read_urls(*urls: str, head: str = HEAD, tail: str = "</urlset>") -> ParsedFeed:
    return read("".join((head, *urls, tail)).encode(), URL, {})


def test_a_news_sitemap_is_read() -> None:
    assert read_urls(NEWS) == ParsedFeed("The Paper", "sitemap-news", "en", (TALKS,))


def test_it_is_a_kind_of_source() -> None:
    assert read_any((HEAD + NEWS + "</urlset>").encode(), URL, {}).entries == (TALKS,)


def test_titles_are_plain_and_pictures_have_their_own() -> None:
    url = (
        "<url><image:image><image:loc>https://e.org/1.jpg</image:loc><image:title>A hall</image:title></image:image>"
        "<loc>\n  <![CDATA[/korea?a=1&b=2]]> </loc><lastmod>2019-10-06</lastmod>"
        "<news:news><news:publication><news:name>R&amp;D</news:name><news:language>zh-cn</news:language>"
        "</news:publication><news:title><![CDATA[“Kim & Trump”\x00\u202e met]]></news:title></news:news></url>"
    )
    feed = read_urls(url)
    assert (feed.title, feed.language) == ("R&D", "zh-CN")
    (entry,) = feed.entries
    assert (entry.url, entry.title) == ("https://e.org/korea?a=1&b=2", "“Kim & Trump” met")
    assert entry.published == datetime(2019, 10, 6, tzinfo=UTC)


def test_any_prefix_will_do() -> None:
    document = (HEAD + NEWS).replace("news:", "n:").replace("<url>", "<sm:url>").replace("</url>", "</sm:url>")
    feed = read_urls(document, head="", tail="</sm:urlset>")
    assert (feed.entries, feed.whole) == ((TALKS,), True)


def test_what_is_no_news_is_left_out() -> None:
    assert read_urls("<url><loc>https://e.org/about</loc></url>", NEWS).entries == (TALKS,)


@pytest.mark.parametrize(("head", "tail"), [(HEAD, "</urlset>"), (HEAD.removesuffix(">") + "/>", "")])
def test_a_site_without_recent_news_lists_none(head: str, tail: str) -> None:
    feed = read_urls(head=head, tail=tail)
    assert (feed.entries, feed.whole) == ((), True)


def test_of_one_that_broke_off_the_whole_items_are_read() -> None:
    feed = read_urls(NEWS, NEWS.replace("/1", "/2")[:150], tail="")
    assert (feed.entries, feed.whole) == ((TALKS,), False)


def test_a_sitemap_of_pages_is_refused() -> None:
    plain = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    with pytest.raises(NoFeedError, match=r"^not a feed but a sitemap that lists no news$"):
        read_urls("<url><loc>https://e.org/about</loc></url>", head=plain)


def test_an_index_is_refused_and_its_news_named_newest_first() -> None:
    listed = "".join(
        f"<sitemap><loc>https://news.e.org/{path}.xml</loc><lastmod>2019-10-0{day}</lastmod></sitemap>"
        for day, path in enumerate(["news-1", "pages", "news-2", "newsletters"], start=1)
    )
    with pytest.raises(NoFeedError) as raised:
        read_any(f"<sitemapindex xmlns='x'>{listed}</sitemapindex>".encode(), URL, {})
    assert str(raised.value) == (
        "not a feed but an index of sitemaps; it names these feeds: "
        "https://news.e.org/news-2.xml, https://news.e.org/news-1.xml"
    )


def test_sitemaps_are_recognised_by_what_they_open_first() -> None:
    assert recognises(HEAD.encode(), {})
    assert recognises(HEAD.encode("utf-16"), {})
    assert not recognises(b"<rss><urlset>", {})
    assert not recognises(b"<html><urlset>", {})


def test_no_entity_is_resolved_and_no_link_is_a_script() -> None:
    bomb = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
    url = "<url><loc>javascript:alert(1)</loc><news:news><news:title>&a;&b; talks</news:title></news:news></url>"
    (entry,) = read_urls(bomb, url).entries
    assert (entry.url, entry.title) == ("", "&a;&b; talks")


@pytest.mark.parametrize("piece", ["<url>", "<news:news>", "<news:title>", "<url><loc>", "<!--", "<a b='", "<urlset "])
def test_a_hostile_sitemap_costs_little(piece: str) -> None:
    began = time.process_time()
    read_urls(piece * 200_000)
    assert time.process_time() - began < 10


def test_a_title_without_end_is_cut() -> None:
    (entry,) = read_urls(NEWS.replace("Talks", "Talks" * 1_000_000)).entries
    assert len(entry.title) <= TITLE_LIMIT


@given(st.lists(st.sampled_from(["<url>", "</url>", "<news:news>", "</news:news>", "<loc>", "</loc>", "x", "<", "&"])))
def test_whatever_is_broken_the_next_url_is_read(pieces: list[str]) -> None:
    assert read_urls(*pieces, "<url></url>", NEWS).entries[-1] == TALKS
