"""Carry out one request at one address that has been checked. Here, and only here, httpx is known.

A transport of its own for each request: no cookies, no proxies or passwords from the environment, no redirects, no
connection that outlives its check. Sharing pools was measured and is not faster, since nothing is kept alive.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import h11
import httpx

from monitor.errors import FetchError, TooLarge
from monitor.model import Fetched
from monitor.net.coding import Body, coding
from monitor.net.guard import Address, IPAddress
from monitor.net.http11 import Connection, NotInTimeError, UnconnectedError
from monitor.net.request import Course, Request

HEADERS_CAP = 64 * 1024  # bytes of names and values

_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=0)


class NoConnectionError(FetchError):
    """Tell that an address could not be connected to: the name's next one may do."""


async def exchange(
    address: Address, at: IPAddress, asked: Request, course: Course, *, connect_seconds: float
) -> Fetched:
    """Send a request for `address` to the IP address `at`, note its `course`, and return the answer.

    The IP address is what is connected to; the name travels in the Host header and in TLS, which checks the
    certificate against it. There is no time limit but that for connecting. Raises `NoConnectionError`, `TooLarge`,
    `FetchError`.
    """
    opened = _Opened(course)
    try:
        request = _request(address, at, asked, connect_seconds, opened)
        async with _transport(asked) as transport:
            response = await transport.handle_async_request(request)
            course.status = response.status_code
            try:
                return await _read(address, response, asked)
            finally:
                await response.aclose()
    except asyncio.CancelledError:
        await opened.close()
        raise
    except (httpx.ConnectError, httpx.ConnectTimeout, UnconnectedError) as error:
        raise NoConnectionError(_words(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        raise _named(error) from error


def load() -> None:
    """Load what the first request would: httpx gets it when it needs it, which takes a tenth of a second."""
    _transport(Request({}, verify=True, cap=0))


def _transport(asked: Request) -> httpx.AsyncBaseTransport:
    """Return what carries out one request. A POST goes by httpx's own: it has to know whether its body left."""
    if asked.content is None:
        return Once(tls(verify=asked.verify))
    return httpx.AsyncHTTPTransport(verify=tls(verify=asked.verify), trust_env=False, limits=_ONE)


class Once(httpx.AsyncBaseTransport):
    """Carries out one request without a body over a connection of its own."""

    def __init__(self, settings: ssl.SSLContext) -> None:
        self._settings = settings  # of TLS, where that is spoken
        self._connection: Connection | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, whose body is still to come.

        :raises UnconnectedError: if no connection comes about
        :raises httpx.TransportError: if the request can't be sent, or what comes back is no HTTP
        """
        url, told = request.url, request.extensions
        secured = self._settings if url.scheme == "https" else None
        self._connection = await Connection.open(
            url.host,
            url.port or (443 if secured else 80),
            told["timeout"]["connect"],
            tls=secured,
            server_name=told["sni_hostname"],
        )
        with _as_of_httpx():
            status, headers = await self._connection.ask(request.method.encode(), url.raw_path, request.headers.raw)
        return httpx.Response(status, headers=headers, stream=_Stream(self._connection))

    async def aclose(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()


class _Stream(httpx.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_of_httpx():
            async for piece in self._connection.body():
                yield piece


@contextmanager
def _as_of_httpx() -> Iterator[None]:
    """Raise what h11 says in the words that httpx has for it."""
    try:
        yield
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error


class _Opened:
    """The connection of a POST, known by the `trace` extension of httpx's own transport.

    httpcore forgets to close it where a TLS handshake is cancelled, as it is when the deadline has passed.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._stream: Any = None

    async def trace(self, event: str, told: Mapping[str, Any]) -> None:
        """Take note of the stream when it has been connected, and of the request's body when it goes out.

        The body counts as sent from its beginning: what breaks off meanwhile may have left all the same. A write
        that failed did not; httpcore then reads on, since servers answer early what they refuse.
        """
        if event == "connection.connect_tcp.complete":
            self._stream = told["return_value"]
        elif event == "http11.send_request_body.started":
            self._course.sent = True
        elif event == "http11.send_request_body.failed":
            self._course.sent = isinstance(told["exception"], asyncio.CancelledError)

    async def close(self) -> None:
        """Close the connection, if there is one that is still open."""
        if self._stream is not None:
            await self._stream.aclose()


def _request(address: Address, at: IPAddress, asked: Request, connect_seconds: float, opened: _Opened) -> httpx.Request:
    path = address.target.encode("ascii")
    return httpx.Request(
        asked.method,
        httpx.URL(scheme=address.scheme, host=str(at), port=address.port, raw_path=path),
        # As bytes, because a validator goes back as it came, also where it is no ASCII.
        headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in asked.headers.items()],
        content=asked.content,
        extensions={
            "sni_hostname": address.host,
            "timeout": {"connect": connect_seconds},
            "trace": opened.trace,
        },
    )


@cache
def tls(*, verify: bool) -> ssl.SSLContext:
    """Return the settings that all connections share: reading the authorities' certificates takes 20 ms."""
    settings = httpx.create_ssl_context(verify=verify)
    settings.set_alpn_protocols(["http/1.1"])
    return settings


async def _read(address: Address, response: httpx.Response, asked: Request) -> Fetched:
    headers = _headers(response)
    body = b""
    if asked.wants_body(response.status_code):
        body = await _body(response, headers, asked.cap)
    return Fetched(str(address), str(address), "", response.status_code, headers, body)


def _headers(response: httpx.Response) -> dict[str, str]:
    """Return the headers with names in lower case, those given twice joined (RFC 9110, 5.3)."""
    if sum(len(name) + len(value) for name, value in response.headers.raw) > HEADERS_CAP:
        raise TooLarge(f"the answer's headers are larger than {HEADERS_CAP // 1024} kB")
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _body(response: httpx.Response, headers: Mapping[str, str], cap: int) -> bytes:
    body = Body(coding(headers.get("content-encoding", "")), cap)
    async for piece in response.aiter_raw():
        body.add(piece)
    return body.whole()


def _named(error: Exception) -> FetchError:
    """Return one of our errors for one of httpx or the system."""
    if "Receive buffer too long" in str(error):  # h11's own limit on headers that do not end
        return TooLarge("the answer's headers do not end")
    return FetchError(_words(error))


def _words(error: Exception) -> str:
    """Say in one line what went wrong, by the cause that the system or TLS gave."""
    cause = _root(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the server's certificate is not accepted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {cause.reason or cause}"
    if isinstance(error, httpx.ConnectTimeout | NotInTimeError):
        return "the server does not answer: no connection came about in time"
    if isinstance(error, httpx.ConnectError | UnconnectedError):
        return f"no connection: {_line(cause)}"
    if isinstance(error, httpx.LocalProtocolError | UnicodeError):
        return "the request cannot be sent: a header holds what no header may hold"  # not saying what: a secret
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | ConnectionError):
        return f"the connection broke off, or did not speak HTTP: {_line(cause)}"
    return f"the request failed: {_line(cause)}"


def _root(error: BaseException) -> BaseException:
    """Return where an error began: httpcore cuts the chain of causes, but leaves that of contexts."""
    while origin := error.__cause__ or error.__context__:
        error = origin
    return error


def _line(error: BaseException) -> str:
    """Return an error's own words as one short line: a server may have a say in them."""
    words = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return " ".join(ascii(words or type(error).__name__)[1:-1].split())[:200]
