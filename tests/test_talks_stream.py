"""The labelled talks, served as a stream of feeds: what reaches the reader of their digests."""

import json
import sys
from pathlib import Path

import pytest

from tests.documents import Item, rss
from tests.home import Home
from tests.server import Server

TALKS = Path(__file__).parents[2] / "shared" / "bench" / "talks"
FEEDS, ROUNDS = 6, 8

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not TALKS.exists(), reason="the labelled sets are not beside this checkout"),
]


def documents():
    lines = (TALKS / "docs.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return sorted(found, key=lambda document: (document["published"] is None, document["published"] or ""))


def relevant():
    rows = [line.split("\t") for line in (TALKS / "qrels.tsv").read_text(encoding="utf-8").splitlines()]
    return {row[1] for row in rows if row[-1].isdecimal() and int(row[-1]) >= 2}


def as_item(document):
    text = " ".join(document["text"].split()[:50])
    return Item(document["title"], text, f"https://talks.example/{document['id']}", document["id"])


def test_what_is_relevant_reaches_the_reader_once(tmp_path, capsys):
    found = documents()
    with Server() as server:
        addresses = [server.serve(f"/{n}", rss([]), content_type="application/rss+xml") for n in range(FEEDS)]
        home = Home(tmp_path, *addresses, more="[matching]\nencoder = 'none'")
        (home.config / "seed.txt").write_text((TALKS / "seed.txt").read_text(encoding="utf-8"), encoding="utf-8")
        toml = (home.config / "monitor.toml").read_text(encoding="utf-8")
        toml = toml.replace("[recipients.me]", "[recipients.me]\nmax_stories = 1000").replace(
            "[polling]", "[polling]\nfull_text = false"
        )
        (home.config / "monitor.toml").write_text(toml, encoding="utf-8")
        home.run("once")  # what is in a feed before anybody looked is no news: it is still empty
        size = -(-len(found) // ROUNDS)
        for number in range(ROUNDS):
            part = found[number * size : (number + 1) * size]
            for feed in range(FEEDS):
                items = [as_item(document) for document in part[feed::FEEDS]]
                server.serve(f"/{feed}", rss(items), content_type="application/rss+xml")
            assert home.run("once", "--as-of", f"2099-01-{number + 1:02}T08:00:00Z").code == 0
        digests = home.run("digest", "list", "--json").json
        sections = [
            section
            for digest in digests
            for section in home.run("digest", "show", digest["id"], "--json").json["sections"]
        ]
        matches = home.run("match", "list", "--json", "--limit", "0").json
    new = [story["id"] for section in sections if section["name"].startswith("New") for story in section["stories"]]
    told = [match["url"].rpartition("/")[2] for match in matches if match["story"] in new]
    wanted = relevant()
    hits = len(wanted & set(told))
    precision, recall = hits / len(told), hits / len(wanted)
    with capsys.disabled():
        sys.stdout.write(
            f"\ntalks as a stream of {FEEDS} feeds: {len(told)} articles in {len(new)} stories, "
            f"{len(digests)} digests, {len(new) - len(set(new))} repeats, "
            f"precision {precision:.2f}, recall {recall:.2f}\n"
        )
    assert len(new) == len(set(new))
    assert precision > 0.7
    assert recall > 0.5
