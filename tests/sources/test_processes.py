import asyncio
import os
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil
import pytest

from monitor.errors import ParseError
from monitor.model import Fetched
from monitor.sources import processes
from monitor.sources.contents import NoFeedError
from monitor.sources.processes import Parsers

RSS = b"<rss version='2.0'><channel><title>T</title><item><title>One</title><link>/1</link></item></channel></rss>"
PAGE = b"<html lang=en><head><link rel=alternate type=application/rss+xml href=/rss></head><p>Words on a page.</p>"
# feedparser, to which the date leaves it, takes a minute: each attribute is copied for each of the others
ENDLESS = b"<rss version='2.0'><channel><item><title %b>x</title><date/></item></channel></rss>" % (
    b" ".join(b"a%d='1'" % n for n in range(60_000))
)
HUGE = b"<rss version='2.0'><channel>" + b"<item><title>x</title></item>" * 50_000 + b"</channel></rss>"


def fetched(body: bytes, media: str = "application/xml") -> Fetched:
    return Fetched("https://e.org/feed", "https://e.org/a/feed", "", 200, {"content-type": media}, body)


def workers() -> list[psutil.Process]:
    """Return the processes below the fork server."""
    me = psutil.Process()
    return [child for child in me.children(recursive=True) if child.ppid() != me.pid and child.status() != "zombie"]


@contextmanager
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_feeds_and_pages_are_read_elsewhere() -> None:
    async def scenario() -> None:
        async with Parsers(workers=1) as parsers:
            assert not workers()  # none starts before it is needed
            feed = await parsers.feed(fetched(RSS))
            assert (feed.title, feed.entries[0].url) == ("T", "https://e.org/1")
            assert (await parsers.page(fetched(PAGE, "text/html"))).text == "Words on a page."
            assert [found.url for found in await parsers.found(fetched(PAGE))] == ["https://e.org/rss"]
            assert len(workers()) == 1
        assert not workers()

    with no_warnings():
        asyncio.run(scenario())


def test_errors_come_back_with_what_was_found() -> None:
    async def scenario() -> None:
        async with Parsers(workers=1) as parsers:
            with pytest.raises(NoFeedError, match="an HTML page") as raised:
                await parsers.feed(fetched(PAGE))
            assert [found.url for found in raised.value.feeds] == ["https://e.org/rss"]

    asyncio.run(scenario())


def test_a_document_that_takes_too_long_is_killed_and_the_next_one_read() -> None:
    async def scenario() -> None:
        async with Parsers(workers=1, deadline=0.5) as parsers:
            await parsers.feed(fetched(RSS))
            began = time.monotonic()
            with pytest.raises(ParseError, match=r"took over 0\.5 s to read"):
                await parsers.feed(fetched(ENDLESS))
            assert time.monotonic() - began < 2
            assert (await parsers.feed(fetched(RSS))).title == "T"
            assert len(workers()) == 1

    asyncio.run(scenario())


def test_a_document_that_needs_too_much_memory_is_told_and_the_next_one_read() -> None:
    async def scenario() -> None:
        async with Parsers(workers=1, memory_mb=48) as parsers:
            with pytest.raises(ParseError, match="needed over 48 MB to read"):
                await parsers.feed(fetched(HUGE))
            assert (await parsers.feed(fetched(RSS))).title == "T"

    asyncio.run(scenario())


def test_a_worker_killed_from_outside_costs_its_document_at_most() -> None:
    async def scenario() -> None:
        async with Parsers(workers=1) as parsers:
            await parsers.feed(fetched(RSS))
            workers()[0].kill()
            assert (await parsers.feed(fetched(RSS))).title == "T"
            reading = asyncio.create_task(parsers.feed(fetched(ENDLESS)))
            await busy()
            workers()[0].kill()
            with pytest.raises(ParseError, match="crashed its reader"):
                await reading
            assert (await parsers.feed(fetched(RSS))).title == "T"

    asyncio.run(scenario())


async def busy() -> None:
    """Wait until a worker has begun to work on its document."""
    await asyncio.to_thread(_wait_until_busy, sum(worker.cpu_times().user for worker in workers()))


def _wait_until_busy(before: float) -> None:
    while sum(worker.cpu_times().user for worker in workers()) < before + 0.1:
        time.sleep(0.01)


def test_a_cancelled_wait_ends_its_worker_and_frees_the_place() -> None:
    async def scenario() -> None:
        async with Parsers(workers=1) as parsers:
            await parsers.feed(fetched(RSS))
            waiting = asyncio.create_task(parsers.feed(fetched(ENDLESS)))
            await busy()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await parsers.feed(fetched(RSS))).title == "T"
        assert not workers()

    with no_warnings():
        asyncio.run(scenario())


def test_many_documents_share_few_workers() -> None:
    async def scenario() -> None:
        async with Parsers(workers=2) as parsers:
            feeds = await asyncio.gather(*(parsers.feed(fetched(RSS)) for _ in range(50)))
            assert [feed.title for feed in feeds] == ["T"] * 50
            assert len(workers()) == 2

    asyncio.run(scenario())


def own_process(body: bytes, url: str, headers: Mapping[str, str]) -> int:
    """Read a document as `Parsers` has it read, and return who read it."""
    return os.getpid()


def test_a_worker_is_recycled_after_its_share_without_a_lost_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_RECYCLED_AFTER", processes._RECYCLED_AFTER // 500)

    async def scenario() -> list[int]:
        async with Parsers(workers=1) as parsers:
            return await asyncio.gather(*(parsers._read(own_process, fetched(RSS)) for _ in range(10)))

    assert [*Counter(asyncio.run(scenario())).values()] == [4, 4, 2]


def test_the_loop_is_never_held_up() -> None:
    async def scenario() -> int:
        turns = 0
        async with Parsers(workers=1) as parsers:
            await parsers.feed(fetched(RSS))
            reading = asyncio.create_task(parsers.feed(fetched(HUGE[:200_000])))
            while not reading.done():
                await asyncio.sleep(0.005)
                turns += 1
            await reading
        return turns

    assert asyncio.run(scenario()) > 5  # it stands still in between on a busy machine; held up, it takes one or two


SERVICE = """
import asyncio
from tests.sources.test_processes import ENDLESS, RSS, Parsers, fetched, workers
async def main():
    async with Parsers(workers=2, deadline=1.0) as parsers:
        await asyncio.gather(*(parsers.feed(fetched(RSS)) for _ in range(2)))
        print(*(worker.pid for worker in workers()), flush=True)
        while True:
            await asyncio.gather(*(parsers.feed(fetched(ENDLESS)) for _ in range(BUSY)), return_exceptions=True)
            await asyncio.sleep(0.01)
asyncio.run(main())
"""


@pytest.mark.parametrize("busy", [0, 2])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_service(busy: int, end: signal.Signals) -> None:
    code = SERVICE.replace("BUSY", str(busy))
    service = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert service.stdout is not None
    pids = [int(pid) for pid in service.stdout.readline().split()]
    if end == signal.SIGKILL:
        service.kill()
    else:
        os.killpg(service.pid, end)  # Ctrl-C reaches the whole group
    service.wait(timeout=10)
    service.stdout.close()
    assert len(pids) == 2
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)
    assert not alive
