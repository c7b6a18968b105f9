import json
from datetime import timedelta
from xml.etree import ElementTree

import feedparser
import pytest

from monitor.digest import syndication
from tests.digest.samples import NOW, TALKS, match

ADDRESS = "https://m.example/feeds/token/atom.xml?a=1&b=2"
HOSTILE = "</title><script>alert(1)</script> ]]> & \ud800\x00\ufffe\u202e <b>x"


def told(*matches, write=syndication.atom):
    return write(TALKS, matches, ADDRESS)


def test_an_atom_feed_says_what_it_is_and_tells_each_match():
    read = feedparser.parse(told(match(2, language="ko"), match(1)))
    assert not read.bozo
    assert (read.version, read.feed.title, read.feed.links[0].href) == ("atom10", TALKS.title, ADDRESS)
    assert (read.feed.updated, read.feed.author) == ("2019-10-06T04:30:00Z", "monitor")
    korean, first = read.entries
    assert (first.title, first.link, first.author) == ("Headline 1", "https://news.example/1", "Nordic Wire")
    assert (first.published, first.updated) == ("2019-10-06T03:30:00Z", "2019-10-06T04:30:00Z")
    assert "A sentence." in first.content[0].value
    assert "The event itself · 80: Stockholm" in first.content[0].value
    assert [tag.term for tag in first.tags] == ["Stockholm"]
    assert korean.content[0].language == "ko"
    assert korean.id != first.id


def test_a_json_feed_says_the_same():
    feed = json.loads(told(match(2, language="ko"), match(1), write=syndication.json_feed))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["feed_url"]) == (TALKS.title, ADDRESS)
    korean, first = feed["items"]
    assert (first["url"], first["title"], first["authors"]) == (
        "https://news.example/1",
        "Headline 1",
        [{"name": "Nordic Wire"}],
    )
    assert first["content_text"].startswith("A sentence.\n\n")
    assert (korean["language"], first["_monitor"]["score"]) == ("ko", 80.0)


def test_both_forms_name_a_match_alike_and_for_ever():
    (item,) = json.loads(told(match(1), write=syndication.json_feed))["items"]
    (entry,) = feedparser.parse(told(match(1, title="Other words", score=60.0))).entries
    assert item["id"] == entry.id
    later = json.loads(told(match(1, first_seen=NOW + timedelta(days=1)), write=syndication.json_feed))
    assert later["items"][0]["id"] != item["id"]


@pytest.mark.parametrize("write", [syndication.atom, syndication.json_feed])
def test_equal_matches_give_equal_bytes_and_none_a_whole_document(write):
    assert told(match(1), write=write) == told(match(1), write=write)
    empty = told(write=write)
    if write is syndication.atom:
        assert feedparser.parse(empty).entries == []
        ElementTree.fromstring(empty)
    else:
        assert json.loads(empty)["items"] == []


def test_hostile_texts_stay_text_in_a_document_that_is_sound():
    bad = match(1, title=HOSTILE, source=HOSTILE, url="javascript:alert(1)", language='en" x="')
    root = ElementTree.fromstring(told(bad))
    entry = root.find(f"{{{syndication.ATOM}}}entry")
    assert "<script>" in entry.findtext(f"{{{syndication.ATOM}}}title")
    assert entry.find(f"{{{syndication.ATOM}}}link") is None
    assert root.find(".//script") is None
    (item,) = json.loads(told(bad, write=syndication.json_feed))["items"]
    assert "url" not in item


def test_a_match_without_words_has_a_title():
    (entry,) = feedparser.parse(told(match(1, title="", source="", url=""))).entries
    assert (entry.title, entry.author) == ("Untitled", "unknown")
