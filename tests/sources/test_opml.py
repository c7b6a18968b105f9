import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from monitor.errors import ParseError
from monitor.model import Feed, Secret
from monitor.sources.opml import MOST_FEEDS, read, write


def opml(body: str) -> str:
    return f'<?xml version="1.0"?><opml version="1.0"><head><title>L</title></head><body>{body}</body></opml>'


def test_what_is_written_is_read_back() -> None:
    feeds = (
        Feed(url="https://e.org/rss?a=1&b=2", title='Quotes "and" <tags> & 북한', language="ko"),
        Feed(url="https://e.org/other", title="Other"),
    )
    document = write(feeds, "My <feeds>")
    assert read(document) == (feeds, ())
    assert read(document.encode()) == (feeds, ())
    root = ET.fromstring(document.encode())
    assert (root.get("version"), root.findtext("head/title")) == ("2.0", "My <feeds>")
    assert all(outline.get("type") == "rss" and outline.get("text") for outline in root.iter("outline"))


def test_a_feed_without_title_is_written_under_its_address() -> None:
    feeds, _ = read(write((Feed(url="https://e.org/rss"),), ""))
    assert feeds == (Feed(url="https://e.org/rss", title="https://e.org/rss"),)


def test_secrets_are_not_exported() -> None:
    feed = Feed(url="https://e.org/rss", username=Secret("canary"), password=Secret("canary"))
    assert "canary" not in write((feed,), "x")


def test_good_lines_are_kept_and_bad_ones_named() -> None:
    document = opml("""
        <outline text="Group"><outline text="Deep" xmlUrl="https://e.org/1"/></outline>
        <outline text="Scripted" xmlUrl="javascript:alert(1)"/>
        <outline text="Empty" type="rss" xmlUrl=""/>
        <outline xmlUrl="file:///etc/passwd"/>
        <outline text="Twice" xmlUrl="https://e.org/1"/>
        <outline text="Unescaped & bare" XMLURL='https://e.org/2?a=1&b=2'>
        <outline text="Only a page" htmlUrl="https://e.org/"/>""")
    feeds, problems = read(document)
    assert [(feed.url, feed.title) for feed in feeds] == [
        ("https://e.org/1", "Deep"),
        ("https://e.org/2?a=1&b=2", "Unescaped & bare"),
    ]
    assert problems[:2] == (
        "outline “Scripted”: “javascript:alert(1)” is no http(s) address",
        "outline “Empty”: an empty xmlUrl is no http(s) address",
    )
    assert "file:///etc/passwd" in problems[2]
    assert len(problems) == 3


def test_a_list_that_breaks_off_gives_what_it_held() -> None:
    whole, _, _ = opml('<outline xmlUrl="https://e.org/1"/>').partition("</body>")
    assert read(whole + '<outline xmlUrl="https://e.o') == ((Feed(url="https://e.org/1"),), ())


def test_encodings_are_heeded() -> None:
    document = opml('<outline text="연합뉴스" xmlUrl="https://e.org/1"/>').replace("?>", ' encoding="euc-kr"?>', 1)
    assert read(document.encode("euc-kr"))[0][0].title == "연합뉴스"


def test_no_entity_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    document = f'<!DOCTYPE opml [<!ENTITY f SYSTEM "{secret.as_uri()}"><!ENTITY a "{"x" * 999}">]>' + opml(
        '<outline text="&f; &a;" xmlUrl="https://e.org/1"/>'
    )
    assert read(document)[0][0].title == "&f; &a;"


@pytest.mark.parametrize("document", ["", "hello", "<html><title>OPML?</title>", "{}", "<rss/>"])
def test_what_is_no_opml_is_refused(document: str) -> None:
    with pytest.raises(ParseError, match="not an OPML list but"):
        read(document)


def test_size_number_and_depth_are_capped() -> None:
    with pytest.raises(ParseError, match="at most 5,000,000"):
        read(opml(" " * 5_000_001))
    began = time.process_time()
    feeds, problems = read(
        opml("".join(f"<outline text='d'><outline xmlUrl='http://e.org/{n}'/>" for n in range(10_005)))
    )
    assert len(feeds) == MOST_FEEDS
    assert problems == ("more than 10,000 feeds: the rest was left out",)
    assert time.process_time() - began < 5
