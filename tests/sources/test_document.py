import time

import pytest

from monitor.errors import ParseError
from monitor.sources.document import channel, mended, parsed, whole_items

GOOD = "<item><title>{0}</title><link>https://e.org/{0}</link></item>"
BAD = "<item><title>Bad</title><textInput><link>x</link></item>"  # KeyError in feedparser 6.0.14


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b\x0bc\ufffed", "abcd"),
        ("&#0;&#x1F;&#xD800;&#99999999999;&#x110000;", ""),
        ("&#233;&#xE9;&#10;&amp;&bogus;", "&#233;&#xE9;&#10;&amp;&bogus;"),
        ("한\x1f국\uffff 어\ud800", "한국 어"),
        ("\r\n\t <?xml version='1.0'?><rss/>", "<?xml version='1.0'?><rss/>"),
        ("\n<rss/>", "\n<rss/>"),
    ],
)
def test_what_xml_forbids_is_left_out(text: str, expected: str) -> None:
    assert mended(text) == expected


@pytest.mark.parametrize(
    ("text", "kept", "whole"),
    [
        ("<rss><item>a</item></rss>", "<rss><item>a</item></rss>", True),
        ("<rss><item>a</item><item>b", "<rss><item>a</item>", False),
        ("<rss><item>a</item><item", "<rss><item>a</item><item", False),
        ("<rss><item>a</item><item ", "<rss><item>a</item>", False),
        ("<rss><item>a</item>", "<rss><item>a</item>", False),
        ("<a:feed><a:entry>a</a:entry ></a:feed>\n", "<a:feed><a:entry>a</a:entry ></a:feed>", True),
        ("<rss><item>a</item></rss><!-- made in 3 ms --><br>\0", "<rss><item>a</item></rss>", True),
        ("<rss><item>a</item></rss></rss>", "<rss><item>a</item></rss></rss>", True),
        (ended := "<rss><channel><item>a</item></channel>", ended, True),
        (ended + "<script>x</script>", ended, True),
        (note := "<rss><item>a</item></rss><!-- kept </rss> for 3 s -->", note, True),
        (note := "<rss><item>a</item></rss><?kept </rss> for 3 s?>", note, True),
        (left := "<rdf:RDF><channel><items/></channel><item rdf:about='a'/><item rdf:about='b'/>", left, False),
        (said := "<rss><item>a</item><x><![CDATA[ </rss> ]]></x><y>", said, True),
        ("<rdf:RDF><items/></rdf:RDF>", "<rdf:RDF><items/></rdf:RDF>", True),
        ("<rss><item>a</item><item /></rss>", "<rss><item>a</item><item /></rss>", True),
        ("<rss>", "<rss>", False),
    ],
)
def test_a_cut_item_is_left_out(text: str, kept: str, whole: bool) -> None:
    assert whole_items(text) == (kept, whole)


def test_the_channel_is_what_stands_around_the_items() -> None:
    assert channel("<rss><ttl>5</ttl><item>a</item><item>b</item></rss>") == "<rss><ttl>5</ttl></rss>"
    assert channel("<rss></rss>") == "<rss></rss>"


def test_an_item_that_fells_feedparser_costs_itself_alone() -> None:
    items = GOOD.format("First") + BAD + GOOD.format("Last")
    feed = parsed(f"<rss version='2.0'><channel><title>T</title><ttl>5</ttl>{items}</channel></rss>")
    assert [entry.title for entry in feed.entries] == ["First", "Last"]
    assert (feed.version, feed.feed.title, feed.feed.ttl) == ("rss20", "T", "5")


def test_a_channel_that_fells_it_leaves_the_items() -> None:
    trouble = "<media:player xmlns:media='http://search.yahoo.com/mrss/'>&nbsp;</media:player>" + BAD[6:-7]
    feed = parsed(f"<rss version='2.0'><channel>{trouble}{GOOD.format('One')}</channel></rss>")
    assert "One" in [entry.title for entry in feed.entries]


def test_one_that_fells_it_without_an_item_is_a_feed_without_items() -> None:
    feed = parsed("<rss version='2.0'><channel xmlns:x='two names'><title>T</title><x:y/></channel></rss>")
    assert feed.entries == []


def test_parts_that_can_not_be_told_apart_are_an_error_of_the_feed() -> None:
    with pytest.raises(ParseError, match="a feed that can't be read \\(KeyError\\)"):
        parsed(BAD)


HOSTILE = {
    "end tags": "</" * 500_000,
    "names without an end": "</" + "a" * 1_000_000,
    "spaces in end tags": ("</item" + " " * 1_000) * 1_000,
    "items left open": "<item>" * 200_000,
    "references": "&#0;" * 200_000,
    "spaces": " \n" * 500_000 + "<",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_cut_in_linear_time(text: str) -> None:
    began = time.process_time()
    whole_items(mended(text))
    channel(text)
    assert time.process_time() - began < 3  # quadratic cost would be minutes
