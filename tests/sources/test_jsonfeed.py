import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import Entry, ParsedFeed
from monitor.sources.contents import NoFeedError
from monitor.sources.jsonfeed import read, recognises

URL = "https://e.org/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def read_items(*items: object, **head: object) -> ParsedFeed:
    return read(json.dumps({"version": VERSION, "items": items, **head}).encode(), URL, {})


def test_a_json_feed_is_read() -> None:
    item = {
        "id": 7,
        "url": "/talks",
        "title": "Talks &amp; more",
        "summary": "Short.",
        "content_html": "<p>They met.</p><script>x</script><p>They parted.</p>",
        "date_published": "2019-10-05T18:30:00+09:00",
        "language": "ko",
    }
    feed = read_items(item, {"id": "8", "content_text": "Only text", "date_modified": "soon"}, title="F", language="en")
    assert feed == ParsedFeed(
        title="F",
        format="jsonfeed11",
        language="en",
        entries=(
            Entry(
                guid="7",
                url="https://e.org/talks",
                title="Talks &amp; more",
                text="They met.\nThey parted.",
                published=datetime(2019, 10, 5, 9, 30, tzinfo=UTC),
                published_raw="2019-10-05T18:30:00+09:00",
                language="ko",
            ),
            Entry("8", "", "Only text", "Only text", None, "soon", "en"),
        ),
    )


def test_version_1_is_read_and_what_follows_the_document_is_not() -> None:
    document = b'\xef\xbb\xbf {"version": "https://jsonfeed.org/version/1", "items": []}\n<!-- cached -->'
    assert read(document, URL, {}).format == "jsonfeed10"


@pytest.mark.parametrize("body", [b"[]", b'{"items": 7}', b'{"version": "x"}', b"null", b'"x"'])
def test_json_that_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(NoFeedError, match=r"JSON document|plain text"):
        read(body, URL, {})


@pytest.mark.parametrize("body", [b'{"items": [{"id": "1", "tit', b"{" * 10, b'{"items":' + b"[" * 100_000, b""])
def test_what_broke_off_is_an_error_of_this_feed(body: bytes) -> None:
    with pytest.raises(ParseError):
        read(body, URL, {})


def test_feeds_are_recognised_by_version_or_media_type() -> None:
    assert recognises(b' {"version": "https:\\/\\/jsonfeed.org\\/version\\/1"', {})
    assert recognises(b"{}", {"content-type": "application/feed+json"})
    assert not recognises(b"{}", {"content-type": "application/json"})
    assert not recognises(b"<rss>jsonfeed.org/version/1", {"content-type": "application/feed+json"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["id", "url", "external_url", "title", "content_html", "content_text", "summary", "language"])


@given(st.lists(st.dictionaries(KEYS | st.just("date_published"), JSON) | JSON, max_size=4), JSON, JSON)
def test_values_of_wrong_types_crash_nothing(items: list[object], title: object, language: object) -> None:
    feed = read_items(*items, {"id": "1", "title": "Good"}, title=title, language=language)
    assert feed.entries[-1].title == "Good"
