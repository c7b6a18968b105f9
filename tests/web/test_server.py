import asyncio
import signal
import socket
import time
from contextlib import closing

import pytest

from monitor.errors import UsageError
from monitor.web import serving
from monitor.web.app import Site
from tests.web import sites

OPEN, LOCKED = Site([], frozenset(), locked=False), Site([], frozenset(), locked=True)


def start(site, listen):
    async def once():
        async with serving(site, listen) as port:
            return port

    return asyncio.run(once())


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:0", "127.0.0.2:0", "[::1]:0"])
def test_loopback_needs_no_password(listen):
    assert start(OPEN, listen) > 0


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", ":0"])
def test_any_other_address_needs_one(listen):
    with pytest.raises(UsageError, match="needs a password: set MONITOR_PASSWORD") as refused:
        start(OPEN, listen)
    assert f'listen = "{listen}"' in str(refused.value)
    assert "\n" not in str(refused.value)
    assert start(LOCKED, listen) > 0


def test_an_address_in_use_is_named_in_one_line():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match="the address is in use") as refused:
            start(OPEN, listen)
    assert str(refused.value).startswith(f'[server] listen = "{listen}"')


@pytest.mark.parametrize(
    ("listen", "why"),
    [("192.0.2.1:0", "no such address"), ("nowhere.invalid:0", "listen")],
)
def test_an_address_that_is_not_ours_is_named(listen, why):
    with pytest.raises(UsageError, match=why) as refused:
        start(LOCKED, listen)
    assert listen in str(refused.value)


def test_signals_are_left_alone():
    def handlers():
        return [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    async def during():
        before = handlers()
        async with serving(OPEN, "127.0.0.1:0"):
            return before, handlers()

    before, meanwhile = asyncio.run(during())
    assert meanwhile == before


def test_it_stops_at_once_though_clients_linger(tmp_path):
    with sites.running(tmp_path) as site:
        lingering = [socket.create_connection(("127.0.0.1", site.port), timeout=5) for _ in range(3)]
        lingering[1].sendall(b"GET / HT")
        lingering[2].sendall(f"POST {site.link()} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n".encode())
        assert site.ask("/healthz").status == 200
        since = time.monotonic()
    assert time.monotonic() - since < 2
    for connection in lingering:
        connection.close()


def test_the_port_is_free_again_at_once(tmp_path):
    with sites.running(tmp_path) as site:
        listen, app = f"127.0.0.1:{site.port}", site.site
    assert start(app, listen) == site.port


def test_a_fault_of_what_runs_beside_it_stops_it_too():
    async def broken():
        async with serving(OPEN, "127.0.0.1:0"):
            raise RuntimeError("beside")

    with pytest.raises(RuntimeError, match="beside"):
        asyncio.run(broken())


def test_the_site_says_whether_it_is_locked(site, guarded):
    assert (site.site.locked, guarded.site.locked) == (False, True)
