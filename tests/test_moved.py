"""What permanent redirects come to: after three valid answers over a day the feed is read where it moved."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from monitor import queue
from monitor.app import open_app
from monitor.config import load
from monitor.model import FeedHealth
from monitor.net import exchange
from monitor.store import feeds
from tests import documents
from tests.documents import talks
from tests.home import Home
from tests.server import Server
from tests.smtp import certificate

NOW = datetime.now(UTC).replace(microsecond=0)
TRUSTED = (0, 12, 25)  # hours of polls after which a redirect is trusted
PASSWORD = 'username_env = "NAME"\npassword_env = "WORD"'
UNVERIFIED = "verify = false"


@pytest.fixture
def elsewhere():
    with Server("127.0.0.2") as running:
        running.serve("/robots.txt", status=404)
        yield running


def publish(server, *numbers, path="/new", **options):
    body = documents.rss([talks(number) for number in numbers])
    return server.serve(path, body, content_type="application/rss+xml", **options)


def moved(server, target):
    return server.serve("/old", status=301, redirect=target)


def given(folder, url, keys):
    """Return an installation that follows one feed with some keys of its own."""
    return Home(folder, more=f'[[feeds]]\nurl = "{url}"\n{keys}\nfull_text = false\n')


def polls(home, *hours):
    """Poll all feeds at these hours; return how they are then, in the order of the configuration."""
    settings, found = load(home.config, {"NAME": "reader", "WORD": "hush"}), {}

    async def turn(app, now):
        async with app.poller(now) as poller:
            await queue.poll_due(poller, settings.feeds, now, everything=True)

    for now in (NOW + timedelta(hours=after) for after in hours):
        app = open_app(settings, now)
        with closing(app.db):
            asyncio.run(turn(app, now))
            found = {report.feed.url: report for report in feeds.reports(app.db, settings.feeds)}
    return [found[feed.url] for feed in settings.feeds]


def knew(server):
    """List the paths that were asked for with a password."""
    return [request.path for request in server.requests if "authorization" in request.headers]


@pytest.mark.parametrize("hours", [(0, 8, 16, 23), (0, 25)], ids=["within a day", "twice"])
def test_a_redirect_is_followed_and_not_stored_until_it_is_trusted(server, elsewhere, tmp_path, hours):
    home = Home(tmp_path, moved(server, publish(elsewhere, 1)))
    (feed,) = polls(home, *hours)
    assert (feed.moved_to, feed.articles) == ("", 1)
    assert len(server.times("/old")) == len(elsewhere.times("/new")) == len(hours)


def test_a_redirect_that_a_temporary_one_interrupts_is_watched_anew(server, elsewhere, tmp_path):
    target = publish(elsewhere, 1)
    home = Home(tmp_path, moved(server, target))
    polls(home, 0, 12)
    server.serve("/old", redirect=target)
    polls(home, 18)
    moved(server, target)
    (feed,) = polls(home, 25, 30)
    assert feed.moved_to == ""


def test_a_feed_is_asked_where_it_moved_once_that_is_trusted(server, elsewhere, tmp_path):
    target = publish(elsewhere, 1, etag='"1"')
    home = Home(tmp_path, moved(server, target))
    (feed,) = polls(home, *TRUSTED)
    assert (feed.moved_to, feed.health) == (target, FeedHealth.OK)
    publish(elsewhere, 1, 2, etag='"2"')
    (feed,) = polls(home, 30, 35)
    assert (feed.articles, feed.health) == (2, FeedHealth.OK)
    assert len(server.times("/old")) == len(TRUSTED)
    validators = [request.headers.get("if-none-match") for request in elsewhere.requests if request.path == "/new"]
    assert validators == [None, '"1"', '"1"', None, '"2"']  # its own, also behind a redirect; anew once it moved


def test_a_feed_that_moved_to_one_that_is_followed_is_merged_into_it(server, elsewhere, tmp_path):
    target = publish(elsewhere, 1)
    home = Home(tmp_path, moved(server, target), target)
    old, _ = polls(home, *TRUSTED)
    assert "is followed already: remove one of the two" in old.last_error
    publish(elsewhere, 1, 2)
    asked = len(elsewhere.times("/new"))
    old, new = polls(home, 30, 35)
    assert (old.health, old.next_poll, new.health, new.articles) == (FeedHealth.DEAD, None, FeedHealth.OK, 2)
    assert (len(server.times("/old")), len(elsewhere.times("/new"))) == (len(TRUSTED), asked + 2)


def test_the_password_stays_with_the_origin_that_it_was_given_for(server, elsewhere, tmp_path):
    home = given(tmp_path, moved(server, publish(elsewhere, 1)), PASSWORD)
    (feed,) = polls(home, *TRUSTED, 30)
    assert feed.moved_to == elsewhere.url("/new")
    assert len(elsewhere.times("/new")) == len(TRUSTED) + 1
    assert (knew(server), knew(elsewhere)) == (["/old"] * len(TRUSTED), [])


def test_the_password_goes_along_to_another_address_of_its_origin(server, tmp_path):
    home = given(tmp_path, moved(server, publish(server, 1)), PASSWORD)
    polls(home, *TRUSTED, 30)
    assert knew(server) == ["/old", "/new"] * len(TRUSTED) + ["/new"]


def test_an_index_that_moved_takes_no_password_along_to_its_sitemaps(server, elsewhere, tmp_path):
    named = f"<sitemap><loc>{elsewhere.url('/news.xml')}</loc></sitemap>"
    index = elsewhere.serve("/index", f"<sitemapindex>{named}</sitemapindex>", content_type="application/xml")
    elsewhere.serve("/news.xml", documents.sitemap([talks(1)]), content_type="application/xml")
    polls(given(tmp_path, moved(server, index), PASSWORD), *TRUSTED, 30)
    assert len(elsewhere.times("/news.xml")) == len(TRUSTED) + 1
    assert knew(elsewhere) == []


def test_the_host_that_a_feed_moved_to_is_not_excused_from_verification(tmp_path, monkeypatch):
    shown = certificate(tmp_path)  # for 127.0.0.1, not for 127.0.0.2
    monkeypatch.setenv("SSL_CERT_FILE", str(shown.path))
    exchange.tls.cache_clear()
    with Server("127.0.0.2", tls=shown.context) as old, Server(tls=shown.context) as new:
        home = given(tmp_path, moved(old, publish(new, 1)), UNVERIFIED)
        assert polls(home, *TRUSTED)[0].moved_to == new.url("/new")
        monkeypatch.delenv("SSL_CERT_FILE")
        exchange.tls.cache_clear()
        (feed,) = polls(home, 30)
        assert "certificate is not accepted" in feed.last_error
        assert len(new.requests) == len(TRUSTED)


def test_a_feed_that_moved_to_https_at_its_own_host_stays_excused(server, tmp_path):
    with Server(tls=certificate(tmp_path).context) as secure:
        (feed,) = polls(given(tmp_path, moved(server, publish(secure, 1)), UNVERIFIED), *TRUSTED, 30)
        assert (feed.moved_to, feed.last_error) == (secure.url("/new"), "")
        assert len(secure.times("/new")) == len(TRUSTED) + 1
