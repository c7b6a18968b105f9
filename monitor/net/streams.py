"""Connect and read by asyncio alone, for httpx: its own way, which serves every kind of loop, takes twice the CPU time.

What is made here has the methods that httpcore asks of a network (`AsyncNetworkBackend`, `AsyncNetworkStream`), as far
as a GET over HTTP/1.1 needs them.
"""
# ruff: noqa: ASYNC109  # httpcore hands every timeout on as an argument

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

AHEAD = 256 * 1024  # bytes that are taken from a connection before somebody reads them


class UnconnectedError(OSError):
    """Tell that no connection came about; its cause says why."""


class NotInTimeError(UnconnectedError):
    """Tell that it takes too long."""


class Network:
    """What opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "Stream":
        """Return a connection to an IP address within `timeout` seconds.

        :raises UnconnectedError: if none comes about
        """
        async with _connecting(timeout):
            _, line = await asyncio.get_running_loop().create_connection(_Line, host, port)
        return Stream(line)


class Stream:
    """An open connection."""

    def __init__(self, line: "_Line") -> None:
        self._line = line

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Agree on TLS with the server within `timeout` seconds, and check its certificate.

        :raises UnconnectedError: if that fails
        """
        line, loop = self._line, asyncio.get_running_loop()
        async with _connecting(timeout):
            try:
                transport = await loop.start_tls(line.transport, line, ssl_context, server_hostname=server_hostname)
            except BaseException:
                await self.aclose()
                raise
            if transport is None:  # asyncio's word for a connection that was lost meanwhile
                raise ConnectionResetError("the server closed the connection")
        line.transport = transport
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, up to `max_bytes`; b"" when the server has ended the connection.

        :raises ConnectionError: if it broke off
        """
        return await self._line.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, without waiting: the head of a request is small. Where that fails, reading tells."""
        if buffer:
            self._line.transport.write(buffer)

    async def aclose(self) -> None:
        """Close the connection at once: everything has been said, or nobody listens any more."""
        self._line.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        """Return how TLS stands, where that is asked for."""
        return self._line.transport.get_extra_info(info) if info == "ssl_object" else None


class _Line(asyncio.Protocol):
    """What comes in over a connection, until it is read."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = self._paused = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > AHEAD and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._ended, self._error = True, error
        self._wake()

    async def read(self, max_bytes: int) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise ConnectionResetError(*self._error.args) from self._error
            if self._ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        piece = self._pieces.popleft()
        if len(piece) > max_bytes:
            self._pieces.appendleft(piece[max_bytes:])
            piece = piece[:max_bytes]
        self._size -= len(piece)
        if self._paused and self._size <= AHEAD:
            self._paused = False
            self.transport.resume_reading()
        return piece

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


@asynccontextmanager
async def _connecting(seconds: float | None) -> AsyncIterator[None]:
    """Give time to connect; what the system or TLS has against it is raised as one of ours."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise NotInTimeError from error
    except OSError as error:  # as ssl.SSLError is
        raise UnconnectedError from error


NETWORK = Network()
