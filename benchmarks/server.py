"""Serves the feeds in a process of its own, each on a port of its own, so that each is its own host.

    with serving(200, now, latency=(0.1, 0.3)) as site:
        site.become("mixed")
        ...                                            # fetch site.urls

It answers 304 to whoever names the current ETag, and takes its time, the same for a feed each time. In the silent
cycle one host in twenty takes connections and says nothing.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
from random import Random
from urllib.request import urlopen

from benchmarks import documents, stock

HOST = "127.0.0.1"
SILENT_EVERY = 20  # hosts, of which the last says nothing in the silent cycle
_CYCLES = (b"cold", b"warm", b"mixed", b"silent")
_SPARE_FILES = 256  # beside two for each feed: its listener and a visitor


@dataclass(frozen=True, slots=True)
class Site:
    """The server as its clients know it."""

    at: datetime  # as of when its news are
    ports: tuple[int, ...]
    items: int  # served at first
    fresh: int  # more that appear in the mixed cycle
    latency: float  # seconds to all its answers, one after the other

    @property
    def urls(self) -> tuple[str, ...]:
        """Return the address of each feed."""
        return tuple(f"http://{HOST}:{port}/feed.xml" for port in self.ports)

    def become(self, name: str) -> None:
        """Serve what a cycle is to find: changed feeds in "mixed", mute hosts in "silent", else all as at first."""
        with urlopen(f"http://{HOST}:{self.ports[0]}/{name}") as answer:
            answer.read()

    def expected(self, name: str) -> int:
        """Return how many articles appear in a cycle."""
        return {"cold": self.items, "mixed": self.fresh}.get(name, 0)


@contextmanager
def serving(
    count: int,
    now: datetime,
    latency: tuple[float, float],
    folder: Path | None = None,
    length: int = documents.ITEMS,
) -> Iterator[Site]:
    """Serve `count` generated feeds of `length` articles, or up to so many from `folder`, within the block.

    `latency` is the shortest and the longest time to an answer, in seconds.
    """
    command = [sys.executable, "-m", "benchmarks.server", str(count), now.isoformat(), *map(str, latency)]
    command += ["--length", str(length), *(["--folder", str(folder.resolve())] if folder else [])]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield Site(now, tuple(told["ports"]), told["items"], told["fresh"], told["latency"])
        finally:
            process.stdin.close()  # is how it is told to end; our own end tells it too


# ---------------------------------------------------------------- in the server's process


@dataclass(frozen=True, slots=True)
class _Version:
    """A document, ready to be sent."""

    etag: bytes
    answer: bytes
    unchanged: bytes  # the 304


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A feed in both versions."""

    before: _Version
    after: _Version
    latency: float
    mute: bool  # says nothing in the silent cycle


class _Desk:
    """What all visitors share."""

    def __init__(self) -> None:
        self.cycle = b"cold"

    def answer(self, shelf: _Shelf, head: bytes) -> bytes:
        """Return what a request is answered, nothing by a host that is mute."""
        asked = head.split(b" ", 2)[1].removeprefix(b"/")
        if asked in _CYCLES:
            self.cycle = asked
            return b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
        if self.cycle == b"silent" and shelf.mute:
            return b""
        version = shelf.after if self.cycle == b"mixed" else shelf.before
        return version.unchanged if version.etag in head else version.answer


class _Visitor(asyncio.Protocol):
    """One connection: one request, one answer."""

    def __init__(self, desk: _Desk, shelf: _Shelf) -> None:
        self.desk, self.shelf, self.head = desk, shelf, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where the answer goes."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer after a while, when the request is whole."""
        self.head += data
        if self.head.endswith(b"\r\n\r\n"):
            asyncio.get_running_loop().call_later(self.shelf.latency, self._answer)

    def _answer(self) -> None:
        answer = self.desk.answer(self.shelf, self.head)
        if answer and not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def _version(media_type: str, document: bytes) -> _Version:
    etag = b'"%s"' % blake2b(document, digest_size=8).hexdigest().encode()
    common = b"ETag: %s\r\nConnection: close\r\n" % etag
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n" % (media_type.encode(), len(document))
    return _Version(etag, head + common + b"\r\n" + document, b"HTTP/1.1 304 Not Modified\r\n" + common + b"\r\n")


def _shelf(number: int, feed: stock.Stock, latency: tuple[float, float]) -> _Shelf:
    mute = number % SILENT_EVERY == SILENT_EVERY - 1
    before = _version(feed.media_type, feed.before)
    after = _version(feed.media_type, feed.after) if feed.fresh else before
    return _Shelf(before, after, Random(number).uniform(*latency), mute)


async def _serve(feeds: Sequence[stock.Stock], latency: tuple[float, float]) -> None:
    """Listen for each feed, tell the ports in one line, and serve until standard input ends."""
    loop, desk, over = asyncio.get_running_loop(), _Desk(), asyncio.Event()
    shelves = [_shelf(number, feed, latency) for number, feed in enumerate(feeds)]
    listeners = [await loop.create_server(partial(_Visitor, desk, shelf), HOST, 0) for shelf in shelves]
    told = {
        "ports": [listener.sockets[0].getsockname()[1] for listener in listeners],
        "items": sum(feed.items for feed in feeds),
        "fresh": sum(feed.fresh for feed in feeds),
        "latency": sum(shelf.latency for shelf in shelves),
    }
    print(json.dumps(told), flush=True)
    loop.add_reader(sys.stdin.fileno(), over.set)
    await over.wait()


def _main() -> None:
    parser = argparse.ArgumentParser(description="Serve feeds until standard input ends.")
    parser.add_argument("count", type=int)
    parser.add_argument("now", type=datetime.fromisoformat)
    parser.add_argument("latency", type=float, nargs=2)
    parser.add_argument("--length", type=int, default=documents.ITEMS)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 2 * given.count + _SPARE_FILES), most))
    if given.folder:
        kept = stock.from_folder(given.folder, given.count)
    else:
        kept = stock.generated(given.count, given.now, given.length)
    asyncio.run(_serve(list(kept), tuple(given.latency)))


if __name__ == "__main__":
    _main()
