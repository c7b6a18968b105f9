"""One question over one connection, with servers that do as they please."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

import h11
import pytest

from monitor.net import guard
from monitor.net.exchange import NoConnectionError, exchange
from monitor.net.http11 import AHEAD, INTERIM_CAP, Connection, UnconnectedError
from monitor.net.request import Course, Request

LOOPBACK = "127.0.0.1"
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(visit: Visit) -> AsyncIterator[Connection]:
    """Give a connection to a server that does as it is told with its one visitor."""
    over = asyncio.Event()

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await visit(reader, writer)
        writer.close()
        over.set()

    async with await asyncio.start_server(visited, LOOPBACK, 0) as server:
        connection = await Connection.open(LOOPBACK, server.sockets[0].getsockname()[1], 5)
        try:
            yield connection
        finally:
            connection.close()
            await over.wait()


def answering(*pieces: bytes) -> Visit:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    return answer


async def asked(connection: Connection) -> tuple[int, bytes]:
    status, _ = await connection.ask(b"GET", b"/feed", [(b"Host", b"a.example")])
    return status, b"".join([piece async for piece in connection.body()])


def answered(visit: Visit) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with connected(visit) as connection:
            return await asked(connection)

    return asyncio.run(ask())


def test_a_question_is_sent_whole_and_its_headers_as_they_are() -> None:
    heard = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "\xe9"\r\n\r\n')
        writer.close()

    async def ask() -> tuple[int, list[tuple[bytes, bytes]]]:
        async with connected(hear) as connection:
            status, headers = await connection.ask(b"GET", b"/a?b=%20", [(b"Host", b"a.example"), (b"X-Tag", b"\xe9")])
            assert not [piece async for piece in connection.body()]
            return status, list(headers)

    assert asyncio.run(ask()) == (304, [(b"etag", b'"\xe9"')])
    assert heard == [b"GET /a?b=%20 HTTP/1.1\r\nHost: a.example\r\nX-Tag: \xe9\r\n\r\n"]


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b"half", b"half", b"and more than was told"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha", b"lf\r\n4\r\nhalf\r\n0\r\n\r\n"),
        (b"HTTP/1.0 200 OK\r\n\r\nhalf", b"half"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalfhalf"),
    ],
)
def test_a_body_has_the_length_that_its_head_tells(pieces: tuple[bytes, ...]) -> None:
    assert answered(answering(*pieces)) == (200, b"halfhalf")


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"220 mail.example ESMTP\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nContent-Length: 9\r\n\r\nhalfhalf",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfour\r\nhalf\r\n",),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * (INTERIM_CAP + 1),),
        (b"HTTP/1.1 200 OK\r\n", *[b"X-Endless: " + b"x" * 1_000 + b"\r\n"] * 120),
    ],
)
def test_what_is_no_whole_answer_is_none(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(h11.RemoteProtocolError):
        answered(answering(*pieces))


def test_a_large_body_is_read_whole() -> None:
    sent = bytes(range(256)) * 12_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(sent)
    assert answered(answering(head + sent)) == (200, sent)


def test_a_server_that_sends_faster_than_we_read_has_to_wait() -> None:
    sent = 0

    async def send_for_ever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 1_000 * AHEAD:
            writer.write(b"x" * AHEAD)
            await writer.drain()
            sent += AHEAD

    async def left_alone() -> int:
        async with connected(send_for_ever) as connection:
            await connection.ask(b"GET", b"/", [(b"Host", b"a.example")])
            while True:  # until nothing moves any more: what the system itself takes in is full
                before = sent
                await asyncio.sleep(0.1)
                if sent == before:
                    return connection._line._size

    assert AHEAD <= asyncio.run(left_alone()) < 3 * AHEAD
    assert sent < 1_000 * AHEAD


def test_a_connection_that_breaks_off_is_no_end_of_what_was_sent() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nhalf")  # which ends with the connection
        await writer.drain()
        await asyncio.sleep(0.05)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    with pytest.raises(ConnectionError):
        answered(reset)


def test_where_nobody_listens_there_is_no_connection() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        with pytest.raises(UnconnectedError) as raised:
            asyncio.run(Connection.open(LOOPBACK, taken.getsockname()[1], 5))
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
