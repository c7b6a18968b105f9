"""Checks an installation and says what to do about each fault. It looks only: nothing is made, stored or sent.

Everything is looked at, whatever else is wrong; what waits for others is looked at side by side, each within a time
limit of its own.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import structlog

from monitor.actions.doctor import clock, encoder, hosts, language_model, recipients, sender, service, storage
from monitor.actions.doctor.check import Check, fault
from monitor.actions.doctor.configuration import read
from monitor.actions.doctor.feeds import SECONDS, Feeds
from monitor.app import App, keep_rests, reaching_out
from monitor.config import Settings
from monitor.delivery import Means
from monitor.errors import MonitorError
from monitor.model import FeedHealth
from monitor.net.client import Client
from monitor.net.dns import Records
from monitor.net.names import Names
from monitor.pipeline.clock import running
from monitor.store import feeds as feed_store
from monitor.store import recipients as recipient_store
from monitor.store.database import Database, usable

log = structlog.get_logger()
Progress = Callable[[int, int], None]  # done, of how many
Job = tuple[str, Coroutine[Any, Any, Check | list[Check]]]  # what it looks at, and the looking

__all__ = ["Check", "examine", "read"]


async def examine(
    settings: Settings,
    now: datetime,
    *,
    feeds: bool = True,
    feed_seconds: float = SECONDS,
    records: Records | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Check]:
    """Return all that was looked at beside the configuration itself; `feeds` says whether feeds are fetched.

    `feed_seconds` is the time for all of them together; those that it does not reach are told as not checked.
    `records` asks DNS, by default that of this machine.
    """
    with closing(Database(settings.database_url)) as db:
        stored = await asyncio.to_thread(storage.database, db)
        can_ask = await asyncio.to_thread(usable, db)
        round_ = _Round(settings, db, can_ask, now)
        found = await round_.run(records or Records(), progress, feed_seconds if feeds else None)
        return [stored, clock.alone(now), *found]


class _Round:
    """One round of looking at an installation whose configuration could be read."""

    def __init__(self, settings: Settings, db: Database, usable: bool, now: datetime) -> None:
        self.settings = settings
        self.db = db
        self.usable = usable  # whether the database can be asked
        self.now = now

    async def run(self, records: Records, progress: Progress, feed_seconds: float | None) -> list[Check]:
        """Do every job, side by side; return what they found, in the order in which the jobs stand.

        No feed is fetched if `feed_seconds` is None.
        """
        async with reaching_out(self.settings) as (client, parsers):
            loop, watch = asyncio.get_running_loop(), running(self.now)
            paused = await asyncio.to_thread(self._rested, client)
            fetches = Feeds(client, parsers, watch, loop.time() + (feed_seconds or 0.0), paused)
            async with App(self.settings, self.db).means(client) as means:
                jobs = [*self._local(), *self._remote(records, client), *self._recipients(means)]
                if feed_seconds is not None:
                    jobs += [(f"feed {feed.url}", fetches.check(feed)) for feed in self.settings.feeds]
                found = await _all(jobs, progress)
        return [*found, clock.against_servers(fetches.skews)] if feed_seconds is not None else found

    def _rested(self, client: Client) -> frozenset[str]:
        """Let hosts rest as they asked earlier polls to; return the addresses of feeds that a person paused."""
        if not self.usable:
            return frozenset()
        keep_rests(client, self.db, self.now)
        reports = feed_store.reports(self.db, self.settings.feeds)
        return frozenset(report.feed.url for report in reports if report.health is FeedHealth.PAUSED)

    def _local(self) -> Iterator[Job]:
        """Yield what this machine alone can tell."""
        yield "disk", asyncio.to_thread(storage.disk, self.settings, self.db)
        yield "time zones", asyncio.to_thread(clock.zones, self.settings)
        if self.usable:
            yield "clock and database", asyncio.to_thread(clock.against_store, self.db, self.now)
        yield "operator", asyncio.to_thread(service.operator, self.settings)
        yield "backup", asyncio.to_thread(service.backup, self.settings, self.now)
        yield "server", asyncio.to_thread(service.server, self.settings)
        yield "encoder", asyncio.to_thread(encoder.check, self.settings.encoder)

    def _remote(self, records: Records, client: Client) -> Iterator[Job]:
        """Yield what name servers and the language model's host tell."""
        names = Names()
        yield "DNS", hosts.resolve(self.settings, names)
        if self.settings.smtp:
            yield "SPF, DKIM, DMARC", sender.domain(self.settings.smtp, records, names)
        if self.settings.language_model:
            yield language_model.NAME, language_model.check(self.settings.language_model, client)

    def _recipients(self, means: Means) -> Iterator[Job]:
        """Yield the recipients, those of a channel together, and then what keeps them from being told."""
        known = self.settings.recipients
        for name in dict.fromkeys(each.channel for each in known):
            mine = [each for each in known if each.channel == name]
            words = f"recipient{'s' if len(mine) > 1 else ''} {', '.join(each.id for each in mine)}"
            yield words, recipients.channel(name, mine, means, self.now)
        if self.usable:
            yield "recipients", asyncio.to_thread(self._states)

    def _states(self) -> list[Check]:
        return recipients.states(self.settings.recipients, recipient_store.reports(self.db, self.settings.recipients))


async def _all(jobs: Sequence[Job], progress: Progress) -> list[Check]:
    done = 0

    async def counted(job: Job) -> list[Check]:
        nonlocal done
        found = await _safely(*job)
        done += 1
        progress(done, len(jobs))
        return found

    progress(0, len(jobs))
    return [check for found in await asyncio.gather(*map(counted, jobs)) for check in found]


async def _safely(name: str, looking: Coroutine[Any, Any, Check | list[Check]]) -> list[Check]:
    """Return what a job found; one that breaks is a fault itself and stops no other."""
    try:
        found = await looking
    except MonitorError as error:
        return [fault(name, str(error), "mend what it says, then run monitor doctor again")]
    except Exception as error:
        log.exception("not checked", what=name)
        return [fault(name, f"internal error: {type(error).__name__}", "please report it with what the log says")]
    return [found] if isinstance(found, Check) else found
