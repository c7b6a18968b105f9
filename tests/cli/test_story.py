import csv
import io
import json

import pytest

from monitor.cli.story import COLUMNS
from tests import documents
from tests.cli.conftest import RSS
from tests.documents import Item, ago, other, talks
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


def test_json_lines_hold_what_json_lists(grouped):
    lines = grouped.run("story", "list", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == grouped.run("story", "list", "--json").json


def test_csv_has_a_line_for_each_story_under_its_columns(grouped):
    (found,) = csv.DictReader(io.StringIO(grouped.run("story", "list", "--format", "csv").out))
    (listed,) = grouped.run("story", "list", "--json").json
    assert (found["id"], found["title"], found["last_seen"]) == (listed["id"], listed["title"], listed["last_seen"])
    assert found["articles"].split(" · ") == listed["articles"]
    assert found["sources"].split(" · ") == listed["sources"]
    assert tuple(found) == COLUMNS


def test_no_story_is_a_formula(tmp_path):
    bad = Item("=1+1 talks, Stockholm", documents.TALKS, "https://paper.example/bad", "b", ago(hours=1))
    with Server() as server:
        home = Home(tmp_path, server.serve("/a", documents.rss([bad], "@SUM(A1)"), content_type=RSS))
        home.run("once")
    (row,) = csv.DictReader(io.StringIO(home.run("story", "list", "--format", "csv").out))
    assert (row["title"], row["sources"]) == ("'=1+1 talks, Stockholm", "'@SUM(A1)")


def test_a_copy_is_told_with_what_it_copies(tmp_path):
    wired, event = documents.TALKS * 6, "https://paper.example/1"
    first = Item("Talks in Stockholm break down", wired, event, "1", ago(hours=2))
    again = Item("Envoys leave the villa", f"{wired} More soon.", "https://post.example/1", "1", ago(hours=1))
    with Server() as server:
        paper = server.serve("/a", documents.rss([first], "Nordic Wire"), content_type=RSS)
        home = Home(tmp_path, paper, more=GROUPED)
        assert home.run("once").code == 0
        home.write(paper, server.serve("/b", documents.rss([again], "Post"), content_type=RSS), more=GROUPED)
        assert home.run("once").code == 0
    (story,) = home.run("story", "list", "--json").json
    original, copy = home.run("story", "show", story["id"], "--json").json["reports"]
    assert original["copy_of"] is None
    assert copy["copy_of"] == {key: original[key] for key in ("title", "url", "source", "first_seen")}

    said = f"a copy of “Talks in Stockholm break down”, Nordic Wire, {original['first_seen']}"
    assert f"{copy['id']} is {said}" in home.run("story", "show", story["id"]).out
    assert said in home.run("match", "explain", copy["id"]).out
    assert [home.run("match", "explain", one["id"], "--json").json[0]["copy_of"] for one in (original, copy)] == [
        None,
        copy["copy_of"],
    ]
