import asyncio
import time
from ipaddress import ip_network

import pytest

from monitor.errors import AddressRefused, HostHeld
from monitor.net import robots
from monitor.net.client import Client
from monitor.net.robots import Robots
from tests.server import Server


def ask(*urls: str) -> list[bool]:
    async def act():
        async with Client(allow_private=[ip_network("127.0.0.0/8")], per_host_gap_seconds=0) as client:
            site = Robots(client)
            return [await site.allowed(url) for url in urls]

    return asyncio.run(act())


def test_rules_are_read_once_and_followed():
    with Server() as server:
        server.serve("/robots.txt", "User-agent: *\nDisallow: /private\nAllow: /private/open\n")
        answers = ask(*map(server.url, ("/news/1", "/private/1", "/private/open/1?a=1")))
        assert answers == [True, False, True]
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: monitor\nDisallow: /\n", False),
        ("User-agent: Monitor/1.0 # us\nDisallow: /\n", False),
        ("User-agent: monitor*\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: monitor\nAllow: /\n", True),
        ("User-agent: googlebot\nUser-agent: bingbot\nDisallow: /\n", True),
        ("User-agent: googlebot\nUser-agent: *\nDisallow: /\n", False),
        ("User-agent: notmonitor\nDisallow: /\n", True),
        ("\ufeffUser-agent: *\nDisallow: /\n", False),
        ("<html>not found, but politely</html>", True),
        ("", True),
    ],
)
def test_the_group_that_speaks_to_us_counts(text, allowed):
    with Server() as server:
        server.serve("/robots.txt", text)
        assert ask(server.url("/a")) == [allowed]


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (401, True), (403, True), (410, True), (500, False), (503, False)]
)
def test_a_site_without_rules_allows_all_one_in_trouble_nothing(status, allowed):
    with Server() as server:
        server.serve("/robots.txt", "User-agent: *\nDisallow:\n", status=status)
        assert ask(server.url("/a")) == [allowed]


def test_a_site_that_does_not_answer_allows_nothing():
    with Server() as server:
        url = server.url("/a")
    assert ask(url) == [False]


def test_rules_without_end_count_as_no_answer():
    with Server() as server:
        server.serve("/robots.txt", b"# no end\n" * 100_000)
        assert ask(server.url("/a")) == [False]


def test_a_site_that_limits_the_rate_rests():
    async def act(url: str):
        async with Client(allow_private=[ip_network("127.0.0.0/8")]) as client:
            site = Robots(client)
            assert await site.allowed(url) is False
            with pytest.raises(HostHeld):
                await client.get(url)
            with pytest.raises(HostHeld):
                await Robots(client).allowed(url)

    with Server() as server:
        server.serve("/robots.txt", status=429)
        asyncio.run(act(server.url("/a")))
        assert len(server.requests) == 1


def test_a_private_address_stays_unasked():
    async def act(url: str):
        async with Client() as client:
            assert await Robots(client).allowed(url) is False

    with Server() as server:
        asyncio.run(act(server.url("/a")))
        assert server.requests == []
    with pytest.raises(AddressRefused):
        ask("ftp://example.org/")


def test_many_who_ask_at_once_cost_one_request():
    async def act(url: str):
        async with Client(allow_private=[ip_network("127.0.0.0/8")], per_host_gap_seconds=0) as client:
            site = Robots(client)
            return await asyncio.gather(*(site.allowed(url) for _ in range(10)))

    with Server() as server:
        server.serve("/robots.txt", "User-agent: *\nDisallow: /\n", delay=0.01)
        assert asyncio.run(act(server.url("/a"))) == [False] * 10
        assert len(server.requests) == 1


def test_a_crowd_of_robots_and_rules_is_read_in_no_time():
    crowd = "".join(f"User-agent: a{n}\n" for n in range(5_000)) + "".join(f"Disallow: /a{n}\n" for n in range(5_000))
    started = time.process_time()
    assert robots._rules(crowd + "User-agent: *\nDisallow: /x").can_fetch("http://x.example/a1", robots.ROBOT)
    assert time.process_time() - started < 2


def test_a_bounded_number_of_sites_is_remembered(monkeypatch):
    monkeypatch.setattr(robots, "MAX_BYTES", 60)
    with Server() as one, Server("127.0.0.2") as two:
        for server in (one, two):
            server.serve("/robots.txt", "User-agent: *\nDisallow: /private      # forty bytes\n")
        ask(one.url("/"), two.url("/"), one.url("/"))
        assert len(one.requests) == 2
