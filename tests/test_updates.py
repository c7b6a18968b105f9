"""A story comes once as new; after that only with what is new in it: from the feed to the file in the folder."""

from dataclasses import replace

import pytest

from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.server import Server

FRESH = "Sweden invited the American and North Korean envoys to return to Stockholm in two weeks."
LATER = "North Korea and the United States agreed to a second round of nuclear talks in Geneva in December."


@pytest.fixture
def server():
    with Server() as made:
        yield made


def publish(server, *items):
    body = documents.rss(list(items))
    return server.serve("/rss", body, content_type="application/rss+xml", etag=f'"{hash(body)}"')


def changed(number, *, title="", more=""):
    item = talks(number)
    return documents.Item(title or item.title, f"{item.text} {more}", item.link, item.guid, item.published)


def digest(home):
    """Poll, tell, and return the newest digest's sections; [] where none was made."""
    home.run("once", "--all")
    before = len(home.run("digest", "list", "--json").json)
    home.run("digest", "send", "me")
    digests = home.run("digest", "list", "--json").json
    return home.run("digest", "show", digests[0]["id"], "--json").json["sections"] if len(digests) > before else []


def told(sections):
    return [(section["name"], [story["title"] for story in section["stories"]]) for section in sections]


def test_a_told_story_comes_again_with_its_new_sentence_and_only_once(server, tmp_path):
    home = Home(tmp_path, publish(server, talks(1)))
    home.run("once")

    publish(server, changed(1, more=FRESH), talks(2))
    first = digest(home)

    assert told(first) == [("New", [talks(2).title]), ("Updates", [talks(1).title])]
    assert first[1]["stories"][0]["quote"] == FRESH
    assert digest(home) == []
    publish(server, talks(1), talks(2))
    assert digest(home) == []
    publish(server, changed(1, more=FRESH), talks(2))
    assert digest(home) == []


def test_a_changed_headline_is_an_update_of_its_own(server, tmp_path):
    home = Home(tmp_path, publish(server, talks(1)))
    home.run("once")

    publish(server, changed(1, title="Stockholm talks collapse, Pyongyang blames Washington"))
    [section] = digest(home)

    assert section["name"] == "Updates"
    assert section["stories"][0]["was"] == talks(1).title
    text = home.run("digest", "show", "me").out
    assert "Headline changed" in text
    assert talks(1).title in text


def test_a_feed_that_is_made_anew_with_longer_texts_brings_nothing_again_and_its_news(server, tmp_path):
    home = Home(tmp_path, publish(server, *(talks(n) for n in range(9))))
    home.run("once")

    whole = [replace(changed(n, more=f"{FRESH} {FRESH}"), guid=f"post-{n}") for n in range(9)]
    publish(server, *whole, talks(9))

    assert told(digest(home)) == [("New", [talks(9).title])]
    assert digest(home) == []
    publish(server, replace(changed(0, more=f"{FRESH} {LATER}"), guid="post-0"), *whole[1:], talks(9))
    [section] = digest(home)
    assert told([section]) == [("Updates", [talks(0).title])]
    assert section["stories"][0]["quote"] == LATER


@pytest.mark.parametrize(
    "again",
    [
        changed(1, more="Updated at 15:07 GMT, 4,311 comments."),
        changed(1, title=talks(1).title.upper()),
        changed(1, title=f"LIVE {talks(1).title} (15:07)"),
    ],
    ids=["clock", "case", "live"],
)
def test_clocks_counters_and_case_bring_nothing_again(server, tmp_path, again):
    home = Home(tmp_path, publish(server, talks(1)))
    home.run("once")

    publish(server, again)

    assert digest(home) == []
