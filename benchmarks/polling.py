"""Measures rounds of polls over loopback feeds: the service, the least that any client could do, and other readers.

    python -m benchmarks.polling --feeds 1000 200

The server and each client run in processes of their own, one after the other; a round of the service is a call of the
very function that `monitor once` calls.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import peers, results
from benchmarks.meters import alone
from benchmarks.results import Cycle, Section
from benchmarks.server import Site, serving

ROUNDS = ("cold", "warm", "mixed")
RESULTS = Path(__file__).with_name("RESULTS.md")
REAL = Path(__file__).parents[2] / "shared" / "feeds" / "site"
FEW = 1_000  # feeds that many are compared with
SHORT = 1  # articles in each of many feeds: their rounds are about the feeds in which nothing changed
TWO = ("AS_IT_IS", "POLLING_ALONE")  # variants, by their names in `ours`
ALL = (*TWO, "UNCUT", "HTTPX2")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line asks, print the report and write it to a file."""
    asked = _parser().parse_args(arguments)
    now, load = datetime.now(UTC), os.getloadavg()[0]
    with _compiled() if asked.warm_up else nullcontext():
        if asked.warm_up:
            _generated(2, asked, now, ALL)  # these do not count
        run = results.Run(
            at=now,
            command=f"python -m benchmarks.polling {_words(asked)}",
            load=load,
            peers=peers.versions(),
            absent=peers.absent(),
            conditions=_conditions(asked),
            sections=tuple(_sections(asked, now)),
        )
    report = results.report(run)
    asked.out.write_text(report, encoding="utf-8")
    print(report)


def _sections(asked: argparse.Namespace, now: datetime) -> Iterator[Section]:
    for at, count in enumerate(asked.feeds):
        yield _generated(count, asked, now, TWO if at else ALL)
    if asked.real and asked.site.is_dir():
        yield _real(asked, now)
    if asked.many:
        yield _many(asked, now)


def _generated(count: int, asked: argparse.Namespace, now: datetime, variants: Sequence[str]) -> Section:
    with serving(count, now, _latency(asked)) as site:
        return Section("generated", _floor(site, asked), tuple(_cycles(site, asked, variants)))


def _real(asked: argparse.Namespace, now: datetime) -> Section:
    with serving(asked.real, now, _latency(asked), asked.site) as site:
        cycles = tuple(_cycles(site, asked, (*TWO, "UNCUT")))
    return Section("real", _floor(site, asked), cycles)


def _many(asked: argparse.Namespace, now: datetime) -> Section:
    """Poll few feeds, the same with silent hosts, and many."""
    floor, cycles = 0.0, []
    for count, names in ((FEW, ("cold", "warm", "silent")), (asked.many, ("cold", "warm"))):
        with serving(count, now, _latency(asked), length=SHORT) as site:
            cycles += _ours(site, names, asked, "POLLING_ALONE")
            floor = _floor(site, asked)
    return Section("short", floor, tuple(cycles))


def _cycles(site: Site, asked: argparse.Namespace, variants: Sequence[str]) -> Iterator[Cycle]:
    """Let all that is there poll the same site, one after the other, each with a database of its own."""
    for variant in variants:
        yield from _ours(site, ROUNDS, asked, variant)
    with TemporaryDirectory() as folder:
        yield from alone(_limit, site, asked.concurrency, Path(folder))
    if asked.peers:
        for peer in peers.present(len(site.ports)):
            with TemporaryDirectory() as folder:
                subscriber = peers.Subscriber(peer, site.urls, asked.concurrency, Path(folder))
                yield from [_visited(subscriber, site, name) for name in ROUNDS]


def _visited(subscriber: peers.Subscriber, site: Site, name: str) -> Cycle:
    site.become(name)
    return subscriber.cycle(name, site.expected(name))


def _ours(site: Site, names: Sequence[str], asked: argparse.Namespace, variant: str) -> list[Cycle]:
    with TemporaryDirectory() as folder:
        return alone(_monitor, site, names, variant, asked.concurrency, Path(folder) / "ours")


def _monitor(site: Site, names: Sequence[str], variant: str, concurrency: int, folder: Path) -> list[Cycle]:
    from benchmarks import ours
    from monitor import __main__ as program

    sys.modules["__main__"] = program  # processes that read documents load the main module of the one that starts them
    wanted: ours.Variant = getattr(ours, variant)
    return ours.rounds(site, names, wanted, concurrency, folder) if ours.available(wanted.http) else []


def _limit(site: Site, concurrency: int, folder: Path) -> list[Cycle]:
    from benchmarks.limit import Limit

    client = Limit(site.ports, concurrency, folder)
    try:
        return [client.round(site, name) for name in ROUNDS]
    finally:
        client.close()


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


# ---------------------------------------------------------------- the command line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description="Measure polling.")
    parser.add_argument("--feeds", type=int, nargs="*", default=[1000, 200], metavar="N", help="how many made feeds")
    parser.add_argument("--real", type=int, default=1000, metavar="N", help="how many of a folder at most; 0: none")
    parser.add_argument("--site", type=Path, default=REAL, metavar="DIR", help="the folder of real feeds, if it exists")
    parser.add_argument("--many", type=int, default=10_000, metavar="N", help="how many feeds are many; 0: none")
    parser.add_argument(
        "--latency-ms", type=float, nargs=2, default=[100.0, 300.0], metavar=("LEAST", "MOST"), help="of each answer"
    )
    parser.add_argument("--concurrency", type=int, default=64, metavar="N", help="requests in flight at once")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="measure no other readers")
    parser.add_argument("--no-warm-up", dest="warm_up", action="store_false", help="measure at once, loading included")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="where the report goes")
    return parser


def _words(asked: argparse.Namespace) -> str:
    """Return what was asked for in the words of the command line, without folders."""
    feeds = " ".join(["--feeds", *map(str, asked.feeds)])
    return f"{feeds} --real {asked.real} --many {asked.many}{'' if asked.peers else ' --no-peers'}"


def _latency(asked: argparse.Namespace) -> tuple[float, float]:
    return (asked.latency_ms[0] / 1000, asked.latency_ms[1] / 1000)


def _floor(site: Site, asked: argparse.Namespace) -> float:
    """Return how many seconds the answers alone take."""
    least: float = site.latency / asked.concurrency
    return max(_latency(asked)[1], least)


def _conditions(asked: argparse.Namespace) -> str:
    least, most = asked.latency_ms
    said = (
        f"Every feed on a host of its own, {least:g} to {most:g} ms to an answer, {asked.concurrency} at once.",
        "Articles' pages are not read (`full_text` is off); each article is judged against one topic, by words, and",
        "placed in its story. `cold`: everything is new; `warm`: everything is answered 304; `mixed`: every tenth feed",
        "has changed; `silent`: nothing has, and one host in twenty takes connections and never answers. CPU and",
        "memory (PSS) are those of the client and its processes, the server's are not counted. `polling alone` judges",
        "and groups nothing, like the other readers; `nothing cut` parses known items anew; `limit` is what bare",
        "sockets, lxml and one bulk insert take. Other readers are started anew for each cycle; loading counts, too.",
        f"rss2email, one feed after the other, polls no more than {peers.ONE_BY_ONE_AT_MOST}.",
    )
    return " ".join(said)


if __name__ == "__main__":
    main()
