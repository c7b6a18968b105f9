"""Serve whatever a test needs over real loopback HTTP, well-behaved or not.

    with Server() as server:
        server.serve("/feed.xml", RSS, etag='"1"')
        ...                                             # fetch server.url("/feed.xml")
        assert server.requests[-1].headers["if-none-match"] == '"1"'

Several servers may run at once, each on its own port; `Server(host="127.0.0.2")` is a second host.
A route may be replaced at any time. Every answer closes its connection. At each of the steps CONNECT, REQUEST (it
was read) and ANSWERED `server.at(3, call)` may call something: here at the third from now.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.steps import Steps


@dataclass(frozen=True)
class Request:
    """A request as the server received it."""

    method: str
    path: str  # without the query
    query: str  # "" if there was none
    headers: Mapping[str, str]  # names in lower case, values decoded as Latin-1
    body: bytes
    time: float  # of `time.monotonic()`, when its headers had been read


@dataclass(frozen=True)
class Response:
    """What a route answers, and how badly it behaves meanwhile."""

    body: bytes | str | Iterable[bytes] = b""  # an iterable is sent piece by piece, ended by closing
    status: int | None = None  # 200, or 302 for a redirect
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""  # answered by 304 when it comes back in If-None-Match
    last_modified: str = ""  # answered by 304 when it comes back in If-Modified-Since
    redirect: str = ""  # value of Location
    delay: float = 0.0  # seconds before anything is sent
    hang: bool = False  # answers nothing until the server is closed
    drip: float = 0.0  # seconds before each single byte of the body
    cut_after: int | None = None  # bytes of the body after which the connection is closed
    raw: bytes | None = None  # sent instead of all else, exactly so

    def is_current_for(self, request: Request) -> bool:
        """Tell whether the request already holds this answer."""
        if self.etag and "if-none-match" in request.headers:
            return request.headers["if-none-match"] == self.etag
        return bool(self.last_modified) and request.headers.get("if-modified-since") == self.last_modified

    def head(self, status: int, length: int | None) -> bytes:
        """Write the status line and the headers, `length` being that of the body where it is known."""
        fields = {"Content-Type": self.content_type, "Connection": "close"}
        if length is not None:
            fields["Content-Length"] = str(length)
        fields |= {"ETag": self.etag, "Last-Modified": self.last_modified, "Location": self.redirect}
        fields |= self.headers
        lines = [
            f"HTTP/1.1 {status} {_phrase(status)}",
            *(f"{name}: {value}" for name, value in fields.items() if value),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Handler = Callable[[Request], Response]


class Server(Steps):
    """A loopback server that runs in its own threads between `with` and its end."""

    def __init__(self, host: str = "127.0.0.1", *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.host = host
        self.wanted_port = port  # 0 takes a free one
        self.requests: list[Request] = []  # in order of arrival
        self._routes: dict[str, Response | Handler] = {}
        self._tls = tls
        self._listener: _Listener | None = None

    def serve(self, path: str, answer: bytes | str | Iterable[bytes] | Handler = b"", **options: Any) -> str:
        """Answer a path (or path?query) by a body, with `Response`'s fields as options, or by a handler.

        Returns the route's full address.
        """
        self._routes[path] = answer if callable(answer) else Response(answer, **options)
        return self.url(path)

    def url(self, path: str = "/") -> str:
        """Return the full address of a path."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}{path}"

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        assert self._listener is not None, "the server runs only inside its with block"
        return self._listener.server_address[1]

    def times(self, path: str | None = None) -> list[float]:
        """List when requests came in, all or those of a path, in monotonic seconds."""
        return [request.time for request in self.requests if path in (None, request.path)]

    def answer(self, request: Request) -> Response:
        """Record a request and find what answers it: 404 where nothing was said."""
        self.requests.append(request)
        target = f"{request.path}?{request.query}" if request.query else request.path
        route = self._routes.get(target) or self._routes.get(request.path) or Response("not here", status=404)
        return route(request) if callable(route) else route

    def __enter__(self) -> Self:
        self._listener = _Listener(self, self.host, self._tls)
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._listener is not None
        self._listener.closing.set()
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingMixIn, TCPServer):
    """Accept connections, a thread for each."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    allow_reuse_address = True

    def __init__(self, site: Server, host: str, tls: ssl.SSLContext | None) -> None:
        self.site = site
        self.tls = tls
        self.closing = threading.Event()
        super().__init__((host, site.wanted_port), _Connection)

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            if self.tls is not None:
                request = self.tls.wrap_socket(request, server_side=True)
            with request:
                super().finish_request(request, client_address)
        except OSError:
            pass  # the client left, or refused our certificate: that is the client's test, not ours


class _Connection(StreamRequestHandler):
    """Read one request and answer it."""

    server: _Listener
    timeout = 30

    def handle(self) -> None:
        site = self.server.site
        site.reached("CONNECT")
        request = self._read()
        if request is None:
            return
        site.reached("REQUEST")
        response = site.answer(request)
        if response.hang:
            self.server.closing.wait()
        elif not self.server.closing.wait(response.delay):
            self._write(request, response)
            site.reached("ANSWERED")

    def _read(self) -> Request | None:
        """Read a request; None if the client left without one."""
        line = self.rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return None
        method, target, _version = line
        headers: dict[str, str] = {}
        while (header := self.rfile.readline().decode("latin-1").strip(" \r\n")) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip(" ")
        body = self.rfile.read(int(headers.get("content-length", 0)))
        path, query = urlsplit(target).path, urlsplit(target).query
        return Request(method, path, query, headers, body, time.monotonic())

    def _write(self, request: Request, response: Response) -> None:
        """Send an answer the way the route wants it sent."""
        if response.raw is not None:
            self.wfile.write(response.raw)
        elif response.is_current_for(request):
            self.wfile.write(response.head(304, None))
        elif isinstance(response.body, bytes | str):
            self._write_body(response, _encoded(response.body))
        else:
            self.wfile.write(response.head(response.status or 200, None))
            for piece in response.body:
                self.wfile.write(piece)

    def _write_body(self, response: Response, body: bytes) -> None:
        """Send head and body: at once, in drops, or less than promised."""
        status = response.status or (302 if response.redirect else 200)
        head = response.head(status, len(body))
        body = body[: response.cut_after]
        if not response.drip:
            self.wfile.write(head + body)
            return
        self.wfile.write(head)
        for start in range(len(body)):
            if self.server.closing.wait(response.drip):
                return
            self.wfile.write(body[start : start + 1])


def _encoded(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _phrase(status: int) -> str:
    """Return the reason phrase of a status, also of one that nobody defined."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
