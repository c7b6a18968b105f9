"""Ask one question over one connection, in HTTP/1.1: h11 knows its grammar, asyncio carries it.

httpx's own transport serves every kind of loop and keeps connections for later. Neither is wanted here, and without
them a request takes half of the CPU time.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Self, cast

import h11

AHEAD = 256 * 1024  # bytes that are taken from a connection before somebody reads them
HEAD_CAP = 100 * 1024  # bytes of an answer's head, and of a line between chunks
INTERIM_CAP = 10  # answers before the answer, such as "103 Early Hints"

Headers = Sequence[tuple[bytes, bytes]]


class UnconnectedError(OSError):
    """Tell that no connection came about; its cause says why."""


class NotInTimeError(UnconnectedError):
    """Tell that it takes too long."""


class Connection:
    """An open connection, for one question and its answer."""

    def __init__(self, line: "_Line") -> None:
        self._line = line
        self._talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_CAP)

    @classmethod
    async def open(
        cls, host: str, port: int, seconds: float, tls: ssl.SSLContext | None = None, server_name: str = ""
    ) -> Self:
        """Return a connection to an IP address, by TLS if settings for it are given.

        :raises UnconnectedError: if none comes about within so many seconds, or the certificate is not `server_name`'s
        """
        opening = asyncio.get_running_loop().create_connection(
            _Line, host, port, ssl=tls, server_hostname=server_name if tls else None
        )
        try:
            async with asyncio.timeout(seconds):
                _, line = await opening
        except TimeoutError as error:
            raise NotInTimeError from error
        except OSError as error:  # as ssl.SSLError is
            raise UnconnectedError from error
        return cls(line)

    async def ask(self, method: bytes, target: bytes, headers: Headers) -> tuple[int, Headers]:
        """Send a request that has no body, and return status and headers of the answer, names in lower case.

        :raises h11.LocalProtocolError: if the request is none that may be sent
        :raises h11.RemoteProtocolError: if what comes back is no HTTP
        :raises ConnectionError: if the connection breaks off
        """
        request = h11.Request(method=method, target=target, headers=list(headers))
        sent = self._talk.send(request), self._talk.send(h11.EndOfMessage())
        self._line.transport.write(b"".join(filter(None, sent)))  # where that fails, reading tells
        for _ in range(INTERIM_CAP):
            event = await self._next()
            if isinstance(event, h11.Response):
                return event.status_code, list(event.headers)
        raise h11.RemoteProtocolError("no answer after many interim ones")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it comes; raises as `ask` does."""
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    def close(self) -> None:
        """Close the connection at once: everything has been said, or nobody listens any more."""
        self._line.transport.abort()

    async def _next(self) -> object:
        while (event := self._talk.next_event()) is h11.NEED_DATA:
            data = await self._line.read()
            if not data and self._talk.their_state is h11.SEND_RESPONSE:
                raise h11.RemoteProtocolError("the server closed the connection without an answer")
            self._talk.receive_data(data)
        return event


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
        self.transport = cast("asyncio.Transport", transport)

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

    async def read(self) -> bytes:
        """Return what came next; b"" when the server has ended the connection.

        :raises ConnectionError: if it broke off
        """
        while not self._pieces:
            if self._error is not None:
                raise ConnectionResetError(*self._error.args) from self._error
            if self._ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        piece = self._pieces.popleft()
        self._size -= len(piece)
        if self._paused and self._size <= AHEAD:
            self._paused = False
            self.transport.resume_reading()
        return piece

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
