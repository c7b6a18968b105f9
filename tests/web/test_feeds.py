import json
from datetime import timedelta

import feedparser
import pytest

from monitor.store import feedback
from monitor.tokens import FEED, feed_link, sign
from tests.web import sites
from tests.web.sites import NOW, SECRET

FORMS = ["atom.xml", "feed.json"]


def address(name="atom.xml", topic="talks"):
    return f"{feed_link('', SECRET, topic)}/{name}"


@pytest.fixture
def told(site):
    site.tell(title="Talks <b>in</b> Stockholm & elsewhere")
    return site


def test_a_topics_matches_are_told_to_feed_readers(told):
    answer = told.ask(address())
    assert (answer.status, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    read = feedparser.parse(answer.text)
    assert (read.bozo, [entry.title for entry in read.entries]) == (False, ["Talks <b>in</b> Stockholm & elsewhere"])
    assert read.feed.links[0].href.endswith(address())
    other = told.ask(address("feed.json"))
    assert other.headers["content-type"] == "application/feed+json"
    assert len(json.loads(other.text)["items"]) == 1


def test_no_password_is_asked_for_and_the_headers_stay(guarded):
    answer = guarded.ask(address())
    assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-cache")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_address_it_gives_is_the_one_that_readers_reach(tmp_path):
    with sites.running(tmp_path, public_url="https://m.example/base/") as site:
        feed = json.loads(site.ask(address("feed.json")).text)
        assert feed["feed_url"] == f"https://m.example/base{address('feed.json')}"


@pytest.mark.parametrize("name", FORMS)
def test_who_has_it_gets_304_until_it_changes(told, name):
    first = told.ask(address(name))
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert modified == "Sun, 22 Nov 2026 08:30:00 GMT"
    told.clock.pass_by(hours=1)
    for headers in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"x", W/{etag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": modified},
    ):
        answer = told.ask(address(name), **headers)
        assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", etag)
    assert told.ask(address(name), If_None_Match='"x"', If_Modified_Since=modified).status == 200
    told.tell(2)
    changed = told.ask(address(name), If_None_Match=etag)
    assert (changed.status, changed.headers["last-modified"]) == (200, "Sun, 22 Nov 2026 09:30:00 GMT")
    assert told.ask(address(name), If_Modified_Since=modified).status == 200


@pytest.mark.parametrize("junk", ["", "yesterday", "\xff", "Sun, 22 Nov 2026 08:30:00 -0000", "Sun, 99 Nov 2026"])
def test_a_date_that_is_none_is_no_condition(told, junk):
    assert told.ask(address(), If_Modified_Since=junk).status == 200


def test_what_was_refused_is_told_no_more(told):
    feedback.answer(told.app.db, feedback.told(told.app.db, "talks", 1).subject, False, NOW)
    assert feedparser.parse(told.ask(address()).text).entries == []


def test_only_the_right_address_opens_a_feed(told):
    until = NOW + timedelta(days=1)
    forged = [sign(b"another secret", FEED, ("talks",), until), sign(SECRET, "story", ("talks",), until), "x", "%00"]
    for token in forged:
        assert told.ask(f"/feeds/{token}/atom.xml").status == 403
    assert told.ask(address("feed.exe")).status == 404
    assert told.ask(address(topic="walks")).status == 410
    assert told.ask(address(), "POST").status == 405


def test_without_pages_there_are_no_feeds(tmp_path):
    with sites.running(tmp_path, pages=False) as site:
        assert site.ask(address()).status == 404
