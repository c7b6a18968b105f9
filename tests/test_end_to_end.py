"""From feeds over real HTTP to digests in a folder: the whole program, run, killed and run again."""

import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests import documents
from tests.documents import Item, ago, other, talks
from tests.home import Home

TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "jsonfeed": "application/feed+json",
}


def publish(server, kind, *items):
    """Serve `items` as a feed of that kind, with validators, and return its address."""
    body = getattr(documents, kind)(list(items))
    return server.serve(f"/{kind}", body, content_type=TYPES[kind], etag=f'"{hash(body)}"')


def titles(digest):
    return [line.strip() for line in digest.splitlines() if "report" in line]


def test_every_format_is_read_and_each_match_reaches_the_recipient_once(server, tmp_path):
    feeds = [publish(server, kind, talks(n), other(n)) for n, kind in enumerate(TYPES)]
    home = Home(tmp_path, *feeds)

    first = home.run("once", "--json").json
    assert first["feeds"] == {"polled": 4, "changed": 4, "not_modified": 0, "failed": 0, "held": 0}
    assert first["articles"] == {"new": 8, "updated": 0}
    assert first["matches"] == {"new": 4}
    assert first["digests"] == {"sent": 1, "failed": 0}
    (digest,) = home.delivered()
    assert "Catching up" in digest
    assert all(digest.count(talks(n).title) == 1 for n in range(4))
    assert "mayor" not in digest

    second = home.run("once", "--json").json
    assert second["feeds"]["not_modified"] == 4
    assert second["digests"] == {"sent": 0, "failed": 0}

    publish(server, "rss", talks(0), other(0), talks(9))
    later = home.run("once", "--json", "--as-of", "2099-01-01T08:00:00Z").json
    assert later["articles"]["new"] == 1
    assert later["digests"]["sent"] == 1
    assert talks(9).title in home.delivered()[1]
    assert talks(0).title not in home.delivered()[1]


def test_an_article_in_many_feeds_is_told_once_and_names_them(server, tmp_path):
    feeds = []
    for number in range(30):
        body = documents.rss([talks(1)], title=f"Paper {number}")
        feeds.append(server.serve(f"/{number}", body, content_type=TYPES["rss"]))
    home = Home(tmp_path, *feeds)
    report = home.run("once", "--json").json
    assert report["articles"]["new"] == 1
    (match,) = home.run("match", "list", "--json").json
    (digest,) = home.delivered()
    assert digest.count(talks(1).title) == 1
    assert "more" in digest
    (explained,) = home.run("match", "explain", match["id"], "--json").json
    assert len(explained["sightings"]) == 30


def test_guids_dates_and_sessions_that_change_at_each_poll_are_announced_once(server, tmp_path):
    def changing(number):
        item = talks(1)
        return Item(item.title, item.text, f"{item.link}?session={number}", f"guid-{number}", ago(minutes=number))

    home = Home(tmp_path, publish(server, "rss", changing(1)))
    for number in range(2, 5):
        home.run("once")
        publish(server, "rss", changing(number))
    report = home.run("once", "--json", "--as-of", "2099-01-01T08:00:00Z").json
    assert report["articles"]["new"] == 0
    assert len(home.delivered()) == 1


def test_what_was_there_before_is_baseline_and_never_announced(server, tmp_path):
    home = Home(tmp_path, publish(server, "rss", talks(1), talks(2, days=30)))
    home.run("once")
    assert {m["baseline"] for m in home.run("match", "list", "--json").json} == {True, False}
    (digest,) = home.delivered()
    assert talks(1).title in digest
    assert talks(2).title not in digest
    preview = home.run("digest", "preview", "me", "--json").json
    assert [section["name"] for section in preview["sections"]] == ["Before you began"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "tomorrow, after lunch",
        "Mon, 22 Nov 2286 08:30:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "0001-01-01T00:00:00Z",
    ],
)
def test_a_date_that_can_not_be_true_is_kept_as_written_and_first_seen_counts(server, tmp_path, written):
    item = f"<item><title>News</title><link>https://paper.example/1</link><pubDate>{written}</pubDate></item>"
    feed = f"<rss version='2.0'><channel><title>Daily Paper</title>{item}</channel></rss>"
    home = Home(tmp_path, server.serve("/rss", feed, content_type=TYPES["rss"]))
    home.run("once")
    with closing(sqlite3.connect(home.folder / "monitor.db")) as db:
        ((raw, published, seen),) = db.execute("SELECT published_raw, published, first_seen FROM article")
    assert (raw, published) == (written, seen)
    assert abs(datetime.fromisoformat(seen).replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds() < 60


def test_one_bad_feed_never_stops_another(server, tmp_path):
    bad = [
        server.serve("/page", "<html><title>Welcome</title><p>No feed here.</p></html>", content_type="text/html"),
        server.serve("/broken", status=500),
        server.serve("/gone", status=410),
        server.serve("/cut", documents.rss([talks(5)])[:300], content_type=TYPES["rss"]),
        "http://127.0.0.1:9/refused",
        "http://10.0.0.1/private",
    ]
    home = Home(tmp_path, *bad, publish(server, "atom", talks(1)))
    report = home.run("once", "--json")
    assert report.code == 0
    assert (report.json["feeds"]["failed"], report.json["matches"]["new"]) == (5, 1)
    listed = {feed["url"]: feed for feed in home.run("feed", "list", "--json").json}
    assert "Welcome" in listed[bad[0]]["last_error"]
    assert listed[bad[2]]["health"] == "dead"
    assert home.run("once", "--all", "--json").json["feeds"]["polled"] == 6  # the gone one rests for good
    assert len(home.delivered()) == 1


def test_all_feeds_failing_is_exit_code_1(server, tmp_path):
    home = Home(tmp_path, server.serve("/broken", status=500))
    assert home.run("once").code == 1


def test_validators_go_back_as_they_came(server, tmp_path):
    tag, modified = 'W/"a\\b"', "Tue, 08 Oct 2019 07:28:00 GMT"
    url = server.serve("/f", documents.rss([talks(1)]), content_type=TYPES["rss"], etag=tag, last_modified=modified)
    home = Home(tmp_path, url)
    home.run("once")
    home.run("once")
    sent = [request for request in server.requests if request.path == "/f"][-1].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == (tag, modified)


def test_a_feed_that_broke_off_leaves_the_old_validators_and_heals(server, tmp_path):
    whole = documents.rss([talks(1), talks(2), talks(3)])
    home = Home(tmp_path, server.serve("/f", documents.rss([talks(1)]), content_type=TYPES["rss"], etag='"old"'))
    home.run("once")
    cut = whole[: whole.index("report 3") + 4]
    server.serve("/f", cut, content_type=TYPES["rss"], etag='"cut"')
    assert home.run("once", "--json").json["articles"]["new"] == 1
    server.serve("/f", whole, content_type=TYPES["rss"], etag='"cut"')
    assert home.run("once", "--json").json["articles"]["new"] == 1
    assert server.requests[-1].headers["if-none-match"] == '"old"'


def test_an_equal_body_without_validators_counts_as_not_modified(server, tmp_path):
    home = Home(tmp_path, server.serve("/f", documents.rss([talks(1)]), content_type=TYPES["rss"]))
    home.run("once")
    assert home.run("once", "--json").json["feeds"]["not_modified"] == 1


def test_the_floor_holds_also_with_all_and_after_a_crash(server, tmp_path):
    home = Home(
        tmp_path, publish(server, "rss", talks(1)), polling="min_interval_minutes = 15\nper_host_gap_seconds = 0"
    )
    home.run("once")
    assert home.run("once", "--all", "--json").json["feeds"] == {
        "polled": 0, "changed": 0, "not_modified": 0, "failed": 0, "held": 1,
    }  # fmt: skip


def test_a_rate_limit_holds_the_host_over_restarts(server, tmp_path):
    limited = server.serve("/limited", status=429, headers={"Retry-After": "3600"})
    home = Home(tmp_path, limited)
    home.run("once")
    home.write(limited, publish(server, "rss", talks(1)))
    report = home.run("once", "--all", "--json").json
    assert report["feeds"]["held"] == 2
    assert [request.path for request in server.requests] == ["/limited"]


def test_pages_are_read_where_robots_allow_and_only_for_what_may_matter(server, tmp_path):
    long = "The envoys met again, and parted again. " * 30
    page = f"<html><title>Talks</title><body><article><p>{documents.TALKS}</p><p>{long}</p></article></body></html>"
    server.serve("/robots.txt", "User-agent: *\nDisallow: /secret/")
    server.serve("/open/1", page, content_type="text/html")
    server.serve("/secret/2", page, content_type="text/html")
    base = server.url("")
    items = [
        Item(
            "Stockholm talks with North Korea break off",
            "Kim Myong Gil blames Washington.",
            f"{base}/open/1",
            "1",
            ago(hours=1),
        ),
        Item("North Korea talks in Stockholm fail", "Envoys leave.", f"{base}/secret/2", "2", ago(hours=1)),
        Item("A new mayor", "Voters chose between buses and bicycles.", f"{base}/open/3", "3", ago(hours=1)),
    ]
    home = Home(tmp_path, publish(server, "rss", *items))
    home.run("once")
    asked = {request.path for request in server.requests}
    assert "/open/1" in asked
    assert asked.isdisjoint({"/secret/2", "/open/3"})


def test_a_dry_run_stores_and_sends_nothing(server, tmp_path):
    home = Home(tmp_path, publish(server, "rss", talks(1)))
    ran = home.run("once", "--dry-run", "--out", str(tmp_path / "out"), "--json")
    assert ran.json["digests"]["sent"] == 1
    assert talks(1).title in next((tmp_path / "out").glob("*.txt")).read_text()
    assert home.delivered() == []
    assert not (tmp_path / "monitor.db").exists()
    assert home.run("once", "--json").json["digests"]["sent"] == 1


def test_a_digest_missed_while_nothing_ran_is_sent_once(server, tmp_path):
    home = Home(tmp_path, publish(server, "rss", talks(1)))
    home.run("once")
    publish(server, "rss", talks(1), talks(2))
    home.run("once")
    publish(server, "rss", talks(1), talks(2), talks(3))
    assert home.run("once", "--as-of", "2099-01-09T12:00:00Z", "--json").json["digests"]["sent"] == 1
    assert home.run("once", "--as-of", "2099-01-09T12:01:00Z", "--json").json["digests"]["sent"] == 0
    assert home.run("once", "--as-of", "2099-01-08T12:00:00Z", "--json").json["digests"]["sent"] == 0
    assert len(home.delivered()) == 2
    assert all(talks(n).title in home.delivered()[1] for n in (2, 3))


def test_a_story_beyond_the_cap_comes_with_the_next_digest(server, tmp_path):
    items = [talks(n) for n in range(20)]
    home = Home(tmp_path, publish(server, "rss", *items))
    home.run("once")
    home.run("once", "--as-of", "2099-01-01T08:00:00Z")
    told = [item.title for digest in home.delivered() for item in items if item.title + "\n" in digest]
    assert "more" in home.delivered()[0]
    assert sorted(told) == sorted(item.title for item in items)


def test_kill_9_at_any_moment_loses_nothing_and_repeats_nothing(server, tmp_path):
    items = [talks(0)]
    home = Home(tmp_path, publish(server, "rss", *items), schedule="* * * * *")
    for number in range(1, 9):
        running = home.start("once", "--as-of", f"2099-01-01T00:{number:02}:00Z")
        time.sleep(0.15 * number)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        items.append(talks(number))
        publish(server, "rss", *items)
    home.run("once", "--as-of", "2099-01-01T01:00:00Z")
    home.run("once", "--as-of", "2099-01-01T02:00:00Z")
    digests = home.delivered()
    for item in items:
        assert sum(item.title + "\n" in digest for digest in digests) == 1
    assert home.run("db", "check").code == 0
