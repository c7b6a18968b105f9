import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import httpcore
import pytest

from monitor.net import guard
from monitor.net.exchange import NoConnectionError, _transport, exchange
from monitor.net.request import Course, Request
from monitor.net.streams import AHEAD, NETWORK, Stream, UnconnectedError

LOOPBACK = "127.0.0.1"
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(visit: Visit) -> AsyncIterator[Stream]:
    """Give a stream to a server that does as it is told with each visitor."""
    async with await asyncio.start_server(visit, LOOPBACK, 0) as server:
        stream = await NETWORK.connect_tcp(LOOPBACK, server.sockets[0].getsockname()[1], timeout=5)
        try:
            yield stream
        finally:
            await stream.aclose()


def test_all_that_a_server_sends_is_read_in_pieces_that_are_not_too_large() -> None:
    sent = bytes(range(256)) * 12_000

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        writer.close()

    async def pieces() -> list[bytes]:
        async with connected(send) as stream:
            read = [await stream.read(50_000)]
            while read[-1]:
                read.append(await stream.read(50_000))
            return read

    read = asyncio.run(pieces())
    assert b"".join(read) == sent
    assert max(map(len, read)) <= 50_000


def test_a_server_that_sends_faster_than_we_read_has_to_wait() -> None:
    sent = 0

    async def send_for_ever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while sent < 1_000 * AHEAD:
            writer.write(b"x" * AHEAD)
            await writer.drain()
            sent += AHEAD

    async def left_alone() -> int:
        async with connected(send_for_ever) as stream:
            await stream.read(1)
            while True:  # until nothing moves any more: what the system itself takes in is full
                before = sent
                await asyncio.sleep(0.1)
                if sent == before:
                    return stream._line._size

    assert AHEAD <= asyncio.run(left_alone()) < 3 * AHEAD
    assert sent < 1_000 * AHEAD


def test_a_connection_that_breaks_off_is_no_end_of_what_was_sent() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"half")
        await writer.drain()
        await asyncio.sleep(0.05)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    async def read() -> bytes:
        async with connected(reset) as stream:
            assert await stream.read(100) == b"half"
            return await stream.read(100)

    with pytest.raises(ConnectionError):
        asyncio.run(read())


def test_where_nobody_listens_there_is_no_connection() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        with pytest.raises(UnconnectedError) as raised:
            asyncio.run(NETWORK.connect_tcp(LOOPBACK, taken.getsockname()[1], timeout=5))
    assert isinstance(raised.value.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_lets_nobody_in_is_given_up_in_time(scheme: str) -> None:
    with socket.socket() as full:
        full.bind((LOOPBACK, 0))
        full.listen(0)  # holds one that nobody has asked in; of http, none further is let in
        port = full.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)):
            address = guard.parse(f"{scheme}://{LOOPBACK}:{port}/")
            asked = Request({"Host": address.authority}, verify=True, cap=100)
            with pytest.raises(NoConnectionError, match="no connection came about in time"):
                asyncio.run(exchange(address, ip_address(LOOPBACK), asked, Course(), connect_seconds=0.2))


def test_httpx_reads_over_our_streams() -> None:
    """Hold httpx to the one name of its own that we use: without it all works as well, at twice the cost."""
    transport = _transport(Request({}, verify=True, cap=1))
    origin = httpcore.Origin(b"https", b"127.0.0.1", 443)
    assert transport._pool.create_connection(origin)._network_backend is NETWORK
