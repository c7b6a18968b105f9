import asyncio
import subprocess
import sys
from ipaddress import ip_address

import pytest

from monitor.errors import FetchError
from monitor.net.names import Names


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


def test_who_gave_up_takes_no_place_for_ever():
    async def give_up_and_ask_again():
        names = Names()
        for _ in range(200):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await names.addresses("localhost")
        return await names.addresses("localhost")

    assert asyncio.run(give_up_and_ask_again())


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
