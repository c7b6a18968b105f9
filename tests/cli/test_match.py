import csv
import io
import json
import re

import pytest

from monitor.cli.match import COLUMNS
from tests import documents
from tests.cli.conftest import RSS
from tests.cli.shapes import JOURNEY, MATCH, fits
from tests.documents import Item, ago, other, talks
from tests.home import Home


def test_list_has_every_key_and_the_newest_first(polled):
    matches = polled.run("match", "list", "--json").json
    assert fits(matches, [MATCH])
    assert {match["title"] for match in matches} == {talks(1).title, talks(2).title}
    seen = [(match["first_seen"], int(match["id"])) for match in matches]
    assert seen == sorted(seen, reverse=True)
    assert all(match["score"] >= 50 and 0 <= match["chance"] <= 1 and match["why"] for match in matches)


def test_people_read_a_line_for_each(polled):
    lines = polled.run("match", "list").out.splitlines()
    assert len(lines) == 4
    assert all("Daily Paper" in line for line in lines[2:])


def test_json_lines_hold_what_json_lists(polled):
    lines = polled.run("match", "list", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == polled.run("match", "list", "--json").json


def test_csv_has_a_line_for_each_under_its_columns(polled):
    found = list(csv.DictReader(io.StringIO(polled.run("match", "list", "--format", "csv").out)))
    listed = polled.run("match", "list", "--json").json
    assert [(one["id"], float(one["score"]), one["title"]) for one in found] == [
        (one["id"], one["score"], one["title"]) for one in listed
    ]
    assert found[0]["why"].split(" · ") == listed[0]["why"]
    assert polled.run("match", "list", "--format", "xls").code == 2


def test_csv_without_matches_is_its_columns(polled):
    out = polled.run("match", "list", "--format", "csv", "--min-score", "100").out
    assert out.splitlines() == [",".join(f'"{column}"' for column in COLUMNS)]
    assert polled.run("match", "list", "--format", "jsonl", "--min-score", "100").out == ""


@pytest.mark.parametrize("begins", ["=HYPERLINK(1)", "+1", "-1+cmd|x", "@SUM(A1)", "＝1+1", " =1"])
def test_no_headline_is_a_formula(server, tmp_path, begins):
    bad = Item(f'{begins} talks, "Stockholm"\u2028', documents.TALKS, "https://paper.example/bad", "b", ago(hours=1))
    home = Home(tmp_path, server.serve("/formula", documents.rss([bad], title=begins), content_type=RSS))
    home.run("once")
    out = home.run("match", "list", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["title"] == f'\'{begins.strip()} talks, "Stockholm"'
    assert row["source"] == f"'{begins.strip()}"
    assert len(home.run("match", "list", "--format", "jsonl").out.splitlines()) == 1


@pytest.mark.parametrize(("limit", "count"), [("0", 2), ("1", 1), ("2", 2)])
def test_a_limit_keeps_the_newest(polled, limit, count):
    every = polled.run("match", "list", "--json").json
    assert polled.run("match", "list", "--limit", limit, "--json").json == every[:count]


@pytest.mark.parametrize(
    ("since", "count"), [("1h", 2), ("7d", 2), ("2019-10-05", 2), ("2099-01-01", 0), ("2099-01-01T00:00Z", 0)]
)
def test_since_is_about_the_first_sight(polled, since, count):
    assert len(polled.run("match", "list", "--since", since, "--json").json) == count


def test_a_score_may_stand_in_for_the_threshold(polled):
    assert len(polled.run("match", "list", "--min-score", "0", "--json").json) == 3
    assert polled.run("match", "list", "--min-score", "100", "--json").json == []


@pytest.mark.parametrize(
    "args",
    [
        ("--since", "tomorrow"),
        ("--since", "9999999d"),
        ("--since", "0001-01-01"),
        ("--since", "9999-12-31T23:59-12:00"),
        ("--since", "-5d"),
        ("--min-score", "101"),
        ("--min-score", "nan"),
        ("--limit", "-1"),
        ("--limit", "99999999999999999999"),
        ("--topic", "walks"),
    ],
)
def test_wrong_wishes_are_refused(polled, args):
    ran = polled.run("match", "list", *args, "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_explain_tells_the_journey_of_a_match(polled):
    (journey,) = polled.run("match", "explain", talks(1).link, "--json").json
    assert fits(journey, JOURNEY)
    assert (journey["stage"], journey["threshold"]) == ("matched", 50.0)
    assert journey["evidence"]
    assert [sighting["feed"] for sighting in journey["sightings"]] == ["Daily Paper"]


def test_explain_takes_an_id_too(polled):
    (match, *_) = polled.run("match", "list", "--json").json
    (journey,) = polled.run("match", "explain", match["id"], "--json").json
    assert journey["url"] == match["url"]


def test_explain_names_the_stage_that_stopped_an_article(polled):
    (journey,) = polled.run("match", "explain", other(3).link, "--json").json
    assert fits(journey, JOURNEY)
    assert journey["stage"] == "rejected"
    assert journey["score"] < journey["threshold"]
    assert "rejected: its score is below the threshold" in polled.run("match", "explain", other(3).link).out


@pytest.mark.parametrize(
    "reference", ["https://nobody.example/1", "999", "9" * 40, "²", "", "a word", "x\x1b[31m\nred"]
)
def test_what_was_never_seen_is_said_to_be(polled, reference):
    ran = polled.run("match", "explain", "--json", "--", reference)
    (journey,) = ran.json
    assert fits(journey, JOURNEY)
    assert (ran.code, journey["stage"], journey["score"], journey["sightings"]) == (0, "never_seen", None, [])
    assert "\x1b" not in polled.run("match", "explain", "--", reference).out


def test_explain_tells_old_and_filtered_articles_apart(server, tmp_path):
    old, muted = (
        talks(2, days=30),
        Item("Talks and golf", documents.TALKS, "https://paper.example/golf", "g", ago(hours=1)),
    )
    home = Home(tmp_path, server.serve("/f", documents.rss([old, muted]), content_type=RSS))
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('seeds = ["seed.txt"]', 'seeds = ["seed.txt"]\nexclude = ["golf"]'))
    home.run("once")
    assert home.run("match", "explain", old.link, "--json").json[0]["stage"] == "baseline"
    assert home.run("match", "explain", muted.link, "--json").json[0]["stage"] == "filtered"
    assert "golf" in home.run("match", "explain", muted.link).out


def test_explain_tells_each_topic_or_one(home):
    home.run("once")
    more = '[topics.more]\ntitle = "More"\nseeds = ["seed.txt"]'
    file = home.config / "monitor.toml"
    file.write_text(f"{file.read_text()}\n{more}\n")
    assert {journey["topic"] for journey in home.run("match", "explain", talks(1).link, "--json").json} == {
        "talks",
        "more",
    }
    (journey,) = home.run("match", "explain", talks(1).link, "--topic", "more", "--json").json
    assert journey["topic"] == "more"
    assert home.run("match", "explain", talks(1).link, "--topic", "less").code == 2


def test_explain_says_which_languages_each_signal_serves(polled):
    (journey,) = polled.run("match", "explain", talks(1).link, "--json").json
    languages = {each["signal"]: each["languages"] for each in journey["evidence"]}
    assert languages["core"] == "all, between texts of one language"
    assert all(languages.values())
    out = polled.run("match", "explain", talks(1).link).out
    assert "\n  places (names in some twenty languages): " in out
    assert "\n  core: " in out


def test_explain_adds_up_what_each_signal_says(polled):
    out = polled.run("match", "explain", talks(1).link).out
    products = [float(found) for found in re.findall(r"= ([+-]\d+\.\d\d)  ", out)]
    (together,) = re.findall(r"\n  together: ([+-]\d+\.\d\d)\n", out)
    assert float(together) == pytest.approx(sum(products), abs=0.1)


def test_explain_names_the_nearest_passage_of_the_seed(polled):
    (journey,) = polled.run("match", "explain", talks(1).link, "--json").json
    assert journey["passage"].startswith("Nuclear talks in Stockholm broke off")
    assert (journey["answer"], journey["outdated"], journey["unseen"]) == (None, "", "")
    assert "nearest in the seed: “Nuclear talks" in polled.run("match", "explain", talks(1).link).out


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("https://nobody.example/1", "no feed of nobody.example is followed"),
        ("999", "no match's id and no http(s) address"),
    ],
)
def test_explain_says_what_may_have_kept_an_address_from_being_seen(polled, reference, words):
    assert words in polled.run("match", "explain", reference, "--json").json[0]["unseen"]
    assert words in polled.run("match", "explain", reference).out


def test_explain_says_how_the_feeds_of_an_unseen_addresss_site_are(polled, server):
    unseen = polled.run("match", "explain", server.url("/never"), "--json").json[0]["unseen"]
    assert "/good is ok: it did not hold this article" in unseen
    assert "/broken is failing: HTTP 500" in unseen


def test_explain_tells_an_answer_and_a_judgement_that_is_older_than_the_profile(home):
    home.run("once")
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('title = "Talks"', 'title = "Talks"\ninclude = ["envoys"]'))
    assert "the next turn judges it again" in home.run("match", "explain", talks(1).link).out
    home.run("feedback", talks(1).link, "yes")
    out = home.run("match", "explain", talks(1).link).out
    assert "you said yes to it" in out
    assert "earlier profile" not in out
