"""Fetch what the world offers: guarded, politely, within limits.

    async with Client(contact="desk@example.org") as client:
        fetched = await client.get("https://example.org/feed.xml")

For each hop of a fetch, redirects included:

    parse → wait for the host's turn → look up → check every address → connect to a checked one → read

A POST has one hop and waits for no turn.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from os import strerror
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

from monitor import __version__
from monitor.errors import AddressRefused, AnswerLost, FetchError, TooLarge
from monitor.model import Fetched, Secret
from monitor.net import guard
from monitor.net.answers import LEAST_REST, is_rate_limit
from monitor.net.coding import ACCEPTED
from monitor.net.guard import Address, IPAddress, IPNetwork
from monitor.net.hosts import Hosts, resting_name
from monitor.net.names import Names
from monitor.net.request import Course, Request

FEED_CAP = 15_000_000  # bytes, after decompression
PAGE_CAP = 5_000_000
POST_CAP = 1_000_000  # of the answer to one
DEADLINE = 30.0  # seconds
REACH_SECONDS = 10.0
MAX_REDIRECTS = 5
MAX_ADDRESSES = 4  # of one name that are tried

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_FOR_ANYONE = {"accept", "accept-language"}  # the headers of a caller that tell no secret


class Client:
    """The one way out: all requests of the process share its turns, its rests and its limits."""

    def __init__(
        self,
        *,
        contact: str = "",
        allow_private: Sequence[IPNetwork] = (),
        per_host_gap_seconds: float = 2.0,
        concurrency: int = 64,
    ) -> None:
        self.user_agent = f"monitor/{__version__}" + (f" (+{contact})" if contact else "")
        self._allowed = tuple(allow_private)
        self._hosts = Hosts(per_host_gap_seconds, concurrency)
        self._names = Names()

    async def __aenter__(self) -> Self:
        """Load what requests need, in a thread: at the first request it would hold the loop for a tenth of a second."""
        await asyncio.to_thread(_load)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing to close: no connection outlives its request."""

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        conditions: Mapping[str, str] | None = None,
        conditions_at: str = "",
        username: Secret | None = None,
        password: Secret | None = None,
        verify: bool = True,
        cap: int = FEED_CAP,
        deadline: float = DEADLINE,
    ) -> Fetched:
        """Return the answer to a GET, after at most five redirects, whatever its status.

        `headers` with an empty value are left out. They and the password go to the origin of `url` only, but for
        Accept and Accept-Language; `verify=False` holds for its host only. `conditions` are headers that mean something
        at one address only, the `final_url` of an earlier answer, wherever redirects reach it. `cap` is in bytes after
        decompression; bodies are read for 2xx only. `deadline` is in seconds for all hops together, from the look-up of
        the first name to the last byte; waiting for a host's turn does not count.

        Raises `AddressRefused`, `HostHeld`, `TooLarge`, and `FetchError` for all else that brings no answer.
        """
        here = guard.parse(url)
        ask = _Ask(here, _sent(headers or {}, username, password), verify, cap)
        conditional = replace(ask, conditions=_sent(conditions or {}, None, None))
        trip, seen, clock = _Trip(url), {here}, _Clock(deadline)
        for _ in range(MAX_REDIRECTS + 1):
            fetched = await self._hop(here, conditional if trip.final_url == conditions_at else ask, clock)
            target = _target(here, fetched)
            if target is None:
                return replace(fetched, url=url, final_url=trip.final_url, moved_to=trip.moved_to)
            if target in seen:
                raise FetchError(f"it redirects in a circle, back to {target}", status=fetched.status)
            here, trip = target, trip.on(target, fetched.status)
            seen.add(here)
        raise FetchError(f"more than {MAX_REDIRECTS} redirects, the last to {here}", status=fetched.status)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        cap: int = POST_CAP,
        deadline: float = DEADLINE,
    ) -> Fetched:
        """Return the answer to one POST of `body`, whatever its status, with its own body up to `cap` bytes.

        No redirect is followed. It waits for no turn and no host's rest, which are the manners of a reader: who posts
        keeps the pace that the receiver wants. `deadline` is in seconds, from the look-up to the last byte.

        Raises `AnswerLost` if the request may have arrived whole and no complete answer came, `TooLarge`,
        `AddressRefused`, and `FetchError` if it certainly did not arrive whole. `status` of an error is that of the
        answer, where it had begun.
        """
        here, clock, course = guard.parse(url), _Clock(deadline), Course()
        ask = _Ask(here, _sent(headers or {}, None, None), verify=True, cap=cap, content=body)
        try:
            async with clock.running():
                return await self._contact(here, ask, clock.left, course)
        except TooLarge as error:
            raise TooLarge(str(error), status=course.status) from error
        except FetchError as error:
            if course.sent:
                raise AnswerLost(str(error), status=course.status) from error
            raise

    async def reach(self, url: str, deadline: float = REACH_SECONDS) -> None:
        """See that the host of `url` may be contacted and takes a connection, which is closed without a word.

        Raises `AddressRefused`, and `FetchError` if no address of the host takes one within `deadline` seconds.
        """
        async with _Clock(deadline).running():
            address = guard.parse(url)
            trouble = FetchError(f"{address.host} has no address")
            for at in (await self._addresses(address))[:MAX_ADDRESSES]:
                try:
                    _, writer = await asyncio.open_connection(str(at), address.port)
                except OSError as error:
                    trouble = FetchError(f"no connection to {address.authority}: {strerror(error.errno or 0)}")
                else:
                    writer.close()
                    return
            raise trouble

    def hold(self, url: str, seconds: float) -> None:
        """Let the server of `url`, and all of its registrable domain, rest: requests to it raise `HostHeld`."""
        self.rest(resting_name(url), seconds)

    def rest(self, name: str, seconds: float) -> None:
        """Let all that `hosts.resting_name` names alike rest, as an earlier run of the service was asked to."""
        self._hosts.hold(name, seconds)

    async def _hop(self, address: Address, ask: "_Ask", clock: "_Clock") -> Fetched:
        """Make one request when its host's turn has come.

        A host that limits the rate rests at once for the shortest time, before the next in its queue moves; the
        caller, who knows the clock and the header, may `hold` it longer.
        """
        async with self._hosts.turn(address):
            async with clock.running():
                fetched = await self._contact(address, ask, clock.left, Course())
            if is_rate_limit(fetched):
                self.hold(str(address), LEAST_REST.total_seconds())
            return fetched

    async def _contact(self, address: Address, ask: "_Ask", seconds: float, course: Course) -> Fetched:
        """Look a name up, check all its addresses, and take the first that lets itself be connected to."""
        from monitor.net.exchange import NoConnectionError, exchange  # httpx takes 100 ms to import

        request, tried = ask.request(address, self.user_agent), (await self._addresses(address))[:MAX_ADDRESSES]
        trouble = FetchError(f"{address.host} has no address")
        for at in tried:
            try:
                return await exchange(address, at, request, course, connect_seconds=seconds / len(tried))
            except NoConnectionError as error:
                trouble = error
        raise trouble

    async def _addresses(self, address: Address) -> tuple[IPAddress, ...]:
        """Return all addresses that a host has, every one of which may be contacted."""
        addresses = await self._names.addresses(address.host)
        guard.check(address.host, addresses, self._allowed)
        return addresses


def _load() -> None:
    from monitor.net import exchange  # httpx takes 100 ms to import

    exchange.load()


@dataclass(frozen=True, slots=True)
class _Ask:
    """What the caller wants, and who may know it."""

    first: Address
    own: Mapping[str, str] = field(repr=False)  # the caller's headers, names in lower case, for the first origin
    verify: bool
    cap: int
    content: bytes | None = field(default=None, repr=False)  # of a POST; None is a GET
    conditions: Mapping[str, str] = field(default_factory=dict)  # headers for the address of this hop, as `own` are

    def request(self, address: Address, user_agent: str) -> Request:
        """Return the request of a hop."""
        headers = {"Host": address.authority, "User-Agent": user_agent, **self._headers(address)}
        return Request(headers, self._verifies(address), self.cap, self.content)

    def _headers(self, address: Address) -> dict[str, str]:
        """Return the caller's headers for a hop, and those that every request bears."""
        at_home = address.origin == self.first.origin
        told = {name: value for name, value in self.own.items() if at_home or name in _FOR_ANYONE}
        sent = {"accept": "*/*", **told, **self.conditions, "accept-encoding": ACCEPTED, "connection": "close"}
        return {name.title(): value for name, value in sent.items()}

    def _verifies(self, address: Address) -> bool:
        """Tell whether TLS is verified: a host that was excused does not excuse others."""
        return self.verify or address.host != self.first.host


@dataclass(frozen=True, slots=True)
class _Trip:
    """How far redirects have led."""

    final_url: str
    moved_to: str = ""
    permanent: bool = True  # so far

    def on(self, target: Address, status: int) -> "_Trip":
        """Return the trip after one more redirect."""
        permanent = self.permanent and status in _PERMANENT
        return _Trip(str(target), str(target) if permanent else self.moved_to, permanent)


class _Clock:
    """A deadline over several stretches of work."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let time run within the block; raises `FetchError` when it is used up."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.left):
                yield
        except TimeoutError:
            raise FetchError(f"no complete answer within {self.seconds:g} s") from None
        finally:
            self.left -= loop.time() - started


def _sent(headers: Mapping[str, str], username: Secret | None, password: Secret | None) -> dict[str, str]:
    """Return a caller's headers in lower case, with basic authentication (RFC 7617) where there is a user name."""
    sent = {name.lower(): value for name, value in headers.items() if value}
    if username is not None:
        pair = f"{username.reveal()}:{password.reveal() if password else ''}"
        sent["authorization"] = "Basic " + b64encode(pair.encode()).decode("ascii")
    return sent


def _target(here: Address, fetched: Fetched) -> Address | None:
    """Return where an answer redirects to, None if it does not.

    Raises `AddressRefused` for other schemes and for a way down from https to http.
    """
    location = fetched.headers.get("location", "")
    if fetched.status not in _REDIRECTS or not location:
        return None
    try:
        target = guard.parse(urljoin(str(here), _readable(location)))
    except ValueError:
        raise AddressRefused("it redirects to what is no address", status=fetched.status) from None
    if here.scheme == "https" and target.scheme == "http":
        raise AddressRefused(f"it redirects from https to http at {target.host}", status=fetched.status)
    return target


def _readable(location: str) -> str:
    """Return a Location as it was meant: servers send UTF-8 where only ASCII is allowed."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return location
