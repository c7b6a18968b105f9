import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from monitor.app import open_app, reaching_out, read_page, rehearsal
from monitor.config import load
from monitor.errors import SeedError
from monitor.store import feeds, keeping
from tests.home import Home
from tests.server import Server

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MAIL = """
[recipients.desk]
email = "desk@example.org"
topics = ["talks"]
schedule = "0 8 * * *"
[smtp]
host = "smtp.example.org"
from = "Talks <talks@news.example>"
"""


@pytest.fixture
def app(tmp_path):
    home = Home(tmp_path, "https://paper.example/rss", more=MAIL)
    opened = open_app(load(home.config, {}), NOW)
    yield opened
    opened.db.close()


def test_opening_makes_the_database_and_its_feeds(app, tmp_path):
    assert (tmp_path / "monitor.db").exists()
    assert [report.feed.url for report in feeds.reports(app.db, app.settings.feeds)] == ["https://paper.example/rss"]


def test_opening_again_changes_nothing(app):
    before = feeds.reports(app.db, app.settings.feeds)
    again = open_app(app.settings, NOW)
    assert feeds.reports(again.db, app.settings.feeds) == before
    again.db.close()


def test_an_app_knows_its_recipients_and_topics(app):
    assert [recipient.id for recipient in app.recipients] == ["me", "desk"]
    assert list(app.topics) == ["talks"]


def test_messages_bear_the_senders_domain(app):
    teller = app.teller()
    assert (teller.sender, teller.domain) == ("Talks <talks@news.example>", "news.example")


def test_the_domain_of_messages_is_one_that_every_header_takes(app):
    assert app.settings.smtp
    settings = replace(app.settings, smtp=replace(app.settings.smtp, sender="Talks <talks@exämple.org>"))
    assert replace(app, settings=settings).teller().domain == "xn--exmple-cua.org"


def test_a_rehearsal_reaches_neither_the_database_nor_the_recipients(app, tmp_path):
    aside = tmp_path / "aside"
    aside.mkdir()
    settings = rehearsal(app.settings, aside, tmp_path / "out", NOW)
    assert settings.database_url == f"sqlite:///{aside / 'rehearsal.db'}"
    assert {recipient.channel for recipient in settings.recipients} == {"folder"}
    assert {recipient.addresses for recipient in settings.recipients} == {(str(tmp_path / "out"),)}
    assert (aside / "rehearsal.db").exists()


def test_a_rehearsal_of_nothing_makes_nothing(tmp_path):
    home = Home(tmp_path)
    rehearsal(load(home.config, {}), tmp_path / "config", tmp_path / "out", NOW)
    assert not (tmp_path / "monitor.db").exists()


def test_a_seeds_page_is_not_fetched_from_a_host_that_asked_a_poll_for_rest(app):
    async def act(url):
        async with app.reaching_out(NOW) as (client, parsers):
            await read_page(url, client, parsers, NOW)

    with Server() as server:
        feeds.hold(app.db, server.url("/feed"), NOW + timedelta(minutes=10))
        with pytest.raises(SeedError, match="asked for rest"):
            asyncio.run(act(server.url("/page")))
        assert server.requests == []


def read(url):
    """Read a page as a seed is read."""

    async def act():
        async with reaching_out(None, [ip_network("127.0.0.0/8")]) as (client, parsers):
            return await read_page(url, client, parsers, NOW)

    return asyncio.run(act())


def test_a_seeds_page_is_read_with_its_title():
    text = "The envoys of both countries met in Stockholm for a day and parted in anger. " * 5
    with Server() as server:
        page = f"<html><title>They met</title><body><article><p>{text}</p></article></body></html>"
        read_text = read(server.serve("/page", page, content_type="text/html"))
    assert read_text.startswith("They met\n\n")
    assert text.strip() in read_text


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404},
        {"answer": b"\x89PNG\r\n\x1a\n", "content_type": "image/png"},
        {"answer": "<html><title>Nothing</title></html>", "content_type": "text/html"},
    ],
)
def test_a_page_that_cannot_be_read_is_a_seed_error_that_says_what_to_do(answer):
    with Server() as server, pytest.raises(SeedError, match=r"/page can't be read: .*Save its text to a file"):
        read(server.serve("/page", **answer))


def linked(tmp_path, environ):
    home = Home(tmp_path, "https://paper.example/rss", more='[server]\npublic_url = "https://m.example"')
    return open_app(load(home.config, environ), NOW)


def test_links_are_signed_with_a_secret_that_is_made_once_and_kept(tmp_path):
    with closing(linked(tmp_path, {}).db) as db:
        first = linked_secret(tmp_path, {})
        assert len(first) >= 32
        assert linked_secret(tmp_path, {}) == first == keeping.kept(db, keeping.SIGNING_SECRET).encode()


def linked_secret(tmp_path, environ):
    opened = linked(tmp_path, environ)
    with closing(opened.db):
        return opened.signing_secret()


def test_links_are_signed_with_the_secret_of_the_environment(tmp_path):
    opened = linked(tmp_path, {"MONITOR_SECRET": "of the environment"})
    with closing(opened.db):
        assert opened.signing_secret() == b"of the environment"
        assert keeping.kept(opened.db, keeping.SIGNING_SECRET) == ""


def test_a_message_bears_a_link_that_its_date_fixes(tmp_path):
    opened = linked(tmp_path, {})
    with closing(opened.db):
        teller, recipient = opened.teller(), replace(opened.recipients[0], channel="email")
        links = {teller.envelope(recipient, "digests", "first", NOW).unsubscribe_url for _ in range(2)}
    assert len(links) == 1
    assert links.pop().startswith("https://m.example/u/")


def test_without_a_public_url_no_message_bears_a_link(app):
    assert app.teller().envelope(app.recipients[0], "digests", "first", NOW).unsubscribe_url == ""
    assert keeping.kept(app.db, keeping.SIGNING_SECRET) == ""
