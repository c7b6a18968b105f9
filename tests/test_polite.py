"""What publishers' servers see of us, and what hanging or hostile ones can do to a turn."""

import asyncio
import calendar
import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor import queue, schedule
from monitor.app import open_app
from monitor.config import load
from monitor.pipeline import polling
from monitor.store import feeds
from tests import documents
from tests.documents import Item, ago, other, talks
from tests.home import Home
from tests.server import Response, Server

RSS = "application/rss+xml"


def publish(server, *items, path="/feed", **options):
    return server.serve(path, documents.rss(list(items)), content_type=RSS, **options)


def listed(home):
    return {feed["url"]: feed for feed in home.run("feed", "list", "--json").json}


def test_pages_that_hang_leave_the_feeds_own_text_and_end(server, tmp_path, monkeypatch):
    monkeypatch.setattr(polling, "PAGES_SECONDS", 2.0)
    with Server("127.0.0.2") as slow:
        slow.serve("/robots.txt", status=404)
        for number in range(5):
            slow.serve(f"/talks/{number}", hang=True)
        home = Home(tmp_path, publish(server, *(talks(n, slow.url("")) for n in range(5))))
        begun = time.monotonic()
        report = home.run("once", "--json").json
        assert time.monotonic() - begun < 15
        assert slow.times("/talks/0")
    assert (report["matches"]["new"], report["digests"]["sent"]) == (5, 1)


def test_a_feed_whose_pages_hang_lets_others_be_read(server, tmp_path, monkeypatch):
    monkeypatch.setattr(polling, "PAGES_SECONDS", 4.0)
    monkeypatch.setattr(polling, "READ_AT_ONCE", 1)
    now, ended = datetime.now(UTC), []
    with Server("127.0.0.2") as slow, Server("127.0.0.3") as other:
        slow.serve("/robots.txt", status=404)
        slow.serve("/talks/0", hang=True)
        late = other.serve("/feed", documents.rss([talks(1)]), content_type=RSS, delay=0.5)
        app = open_app(load(Home(tmp_path, publish(server, talks(0, slow.url(""))), late).config, {}), now)

        async def turn():
            async with app.poller(now) as poller:
                await queue.poll_due(
                    poller, app.settings.feeds, now, progress=lambda *_: ended.append(time.monotonic())
                )

        asyncio.run(turn())
        app.db.close()
    first, last = ended
    assert last - first > 1  # which were together if the later had waited for the pages of the earlier


def test_a_page_that_is_a_bomb_leaves_the_feeds_own_text(server, tmp_path):
    item = talks(1, server.url(""))
    server.serve("/talks/1", (b"<p>" + b"x" * 65_000 for _ in range(200)), content_type="text/html")
    home = Home(tmp_path, publish(server, item))
    assert home.run("once", "--json").json["matches"]["new"] == 1
    (match,) = home.run("match", "list", "--json").json
    assert match["title"] == item.title


def test_feeds_that_were_sent_home_by_their_host_come_again_at_times_of_their_own(server, tmp_path):
    limited = [server.serve(f"/{number}", status=429, headers={"Retry-After": "60"}) for number in range(5)]
    home = Home(tmp_path, *limited, polling="min_interval_minutes = 15\nper_host_gap_seconds = 0.5")
    assert home.run("once", "--json").json["feeds"]["held"] == 4
    app = open_app(load(home.config, {}), datetime.now(UTC))
    polls = sorted(report.next_poll for report in feeds.reports(app.db, app.settings.feeds))  # `feed list` rounds them
    app.db.close()
    assert all(later - sooner > timedelta(milliseconds=10) for sooner, later in pairwise(polls))


def test_a_page_host_that_limits_the_rate_rests_with_its_feeds_over_restarts(server, tmp_path):
    with Server("127.0.0.2") as paper:
        paper.serve("/robots.txt", status=404)
        for number in range(3):
            paper.serve(f"/talks/{number}", status=429, headers={"Retry-After": "3600"})
        home = Home(tmp_path, publish(server, *(talks(n, paper.url("")) for n in range(3))))
        home.run("once")
        assert len([request for request in paper.requests if request.path != "/robots.txt"]) == 1
        home.write(publish(paper, talks(9)))
        assert home.run("once", "--all", "--json").json["feeds"]["held"] == 1
        assert not paper.times("/feed")


@pytest.mark.parametrize("headers", [{"Retry-After": "3600"}, {}])
def test_the_host_that_a_feed_redirects_to_rests_and_not_the_one_that_redirects(server, tmp_path, headers):
    with Server("127.0.0.2") as busy:
        home = Home(tmp_path, server.serve("/old", redirect=busy.serve("/feed", status=503, headers=headers)))
        home.run("once")
        home.write(publish(busy, talks(1)), publish(server, talks(2)))
        report = home.run("once", "--json").json["feeds"]
        assert (report["held"], report["changed"]) == (1, 1)
        assert len(busy.times("/feed")) == 1


def test_a_feed_of_the_host_that_redirects_is_read_in_the_same_turn(server, tmp_path):
    with Server("127.0.0.2") as busy:
        moved = server.serve("/old", redirect=busy.serve("/feed", status=503))
        healthy = publish(server, talks(1))
        home = Home(tmp_path, moved, healthy, polling="min_interval_minutes = 0\nper_host_gap_seconds = 0.5")
        report = home.run("once", "--json").json["feeds"]
        assert (report["failed"], report["changed"]) == (1, 1)


def test_a_403_that_limits_the_rate_lets_its_host_rest(server, tmp_path):
    limited = server.serve("/feed", status=403, headers={"RateLimit": '"hourly";r=0;t=600'})
    home = Home(tmp_path, limited)
    home.run("once")
    home.write(limited, publish(server, talks(1), path="/other"))
    assert home.run("once", "--all", "--json").json["feeds"]["held"] == 2
    assert len(server.requests) == 1


def test_a_shorter_wish_does_not_end_a_longer_rest(tmp_path):
    home = Home(tmp_path, "https://a.example/feed")
    now = datetime.now(UTC)
    app = open_app(load(home.config, {}), now)
    feeds.hold(app.db, "https://example.org/feed", now + timedelta(hours=2))
    feeds.hold(app.db, "https://www.example.org/page", now + timedelta(minutes=2))
    assert feeds.holds(app.db, now) == {"example.org": now + timedelta(hours=2)}
    app.db.close()


def test_a_304_that_nobody_asked_for_is_a_fault_and_no_first_poll(server, tmp_path):
    url = server.serve("/feed", status=304)
    home = Home(tmp_path, url)
    assert home.run("once").code == 1
    assert "304" in listed(home)[url]["last_error"]
    publish(server, talks(1), talks(2, days=60))
    home.run("once", "--all")
    assert {match["baseline"] for match in home.run("match", "list", "--json").json} == {True, False}


def test_a_304_that_names_no_validators_shows_that_there_are_some(server, tmp_path):
    publish(server, talks(1), last_modified="Sun, 22 Nov 2026 12:00:00 GMT")
    home = Home(tmp_path, server.url("/feed"), polling="min_interval_minutes = 0.001\nper_host_gap_seconds = 0")
    home.run("once")
    server.serve("/feed", status=304)
    assert home.run("once", "--all", "--json").json["feeds"]["not_modified"] == 1
    assert listed(home)[server.url("/feed")]["interval_minutes"] == pytest.approx(0.001 * schedule.GROWTH)


def test_a_permanent_redirect_keeps_the_feeds_own_validators_until_it_is_trusted(server, tmp_path):
    new = server.serve("/new", documents.rss([talks(1)]), content_type=RSS, etag='"1"')
    url = server.serve("/old", status=301, redirect=new)
    home = Home(tmp_path, url)
    for _ in range(4):  # within seconds: not over a day
        assert home.run("once").code == 0
    assert len(server.times("/old")) == 4
    assert listed(home)[url]["notes"] == []


def test_validators_of_one_target_are_not_sent_to_another(server, tmp_path):
    feed = server.url("/feed")
    home = Home(tmp_path, feed)
    for target, number in (("/v1", 1), ("/v2", 2), ("/v1", 3)):
        server.serve("/feed", status=302, redirect=target)
        publish(server, talks(number), path=target, etag='"1"')
        assert home.run("once", "--all", "--json").json["articles"]["new"] == 1
        assert home.run("once", "--all", "--json").json["feeds"]["not_modified"] == 1
        assert server.requests[-1].headers["if-none-match"] == '"1"'
    publish(server, talks(4), etag='"1"')  # and no redirect any more
    assert home.run("once", "--all", "--json").json["articles"]["new"] == 1


def test_a_dead_host_costs_one_connection_a_day_until_it_lives_again(server, tmp_path):
    feeds = [server.serve(f"/{number}", raw=b"") for number in range(4)]
    alive = publish(server, talks(1))
    begun = datetime.now(UTC)
    app = open_app(load(Home(tmp_path, *feeds, alive).config, {}), begun)

    async def rounds(*hours):
        async with app.poller(begun) as poller:
            for hour in hours:
                await queue.poll_due(poller, app.settings.feeds, begun + timedelta(hours=hour))

    asyncio.run(rounds(0, 8 * 24))  # they fail for more than a week
    server.requests.clear()
    asyncio.run(rounds(*range(9 * 24, 15 * 24, 6)))
    asked = [request.path for request in server.requests if request.path != "/feed"]
    assert 4 <= len(asked) <= 6
    assert set(asked) == {"/0", "/1", "/2", "/3"}  # each in its turn
    assert len(server.times("/feed")) > 6  # a feed that is alive is not held
    for number in range(4):
        publish(server, talks(number), path=f"/{number}")
    asyncio.run(rounds(*range(15 * 24, 18 * 24, 6)))
    app.db.close()
    assert {feed["health"] for feed in listed(Home(tmp_path, *feeds, alive)).values()} == {"ok"}


def polls_of_one_document(server, tmp_path, head):
    """Yield when a feed whose channel says `head` is polled next: after a 200, a 304, an equal body and a failure."""
    body = documents.rss([talks(1)]).replace("<channel>", f"<channel>{head}")
    answers = [{"etag": '"1"'}, {"etag": '"1"'}, {}, {"status": 500}]
    home = Home(tmp_path, server.url("/feed"))
    for kind, answer in zip(["changed", "not_modified", "not_modified", "failed"], answers, strict=True):
        server.serve("/feed", body, content_type=RSS, **answer)
        assert home.run("once", "--all", "--json").json["feeds"][kind] == 1
        yield datetime.fromisoformat(listed(home)[server.url("/feed")]["next_poll"])


def test_a_wait_that_a_feed_asks_for_holds_until_another_document_is_read(server, tmp_path):
    for next_poll in polls_of_one_document(server, tmp_path, "<ttl>600</ttl>"):
        assert next_poll - datetime.now(UTC) > timedelta(minutes=599)


def test_hours_and_days_that_a_feed_skips_are_left_alone_until_another_document_is_read(server, tmp_path):
    free = datetime.now(UTC) + timedelta(hours=5)
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(24) if hour != free.hour)
    days = "".join(f"<day>{day}</day>" for day in calendar.day_name if day != f"{free:%A}")
    head = f"<skipHours>{hours}</skipHours><skipDays>{days}</skipDays>"
    for next_poll in polls_of_one_document(server, tmp_path, head):
        assert (next_poll.hour, next_poll.date()) == (free.hour, free.date())


def test_a_document_that_asks_for_nothing_any_more_is_polled_as_usual(server, tmp_path):
    *_, asked = polls_of_one_document(server, tmp_path, "<ttl>600</ttl>")
    home = Home(tmp_path, publish(server, talks(1), talks(2)))
    home.run("once", "--all")
    assert datetime.fromisoformat(listed(home)[server.url("/feed")]["next_poll"]) < asked - timedelta(hours=9)


@pytest.mark.parametrize("status", [404, 500])
def test_a_feed_that_fails_and_heals_has_lost_and_repeated_nothing(server, tmp_path, status):
    url = publish(server, talks(1))
    home = Home(tmp_path, url, schedule="* * * * *")
    home.run("once", "--as-of", "2099-01-01T00:01:00Z")
    server.serve("/feed", "gone fishing", status=status)
    home.run("once", "--as-of", "2099-01-01T00:02:00Z")
    assert listed(home)[url]["health"] == "failing"
    publish(server, talks(1), talks(2))
    home.run("once", "--all", "--as-of", "2099-01-01T00:03:00Z")
    assert [sum(talks(n).title + "\n" in digest for digest in home.delivered()) for n in (1, 2)] == [1, 1]


def test_hostile_items_cost_no_other_item_its_place(server, tmp_path):
    hostile = [
        {"id": "\ud800 lone", "title": "NUL \u0000 and \udfff lone", "content_text": "x"},
        {"id": "g" * 1_000_000, "title": "t" * 1_000_000, "content_text": "word " * 300_000},
        {"id": "js", "url": "javascript:alert(1)", "title": "A link that is none", "content_text": "y"},
        {"id": "old", "url": "https://a.example/old", "title": "Year 1", "date_published": "0001-01-01T00:00:00Z"},
        {
            "id": "new",
            "url": "https://a.example/new",
            "title": "Year 9999",
            "date_published": "9999-12-31T23:59:59-12:00",
        },
        {"id": "port", "url": "https://a.example:99999999/", "title": "A port that is none"},
        {"id": None, "url": ["list"], "title": {"no": "title"}, "content_text": 7},
        "no item at all",
    ]
    good = {"id": "1", "url": talks(1).link, "title": talks(1).title, "content_text": talks(1).text}
    good["date_published"] = ago(hours=1).isoformat()
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Hostile", "items": [*hostile, good]})
    home = Home(tmp_path, server.serve("/feed", body, content_type="application/feed+json"))
    assert home.run("once", "--json").json["matches"]["new"] == 1
    (digest,) = home.delivered()
    assert talks(1).title in digest
    assert home.run("db", "check").code == 0
    assert home.run("once", "--json").json["articles"] == {"new": 0, "updated": 0}


def test_one_guid_for_all_items_folds_none(server, tmp_path):
    items = [Item(t.title, t.text, t.link, "0", t.published) for t in (talks(1), talks(2), other(3))]
    home = Home(tmp_path, publish(server, *items))
    assert home.run("once", "--json").json["articles"]["new"] == 3
    publish(server, *items, Item(talks(4).title, talks(4).text, talks(4).link, "0", ago(hours=1)))
    assert home.run("once", "--json").json["articles"] == {"new": 1, "updated": 0}


def test_a_document_that_shows_an_article_twice_settles_on_the_first(server, tmp_path):
    first = talks(1)
    again = Item(first.title, first.text + " And more.", first.link, first.guid, first.published)
    home = Home(tmp_path, publish(server, first, again))
    assert home.run("once", "--json").json["articles"]["new"] == 1
    publish(server, first, again, other(1))
    assert home.run("once", "--json").json["articles"] == {"new": 1, "updated": 0}


def test_answers_that_change_their_mind_within_a_turn_stop_the_rest(server, tmp_path):
    def limited(request):
        return (
            Response(documents.rss([talks(1)]), content_type=RSS) if len(server.requests) < 2 else Response(status=429)
        )

    for number in range(6):
        server.serve(f"/{number}", limited)
    home = Home(
        tmp_path,
        *(server.url(f"/{n}") for n in range(6)),
        polling="min_interval_minutes = 0\nper_host_gap_seconds = 0.05\nfull_text = false",
    )
    report = home.run("once", "--json").json["feeds"]
    assert (report["changed"], report["failed"], report["held"]) == (1, 1, 4)
    assert len(server.requests) == 2
