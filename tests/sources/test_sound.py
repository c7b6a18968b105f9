import time
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import READ_WHOLE
from monitor.sources import cutting, document, sound

RSS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
    "<title>Harbour news</title><link>https://a.example/</link><language>en-GB</language><item>{}</item></channel></rss>"
)
ATOM = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv_SE"><title>Hamnnytt</title>'
    "<id>urn:a</id><entry>{}</entry></feed>"
)
IN_RSS = (
    "<title>Crane drivers &amp; dockers</title>",
    "<title><![CDATA[ R&D, 5 > 4 ]]></title>",
    "<title>CafÃ© reopens</title>",
    "<title/>",
    "<link>https://a.example/1?a=1&amp;amp;copy;=2</link>",
    "<link> https://a.example/2 </link>",
    "<link/>",
    "<link>2.html</link>",
    '<guid isPermaLink="false">tag:1</guid>',
    "<guid>https://a.example/1</guid>",
    '<guid isPermaLink="True">urn:1</guid>',
    "<description>&lt;p&gt;They met.&lt;/p&gt;</description>",
    "<description> </description>",
    "<content:encoded><![CDATA[<p>They met &#8211; twice.</p>]]></content:encoded>",
    "<pubDate>Mon, 07 Apr 2031 08:00:00 +0200</pubDate>",
    "<pubDate>yesterday</pubDate>",
    '<enclosure url="https://a.example/1.mp3" type="audio/mpeg" length="1"/>',
    "<dc:creator>Marit</dc:creator>",
    "<category>ports</category>",
    '<media:content url="https://a.example/1.jpg"/>',
    "<!-- no more -->",
)
IN_ATOM = (
    "<title>Kranförare &amp;amp; hamnarbetare</title>",
    '<title type="html">&lt;b&gt;Strejk&lt;/b&gt;</title>',
    '<title type="text">5 &lt; 6</title>',
    "<id>urn:1</id>",
    "<id>https://a.example/1</id>",
    '<link href="https://a.example/1"/>',
    '<link rel="Alternate" type="application/pdf" href="https://a.example/1.pdf"/>',
    '<link rel="self" href="https://a.example/1.atom"/>',
    "<published>2031-04-07T08:00:00Z</published>",
    "<updated>2031-04-08T08:00:00+02:00</updated>",
    "<updated>0001-01-01T00:00:00Z</updated>",
    "<summary>De möttes.</summary>",
    '<summary type="html">&lt;p&gt;De möttes.&lt;/p&gt;</summary>',
    '<content type="html">&lt;p&gt;De möttes igen.&lt;/p&gt;</content>',
    "<content>Bara text</content>",
    "<author><name>Marit</name><email>m@a.example</email></author>",
    '<category term="hamnar"/>',
)
UNUSUAL = (
    "<title>Fish &amp;amp; chips</title>",
    "<title>&lt;i&gt;Ferry&lt;/i&gt; news</title>",
    "<title>One</title><title>Two</title>",
    "<title><b>Bold</b></title>",
    '<title xml:lang="de">Hafen</title>',
    "<media:title>Picture</media:title>",
    "<dc:date>2031-04-07</dc:date>",
    "<source url='https://b.example/feed'>B</source>",
    "<description>&#146;tis</description>",
    "<link>https:///a.example/1</link>",
    "<item><title>nested</title></item>",
    "<unknown>?</unknown>",
)


@given(st.lists(st.sampled_from(IN_RSS + UNUSUAL), unique=True, max_size=8))
def test_what_is_read_of_an_item_of_rss_is_what_feedparser_reads(parts):
    text = RSS.format("".join(parts))
    found = sound.items(text)
    assert found is None or sound.agree(found, document.parsed(text).entries)


@given(st.lists(st.sampled_from(IN_ATOM + UNUSUAL), unique=True, max_size=8))
def test_what_is_read_of_an_entry_of_atom_is_what_feedparser_reads(parts):
    text = ATOM.format("".join(parts))
    found = sound.items(text)
    assert found is None or sound.agree(found, document.parsed(text).entries)


SPICE = st.sampled_from(
    (*IN_RSS, *UNUSUAL, "<", ">", "&", "]]>", "<![CDATA[", "<!--", "</item>", "<item>", "\r", "\x85")
)


@given(st.lists(SPICE | st.text(max_size=8), max_size=8))
def test_no_arrangement_of_markup_is_read_otherwise_than_by_feedparser(parts):
    text = document.mended(RSS.format("".join(parts)))
    found = sound.items(text)
    assert found is None or sound.agree(found, document.parsed(text).entries)


@pytest.mark.parametrize(("frame", "part"), [(RSS, part) for part in IN_RSS] + [(ATOM, part) for part in IN_ATOM])
def test_usual_items_are_read(frame, part):
    assert sound.items(frame.format(part)) is not None


@pytest.mark.parametrize("part", UNUSUAL)
def test_an_unusual_item_is_left_to_feedparser(part):
    assert sound.items(RSS.format(part)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<rss",
        RSS.format("<title>Fish & chips</title>"),
        RSS.format("").replace("2.0", "0.91"),
        RSS.format("").replace("<channel>", '<channel xml:lang="de">'),
        ATOM.format("").replace("<entry>", '<entry xml:base="https://b.example/">'),
        ATOM.format("").replace("2005/Atom", "2005/Atoms"),
        RSS.format("<title>&x;</title>").replace("<rss", '<!DOCTYPE rss [<!ENTITY x "y">]><rss'),
        RSS.format("<title>&x;</title>").replace("<rss", '<!DOCTYPE rss SYSTEM "file:///etc/hostname"><rss'),
    ],
)
def test_an_unusual_document_is_left_to_feedparser(text):
    assert sound.items(text) is None


def _feed(sampled: bool) -> str:
    texts = (RSS.format(f"<title>Report</title><guid>urn:{number}</guid>") for number in count())
    return next(text for text in texts if cutting._sampled(text) is sampled)


def test_a_sound_feed_is_read_with_its_channel():
    reading = cutting.read(_feed(sampled=False))
    assert reading.parsed.feed.language == "en-GB"
    assert reading.parsed.version == "rss20"
    assert [entry["title"] for entry in reading.parsed.entries] == ["Report"]
    assert len(reading.hashes) == 1 + 8


def test_one_sound_feed_in_fifty_is_read_both_ways():
    reading = cutting.read(_feed(sampled=True))
    assert "authors" not in reading.parsed.entries[0]
    assert "guidislink" in reading.parsed.entries[0]  # feedparser's own reading
    assert not reading.wrong


def test_a_feed_that_feedparser_reads_otherwise_is_left_to_it_from_then_on(monkeypatch):
    monkeypatch.setattr(cutting, "sound", SimpleNamespace(items=lambda _: [{"title": "Otherwise"}], agree=sound.agree))
    reading = cutting.read(_feed(sampled=True))
    assert (reading.parsed.entries[0].title, reading.hashes, reading.wrong) == ("Report", READ_WHOLE, True)
    assert cutting.read(_feed(sampled=False), reading.hashes).parsed.entries[0].title == "Report"


HOSTILE = {
    "depth": RSS.format("<category>" * 100_000 + "</category>" * 100_000),
    "depth without an end": "<rss version='2.0'>" + "<a>" * 500_000,
    "attributes": RSS.format("<enclosure " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "a long attribute": RSS.format(f'<enclosure url="{"x" * 5_000_000}"/>'),
    "namespaces": RSS.format("").replace("<rss", "<rss " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(50_000))),
    "laughs": f'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "{"&a;" * 1_000}"><!ENTITY c "{"&b;" * 1_000}">]>'
    + RSS.format("<title>&c;&c;</title>"),
    "sections": RSS.format("<description>" + "<![CDATA[x]]>" * 200_000 + "</description>"),
    "sections left open": RSS.format("<description>" + "<![CDATA[" * 200_000),
    "a long date": RSS.format(f"<pubDate>{'1-' * 200_000}</pubDate>"),
    "a blank date": RSS.format(f"<pubDate>Mon,{' ' * 500_000}1</pubDate>"),
    "items": RSS.format("</item><item>" * 100_000),
    "declarations": "<!" * 500_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_costs_little_without_feedparser_too(text):
    began = time.process_time()
    sound.items(text)
    assert time.process_time() - began < 4  # that they are read or left to feedparser takes a tenth of it
