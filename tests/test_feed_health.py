"""How feeds are, in the same words wherever they are told: in lists, in `status` and in the footers of digests."""

import pytest

from monitor.sources.contents import NoFeedError, no_feed
from tests import documents
from tests.documents import other, talks
from tests.home import Home

RSS = "application/rss+xml"
TOMORROW = "2099-01-01T08:00:00Z"


def publish(server, *items, **options):
    return server.serve("/feed", documents.rss(list(items)), content_type=RSS, **options)


def listed(home):
    (feed,) = home.run("feed", "list", "--json").json
    return feed


def notes(home):
    return [note.split(" ", 1)[0].rstrip(":") for note in listed(home)["notes"]]


def test_a_feed_that_holds_nothing_of_its_last_poll_has_a_gap_and_is_polled_at_the_floor(server, tmp_path):
    publish(server, talks(1), talks(2))
    home = Home(tmp_path, server.url("/feed"), polling="min_interval_minutes = 0.001\nper_host_gap_seconds = 0")
    home.run("once")
    for n in (3, 4):  # the window moves, and overlaps
        publish(server, talks(n), talks(n - 1))
        home.run("once", "--all")
        assert listed(home)["notes"] == []
    publish(server, talks(9), talks(8))
    home.run("once", "--all")
    (note,) = listed(home)["notes"]
    assert note.startswith("possible gap ")
    assert listed(home)["interval_minutes"] == 0.001
    status = home.run("status", "--json").json
    assert status["feed_notes"] == [f"Daily Paper: {note}"]
    assert note in home.run("status").out


@pytest.mark.parametrize("between", [None, (), (talks(1),)], ids=["fails", "is empty", "goes on"])
def test_a_feed_that_fails_or_is_empty_meanwhile_has_missed_nothing(server, tmp_path, between):
    url = publish(server, talks(1)) if between is None else publish(server)
    home = Home(tmp_path, url)
    home.run("once")
    if between is None:
        server.serve("/feed", status=500)
    else:
        publish(server, *between)
    home.run("once", "--all")
    publish(server, talks(2), talks(1))
    home.run("once", "--all")
    assert listed(home)["notes"] == []


def test_items_whose_bytes_all_change_and_another_feeds_articles_are_told_apart(server, tmp_path):
    url = publish(server, talks(1), talks(2))
    home = Home(tmp_path, url)
    home.run("once")
    body = documents.rss([talks(1), talks(2)]).replace("</item>", "<category>seen 7 times</category></item>")
    server.serve("/feed", body, content_type=RSS)
    home.run("once", "--all")
    assert listed(home)["notes"] == []  # the same articles, however often they were looked at
    both = server.serve("/both", documents.rss([talks(3), talks(4)]), content_type=RSS)
    home.write(url, both)
    home.run("once", "--all")
    publish(server, talks(3), talks(4))
    home.run("once", "--all")
    found = {feed["url"]: feed["notes"] for feed in home.run("feed", "list", "--json").json}
    assert found[both] == []
    assert len(found[url]) == 1  # known by the other feed, and new to this one all the same


def test_the_footer_tells_a_gap_in_the_digest_that_it_concerns_and_in_no_later_one(server, tmp_path):
    home = Home(tmp_path, publish(server, talks(1)), schedule="* * * * *")
    home.run("once")
    publish(server, talks(2), other(1))
    home.run("once", "--all", "--as-of", TOMORROW)
    publish(server, talks(3), talks(2), other(1))
    home.run("once", "--all", "--as-of", "2099-01-02T08:00:00Z")
    assert ["possible gap" in digest for digest in home.delivered()] == [False, True, False]


PAGE = "<!doctype html><html><head><title>{}</title></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("title", "body", "says"),
    [
        ("Welcome", "News of the day", ""),
        ("Just a moment...", "", ", a check whether we are a robot"),
        ("paper.example", "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate'></script>", "a robot"),
        ("Before you continue to the paper", "", ", a question about cookies"),
    ],
)
def test_a_page_served_in_a_feeds_place_is_blocked_and_costs_it_nothing(server, tmp_path, title, body, says):
    url = publish(server, talks(1), etag='"1"')
    home = Home(tmp_path, url)
    home.run("once")
    server.serve("/feed", PAGE.format(title, body), content_type="text/html", etag='"page"')
    home.run("once", "--all")
    feed = listed(home)
    assert (feed["health"], notes(home)) == ("failing", ["failing", "blocked"])
    assert feed["last_error"].startswith("not a feed but an HTML page titled")
    assert feed["last_error"].endswith(says)
    assert "blocked: a page is served in its place" in home.run("status").out
    home.run("once", "--all")
    assert server.requests[-1].headers["if-none-match"] == '"1"'  # the page's own tag is not kept
    publish(server, talks(1), talks(2))
    assert home.run("once", "--all", "--json").json["articles"]["new"] == 1
    assert listed(home)["notes"] == []


def test_an_address_that_never_was_a_feed_is_not_called_blocked_but_a_wall_is(server, tmp_path):
    home = Home(tmp_path, server.serve("/feed", PAGE.format("Welcome", ""), content_type="text/html"))
    home.run("once")
    assert notes(home) == ["failing"]
    server.serve("/feed", PAGE.format("Just a moment...", ""), content_type="text/html")
    home.run("once", "--all")
    assert notes(home) == ["failing", "blocked"]


def test_an_image_or_nothing_at_all_is_no_page():
    for body in (b"", b"\x89PNG\r\n", b"{}"):
        assert isinstance(error := no_feed(body, "https://a.example/", {}), NoFeedError)
        assert error.page == ""
