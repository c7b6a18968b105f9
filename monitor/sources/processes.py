"""Reads documents in worker processes that can be killed, so that no document stalls the service or eats its memory.

Each worker is a pebble pool of one process: a deadline then counts from the moment its document is taken up, and a
broken worker concerns nobody else. Processes come from a fork server that has feedparser loaded: it starts them in a
fraction of the time and they share its memory. When the service is killed, idle workers end at once with their pipe,
busy ones at their deadline, and the fork server after them.
"""

import asyncio
import gc
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Concatenate, Self, TypeVar

from monitor.errors import ParseError
from monitor.model import Fetched, FoundFeed, Page, ParsedFeed

T = TypeVar("T")
Reader = Callable[Concatenate[bytes, str, Mapping[str, str], ...], T]

_PRELOADED = ["monitor.sources.feed", "monitor.sources.kinds", "monitor.sources.processes", "pebble"]
_RECYCLED_AFTER = 2_000  # documents: gives back what feedparser's caches and fragmented memory hold
_HANGING_SECONDS = 30.0  # past the deadline, after which the worker's keeper itself is given up
_ORPHAN_SECONDS = 2.0  # past the deadline, after which a worker whose service was killed ends by itself
_OUT_OF_MEMORY = 71  # exit code, EX_OSERR of sysexits.h
_NEWS_OF_DEATH = 2  # attempts, where a worker was killed from outside before or while it read


class Parsers:
    """Keeps workers that read documents; use it as an async context manager.

    Workers start with the first document that needs one. A document that takes too long, needs too much or crashes
    its worker raises ParseError; the next one finds a fresh worker.
    """

    def __init__(self, workers: int = 2, deadline: float = 20.0, memory_mb: int = 512) -> None:
        """Take the number of workers, the seconds and the megabytes (10^6 bytes) that one document may cost."""
        self._workers = [_Worker(deadline, memory_mb) for _ in range(workers)]
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()  # the last one used is the warmest

    async def __aenter__(self) -> Self:
        for worker in self._workers:
            self._idle.put_nowait(worker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in self._workers))

    async def feed(self, fetched: Fetched, hashes: bytes = b"") -> ParsedFeed:
        """Return the feed that was fetched; raises ParseError, as NoFeedError where it is none.

        Items that are among the `hashes` of its last poll may be left out.
        """
        return await self._read(_feed, fetched, hashes)

    async def page(self, fetched: Fetched) -> Page:
        """Return the text of the page that was fetched; raises ParseError where it has none."""
        return await self._read(_page, fetched)

    async def found(self, fetched: Fetched) -> tuple[FoundFeed, ...]:
        """Return the feeds that the fetched page names."""
        return await self._read(_found, fetched)

    async def hints(self, fetched: Fetched) -> tuple[str, ...]:
        """Return the addresses that the fetched page calls a feed in words, a few of them."""
        return await self._read(_hints, fetched)

    async def _read(self, reader: Reader[T], fetched: Fetched, *more: bytes) -> T:
        worker = await self._idle.get()
        try:
            return await worker.read(reader, fetched, *more)
        finally:
            self._idle.put_nowait(worker)


class _Worker:
    """Keeps one process, started when first needed and replaced when it died."""

    def __init__(self, deadline: float, memory_mb: int) -> None:
        self.deadline = deadline
        self.memory_mb = memory_mb
        self.pool: Any = None

    async def read(self, reader: Reader[T], fetched: Fetched, *more: bytes) -> T:
        """Return what `reader` makes of the document and `more`; every trouble with it is a ParseError."""
        for _ in range(_NEWS_OF_DEATH):
            try:
                return await self._attempt(reader, fetched, *more)
            except _Lost:
                await asyncio.to_thread(self.stop)
        raise ParseError("the process that reads it was killed from outside")

    async def _attempt(self, reader: Reader[T], fetched: Fetched, *more: bytes) -> T:
        from pebble import ProcessExpired

        try:
            async with asyncio.timeout(self.deadline + _HANGING_SECONDS):
                if self.pool is None or not self.pool.active:
                    await asyncio.to_thread(self._start)  # which blocks for a while
                return await asyncio.wrap_future(self._schedule(reader, fetched, *more))
        except TimeoutError as error:
            if not (error.args and error.args[0] == "Task timeout"):  # pebble's own has killed the process already
                await asyncio.to_thread(self.stop)
            raise ParseError(f"took over {self.deadline:g} s to read") from None
        except ProcessExpired as error:
            if error.exitcode == _OUT_OF_MEMORY:
                raise ParseError(f"needed over {self.memory_mb} MB to read") from None
            if error.exitcode == -signal.SIGTERM:  # sent to the whole group, as some supervisors do
                raise _Lost from None
            raise ParseError(f"crashed its reader ({_ending(error.exitcode)})") from None
        except BrokenProcessPool:
            raise _Lost from None

    def _start(self) -> None:
        """Start a process, in the place of one that died."""
        from pebble import ProcessPool

        self.stop()
        pool = ProcessPool(
            max_workers=1,
            max_tasks=_RECYCLED_AFTER,
            initializer=_confine,
            initargs=(self.memory_mb,),
            context=_context(),
        )
        pool.active  # noqa: B018 - to ask is what starts it
        self.pool = pool

    def _schedule(self, reader: Reader[T], fetched: Fetched, *more: bytes) -> "Future[T]":
        """Hand the document over."""
        document = (fetched.body, fetched.final_url, dict(fetched.headers))
        arguments = (self.deadline + _ORPHAN_SECONDS, reader, document, *more)
        future: Future[T] = self.pool.schedule(_within, args=arguments, timeout=self.deadline)
        return future

    def stop(self) -> None:
        """End the process and the threads that keep it."""
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.stop()
            pool.join()


class _Lost(Exception):
    """Tells that a worker died for a reason that was not its document."""


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _ending(exitcode: int) -> str:
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"exit code {exitcode}"


# ---------------------------------------------------------------- in the worker


def _confine(memory_mb: int) -> None:
    """Limit this process' memory, let signals end it at once, and leave what is shared out of its garbage."""
    limit = memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    gc.freeze()


def _within(seconds: float, reader: Reader[T], document: tuple[bytes, str, Mapping[str, str]], *more: bytes) -> T:
    """Return what `reader` makes of the document and `more`, or die at `seconds`.

    Nobody else ends it once the service is gone.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return reader(*document, *more)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # nothing more can be counted on here, not even an orderly exception
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _feed(body: bytes, url: str, headers: Mapping[str, str], hashes: bytes) -> ParsedFeed:
    from monitor.sources import kinds

    return kinds.read(body, url, headers, hashes)


def _page(body: bytes, url: str, headers: Mapping[str, str]) -> Page:
    from monitor.sources import page

    return page.read(body, url, headers)


def _found(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[FoundFeed, ...]:
    from monitor.sources import discovery, packing

    return discovery.find(packing.unpacked(body), url, headers)


def _hints(body: bytes, url: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    from monitor.sources import discovery, packing

    return discovery.hints(packing.unpacked(body), url, headers)
