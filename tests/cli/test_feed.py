from xml.etree import ElementTree

import pytest

from tests import documents
from tests.cli.conftest import RSS
from tests.cli.shapes import FEED, TURN, fits
from tests.documents import talks
from tests.home import Home, monitor
from tests.server import Server

LOOPBACK = ("--allow-private", "127.0.0.0/8")
HEAD = "<html><head><title>Front page</title>{}</head><body><p>News of the day.</p></body></html>"
LINK = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'


@pytest.fixture
def page(server):
    """A page that names two feeds."""
    links = LINK.format("World", "/world.xml") + LINK.format("\x1b[31mSport\x07", "/sport.xml")
    server.serve("/world.xml", documents.rss([talks(1)], title="World"), content_type=RSS)
    return server.serve("/two", HEAD.format(links), content_type="text/html")


def test_list_has_every_key_and_the_newest_first(polled):
    feeds = polled.run("feed", "list", "--json").json
    assert fits(feeds, [FEED])
    assert [feed["url"].rpartition("/")[2] for feed in feeds] == ["broken", "good"]
    broken, good = feeds
    assert (good["health"], good["title"], good["articles"], good["last_error"]) == ("ok", "Daily Paper", 3, "")
    assert (broken["health"], broken["last_success"], broken["last_error"]) == ("failing", None, "HTTP 500")


def test_people_read_addresses_and_faults(polled):
    lines = polled.run("feed", "list").out.splitlines()
    assert lines[0].split() == ["title", "health", "last", "read", "next", "poll", "articles", "address"]
    assert any(line.startswith("Daily Paper") and line.endswith("/good") for line in lines)
    assert any(line.startswith("! http://127.0.0.1") and "/broken: HTTP 500" in line for line in lines)


def test_add_takes_a_feeds_address_and_keeps_the_rest_of_the_file(server, home):
    before = (home.config / "monitor.toml").read_text()
    url = server.serve("/new", documents.atom([talks(3)]), content_type="application/atom+xml")
    ran = home.run("feed", "add", url, "--title", "Mine", "--json")
    assert ran.json["url"] == url
    assert (home.config / "monitor.toml").read_text().startswith(before.rstrip())
    assert home.run("feed", "list", "--json").json[0]["title"] == "Mine"


def test_add_takes_the_one_feed_that_a_page_names(server, home, page):
    url = server.serve("/one", HEAD.format(LINK.format("World", "/world.xml")), content_type="text/html")
    assert home.run("feed", "add", url, "--json").json["url"] == server.url("/world.xml")


def test_add_lists_the_feeds_of_a_page_that_names_several(home, page):
    before = (home.config / "monitor.toml").read_text()
    ran = home.run("feed", "add", page)
    assert ran.code == 2
    first, *listed = ran.err.splitlines()
    assert first == f"monitor: {page} names 2 feeds; add one of them by its address:"
    assert [line.split("/")[-1].split() for line in listed] == [["world.xml", "World"], ["sport.xml", "[31mSport"]]
    assert (home.config / "monitor.toml").read_text() == before


def test_add_says_what_it_found_where_no_feed_is(server, home):
    ran = home.run("feed", "add", server.serve("/none", HEAD.format(""), content_type="text/html"))
    assert ran.code == 2
    assert "is no feed and names none: not a feed but an HTML page titled “Front page”" in ran.err


def test_add_refuses_a_feed_that_is_followed_already(server, home):
    ran = home.run("feed", "add", server.url("/own"))
    assert ran.code == 2
    assert "is among the feeds already" in ran.err


def test_test_shows_what_a_feed_holds_and_stores_nothing(server, home):
    ran = home.run("feed", "test", server.url("/own"), "--json")
    assert (ran.json["title"], ran.json["format"], len(ran.json["entries"])) == ("Daily Paper", "rss20", 2)
    assert "Daily Paper: rss20, 2 entries" in home.run("feed", "test", server.url("/own")).out
    assert not (home.folder / "monitor.db").exists()


def test_test_names_what_a_page_is(home, page):
    ran = home.run("feed", "test", page)
    assert ran.code == 2
    assert "not a feed but an HTML page titled “Front page”" in ran.err


def test_test_and_discover_need_no_configuration(server, tmp_path, page):
    nowhere = ("--config", str(tmp_path / "none"))
    assert monitor(*nowhere, "feed", "test", server.url("/world.xml"), *LOOPBACK).code == 0
    found = monitor(*nowhere, "feed", "discover", page, "--json", *LOOPBACK).json
    assert [feed["url"] for feed in found] == [server.url("/world.xml"), server.url("/sport.xml")]


def test_a_private_address_is_refused_with_what_to_do(server, tmp_path):
    ran = monitor("--config", str(tmp_path / "none"), "feed", "test", server.url("/world.xml"))
    assert ran.code == 2
    assert "network.allow_private" in ran.err


@pytest.mark.parametrize(
    "url", ["ftp://paper.example/rss", "paper", "http://", "http://[::1", "javascript:alert(1)", "http://a b/"]
)
@pytest.mark.parametrize("verb", ["add", "test", "discover"])
def test_what_is_no_address_is_refused(home, verb, url):
    ran = home.run("feed", verb, url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("monitor: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("network", ["nonsense", "127.0.0.1/8", "", "300.0.0.0/8"])
def test_a_network_that_is_none_is_refused(tmp_path, network):
    ran = monitor("feed", "test", "http://127.0.0.1/", "--allow-private", network)
    assert ran.code == 2
    assert "a network like 127.0.0.0/8 is wanted" in ran.err


def test_a_fetch_that_fails_is_exit_code_1(server, home):
    ran = home.run("feed", "test", server.serve("/lost", status=404))
    assert (ran.code, ran.err) == (1, "monitor: HTTP 404: there is nothing at this address\n")


@pytest.mark.parametrize("verb", ["add", "test", "discover"])
def test_a_host_that_asked_a_poll_for_rest_is_not_asked_by_hand(tmp_path, verb):
    with Server() as busy:
        home = Home(tmp_path, busy.serve("/feed", status=429, headers={"Retry-After": "600"}))
        home.run("once")
        ran = home.run("feed", verb, busy.serve("/well", documents.rss([talks(1)]), content_type=RSS))
        assert ran.code == 1
        assert "asked for rest: nothing is sent to it for another" in ran.err
        assert not busy.times("/well")


def test_a_database_that_cannot_be_asked_hinders_no_fetch(server, home):
    (home.folder / "monitor.db").write_text("no database")
    assert home.run("feed", "test", server.url("/own")).code == 0
    assert (home.folder / "monitor.db").read_text() == "no database"


def test_what_was_exported_can_be_imported(home, tmp_path):
    opml = tmp_path / "feeds.opml"
    assert home.run("feed", "export", str(opml)).code == 0
    assert home.run("feed", "export").out == opml.read_text()
    assert ElementTree.fromstring(opml.read_text()).get("version") == "2.0"
    other = Home(tmp_path / "other", "https://paper.example/rss")
    assert len(other.run("feed", "import", str(opml), "--json").json["added"]) == 1
    again = other.run("feed", "import", str(opml), "--json").json
    assert (again["added"], again["known"]) == ([], 1)
    assert len(other.run("feed", "list", "--json").json) == 2


def test_import_names_bad_lines_and_takes_the_good_ones(home, tmp_path):
    opml = tmp_path / "mixed.opml"
    opml.write_text(
        "<opml version='2.0'><body><outline xmlUrl='javascript:alert(1)' text='bad'/>"
        "<outline xmlUrl='https://good.example/rss' text='good'/></body></opml>"
    )
    ran = home.run("feed", "import", str(opml), "--json")
    assert ran.json["added"] == ["https://good.example/rss"]
    assert len(ran.json["problems"]) == 1


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"<opml", b"\xff\xfe\x00", b"no list"])
def test_a_file_that_is_no_list_is_refused_by_name(home, tmp_path, content):
    file = tmp_path / "list.opml"
    file.write_bytes(content)
    before = (home.config / "monitor.toml").read_text()
    ran = home.run("feed", "import", str(file))
    assert ran.code == 2
    assert ran.err.startswith(f"monitor: {file}: ")
    assert (home.config / "monitor.toml").read_text() == before


@pytest.mark.parametrize("args", [("import", "{}/none"), ("import", "{}"), ("export", "{}"), ("export", "{}/no/where")])
def test_a_file_that_cannot_be_read_or_written_is_named(home, tmp_path, args):
    verb, place = args[0], args[1].format(tmp_path)
    ran = home.run("feed", verb, place)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"monitor: {place}: ")


def test_poll_reports_as_once_does_and_sends_nothing(home):
    ran = home.run("feed", "poll", "--json")
    assert fits(ran.json, TURN)
    assert ran.json["articles"]["new"] == 2
    assert home.delivered() == []


def test_poll_takes_some_feeds_only(server, home):
    other = server.serve("/other", documents.rss([talks(5)]), content_type=RSS)
    home.write(server.url("/own"), other)
    assert home.run("feed", "poll", other, "--json").json["feeds"]["polled"] == 1


def test_a_paused_feed_rests_until_it_is_resumed(server, home):
    url = server.url("/own")
    assert home.run("feed", "pause", url).out == f"{url} is paused\n"
    assert home.run("feed", "list", "--json").json[0]["health"] == "paused"
    assert home.run("once", "--all", "--json").json["feeds"]["polled"] == 0
    assert home.run("feed", "resume", url).code == 0
    assert home.run("once", "--json").json["feeds"]["polled"] == 1


def test_remove_takes_a_feed_out_of_the_file_and_keeps_its_articles(server, home):
    home.run("once")
    assert home.run("feed", "remove", server.url("/own")).code == 0
    assert home.run("feed", "list", "--json").json == []
    assert len(home.run("match", "list", "--json").json) == 1


@pytest.mark.parametrize("verb", ["poll", "pause", "resume", "remove"])
def test_an_unknown_feed_is_refused(polled, verb):
    ran = polled.run("feed", verb, "https://nobody.example/rss")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "monitor: https://nobody.example/rss is not followed: see monitor feed list\n"


@pytest.mark.parametrize("verb", ["pause", "resume", "poll"])
def test_an_address_may_be_written_in_another_way(server, home, verb):
    url = server.url("/own").replace("http://", "HTTP://")
    assert home.run("feed", verb, url).code == 0
