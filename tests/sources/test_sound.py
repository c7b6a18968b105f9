import time
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import READ_WHOLE
from monitor.sources import cutting, document, sound

RSS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:x="urn:x"'
    ' xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><channel>'
    "<title>Harbour news</title><link>https://a.example/</link><language>en-GB</language><item>{}</item></channel></rss>"
)
RDF = (
    '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xml:lang="no"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    '<channel rdf:about="https://a.example/"><title>Havnenytt</title><dc:language>nb</dc:language>'
    '<items><rdf:Seq><rdf:li resource="https://a.example/1"/></rdf:Seq></items></channel>'
    '<image rdf:about="https://a.example/i"><title>Logo</title><url>https://a.example/i</url></image>'
    '<item rdf:about="https://a.example/1">{}</item></rdf:RDF>'
)
ATOM = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv_SE"><title>Hamnnytt</title>'
    "<id>urn:a</id><entry>{}</entry></feed>"
)
CHANNEL = RSS.replace("<title>Harbour news</title>", "").replace("<language>en-GB</language>", "")
CHANNEL = CHANNEL.replace("<item>{}</item>", "{}<item><title>One</title><description>It</description></item>")
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
    "<title>Fish &amp;amp; chips</title>",
    "<title>&lt;i&gt;Ferry&lt;/i&gt; news</title>",
    "<title>One</title><title>Two</title>",
    '<title xml:lang="de_AT">Hafen</title>',
    "<title>&#146;tis</title>",
    "<dc:title>Another</dc:title>",
    "<media:title>Picture</media:title>",
    "<media:content url='u' lang='fr'><media:title>Photo</media:title><media:description>Seen</media:description>"
    "</media:content>",
    "<media:group><media:content url='u'/><media:description type='html'>Grouped</media:description></media:group>",
    "<description>First</description><description>Second</description>",
    "<itunes:summary>They spoke of it.</itunes:summary>",
    "<itunes:title>Heard</itunes:title>",
    "<dc:date>2031-04-07</dc:date>",
    "<dc:language>fr</dc:language>",
    "<atom:updated>2031-04-09T00:00:00Z</atom:updated>",
    '<atom:link href="https://a.example/3"/>',
    '<atom:link rel="replies" x:count="3" href="https://a.example/4"/>',
    "<source url='https://b.example/feed'>B</source>",
    "<f:origLink>https://b.example/1</f:origLink>",
    "<link>https:///a.example/1</link>",
    "<description>&#146;tis</description>",
    "<unknown>?</unknown>",
    "<unknown a='1'><x:more>!</x:more></unknown>",
    "<image/>",
    "<x:a><image/></x:a>",
    "<itunes:link rel='image' href='https://a.example/i'>Heard</itunes:link>",
    '<description xml:base="https://c.example/d/">Based</description>',
    '<link xml:base="https://c.example/d/">e</link>',
)


def xhtml(name, inside):
    inside = inside.replace("<div", '<div xmlns="http://www.w3.org/1999/xhtml"')
    return f'<{name} type="xhtml">{inside}</{name}>'


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
    '<link href=""/>',
    '<link title="T" href="https://a.example?"/>',
    '<link href="g/h.html"/>',
    '<link xml:base="https://c.example/d/" href="../h.html"/>',
    '<content type="html" xml:base="https://c.example/d/">Med</content>',
    '<title type="HTML" xml:lang="">Utan</title>',
    "<source>B</source>",
    "<source><title>Grannens nytt</title><id>urn:b</id><link href='https://b.example/'/><updated>2031-04-07</updated>"
    "<author><name>B</name></author></source>",
    "<source><title/><unknown>?</unknown></source>",
    xhtml("summary", "<div>De <em>möttes</em>.</div>"),
    xhtml("summary", "\n<div class='a &quot;b&quot; &lt;c&gt;'><p>En</p><p xml:lang='de' REL='Me'>Zwei</p></div> "),
    xhtml("content", "<div><br/>Rad &amp; <Img SRC='a?b&amp;c' Alt=''/>&lt;b></div>"),
    xhtml("content", "<div>En</div><div>två</div>"),
    xhtml("content", "<div/>"),
    xhtml("content", "<div><div></div></div><!-- ? --> <div>CafÃ©</div>"),
    xhtml("content", "bara &#146;text&#146;"),
    xhtml("content", " <div>a</div>slut"),
    xhtml("title", "<div>Strejk i <b>hamnen</b></div>"),
    xhtml("rights", "<div><a href='l'>Fri</a></div>"),
)
IN_CHANNELS = (
    "<title>Harbour &amp;amp; bridge</title>",
    "<link>https://a.example/</link>",
    "<language>de</language>",
    "<dc:language>de</dc:language>",
    "<ttl>60</ttl>",
    "<sy:updatePeriod> hourly </sy:updatePeriod>",
    "<sy:updateFrequency>2</sy:updateFrequency>",
    "<image><title>Logo</title><url>https://a.example/i</url><link>https://a.example/</link></image>",
    "<description>All of it</description>",
    "<itunes:summary>All of it</itunes:summary>",
    '<itunes:category text="News"><itunes:category text="Ports"/></itunes:category>',
    "<itunes:owner><itunes:name>M</itunes:name></itunes:owner>",
    '<itunes:image href="https://a.example/i"/>',
    '<atom:link rel="self" href="https://a.example/rss"/>',
    "<lastBuildDate>Mon, 07 Apr 2031 08:00:00 +0200</lastBuildDate>",
    "<copyright>M</copyright>",
    "<skipHours><hour>1</hour></skipHours>",
    "<generator>g</generator>",
    "<x:ttl>5</x:ttl>",
    "<itunes:link rel='image' href='https://a.example/i'>Heard</itunes:link>",
    "<textInput><title>Search</title><description>All</description><name>q</name><link>/s</link></textInput>",
)
UNUSUAL = (
    "<title><b>Bold</b></title>",
    '<title type="xhtml">Bold</title>',
    "<item><title>nested</title></item>",
    "<image><title>Logo</title></image>",
    "<date>2031-04-07</date>",
    "<links>many</links>",
    "<title_detail>much</title_detail>",
    "<x:a><pubDate>2031-04-07</pubDate></x:a>",
    "<unknown base='https://b.example/'/>",
    '<atom:link x:href="https://a.example/5"/>',
    "<textInput><title>Search</title></textInput>",
    '<x:a xmlns:x="urn:y"/>',
    '<a xmlns:media="http://purl.org/dc/elements/1.1/"/>',
    '<a xmlns:rss="http://purl.org/rss/1.0/"/>',
    "<x:a>" * 30 + "</x:a>" * 30,
)
FRAMES = {"RSS": (RSS, IN_RSS), "RDF": (RDF, IN_RSS[:18]), "Atom": (ATOM, IN_ATOM), "channel": (CHANNEL, IN_CHANNELS)}


def same(text):
    """Tell whether a document is read as feedparser reads it, or left to it."""
    found, theirs = sound.read(text), document.parsed(text)
    return found is None or (not theirs.bozo and sound.agree(found, theirs, range(len(theirs.entries))))


@pytest.mark.parametrize(("frame", "usual"), FRAMES.values(), ids=FRAMES)
def test_what_is_read_of_a_feed_is_what_feedparser_reads(frame, usual):
    @settings(deadline=None)
    @given(st.lists(st.sampled_from(usual + UNUSUAL), max_size=8))
    def check(parts):
        assert same(frame.format("".join(parts)))

    check()


@given(st.lists(st.sampled_from(IN_RSS), max_size=5), st.lists(st.sampled_from(IN_RSS), max_size=5))
def test_an_item_leaves_to_the_next_what_it_leaves_to_it_in_feedparser(one, other):
    assert same(RSS.format("".join(one) + "</item><item>" + "".join(other)))


@given(st.lists(st.sampled_from(IN_ATOM), max_size=5), st.sampled_from(["", ' xml:base="/e/"', ' xml:lang="fi"']))
def test_addresses_outlive_their_elements_as_in_feedparser(parts, more):
    text = ATOM.format("".join(parts) + f'</entry><entry{more}><id>2</id><link href="2?"/><title>Två</title>')
    assert same(text)
    assert same(text.replace("<feed", '<feed xml:base="https://d.example/f/"'))


SPICE = st.sampled_from(
    (*IN_RSS, *UNUSUAL, "<", ">", "&", "]]>", "<![CDATA[", "<!--", "</item>", "<item>", "\r", "\x85")
)


@given(st.lists(SPICE | st.text(max_size=8), max_size=8))
def test_no_arrangement_of_markup_is_read_otherwise_than_by_feedparser(parts):
    assert same(document.mended(RSS.format("".join(parts))))


@pytest.mark.parametrize(("frame", "part"), [(frame, part) for frame, usual in FRAMES.values() for part in usual])
def test_usual_feeds_are_read(frame, part):
    text = frame.format(part)
    assert sound.read(text) is not None
    assert same(text)


@pytest.mark.parametrize("part", UNUSUAL)
def test_an_unusual_item_is_left_to_feedparser(part):
    assert sound.read(RSS.format(part)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<rss",
        RSS.format("<title>Fish & chips</title>"),
        RSS.format("").replace("<channel>", '<channel xml:lang="de">'),
        RSS.format("").replace('x="urn:x"', 'x="urn:&#120;"'),
        RSS.format("").replace("<channel>", "<channel/><channel>"),
        RSS.format("").replace("</channel>", "</channel><item/>"),
        RSS.format("").replace("?><rss", ">?><rss"),
        ATOM.format("").replace("2005/Atom", "2005/Atoms"),
        ATOM.format("").replace("feed xmlns=", 'feed xmlns:r="http://purl.org/rss/1.0/" xmlns='),
        RSS.format("<title>&x;</title>").replace("<rss", '<!DOCTYPE rss [<!ENTITY x "y">]><rss'),
        RSS.format("<title>&x;</title>").replace("<rss", '<!DOCTYPE rss SYSTEM "file:///etc/hostname"><rss'),
    ],
)
def test_an_unusual_document_is_left_to_feedparser(text):
    assert sound.read(text) is None


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0.1", "1", ""])
def test_the_version_is_told(version):
    text = RSS.format("").replace('version="2.0"', f'version="{version}"')
    assert sound.read(text).version == document.parsed(text).version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Harbour news", "Harbour"),
        ("en-GB", "en"),
        ("<item>", "<ttl>5</ttl><item>"),
        ("One", "Two"),
        ('"2.0"', '"0.92"'),
    ],
)
def test_readings_that_differ_do_not_agree(old, new):
    text = RSS.format("<title>One</title>")
    assert sound.agree(sound.read(text), document.parsed(text), [0])
    assert not sound.agree(sound.read(text.replace(old, new)), document.parsed(text), [0])


def _feed(sampled: bool) -> str:
    texts = (RSS.format(f"<title>Report</title><guid>urn:{number}</guid>") for number in count())
    return next(text for text in texts if cutting._sampled(cutting.split(text)) is sampled)


def test_a_sound_feed_is_read_with_its_channel():
    reading = cutting.read(_feed(sampled=False))
    assert reading.parsed.feed.language == "en-GB"
    assert reading.parsed.version == "rss20"
    assert [entry["title"] for entry in reading.parsed.entries] == ["Report"]
    assert len(reading.hashes) == 1 + 8


def test_what_is_new_is_read_without_feedparser_too(monkeypatch):
    before = cutting.read(_feed(sampled=False)).hashes
    monkeypatch.delattr(document, "parsed")
    text = _feed(sampled=False).replace("</item>", "</item><item><title>News</title></item>")
    while cutting._sampled(cutting.split(text)):
        text += " "
    reading = cutting.read(text, before)
    assert ([entry["title"] for entry in reading.parsed.entries], reading.cut) == (["News"], 1)
    assert reading.parsed.feed.title == "Harbour news"


def test_one_sound_feed_in_a_hundred_is_read_both_ways():
    reading = cutting.read(_feed(sampled=True))
    assert "authors" not in reading.parsed.entries[0]
    assert "guidislink" in reading.parsed.entries[0]  # feedparser's own reading
    assert not reading.wrong


def test_a_feed_that_feedparser_reads_otherwise_is_left_to_it_from_then_on(monkeypatch):
    otherwise = sound.read(_feed(sampled=True).replace("Report", "Otherwise"))
    monkeypatch.setattr(cutting, "sound", SimpleNamespace(read=lambda _: otherwise, agree=sound.agree))
    reading = cutting.read(_feed(sampled=True))
    assert (reading.parsed.entries[0].title, reading.hashes, reading.wrong) == ("Report", READ_WHOLE, True)
    assert cutting.read(_feed(sampled=False), reading.hashes).parsed.entries[0].title == "Report"


HOSTILE = {
    "depth": RSS.format("<category>" * 100_000 + "</category>" * 100_000),
    "depth without an end": "<rss version='2.0'>" + "<a>" * 500_000,
    "attributes": RSS.format("<enclosure " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
    "a long attribute": RSS.format(f'<enclosure url="{"x" * 5_000_000}"/>'),
    "namespaces": RSS.format("").replace("<rss", "<rss " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(50_000))),
    "prefixes": RSS.format("<description>" + "xmlns:" * 500_000 + "</description>"),
    "values": RSS.format("<description>" + "xmlns='" * 300_000 + 'xmlns="' * 300_000 + "</description>"),
    "depth of what is unknown": RSS.format("<x:a>" * 100_000 + "</x:a>" * 100_000),
    "depth in the channel": CHANNEL.format("<x:a>" * 100_000 + "</x:a>" * 100_000),
    "titles": RSS.format("<title>&lt;/a&amp;b</title>" * 50_000),
    "a title": RSS.format(f"<title>{'&lt;/a&amp;b' * 200_000}</title>"),
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
    sound.read(text)
    assert time.process_time() - began < 4  # that they are read or left to feedparser takes a tenth of it
