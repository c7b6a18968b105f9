"""Runs the site inside the event loop that is there already, and leaves signals to who started it."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.errors import UsageError
from monitor.web.app import Site
from monitor.web.safety import headers

CONNECTIONS = 128  # at once; what comes beyond is closed at once
HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0  # for the head of a request, counted from the connection or from the last answer
STOP_SECONDS = 1  # for what is being answered when the service stops


@asynccontextmanager
async def serving(app: Site, listen: str) -> AsyncIterator[int]:
    """Serve `app` on `listen` (HOST:PORT; port 0 takes a free one) and yield the port.

    :raises UsageError: if the address is taken or is not ours, or would let everybody in without a password
    """
    listener = _listener(app, listen)
    server = _Server(_config(app))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.up.wait()
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        listener.close()


def _config(app: Site) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # nobody's word is taken for where a request comes from
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )


def _listener(app: Site, listen: str) -> socket.socket:
    """Return the bound socket, so that an address that can't be had is the start's fault and not a log line."""
    host, _, port = listen.rpartition(":")
    try:
        found = socket.getaddrinfo(
            host.strip("[]") or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        _refuse_open(app, listen, str(address[0]))
        listener = socket.socket(family, kind, protocol)
    except (OSError, ValueError) as error:
        raise UsageError(f'[server] listen = "{listen}": {_reason(error)}') from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(CONNECTIONS)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f'[server] listen = "{listen}": {_reason(error)}') from error
    return listener


def _refuse_open(app: Site, listen: str, address: str) -> None:
    if not app.locked and not ip_address(address.partition("%")[0]).is_loopback:
        raise UsageError(
            f'[server] listen = "{listen}" needs a password: set MONITOR_PASSWORD (or the variable that password_env '
            "names), or listen on 127.0.0.1"
        )


def _reason(error: Exception) -> str:
    """Say in words why an address can't be listened on, and what to do."""
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return "the address is in use: stop what listens there, or set another port"
        case errno.EACCES:
            return "this user may not listen there: take a port of 1024 or more"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
    return str(getattr(error, "strerror", None) or error)


class _Server(uvicorn.Server):
    """A server that says when it is up, and touches no signal: the service has its own use for them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        try:
            await super().startup(sockets)
        finally:
            self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


class _Connection(H11Protocol):
    """A connection that must come to its point: uvicorn itself would wait for ever for the end of a request's head."""

    _hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin, unless there are too many already."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handle what came; once a request's head is whole, the site takes care of its time."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request on this connection, as long as for the first."""
        self._stop_waiting()
        self._wait_for_head()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with the headers of every other answer."""
        body = msg.encode("ascii", "replace")
        fields = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close", **headers()}
        lines = [f"{name}: {value}" for name, value in {**fields, "Content-Length": len(body)}.items()]
        self.transport.write("\r\n".join(["HTTP/1.1 400 Bad Request", *lines, "", ""]).encode("latin-1") + body)
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._hurry = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None
