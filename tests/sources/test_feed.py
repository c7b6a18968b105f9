import json
import time
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import ParsedFeed
from monitor.sources.feed import read, recognises

DATA = Path(__file__).parent / "data"
URL = "https://feeds.example/all.xml"
XML = {"content-type": "application/xml"}


def rss(items: str, head: str = "") -> str:
    return f"<rss version='2.0'><channel><title>T</title>{head}{items}</channel></rss>"


def read_text(document: str) -> ParsedFeed:
    return read(document.encode(), URL, XML)


def told(feed: ParsedFeed) -> dict[str, Any]:
    """Return a feed as the files beside the samples write it."""
    fields = ("title", "format", "language", "interval_minutes", "skip_hours", "skip_days", "whole")
    entries = [[v.isoformat() if hasattr(v, "isoformat") else v for v in astuple(entry)[:7]] for entry in feed.entries]
    return json.loads(json.dumps({name: getattr(feed, name) for name in fields} | {"entries": entries}))


@pytest.mark.parametrize("sample", sorted(DATA.glob("*.xml")), ids=lambda path: path.stem)
def test_a_feed_is_read_as_its_expectation_says(sample: Path) -> None:
    assert told(read(sample.read_bytes(), URL, XML)) == json.loads(sample.with_suffix(".json").read_text())


@pytest.mark.parametrize("length", range(0, 420, 7))
def test_a_document_cut_anywhere_gives_whole_items_only(length: int) -> None:
    items = "".join(
        f"<item><title>Title {n} ends here</title><link>https://e.org/{n}</link><description>Text {n} ends here."
        f"</description></item>\n"
        for n in range(3)
    )
    document, start = rss(items), len("<rss version='2.0'><channel>")
    feed = read_text(document[: start + length])
    assert all(e.title.endswith("ends here") and e.text.endswith("ends here.") and e.url for e in feed.entries)
    assert feed.whole == (start + length >= len(document) - len("</rss>"))


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("euc-kr", "euc-kr", ""),
        ("euc-kr", "", "; charset=EUC-KR"),
        ("utf-8", "", ""),
        ("utf-8", "iso-8859-1", "; charset=iso-8859-1"),
        ("utf-8-sig", "", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16-le", "", ""),
    ],
)
def test_the_encoding_is_found(encoding: str, declared: str, header: str) -> None:
    declaration = f"<?xml version='1.0' encoding='{declared}'?>" if declared else "<?xml version='1.0'?>"
    document = declaration + rss("<item><title>북미 실무협상 스톡홀름</title></item>")
    feed = read(document.encode(encoding), URL, {"content-type": "text/xml" + header})
    assert feed.entries[0].title == "북미 실무협상 스톡홀름"


@pytest.mark.parametrize("more", ["", "<dc:date/>"])  # read without feedparser, and with it
def test_utf_8_that_was_encoded_twice_is_repaired(more: str) -> None:
    twice = "Café à Zürich – 회담".encode().decode("latin-1")
    feed = read_text(rss(f"<item><title>{twice}</title><description>{twice}</description>{more}</item>"))
    assert (feed.entries[0].title, feed.entries[0].text) == ("Café à Zürich – 회담",) * 2


def test_one_bad_item_costs_no_other() -> None:
    worst = "<item><title>" + "<b a='" * 20 + "</title><link>http://[bad</link><pubDate>\x00\x01</pubDate></item>"
    feed = read_text(rss("<item><title>First</title></item>" + worst + "<item><title>Last</title></item>"))
    assert {"First", "Last"} <= {entry.title for entry in feed.entries}


def test_entities_are_neither_opened_nor_multiplied() -> None:
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{layers}]>' + rss("<item><title>&l9;</title></item>")
    began = time.process_time()
    try:
        feed = read_text(bomb)
    except ParseError:
        return
    assert len(feed.entries[0].title) <= 500
    assert time.process_time() - began < 2


def test_a_file_named_by_an_entity_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    document = f'<!DOCTYPE rss [<!ENTITY f SYSTEM "{secret.as_uri()}">]>' + rss("<item><title>x &f;</title></item>")
    assert "canary" not in repr(read_text(document))


def test_a_feed_without_items_is_a_feed() -> None:
    assert read_text(rss("")).entries == ()


def test_ten_thousand_items_are_read() -> None:
    items = "".join(f"<item><title>{n}</title><link>https://e.org/{n}</link></item>" for n in range(10_000))
    assert len(read_text(rss(items)).entries) == 10_000


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("<ttl>60</ttl>", 60),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>inf</ttl>", None),
        ("<ttl>99999999999999</ttl>", None),
        ("", None),
    ],
)
def test_nonsense_about_intervals_is_not_heeded(head: str, minutes: float | None) -> None:
    assert read_text(rss("", head)).interval_minutes == minutes


def test_long_texts_are_cut_and_long_guids_hashed() -> None:
    item = f"<item><title>{'t' * 900}</title><guid isPermaLink='false'>{'g' * 2000}</guid>"
    item += f"<description>{'word ' * 9000}</description><pubDate>{'x' * 900}</pubDate></item>"
    entry = read_text(rss(item)).entries[0]
    assert (len(entry.title), len(entry.published_raw)) == (500, 100)
    assert 19_900 < len(entry.text) <= 20_000
    assert entry.guid.startswith("sha256:")


def test_the_publishers_address_behind_a_relay_is_taken() -> None:
    relay = (
        "<item><title>x</title><link>https://relay.example/~r/1</link><f:origLink>https://e.org/1</f:origLink></item>"
    )
    document = rss(relay).replace("<rss", "<rss xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'")
    assert read_text(document).entries[0].url == "https://e.org/1"


SOURCE = '<source url="https://www.paper.example">The R&amp;D Paper</source>'


@pytest.mark.parametrize(
    ("title", "source", "read"),
    [
        ("Talks - again - The R&amp;D Paper", SOURCE, ("Talks - again", "The R&D Paper", "https://www.paper.example")),
        ("Talks", SOURCE, ("Talks", "", "")),  # credited, but not published by them
        ("Talks - Reuters", SOURCE, ("Talks - Reuters", "", "")),
        (" - The R&amp;D Paper", SOURCE, ("- The R&D Paper", "", "")),
        ("Talks - The R&amp;D Paper", SOURCE.replace("www.paper", "feeds"), None),  # the feed's own
        ("Talks - The R&amp;D Paper", SOURCE.replace("https:", "javascript:"), None),
        ("Talks - The R&amp;D Paper", "<source>The R&amp;D Paper</source>", None),
    ],
)
def test_an_item_that_a_search_found_names_its_publisher(title: str, source: str, read: tuple[str, ...] | None) -> None:
    (entry,) = read_text(rss(f"<item><title>{title}</title>{source}</item>")).entries
    expected = read or ("Talks - The R&D Paper", "", "")
    assert (entry.title, entry.publisher, entry.publisher_url) == expected


def test_feeds_are_recognised_by_their_root_and_not_by_their_media_type() -> None:
    assert recognises(b"<!-- made by hand --><rss/>", {"content-type": "text/html"})
    assert not recognises(b"<html><rss>", {"content-type": "application/rss+xml"})


PIECES = ["<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<link>", "x", "&#1;", "&lt;b", "--", "99"]
PIECES += ["<![CDATA[", "]]>", "<div>", "<pubDate>", "</pubDate>", "<image>", "<source>", "<author>", "a@b", "<guid>"]
PIECES += ["<enclosure/>", "<media:content/>", "<link/>", "<content>", "</content>", "<a:b a='"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_arrangement_of_tags_is_unexpected(parts: list[str]) -> None:
    try:
        feed = read_text(rss("".join(parts)))
    except ParseError:
        return
    assert all(entry.title for entry in feed.entries)
