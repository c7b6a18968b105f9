"""Look up names without stopping the loop, and without keeping the process alive."""

import asyncio
import socket
import threading
from ipaddress import ip_address

from monitor.errors import FetchError
from monitor.net.guard import IPAddress, literal

AT_ONCE = 64  # look-ups under way; the loop's own executor has six threads on two cores

Found = asyncio.Future[tuple[IPAddress, ...]]


class Names:
    """Ask the system's resolver, in threads of our own.

    A resolver that gets no answer sits in its system call for half a minute, where nothing can stop it, and
    Python waits for the threads of an executor before it exits. So each look-up has a daemon thread, which
    dies with the process.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def addresses(self, host: str) -> tuple[IPAddress, ...]:
        """Return all addresses of a host, the system's preferred ones first, each once.

        Raises `FetchError` if it has none, or if the resolver does not answer.
        """
        if plain := literal(host):
            return (plain,)
        await self._free.acquire()
        found: Found = asyncio.get_running_loop().create_future()
        threading.Thread(target=self._look_up, args=(host, found), daemon=True).start()
        return await found

    def _look_up(self, host: str, found: Found) -> None:
        """Run in a thread: ask, then hand the answer to the loop, if that is still there."""
        answer = _ask(host)
        try:
            found.get_loop().call_soon_threadsafe(self._finish, found, answer)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits any more
            return

    def _finish(self, found: Found, answer: tuple[IPAddress, ...] | FetchError) -> None:
        self._free.release()
        if found.done():  # who asked has given up
            return
        if isinstance(answer, FetchError):
            found.set_exception(answer)
        else:
            found.set_result(answer)


def _ask(host: str) -> tuple[IPAddress, ...] | FetchError:
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
