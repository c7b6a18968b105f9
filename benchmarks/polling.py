"""Measures a cold, a warm and a mixed round of polls over loopback feeds, beside the least that any client could do.

    python -m benchmarks.polling --feeds 200 1000

The server, the service and the limit run in processes of their own, one after the other; every round is a call of
the very function that `monitor once` calls.
"""

import argparse
import asyncio
import multiprocessing
import os
import resource
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from benchmarks import results
from benchmarks.meters import Meter, percentile, ticking
from benchmarks.results import Cycle, Judging
from benchmarks.server import Site, serving

if TYPE_CHECKING:
    from benchmarks.limit import Limit
    from monitor.config import Settings
    from monitor.model import Feed
    from monitor.pipeline.polling import Poller

P = ParamSpec("P")
T = TypeVar("T")

ROUNDS = ("cold", "warm", "mixed")
RESULTS = Path(__file__).with_name("RESULTS.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line asks, print the report and write it to a file."""
    asked = _parser().parse_args(arguments)
    now, load = datetime.now(UTC), os.getloadavg()[0]
    with _compiled() if asked.warm_up else nullcontext():
        if asked.warm_up:
            _rounds(2, asked, now)  # these do not count
        report = results.report(_measured(asked, now, load))
    asked.out.write_text(report, encoding="utf-8")
    print(report)


def _measured(asked: argparse.Namespace, now: datetime, load: float) -> results.Run:
    return results.Run(
        at=now,
        command=_command(asked),
        load=load,
        conditions=_conditions(asked),
        counted=asked.site is None,
        cycles=tuple(chain.from_iterable(_rounds(count, asked, now) for count in asked.feeds)),
        judgings=_alone(_judgings, asked.articles, now),
    )


@contextmanager
def _compiled() -> Iterator[None]:
    """Let Python keep what it compiles for the length of the run: to compile the libraries is no part of polling.

    An installation brings them compiled, but not every one does, and some environments forbid to write it down.
    """
    before = dict(os.environ)
    with TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _rounds(count: int, asked: argparse.Namespace, now: datetime) -> list[Cycle]:
    """Measure both clients over so many feeds, each on a fresh database."""
    latency = (asked.latency_ms[0] / 1000, asked.latency_ms[1] / 1000)
    with serving(count, now, latency, asked.site) as site, TemporaryDirectory() as folder:
        ours = _alone(_monitor, site, asked.concurrency, Path(folder), now)
        limit = _alone(_limit, site, asked.concurrency, Path(folder))
    return list(chain.from_iterable(zip(ours, limit, strict=True)))


def _alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in a new process, so that nothing is measured but its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *args, **kwargs).result()


# ---------------------------------------------------------------- the service


def _monitor(site: Site, concurrency: int, folder: Path, now: datetime) -> list[Cycle]:
    """Let the service poll all feeds in three rounds, an hour apart."""
    from monitor.app import open_app

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    app = open_app(_settings(site, concurrency, folder), now)

    async def rounds() -> list[Cycle]:
        async with app.poller(now) as poller:
            return [await _round(poller, site, name, now + timedelta(hours=hour)) for hour, name in enumerate(ROUNDS)]

    try:
        return asyncio.run(rounds())
    finally:
        app.db.close()


async def _round(poller: "Poller", site: Site, name: str, now: datetime) -> Cycle:
    from monitor import queue

    await asyncio.to_thread(site.change, mixed=name == "mixed")
    feeds = _feeds(site)
    async with ticking() as late:
        with Meter() as meter:
            report = await queue.poll_due(poller, feeds, now, everything=True)
    return Cycle(
        feeds=len(site.ports),
        name=name,
        client="monitor",
        wall_seconds=meter.wall_seconds,
        cpu_seconds=meter.cpu_seconds,
        peak_mb=meter.peak_mb,
        new=sum(poll.new for poll in report.polls),
        expected=_expected(site, name),
        failed=report.feeds["failed"] + report.feeds["held"],
        worst_ms=1000 * max(late, default=0.0),
        p99_ms=1000 * percentile(late, 99),
    )


def _settings(site: Site, concurrency: int, folder: Path) -> "Settings":
    """Return the settings of a service that waits for nothing but answers and judges by one topic."""
    from benchmarks import matching
    from monitor.config import Settings
    from monitor.model import PollingPolicy

    return Settings(
        root=folder,
        file=folder / "monitor.toml",
        timezone="UTC",
        database_url=f"sqlite:///{folder / 'monitor.db'}",
        polling=PollingPolicy(min_interval_minutes=0, per_host_gap_seconds=0, concurrency=concurrency),
        allow_private=(ip_network("127.0.0.0/8"),),
        feeds=_feeds(site),
        topics=tuple(matching.topics()[:1]),
        encoder="none",  # what vectors cost stands in the table of judging
        recipients=(),
    )


def _feeds(site: Site) -> "tuple[Feed, ...]":
    from monitor.model import Feed

    return tuple(Feed(url, full_text=False) for url in site.urls)


# ---------------------------------------------------------------- the limit


def _limit(site: Site, concurrency: int, folder: Path) -> list[Cycle]:
    """Let bare sockets poll the same feeds in the same three rounds."""
    from benchmarks.limit import Limit

    client = Limit(site.ports, concurrency, folder)
    try:
        return [_limit_round(client, site, name) for name in ROUNDS]
    finally:
        client.close()


def _limit_round(client: "Limit", site: Site, name: str) -> Cycle:
    site.change(mixed=name == "mixed")
    with Meter() as meter:
        new = client.cycle()
    return Cycle(
        feeds=len(site.ports),
        name=name,
        client="limit",
        wall_seconds=meter.wall_seconds,
        cpu_seconds=meter.cpu_seconds,
        peak_mb=meter.peak_mb,
        new=new,
        expected=_expected(site, name),
    )


# ---------------------------------------------------------------- the rest


def _expected(site: Site, name: str) -> int:
    return {"cold": site.items, "warm": 0, "mixed": site.fresh}[name]


def _judgings(articles: int, now: datetime) -> tuple[Judging, ...]:
    from benchmarks import matching

    return matching.measure(articles, now)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description="Measure polling and judging.")
    parser.add_argument("--feeds", type=int, nargs="+", default=[200, 1000], metavar="N", help="how many feeds")
    parser.add_argument(
        "--latency-ms", type=float, nargs=2, default=[100.0, 300.0], metavar=("LEAST", "MOST"), help="of each answer"
    )
    parser.add_argument("--concurrency", type=int, default=64, metavar="N", help="requests in flight at once")
    parser.add_argument("--site", type=Path, metavar="DIR", help="serve the feeds of a folder instead of made ones")
    parser.add_argument("--articles", type=int, default=2000, metavar="N", help="how many articles are judged")
    parser.add_argument("--no-warm-up", dest="warm_up", action="store_false", help="measure at once, loading included")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="where the report goes")
    return parser


def _command(asked: argparse.Namespace) -> str:
    site = " --site DIR" if asked.site else ""
    return f"python -m benchmarks.polling --feeds {' '.join(map(str, asked.feeds))}{site}"


def _conditions(asked: argparse.Namespace) -> str:
    least, most = asked.latency_ms
    served = (
        "Real feeds out of a folder; their articles are a count of tags, those that are told twice included."
        if asked.site
        else "Generated feeds, RSS and Atom, 20 articles and 30 to 60 kB each."
    )
    return (
        f"{served} Every feed on a host of its own, {least:g} to {most:g} ms to an answer, {asked.concurrency} requests"
        " in flight. Articles' pages are not read (`full_text` is off); each article is judged against one topic, "
        "by words. "
        "`cold`: everything is new; `warm`: everything is answered 304; `mixed`: every tenth feed has changed. "
        "CPU and memory (PSS) are those of the service and its parse processes, the server's are not counted. "
        "`limit` is what bare sockets, lxml and one bulk insert take for the same rounds."
    )


if __name__ == "__main__":
    main()
