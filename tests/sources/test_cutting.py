from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import READ_WHOLE
from monitor.sources import cutting, document

HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour news</title><language>en</language>\n'
TAIL = "\n</channel></rss>"


def item(number, more=""):
    link = f"https://a.example/{number}"
    return f"<item><title>Report {number}</title><link>{link}</link><guid>{link}</guid>{more}</item>"


def feed(*items):
    return HEAD + "\n".join(items) + TAIL


def titles(reading):
    return [entry.title for entry in reading.parsed.entries]


def unsampled(*items):
    """Return a feed of these items that is not one of those which are read both ways."""
    texts = (feed(*items) + f"<!-- {number} -->" for number in count())
    return next(text for text in texts if not ((parts := cutting.split(text)) and cutting._sampled(parts)))


def sampled(*items):
    """Return a feed of these items that is read both ways."""
    texts = (feed(*items) + f"<!-- {number} -->" for number in count())
    return next(text for text in texts if cutting._sampled(cutting.split(text)))


def test_a_first_reading_is_whole():
    reading = cutting.read(feed(item(1), item(2)))
    assert (titles(reading), reading.cut) == (["Report 1", "Report 2"], 0)
    assert len(reading.hashes) == 1 + 2 * 8


def test_only_what_is_new_is_read_again():
    before = cutting.read(feed(item(1), item(2))).hashes
    reading = cutting.read(unsampled(item(3), item(1), item(2)), before)
    assert (titles(reading), reading.cut) == (["Report 3"], 2)
    assert reading.parsed.feed.title == "Harbour news"
    assert len(reading.hashes) == 1 + 3 * 8


def test_an_item_that_changed_is_new():
    before = cutting.read(feed(item(1), item(2))).hashes
    assert titles(cutting.read(unsampled(item(1, "<author>me</author>"), item(2)), before)) == ["Report 1"]


def test_a_feed_without_news_is_read_without_an_item():
    before = cutting.read(feed(item(1), item(2))).hashes
    reading = cutting.read(unsampled(item(2), item(1)), before)
    assert (titles(reading), reading.cut, reading.parsed.feed.language) == ([], 2, "en")


def test_atom_is_cut_too():
    entries = [f"<entry><id>urn:{n}</id><title>Report {n}</title></entry>" for n in (1, 2)]
    texts = [f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(some)}</feed>' for some in (entries[:1], entries)]
    before = cutting.read(texts[0]).hashes
    reading = cutting.read(texts[1], before)
    assert (titles(reading), reading.cut) == (["Report 2"], 1)


@pytest.mark.parametrize(
    "inside",
    [
        "<description><![CDATA[<item>an example</item>]]></description>",
        "<description><![CDATA[</item><item>]]></description>",
        "<!-- </item> <item> -->",
        "<item><title>nested</title></item>",
        "<description><![CDATA[</item>]]></description>",
    ],
)
def test_items_that_can_not_be_told_apart_are_always_read(inside):
    texts = [feed(item(1, inside), item(2)), unsampled(item(3), item(1, inside), item(2))]
    before = cutting.read(texts[0])
    after = cutting.read(texts[1], before.hashes)
    assert after.cut == 0
    assert titles(after) == [entry.title for entry in document.parsed(texts[1]).entries]


def test_an_ill_formed_document_stays_one_when_it_is_cut():
    fault = TAIL + "<junk/>"
    before = cutting.read(HEAD + item(1) + fault)
    reading = cutting.read(HEAD + item(2) + item(1) + fault, before.hashes)
    assert (titles(reading), reading.cut, before.hashes[:1]) == (["Report 2"], 1, b"\1")


def test_a_fault_that_comes_or_goes_with_the_cut_is_read_whole():
    broken = item(1, "<description>fish & <b>chips</description>")
    before = cutting.read(feed(broken)).hashes
    reading = cutting.read(unsampled(item(2), broken), before)
    assert reading.cut == 0
    assert len(reading.parsed.entries) == 2


def test_one_document_in_a_hundred_is_read_both_ways():
    before = cutting.read(feed(item(1))).hashes
    reading = cutting.read(sampled(item(2), item(1)), before)
    assert (titles(reading), reading.cut, reading.wrong) == (["Report 2", "Report 1"], 0, False)
    assert reading.compared
    assert not cutting.read(unsampled(item(2), item(1)), before).compared


def test_what_reads_otherwise_alone_ends_the_cutting(monkeypatch):
    before = cutting.read(feed(item(1))).hashes
    text = sampled(item(2, "<date>which only feedparser reads</date>"), item(1))
    whole = document.parsed(text)

    def parsed(document_):  # a feedparser to which the items before say how to read the next
        return whole if "Report 1" in document_ else document.parsed(document_.replace("Report 2", "Report two"))

    monkeypatch.setattr(cutting, "document", SimpleNamespace(**vars(document) | {"parsed": parsed}))
    reading = cutting.read(text, before)
    assert (titles(reading), reading.hashes, reading.wrong) == (["Report 2", "Report 1"], READ_WHOLE, True)


def test_a_feed_that_must_not_be_cut_stays_so():
    reading = cutting.read(unsampled(item(2), item(1)), READ_WHOLE)
    assert (titles(reading), reading.cut, reading.hashes) == (["Report 2", "Report 1"], 0, READ_WHOLE)


@given(st.text(alphabet="<>/ item", max_size=60) | st.text(max_size=40))
def test_the_parts_are_the_document_whatever_it_is(text):
    parts = cutting.split(text)
    if parts is not None:
        assert parts.only(range(len(parts.items))) == text


@given(st.lists(st.integers(0, 9), unique=True, min_size=1), st.sets(st.integers(0, 9)))
def test_what_was_there_and_what_is_new_make_the_whole(now, before):
    hashes = cutting.read(feed(*map(item, sorted(before)))).hashes if before else b""
    text = feed(*map(item, now))
    fresh = [f"Report {number}" for number in now if number not in before]
    reading = cutting.read(text, hashes)
    assert titles(reading) == (fresh if reading.cut else [f"Report {number}" for number in now])
    assert [entry.title for entry in document.parsed(text).entries] == [f"Report {number}" for number in now]
