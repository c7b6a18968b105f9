"""Look up names without stopping the loop, and without keeping the process alive."""

import asyncio
import socket
import threading
import time
from concurrent.futures import Future
from ipaddress import ip_address

from monitor.errors import FetchError
from monitor.net.guard import IPAddress, literal
from monitor.net.hosts import Slots

AT_ONCE = 64  # look-ups under way; the loop's own executor has six threads on two cores
HANGING = 256  # more of them, that have had no answer for a second
KEPT_SECONDS = 60.0  # the system's resolver does not tell for how long its answers hold
REMEMBERED = 4_096  # names whose answers are kept

Addresses = tuple[IPAddress, ...]
Answer = Addresses | FetchError  # or why there are none


class Names:
    """Ask the system's resolver, in threads of our own, and keep its answers for a minute.

    A resolver that gets no answer sits in its system call for half a minute, where nothing can stop it, and
    Python waits for the threads of an executor before it exits. So each look-up has a daemon thread, which
    dies with the process. It goes on when who asked has given up; who asks for the same name meanwhile joins it.
    """

    def __init__(self) -> None:
        self._places = Slots(AT_ONCE, slow_ones=HANGING)
        self._under_way: dict[str, asyncio.Task[Answer]] = {}
        self._known: dict[str, tuple[float, Addresses]] = {}  # until when, in monotonic time; the oldest first

    async def addresses(self, host: str) -> Addresses:
        """Return all addresses of a host, the system's preferred ones first, each once.

        Raises `FetchError` if it has none, or if the resolver does not answer.
        """
        if plain := literal(host):
            return (plain,)
        until, known = self._known.get(host, (0.0, ()))
        if time.monotonic() < until:
            return known
        answer = await asyncio.shield(self._under_way.get(host) or self._begin(host))
        if isinstance(answer, FetchError):
            raise FetchError(str(answer))  # one for each who asked
        return answer

    def _begin(self, host: str) -> "asyncio.Task[Answer]":
        task = self._under_way[host] = asyncio.create_task(self._look_up(host))
        task.add_done_callback(lambda _: self._under_way.pop(host))
        return task

    async def _look_up(self, host: str) -> Answer:
        found: Future[Answer] = Future()
        async with self._places.one():
            threading.Thread(target=_find, args=(host, found), daemon=True).start()
            answer = await asyncio.wrap_future(found)
        if not isinstance(answer, FetchError):
            self._keep(host, answer)
        return answer

    def _keep(self, host: str, addresses: Addresses) -> None:
        self._known.pop(host, None)
        self._known[host] = time.monotonic() + KEPT_SECONDS, addresses
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def _find(host: str, found: "Future[Answer]") -> None:
    if found.set_running_or_notify_cancel():
        found.set_result(_ask(host))


def _ask(host: str) -> Answer:
    """Return a host's addresses, or why there are none."""
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            return FetchError(f"the name {host} could not be looked up: the name server does not answer")
        return FetchError(f"the name {host} is not known ({error.strerror})")
    except (OSError, UnicodeError) as error:
        return FetchError(f"the name {host} could not be looked up: {error}")
    return tuple(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))
