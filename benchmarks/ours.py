"""Lets the service poll, by the very function that `monitor once` calls, whole or without some of its parts."""

import asyncio
import importlib
import resource
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import update

from benchmarks import judging
from benchmarks.meters import Meter, percentile, ticking
from benchmarks.results import Cycle
from benchmarks.server import Site
from monitor import queue
from monitor.app import App, open_app, settled
from monitor.config import Settings
from monitor.matching import TellingWords
from monitor.model import READ_WHOLE, Document, Draft, Feed, FeedState, Judgement, PollingPolicy
from monitor.pipeline.grouping import Grouping
from monitor.pipeline.polling import Poller
from monitor.pipeline.writing import Writer
from monitor.store.rows import FeedRow
from monitor.store.stories import Grouper


@dataclass(frozen=True, slots=True)
class Variant:
    """The service as it is, or without something, to see what that costs or gains."""

    client: str  # its name in the table
    polling_alone: bool = False  # nothing is judged and nothing grouped, as other readers do neither
    whole: bool = False  # documents are read whole: nothing is cut out before parsing
    http: str = "httpx"  # the library that carries out requests, or one with the same API


AS_IT_IS = Variant("monitor")
POLLING_ALONE = Variant("monitor, polling alone", polling_alone=True)
UNCUT = Variant("same, nothing cut", polling_alone=True, whole=True)
HTTPX2 = Variant("same, with httpx2", polling_alone=True, http="httpx2")
PEERS_PACKAGES = next((Path(__file__).parents[1] / ".venv-peers").glob("lib/python3.*/site-packages"), None)


def rounds(site: Site, names: Sequence[str], variant: Variant, concurrency: int, folder: Path) -> list[Cycle]:
    """Let the service poll all feeds in rounds an hour apart, each "cold", "warm", "mixed" or "silent"."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    _take(variant.http)
    folder.mkdir()
    app = open_app(_settings(site, concurrency, folder), site.at)
    try:
        return asyncio.run(_rounds(app, site, names, variant))
    finally:
        app.db.close()


def available(library: str) -> bool:
    """Tell whether requests can be carried out by a library; what `make bench-peers` installed counts."""
    return find_spec(library) is not None or (PEERS_PACKAGES is not None and (PEERS_PACKAGES / library).is_dir())


def _take(library: str) -> None:
    """Let `import httpx` bring a library of the same API: what a swap would change in the one import line."""
    if library != "httpx":
        sys.path += [] if find_spec(library) or PEERS_PACKAGES is None else [str(PEERS_PACKAGES)]
        sys.modules["httpx"] = importlib.import_module(library)


async def _rounds(app: App, site: Site, names: Sequence[str], variant: Variant) -> list[Cycle]:
    async with AsyncExitStack() as opened:
        poller = await opened.enter_async_context(app.poller(site.at))
        opened.enter_context(settled())  # as the service does
        ours = _without_judging(poller) if variant.polling_alone else poller
        done = []
        for hour, name in enumerate(names):
            await asyncio.to_thread(site.become, name)
            if variant.whole:
                await asyncio.to_thread(_never_cut, app)
            done.append(await _round(ours, site, name, variant, site.at + timedelta(hours=hour)))
        return done


async def _round(poller: Poller, site: Site, name: str, variant: Variant, now: datetime) -> Cycle:
    feeds = _feeds(site)
    async with ticking() as late:
        with Meter() as meter:
            report = await queue.poll_due(poller, feeds, now, everything=True)
    return Cycle(
        feeds=len(site.ports),
        name=name,
        client=variant.client,
        wall_seconds=meter.wall_seconds,
        cpu_seconds=meter.cpu_seconds,
        peak_mb=meter.peak_mb,
        new=sum(poll.new for poll in report.polls),
        expected=site.expected(name),
        failed=report.feeds["failed"] + report.feeds["held"],
        worst_ms=1000 * max(late, default=0.0),
        p99_ms=1000 * percentile(late, 99),
    )


def _settings(site: Site, concurrency: int, folder: Path) -> Settings:
    """Return the settings of a service that waits for nothing but answers and judges by one topic."""
    return Settings(
        root=folder,
        file=folder / "monitor.toml",
        timezone="UTC",
        database_url=f"sqlite:///{folder / 'monitor.db'}",
        polling=PollingPolicy(min_interval_minutes=0, per_host_gap_seconds=0, concurrency=concurrency),
        allow_private=(ip_network("127.0.0.0/8"),),
        feeds=_feeds(site),
        topics=tuple(judging.topics()[:1]),
        encoder="none",  # what vectors cost stands in the table of judging
        recipients=(),
    )


def _feeds(site: Site) -> tuple[Feed, ...]:
    return tuple(Feed(url, full_text=False) for url in site.urls)


# ---------------------------------------------------------------- without some of its parts


class _PollsAlone(Poller):
    """Polls, recognises and stores; judges nothing."""

    def _judge(
        self, state: FeedState, documents: Sequence[Document], *, remember: bool = False
    ) -> list[tuple[Document, tuple[Judgement, ...], TellingWords | None]]:
        return [(document, (), None) for document in documents]


class _Ungrouped(Grouping):
    """Places no article in any story."""

    def __call__(self, drafts: Mapping[int, Draft], at: datetime) -> Grouper:
        return lambda read: ()


def _without_judging(poller: Poller) -> Poller:
    parts = {part.name: getattr(poller, part.name) for part in fields(poller)}
    return _PollsAlone(**parts | {"writer": Writer(poller.db, _Ungrouped()), "profiles": {}})


def _never_cut(app: App) -> None:
    """Mark every feed as one that is read whole, as the service marks those that cutting would change."""
    with app.db.write() as session:
        session.execute(update(FeedRow).values(item_hashes=READ_WHOLE))
