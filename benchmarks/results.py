"""Puts what was measured into words: the same for the terminal and for the report."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("httpx", "feedparser", "SQLAlchemy", "SQLModel", "pebble", "lxml")


@dataclass(frozen=True, slots=True)
class Cycle:
    """One client's one round over all feeds."""

    feeds: int
    name: str  # "cold", "warm", "mixed" or "silent"
    client: str  # who polled
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    new: int  # articles found
    expected: int  # articles there were
    failed: int = 0  # feeds that could not be read
    worst_ms: float | None = None  # the longest stall of the event loop; None: it has none
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The rounds over one site, or over several that are compared."""

    kind: str  # a key of KINDS
    floor: float  # seconds that the answers alone take, with so many requests in flight
    cycles: tuple[Cycle, ...]

    @property
    def counted(self) -> bool:
        """Tell whether the number of new articles is known, and not just an upper bound."""
        return self.kind != "real"

    @property
    def words(self) -> str:
        """Return its name, short."""
        sizes = sorted({cycle.feeds for cycle in self.cycles})
        return f"{' and '.join(f'{size:,}' for size in sizes)} {self.kind}"


KINDS = {
    "generated": "Generated feeds, RSS and Atom, 20 articles and 30 to 60 kB each.",
    "real": "Real feeds as sites served them; what is new is a count of tags, those that are told twice included.",
    "short": "Generated feeds of one article each.",
}


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured at once."""

    at: datetime
    command: str
    load: float  # of the machine in the minute before: how many processes wanted its cores
    peers: str  # other readers with their versions, and which are absent
    absent: tuple[str, ...]  # the names of the latter
    conditions: str  # how it was measured, in a few sentences
    sections: tuple[Section, ...]


def report(run: Run) -> str:
    """Return the whole report, in Markdown."""
    from benchmarks import figures

    parts = [
        "# What polling costs",
        f"Written by `{run.command}` on {run.at:%Y-%m-%d}.",
        bullets([*machine(run.load), f"other readers: {run.peers}"]),
        "## Figures to reach",
        "Of polling alone; `missed` is said of what does not reach its must. Empty: not measured there.",
        aligned(figures.table(run.sections), left=1),
        "## Polling",
        run.conditions,
        *(part for section in run.sections for part in (KINDS[section.kind], table(section.cycles, run.absent))),
    ]
    return "\n\n".join(parts) + "\n"


def table(cycles: Sequence[Cycle], absent: Sequence[str] = ()) -> str:
    """Return a row for each cycle, with the processor time as a multiple of the limit's in the same cycle.

    What is `absent` has a row that says so, where others than ourselves were measured.
    """
    limits = {(cycle.feeds, cycle.name): cycle.cpu_seconds for cycle in cycles if cycle.client == "limit"}
    head = ("feeds", "cycle", "client", "wall s", "CPU s", "× limit", "peak MB", "new", "of", "stall ms", "p99 ms")
    rows = [_row(cycle, limits.get((cycle.feeds, cycle.name), 0.0)) for cycle in cycles]
    if limits:
        rows += [(rows[0][0], "all", f"{name}: absent", *("" for _ in head[3:])) for name in absent]
    return aligned([head, *rows], left=3)


def machine(load: float) -> Iterator[str]:
    """Say what it ran on, and how busy that was before."""
    yield f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release().partition('-')[0]}"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield f"{platform.python_implementation()} {platform.python_version()}, {libraries}"
    yield f"load average when it began: {load:.1f} (walls and stalls mean little where others use the cores)"


def _row(cycle: Cycle, limit_seconds: float) -> tuple[str, ...]:
    times = cycle.cpu_seconds / limit_seconds if limit_seconds else 0.0
    return (
        str(cycle.feeds),
        cycle.name,
        cycle.client,
        f"{cycle.wall_seconds:.2f}",
        f"{cycle.cpu_seconds:.2f}",
        f"{times:.1f}" if times else "",
        f"{cycle.peak_mb:.0f}",
        str(cycle.new),
        str(cycle.expected),
        _milliseconds(cycle.worst_ms),
        _milliseconds(cycle.p99_ms),
    )


def aligned(rows: Sequence[Sequence[str]], left: int) -> str:
    """Return a Markdown table whose source is one too; numbers are to the right, and so are columns from `left` on."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = {at for at in range(left) if not rows[1][at].isdecimal()}
    rule = ["-" * width if at in words else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    lines = [
        [
            cell.ljust(width) if at in words else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rule, *lines[1:]))


def bullets(lines: Iterable[str]) -> str:
    """Return a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _processor() -> str:
    """Return the processor's name; Linux tells it, elsewhere its kind has to do."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
