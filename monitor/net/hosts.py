"""Take turns: one request at a time for each host, a gap between their starts, rest where it was asked for."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from monitor import urls
from monitor.errors import AddressRefused, HostHeld
from monitor.net.guard import Address, literal, parse

SLOW_SECONDS = 1.0  # without an answer, after which a request no longer stands in the way of others
REMEMBERED = 4_096  # hosts kept in mind before the idle ones are forgotten
# Seconds between starts that a domain's documentation asks for, where that is more than our own gap. GDELT's is one
# request in 5 s; some more, since one request may travel faster than the one before.
GAPS = {"gdeltproject.org": 5.5}


@dataclass(slots=True)
class _Host:
    """One host's place in traffic."""

    family: str  # who is held together with it
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)  # first come, first served
    free_at: float = 0.0  # monotonic time before which nothing may start
    waiting: set[asyncio.Timeout] = field(default_factory=set)  # requests in its queue

    def idle(self, now: float) -> bool:
        """Tell whether forgetting the host changes nothing."""
        return not self.waiting and not self.busy.locked() and self.free_at <= now

    def send_home(self) -> None:
        """End the patience of all who wait for the host, at once."""
        for patience in self.waiting:
            patience.reschedule(asyncio.get_running_loop().time())
        self.waiting.clear()  # a patience that has ended cannot be ended again


class Slots:
    """Places for requests in flight, or for look-ups of names.

    One that is slow gives its place to another while it goes on: a host that never answers would keep one for half a
    minute. There may be `slow_ones` beside, else as many as there are places, and no more.
    """

    def __init__(self, count: int, slow_seconds: float = SLOW_SECONDS, slow_ones: int | None = None) -> None:
        self._free = asyncio.Semaphore(count)
        self._seconds = slow_seconds
        self._slow_ones_left = count if slow_ones is None else slow_ones

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a place, and hold it within the block, or until that takes long."""
        await self._free.acquire()
        slow = False

        def give_up_place() -> None:
            nonlocal slow
            if self._slow_ones_left:
                slow = True
                self._slow_ones_left -= 1
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._seconds, give_up_place)
        try:
            yield
        finally:
            timer.cancel()
            if slow:
                self._slow_ones_left += 1
            else:
                self._free.release()


class Hosts:
    """Say who may start a request, and when.

    A host that waits for its turn takes none of the `concurrency` slots, so that a slow one delays no other.
    """

    def __init__(self, gap_seconds: float, concurrency: int, gaps: Mapping[str, float] = GAPS) -> None:
        self._gap = gap_seconds
        self._gaps = gaps
        self._slots = Slots(concurrency)
        self._hosts: dict[str, _Host] = {}
        self._held: dict[str, float] = {}  # family → monotonic time until which nothing is sent

    @asynccontextmanager
    async def turn(self, address: Address) -> AsyncIterator[None]:
        """Wait until a request to a host may start; it has to end within the block.

        Raises `HostHeld` if the host rests, or is told to while we wait.
        """
        host = self._host(address)
        self._refuse_if_held(host)
        async with AsyncExitStack() as taken:
            await self._wait(host, taken)
            self._refuse_if_held(host)
            host.free_at = time.monotonic() + max(self._gap, self._gaps.get(host.family, 0.0))
            yield

    def hold(self, family: str, seconds: float) -> None:
        """Send nothing to `family`, as `resting_name` names it, for some seconds, nor what is already queued.

        A longer rest that was asked for earlier stays.
        """
        now = time.monotonic()
        if now + seconds <= max(now, self._held.get(family, 0.0)):
            return
        self._held[family] = now + seconds
        for host in self._hosts.values():
            if host.family == family:
                host.send_home()

    async def _wait(self, host: _Host, taken: AsyncExitStack) -> None:
        """Wait for the host, for its gap, then for a slot, and take them."""
        patience = asyncio.timeout(None)
        host.waiting.add(patience)
        try:
            async with patience:
                await taken.enter_async_context(host.busy)
                await asyncio.sleep(host.free_at - time.monotonic())
                await taken.enter_async_context(self._slots.one())
        except TimeoutError:
            raise HostHeld(self._words(host)) from None
        finally:
            host.waiting.discard(patience)

    def _refuse_if_held(self, host: _Host) -> None:
        if self._held.get(host.family, 0.0) > time.monotonic():
            raise HostHeld(self._words(host))

    def _words(self, host: _Host) -> str:
        left = max(1.0, self._held[host.family] - time.monotonic())
        return f"{host.family} asked for rest: nothing is sent to it for another {left:.0f} s"

    def _host(self, address: Address) -> _Host:
        if len(self._hosts) >= REMEMBERED:
            self._forget_idle()
        return self._hosts.setdefault(_name(address), _Host(_family(address)))

    def _forget_idle(self) -> None:
        now = time.monotonic()
        self._hosts = {name: host for name, host in self._hosts.items() if not host.idle(now)}
        self._held = {family: until for family, until in self._held.items() if until > now}


def resting_name(url: str) -> str:
    """Return the name under which all that rests together with `url` is held.

    :raises AddressRefused: if it is no web address
    """
    return _family(parse(url))


def host_name(url: str) -> str:
    """Return the name of what takes turns at `url`, "" if it is no web address."""
    try:
        return _name(parse(url))
    except AddressRefused:
        return ""


def _name(address: Address) -> str:
    """Return what takes turns: a host's name whatever the port, but a bare IP address together with its port.

    Behind one IP address unrelated servers listen on different ports (in a house, a test, a demo); behind the
    ports of a name there is one publisher.
    """
    return address.host if literal(address.host) is None else f"{address.host} port {address.port}"


def _family(address: Address) -> str:
    """Return what rests together: a registrable domain, or one IP address with its port."""
    return urls.domain(str(address)) if literal(address.host) is None else _name(address)
