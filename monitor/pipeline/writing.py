"""The one writer: what polls leave is written together, in few transactions."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TypeVar

from monitor.pipeline.grouping import Grouping
from monitor.store import polls as poll_store
from monitor.store.database import Database
from monitor.store.polls import Poll, Recorded

T = TypeVar("T")
GATHERING_SECONDS = 0.1  # between two transactions of polls: those that end meanwhile share the next one
MOST = 200  # polls in one transaction, for which others wait

Waiting = tuple[Poll, "asyncio.Future[Recorded | None]"]


class Writer:
    """Writes, one transaction after the other; SQLite has but one writer anyway.

    A poll is recorded when its transaction is committed, and not before: whoever waits for it may count on it.
    """

    def __init__(self, db: Database, grouping: Grouping) -> None:
        """Take the database, and what places new articles in their stories."""
        self._db = db
        self._grouping = grouping
        self._turn = asyncio.Lock()
        self._waiting: list[Waiting] = []
        self._rests = 0.0  # until when polls are gathered, in the event loop's time

    async def write(self, verb: Callable[..., T], *values: object) -> T:
        """Return what `verb` returns, called with `values` in a thread when its turn has come."""
        async with self._turn:
            return await asyncio.to_thread(verb, *values)

    async def record(self, poll: Poll) -> Recorded:
        """Record all that a poll leaves, together with what others left meanwhile.

        :raises StoreError: if it can't be written
        """
        clock = asyncio.get_running_loop()
        recorded: asyncio.Future[Recorded | None] = clock.create_future()
        self._waiting.append((poll, recorded))
        async with self._turn:
            while not recorded.done():
                await asyncio.sleep(self._rests - clock.time())
                self._rests = clock.time() + GATHERING_SECONDS
                await _to_its_end(self._record_waiting())
        found = await recorded
        return (await self.write(self._recorded, [poll]))[0] if found is None else found

    async def _record_waiting(self) -> None:
        """Write what waits in one transaction; if it fails, each is told None: it tries by itself."""
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        found: Sequence[Recorded | None] = [None] * len(batch)
        with suppress(Exception):  # what is wrong is raised to whom it concerns
            found = await asyncio.to_thread(self._recorded, [poll for poll, _ in batch])
        for (_, recorded), said in zip(batch, found, strict=True):
            if not recorded.cancelled():  # its poll was dropped meanwhile; it is written all the same
                recorded.set_result(said)

    def _recorded(self, polls: Sequence[Poll]) -> list[Recorded]:
        with self._grouping.placing() as grouping:
            return poll_store.record_all(self._db, polls, grouping)


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Do what others wait for, also where who does it is dropped meanwhile."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
