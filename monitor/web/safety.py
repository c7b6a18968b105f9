"""What every answer bears, and who may ask: headers, names of this host, sizes, the password.

Nothing here changes state but by POST. `WITHOUT_CSRF` names each route that takes a POST without a token of the
session's own, and why; a test walks the route table and holds it against that list.
"""

import asyncio
import binascii
import hmac
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.model import Secret
from monitor.web.pages import page, style_hash

WITHOUT_CSRF = {
    "/s/{token}/{verb}": "the signed token is the authority, as below: a mail program may show the page in a frame of "
    "its own, without an Origin",
    "/s/{token}/unmute/{kind}/{about}": "as above",
    "/u/{token}": "the signed token is the authority: a mail server posts without cookie or Origin (RFC 8058), and who "
    "can't read the message can't write the address; so neither Origin nor Sec-Fetch-Site is asked for",
}
BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WINDOW = timedelta(minutes=1)
TRIES, TRIES_OF_ALL = 10, 100  # wrong passwords within the window: of one address, of all


def headers() -> dict[str, str]:
    """Return the headers that every answer bears."""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src '{style_hash()}'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # no-referrer would make Chromium send "Origin: null" with our own forms
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


class Safety:
    """Wraps an application: what asks by a foreign name, or at length, is refused; each answer bears the headers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        """Wrap `app`, which answers to `hosts`, to loopback, and to the address that a connection came in by."""
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                keep = given.get("cache-control", "no-store")  # a feed says what its readers may keep
                given.update(headers() | {"Cache-Control": keep})
            await send(message)

        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        if not self._is_ours(request):
            await _foreign()(scope, receive, careful)
            return
        try:
            body = await _whole(request)
        except _Refusal as refusal:
            await PlainTextResponse(str(refusal), refusal.status, {"Connection": "close"})(scope, receive, careful)
            return
        await self.app(scope, _replayed(body, receive), careful)

    def _is_ours(self, request: Request) -> bool:
        """Tell whether the Host header names this server: else a page elsewhere had its own name lead here."""
        named = request.headers.getlist("host")
        host = host_name(named[0]) if len(named) == 1 else ""
        came_in_by = (request.scope.get("server") or ("",))[0]  # an address, never a name: no rebinding leads to it
        return host in LOOPBACK | self.hosts or (host != "" and host == host_name(came_in_by))


class Door:
    """Lets in who knows the password; who guesses is soon heard no more."""

    def __init__(self, password: Secret | None, clock: Callable[[], datetime]) -> None:
        self._password = password
        self._clock = clock
        self._wrong: deque[tuple[datetime, str]] = deque(maxlen=TRIES_OF_ALL)

    def refuse(self, request: Request) -> Response | None:
        """Return the refusal of a request that may not come in, None for one that may; wrong passwords count."""
        who = request.client.host if request.client else ""
        if self._password is None:
            return None
        if self._guesses(who):
            return PlainTextResponse("too many wrong passwords: wait a minute\n", 429, {"Retry-After": "60"})
        if self._knows(request):
            return None
        if "authorization" in request.headers:
            self._wrong.append((self._clock(), who))
        challenge = {"WWW-Authenticate": 'Basic realm="monitor", charset="UTF-8"'}
        return PlainTextResponse("this needs the password of [server]\n", 401, challenge)

    def _guesses(self, who: str) -> bool:
        """Tell whether too many wrong passwords came lately, from this address or from all together."""
        now = self._clock()
        lately = [each for moment, each in self._wrong if timedelta() <= now - moment < WINDOW]
        return lately.count(who) >= TRIES or len(lately) >= TRIES_OF_ALL

    def _knows(self, request: Request) -> bool:
        assert self._password is not None
        given = sha256(_password_of(request.headers.get("authorization", ""))).digest()
        return hmac.compare_digest(given, sha256(_bytes(self._password.reveal())).digest())


def host_name(text: str) -> str:
    """Return the host of an address, of `HOST:PORT` or of a bare name, in lower case; "" if there is none."""
    try:
        return str(ip_address(text))  # a bare IPv6 address has colons of its own
    except ValueError:
        pass
    try:
        split = urlsplit(text if "://" in text else f"//{text}")
        return (split.hostname or "").rstrip(".")
    except ValueError:
        return ""


def _password_of(authorization: str) -> bytes:
    """Return what stands for the password in an Authorization header, b"" if nothing does."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("latin-1")
    try:
        credentials = b64decode(value.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""
    return credentials.partition(b":")[2]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class _Refusal(Exception):
    """Tell that a request was not read to its end."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


async def _whole(request: Request) -> bytes:
    """Return the whole body: it is short, and comes soon."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > BODY_BYTES:
                    raise _Refusal(413, f"more than {BODY_BYTES} bytes\n")
    except TimeoutError:
        raise _Refusal(408, f"not here within {BODY_SECONDS:g} seconds\n") from None
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what hands over `body` once, and then what the connection says."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _foreign() -> Response:
    return page(
        "words.html",
        400,
        heading="Not by this name",
        lines=["This service does not know itself by the name you asked for. Add it to allowed_hosts in [server]."],
    )
