import pytest

from tests import documents
from tests.cli.conftest import RSS
from tests.documents import other, talks
from tests.home import Home
from tests.server import Server

GROUPED = '[matching]\nencoder = "none"\n'


@pytest.fixture
def grouped(tmp_path):
    """Return a home whose two papers have told one event."""
    with Server() as server:
        server.serve("/robots.txt", status=404)
        first = server.serve("/a", documents.rss([talks(1), other(1)], "Daily Paper"), content_type=RSS)
        second = server.serve("/b", documents.rss([talks(2)], "Evening Post"), content_type=RSS)
        home = Home(tmp_path, first, second, more=GROUPED)
        assert home.run("once").code == 0
        yield home


def test_list_has_each_story_with_its_articles_and_sources(grouped):
    matches = grouped.run("match", "list", "--json").json
    (story,) = grouped.run("story", "list", "--json").json
    assert story["id"] == matches[0]["story"] == matches[1]["story"]
    assert sorted(story["articles"]) == sorted(match["id"] for match in matches)
    assert sorted(story["sources"]) == ["Daily Paper", "Evening Post"]
    assert story["topic"] == "talks"
    assert story["first_seen"] <= story["last_seen"]
    assert "Evening Post" in grouped.run("story", "list").out


def test_show_tells_the_articles_in_the_order_in_which_they_came(grouped):
    (listed,) = grouped.run("story", "list", "--json", "--topic", "talks").json
    shown = grouped.run("story", "show", listed["id"], "--json").json
    assert {key: shown[key] for key in listed} == listed
    assert [report["id"] for report in shown["reports"]] == listed["articles"][::-1]
    out = grouped.run("story", "show", listed["id"]).out
    assert all(talks(number).title in out for number in (1, 2))


def test_an_unknown_story_is_said_in_one_line(grouped):
    ran = grouped.run("story", "show", "talks-99")
    assert (ran.code, ran.out) == (2, "")
    assert "no story talks-99" in ran.err
