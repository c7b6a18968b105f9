import asyncio
import socket
import subprocess
import sys
import threading
from ipaddress import ip_address, ip_network

import pytest

from monitor.errors import AddressRefused, FetchError
from monitor.net import names
from monitor.net.client import Client
from monitor.net.names import Names
from tests.server import Server


def look_up(host: str):
    async def ask():
        return await Names().addresses(host)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "017700000001"]
)
def test_every_notation_of_loopback_is_seen_as_loopback(host):
    addresses = look_up(host)
    assert addresses
    assert all(address in (ip_address("127.0.0.1"), ip_address("::1")) for address in addresses)


def test_an_address_is_listed_once():
    addresses = look_up("localhost")
    assert len(addresses) == len(set(addresses))


def test_an_unknown_name_is_told_as_such():
    with pytest.raises(FetchError, match=r"nowhere\.invalid"):
        look_up("nowhere.invalid")


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "256.256.256.256", ".", "_"])
def test_an_impossible_name_is_an_error_of_ours(host):
    with pytest.raises(FetchError):
        look_up(host)


def test_a_resolver_without_answer_keeps_no_process_alive():
    program = """
import asyncio, socket, time
from monitor.net.names import Names
socket.getaddrinfo = lambda *_, **__: time.sleep(60)
async def ask():
    async with asyncio.timeout(0.01):
        await Names().addresses("slow.example")
asyncio.run(ask())
"""
    end = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert end.stderr.strip().endswith("TimeoutError")


class Resolver:
    """A system's resolver that knows each name as loopback, and does not answer for those that hang."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address  # "" knows none
        self.asked: list[str] = []
        self.opened = threading.Event()
        self.crowd = threading.Barrier(1)  # so many are answered together

    def __call__(self, host, port, **_):
        self.asked.append(host)
        if host.startswith("hanging"):
            self.opened.wait(60)
        self.crowd.wait(5)
        if not self.address:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.address, 0))]


@pytest.fixture
def resolver(monkeypatch):
    asked = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", asked)
    yield asked
    asked.opened.set()


async def ask_again_and_again(names: Names, host: str = "paper.example", times: int = 5) -> None:
    for _ in range(times):
        assert await names.addresses(host) == (ip_address("127.0.0.1"),)


def test_an_answer_holds_for_its_time(resolver, monkeypatch):
    clock = [1_000.0]
    monkeypatch.setattr(names.time, "monotonic", lambda: clock[0])

    async def act():
        asker = Names()
        await ask_again_and_again(asker)
        clock[0] += names.KEPT_SECONDS - 1
        await ask_again_and_again(asker)
        assert len(resolver.asked) == 1
        clock[0] += 1
        await ask_again_and_again(asker)

    asyncio.run(act())
    assert resolver.asked == ["paper.example"] * 2


def test_that_a_name_is_unknown_is_not_kept(resolver):
    async def act():
        asker, resolver.address = Names(), ""
        with pytest.raises(FetchError):
            await asker.addresses("paper.example")
        resolver.address = "127.0.0.1"
        await ask_again_and_again(asker)

    asyncio.run(act())


def test_kept_answers_are_bounded_and_the_oldest_goes_first(resolver, monkeypatch):
    monkeypatch.setattr(names, "REMEMBERED", 3)

    async def act():
        asker = Names()
        for host in "abcd":
            await ask_again_and_again(asker, f"{host}.example")
        await ask_again_and_again(asker, "d.example")
        await ask_again_and_again(asker, "a.example")

    asyncio.run(act())
    assert resolver.asked == [f"{host}.example" for host in "abcda"]


def test_who_asks_for_the_same_name_joins_and_outlasts_who_gave_up(resolver):
    async def act():
        asker = Names()
        first, *others = (asyncio.create_task(asker.addresses("hanging.example")) for _ in range(5))
        await asyncio.sleep(0)
        first.cancel()
        resolver.opened.set()
        return await asyncio.gather(*others)

    assert asyncio.run(act()) == [(ip_address("127.0.0.1"),)] * 4
    assert resolver.asked == ["hanging.example"]


def test_many_names_are_looked_up_at_once(resolver):
    resolver.crowd = threading.Barrier(60)

    async def act():
        asker = Names()
        async with asyncio.timeout(5):
            await asyncio.gather(*(asker.addresses(f"paper{number}.example") for number in range(60)))

    asyncio.run(act())


def test_who_gave_up_takes_no_place_for_ever(resolver):
    async def act():
        asker = Names()
        for number in range(200):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await asker.addresses(f"paper{number}.example")
        await ask_again_and_again(asker)

    asyncio.run(act())


def test_names_that_hang_delay_no_other(resolver):
    async def fetched(client, host):
        return (await client.get(f"http://{host}:{server.port}/")).body

    async def act():
        async with Client(allow_private=[ip_network("127.0.0.0/8")], concurrency=500) as client:
            stuck = [asyncio.create_task(fetched(client, f"hanging{n}.example")) for n in range(150)]
            await asyncio.sleep(0.1)
            for task in stuck[::2]:
                task.cancel()
            async with asyncio.timeout(5):
                return await asyncio.gather(*(fetched(client, f"paper{number}.example") for number in range(20)))

    with Server() as server:
        server.serve("/", "news")
        assert asyncio.run(act()) == [b"news"] * 20


def test_a_kept_answer_is_checked_at_each_connection(resolver):
    async def act(url: str):
        async with Client(allow_private=[ip_network("127.0.0.0/8")], per_host_gap_seconds=0) as client:
            await client.get(url)
            client._allowed = ()
            with pytest.raises(AddressRefused, match=r"127\.0\.0\.1, which is this machine"):
                await client.get(url)

    with Server() as server:
        server.serve("/", "news")
        asyncio.run(act(f"http://paper.example:{server.port}/"))
        assert len(server.requests) == 1
    assert resolver.asked == ["paper.example"]
