"""A topic whose seed is a page that can't be read: it is left out and said, and all others are served."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from monitor import service
from monitor.actions import troubles, upkeep
from monitor.app import App, open_app
from monitor.config import load
from monitor.queue import Pulse
from monitor.store import feedback
from tests import documents
from tests.documents import OTHER, other, talks
from tests.home import Home

PAGE = "<html><head><title>{}</title></head><body><article>{}</article></body></html>"
TOWN = OTHER + " The new mayor of the harbour town will take office in May, when the old docks are rebuilt."


def page(title, text):
    return PAGE.format(title, "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n")))


@pytest.fixture
def feed(server):
    items = [talks(1), other(1)]
    return server.serve("/feed", documents.rss(items), content_type="application/rss+xml")


@pytest.fixture
def home(server, feed, tmp_path):
    """Give an installation with a topic that works, and another whose seed is a page that is not there."""
    more = f'[topics.town]\nseeds = ["{server.url("/town")}"]\n'
    more += '[recipients.you]\nfolder = "../yours"\ntopics = ["town"]\nschedule = "* * * * *"\n'
    return Home(tmp_path, feed, more=f'{more}[operator]\nrecipient = "me"\n')


def put_up(server):
    """Let the page be there."""
    server.serve("/town", page("A new mayor", f"{TOWN}\n\n{TOWN}"), content_type="text/html; charset=utf-8")


def matches(home):
    return {(match["topic"], match["title"]) for match in home.run("match", "list", "--json").json}


def test_the_others_are_polled_for_and_told(home):
    ran = home.run("once", "--all", "--json")
    assert (ran.code, ran.json["feeds"]["polled"], ran.json["articles"]["new"]) == (0, 1, 2)
    assert "topic left out" in ran.err
    assert matches(home) == {("talks", talks(1).title)}
    assert talks(1).title in home.delivered()[0]


def test_status_says_which_is_left_out_and_why(home, server):
    home.run("once", "--all")
    said = "topic town is left out until its seed can be read, which is tried hourly: the seed "
    problems = home.run("status", "--json").json["problems"]
    assert any(line.startswith(f"{said}{server.url('/town')} can't be read: HTTP 404") for line in problems)
    assert said in " ".join(home.run("status").out.split())


def test_a_topic_is_shown_whatever_another_ones_seed_is(home, server):
    assert home.run("topic", "show", "talks").code == 0
    assert server.times("/town") == []
    lost = home.run("topic", "show", "town")
    assert (lost.code, "can't be read: HTTP 404" in lost.err) == (2, True)


def test_what_was_stored_meanwhile_is_judged_and_told_once_the_page_is_there(home, server):
    home.run("once", "--all")
    put_up(server)
    assert home.run("once", "--all").code == 0
    assert matches(home) == {("talks", talks(1).title), ("town", other(1).title)}
    assert home.run("status", "--json").json["problems"] == []
    home.run("once", "--as-of", f"{datetime.now(UTC) + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}")
    told = [file.read_text() for file in (home.folder / "yours").glob("*.txt")]
    assert sum(other(1).title in text for text in told) == 1


def test_where_no_topic_is_left_it_is_an_error(home, server):
    file = home.config / "monitor.toml"
    file.write_text(file.read_text().replace('"seed.txt"', f'"{server.url("/gone")}"'))
    ran = home.run("once")
    assert ran.code == 2
    assert [f"{path} can't be read" in ran.err for path in ("/town", "/gone")] == [True, True]


def test_a_seed_file_that_tells_nothing_is_an_error_all_the_same(home):
    (home.config / "seed.txt").write_text("… !")
    ran = home.run("once")
    assert (ran.code, "seed.txt has no word" in ran.err) == (2, True)


def test_a_page_that_asks_for_rest_is_left_alone_for_as_long(home, server):
    server.serve("/town", status=429, headers={"Retry-After": "7200"})
    now = datetime.now(UTC)
    with closing(open_app(load(home.config, {}), now).db) as db:
        app = App(load(home.config, {}), db)

        async def two_trials():
            async with app.poller(now) as poller:
                await app.profiles(poller.client, poller.parsers, now)

        asyncio.run(two_trials())
        assert "nothing is sent to it for another 7" in app.left_out["town"]  # thousand seconds
    assert len(server.times("/town")) == 1


def test_the_service_tells_the_operator_and_takes_it_in_when_the_page_is_there(home, server, monkeypatch):
    monkeypatch.setattr(upkeep, "nightly", lambda *_: False)
    now = datetime.now(UTC)
    app = open_app(load(home.config, {}), now)
    running = service.Service(app, lambda: now, Pulse(started=now))
    running._learnt = feedback.mark(app.db)

    async def rounds():
        async with app.poller(now) as poller, app.means(poller.client) as means:
            troubles.tell(app, app.teller(), now)
            await running._upkeep(poller, means)
            await running._upkeep(poller, means)
            assert (list(poller.profiles), len(server.times("/town"))) == (["talks"], 2)  # it is asked once an hour
            put_up(server)
            running._seeds_rest = 0.0
            await running._upkeep(poller, means)
            troubles.tell(app, app.teller(), now + timedelta(minutes=11))
            return set(poller.profiles)

    with capture_logs() as logged:
        assert asyncio.run(rounds()) == {"talks", "town"}
    app.db.close()
    events = [record["event"] for record in logged]
    assert events == [
        "topic left out",
        "trouble",
        "topic left out",
        "topics that were left out are back",
        "trouble is over",
    ]
