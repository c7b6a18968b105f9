"""Measures the service as a whole: how soon it is ready, and what it takes while it polls and while it rests.

    python -m benchmarks.service --feeds 1000

`monitor run` runs in a process of its own, over loopback feeds that a third process serves. An hour of polls, four of
each feed at a floor of 15 minutes, is run through in a minute, at a floor of 15 seconds; a feed that asks for a longer
wait gets it.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.meters import tree_mb, tree_seconds
from benchmarks.results import machine
from benchmarks.server import Site, serving

RESULTS = Path(__file__).with_name("SERVICE.md")
READY_LIMIT_SECONDS = 3
MEMORY_LIMIT_MB = 200
PROGRAM = "from monitor.cli import main; main()"
CONFIG = """
[database]
url = "sqlite:///monitor.db"
[polling]
min_interval_minutes = {minutes}
max_interval_minutes = {minutes}
per_host_gap_seconds = 0
full_text = false
[network]
allow_private = ["127.0.0.0/8"]
[matching]
encoder = "{encoder}"
[topics.talks]
seeds = ["seed.txt"]
[recipients.me]
folder = "digests"
topics = ["talks"]
schedule = "* * * * *"
[server]
listen = "127.0.0.1:{port}"
{feeds}
"""
SEED = (
    "Nuclear talks in Stockholm broke off. The envoys of both countries left the talks in Stockholm within hours. "
    "The chief negotiator blamed the other side, which had brought no proposals; a deadline ends with the year."
)
CONDITIONS = (
    "{feeds} feeds, each on a host of its own, 100 to 300 ms to an answer, 20 articles each; one topic, a digest each "
    "minute into a folder, pages not read. The hour of polls is run through in {seconds} seconds: four polls of each "
    "feed, but for the two thirds that ask for half an hour between polls; a tenth of the feeds have changed. CPU and "
    "memory (PSS) are those of the service and its parse processes."
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the service took over a stretch of time."""

    name: str
    seconds: float
    cpu_seconds: float
    least_mb: float
    most_mb: float
    polls: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure as the command line asks, print the report and write it to a file."""
    asked = _parser().parse_args(arguments)
    load = os.getloadavg()[0]
    parts = []
    for encoder in asked.encoder:
        with TemporaryDirectory() as folder, serving(asked.feeds, datetime.now(UTC), (0.1, 0.3)) as site:
            parts += _part(encoder, *_measured(Path(folder), site, asked.seconds, encoder))
    report = _report(asked, load, parts)
    asked.out.write_text(report, encoding="utf-8")
    print(report)


def _measured(folder: Path, site: Site, seconds: float, encoder: str) -> tuple[float, list[Stretch]]:
    """Return how soon the service was ready, and its stretches: all new, an hour of polls, at rest."""
    port = _configure(folder, site, seconds / 4 / 60, encoder)
    with _running(folder, port) as (pid, ready):
        first = _stretch("first polls, all new", pid, port, 600, until=len(site.ports))
        site.become("mixed")
        hour = _stretch("an hour of polls", pid, port, seconds)
    port = _configure(folder, site, 1440, encoder)
    with _running(folder, port) as (pid, again):
        time.sleep(2)
        rest = _stretch("at rest, nothing due", pid, port, seconds / 2)
    return max(ready, again), [first, hour, rest]


def _configure(folder: Path, site: Site, minutes: float, encoder: str) -> int:
    """Write a configuration and return the port that its service listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    feeds = "\n".join(f'[[feeds]]\nurl = "{url}"' for url in site.urls)
    (folder / "seed.txt").write_text(SEED, encoding="utf-8")
    text = CONFIG.format(minutes=minutes, port=port, feeds=feeds, encoder=encoder)
    (folder / "monitor.toml").write_text(text, encoding="utf-8")
    return port


@contextmanager
def _running(folder: Path, port: int) -> Iterator[tuple[int, float]]:
    """Run the service within the block; give its process id, and how many seconds it took to be ready."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--config", str(folder), "run"], stderr=subprocess.DEVNULL
    )
    try:
        while not _asked(port, "/readyz"):
            time.sleep(0.02)
        yield process.pid, time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _stretch(name: str, pid: int, port: int, seconds: float, until: int | None = None) -> Stretch:
    """Watch the service for so long, or until so many polls were made."""
    begun, cpu, before = time.perf_counter(), tree_seconds(pid), _polls(port)
    memory = []
    while time.perf_counter() - begun < seconds and (until is None or _polls(port) - before < until):
        memory.append(tree_mb(pid))
        time.sleep(0.25)
    wall, polls = time.perf_counter() - begun, _polls(port) - before
    return Stretch(name, wall, tree_seconds(pid) - cpu, min(memory), max(memory), polls)


def _polls(port: int) -> int:
    lines = _asked(port, "/metrics").splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith("monitor_polls_total{")))


def _asked(port: int, path: str) -> str:
    """Return what the service answers, "" if it does not, or not well."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())
    except (URLError, OSError):
        return ""


def _report(asked: argparse.Namespace, load: float, parts: Sequence[str]) -> str:
    words = f"--feeds {asked.feeds} --encoder {' '.join(asked.encoder)}"
    return "\n".join(
        [
            "# What the service costs",
            "",
            f"Written by `python -m benchmarks.service {words}` on {datetime.now(UTC):%Y-%m-%d}.",
            "",
            *(f"- {line}" for line in machine(load)),
            "",
            CONDITIONS.format(feeds=f"{asked.feeds:,}", seconds=f"{asked.seconds:.0f}"),
            *parts,
            "",
        ]
    )


def _part(encoder: str, ready: float, stretches: Sequence[Stretch]) -> list[str]:
    most = max(stretch.most_mb for stretch in stretches)
    rows = [
        f"| {each.name} | {each.seconds:.0f} | {each.cpu_seconds:.1f} | {each.cpu_seconds / each.seconds:.1%} "
        f"| {each.least_mb:.0f} | {each.most_mb:.0f} | {each.polls:,} |"
        for each in stretches
    ]
    return [
        "",
        f"## Encoder: {encoder}",
        "",
        "| stretch | s | CPU s | of a core | least MB | most MB | polls |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *rows,
        "",
        f"- Ready within {READY_LIMIT_SECONDS} s: {_holds(ready < READY_LIMIT_SECONDS)}, {ready:.2f} s.",
        f"- Under {MEMORY_LIMIT_MB} MB: {_holds(most < MEMORY_LIMIT_MB)}, {most:.0f} MB.",
    ]


def _holds(true: bool) -> str:
    return "holds" if true else "does NOT hold"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description="Measure the service.")
    parser.add_argument("--feeds", type=int, default=1000, metavar="N", help="how many feeds")
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="in which an hour of polls is run through"
    )
    parser.add_argument(
        "--encoder", nargs="+", default=["none", "auto"], metavar="NAME", help="what makes vectors; one after the other"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="where the report goes")
    return parser


if __name__ == "__main__":
    main()
