import asyncio
import traceback
from ipaddress import ip_network

import pytest

from monitor.delivery import ping
from monitor.errors import FetchError
from monitor.model import Secret
from monitor.net.client import Client
from tests.server import Server

CANARY = "canary-5f1c"


def call(address, allowed=("127.0.0.0/8",)):
    async def act():
        async with Client(allow_private=[ip_network(each) for each in allowed], per_host_gap_seconds=0) as client:
            await ping.ping(client, Secret(address))

    asyncio.run(act())


def refused(address, **options):
    """Return the words with which a ping failed; neither they nor the traceback hold the address."""
    with pytest.raises(FetchError) as caught:
        call(address, **options)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_switch_is_called_once():
    with Server() as server:
        call(server.serve(f"/{CANARY}", "OK"))
        assert [(request.method, request.path) for request in server.requests] == [("GET", f"/{CANARY}")]


@pytest.mark.parametrize("status", [404, 429, 500])
def test_an_answer_that_is_no_success_is_told(status):
    with Server() as server:
        assert f"HTTP {status}" in refused(server.serve(f"/{CANARY}", status=status))


def test_a_silent_server_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(ping, "DEADLINE", 0.1)
    with Server() as server:
        assert "within 0.1 s" in refused(server.serve(f"/{CANARY}", hang=True))


@pytest.mark.parametrize("address", [f"example.org/{CANARY}", f"ftp://a.example/{CANARY}", f"https://{CANARY}@a/", ""])
def test_what_is_no_address_is_told(address):
    assert refused(address) == "the dead-man ping has no http or https address: mend its variable"


def test_a_closed_port_is_told():
    with Server() as server:
        url = server.url(f"/{CANARY}")
    assert "Connection refused" in refused(url)


def test_a_private_address_needs_leave():
    with Server() as server:
        assert "network.allow_private" in refused(server.url(f"/{CANARY}"), allowed=())
        assert server.requests == []


@pytest.mark.parametrize("target", ["/{0}", "/{0}/x", "ftp://{0}/", "https://user@{0}/", "//[{0}/", "//{0}:9x/"])
def test_where_a_redirect_leads_is_not_told(target):
    with Server() as server:
        for path in (f"/{CANARY}", f"/{CANARY}/x"):
            url = server.serve(path, redirect=target.format(CANARY))
        assert "redirected astray" in refused(server.url(f"/{CANARY}")), url
