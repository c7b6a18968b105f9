"""Puts what was measured into words: the same for the terminal and for RESULTS.md."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

MEMORY_LIMIT_MB = 300
STALL_LIMIT_MS = 100  # of the 99th percentile

_LIBRARIES = ("httpx", "feedparser", "SQLAlchemy", "SQLModel", "pebble", "lxml")


@dataclass(frozen=True, slots=True)
class Cycle:
    """One client's one round over all feeds."""

    feeds: int
    name: str  # "cold", "warm" or "mixed"
    client: str  # "monitor" or "limit"
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    new: int  # articles found
    expected: int  # articles there were
    failed: int = 0  # feeds that could not be read
    worst_ms: float | None = None  # the longest stall of the event loop; None: it has none
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """How fast articles are judged."""

    topics: int
    articles: int
    cpu_seconds: float
    encoder: str = "none"


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured at once."""

    at: datetime
    command: str
    load: float  # of the machine in the minute before: how many processes wanted its cores
    conditions: str  # how it was measured, in a few sentences
    counted: bool  # whether the number of new articles is known, and not just an upper bound
    cycles: tuple[Cycle, ...]
    judgings: tuple[Judging, ...]


def report(run: Run) -> str:
    """Return the whole report, in Markdown."""
    parts = [
        "# What polling and judging cost",
        f"Written by `{run.command}` on {run.at:%Y-%m-%d}.",
        _bullets(machine(run.load)),
        "## Polling",
        run.conditions,
        table(run.cycles),
        _bullets(verdicts(run.cycles, counted=run.counted)),
        "## Judging",
        "Articles as feeds tell them, one core, profiles learnt beforehand; with an encoder, its vectors are made too.",
        _judging_table(run.judgings),
    ]
    return "\n\n".join(parts) + "\n"


def table(cycles: Sequence[Cycle]) -> str:
    """Return a row for each cycle, with the processor time as a multiple of the limit's in the same cycle."""
    limits = {(cycle.feeds, cycle.name): cycle.cpu_seconds for cycle in cycles if cycle.client == "limit"}
    head = ("feeds", "cycle", "client", "wall s", "CPU s", "× limit", "peak MB", "new", "of", "stall ms", "p99 ms")
    return _aligned([head, *(_row(cycle, limits.get((cycle.feeds, cycle.name), 0.0)) for cycle in cycles)], words=3)


def verdicts(cycles: Sequence[Cycle], *, counted: bool) -> Iterator[str]:
    """Say whether the loop never stalled, memory stayed within bounds and every article was found."""
    ours = [cycle for cycle in cycles if cycle.client == "monitor"]
    stall, worst = max(cycle.p99_ms or 0.0 for cycle in ours), max(cycle.worst_ms or 0.0 for cycle in ours)
    peak = max(cycle.peak_mb for cycle in ours)
    failed = sum(cycle.failed for cycle in ours)
    yield (
        f"The loop never stalls (p99 under {STALL_LIMIT_MS} ms): {_holds(stall < STALL_LIMIT_MS)}, {stall:.0f} ms;"
        f" the longest single stall took {worst:.0f} ms."
    )
    yield f"Memory stays under {MEMORY_LIMIT_MB} MB: {_holds(peak < MEMORY_LIMIT_MB)}, {peak:.0f} MB."
    found, expected = sum(cycle.new for cycle in ours), sum(cycle.expected for cycle in ours)
    if counted:
        yield f"Every new article is found: {_holds(found == expected)}, {found} of {expected}."
    else:
        yield f"New articles found: {found}; there were {expected} items, with those that are told twice."
    if failed:
        yield f"Feeds that could not be read: {failed}."


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


def _judging_table(judgings: Sequence[Judging]) -> str:
    head = ("topics", "encoder", "articles", "CPU s", "articles a second")
    rows = [
        (str(j.topics), j.encoder, str(j.articles), f"{j.cpu_seconds:.2f}", f"{j.articles / j.cpu_seconds:.0f}")
        for j in judgings
    ]
    return _aligned([head, *rows], words=2)


def _aligned(rows: Sequence[Sequence[str]], words: int) -> str:
    """Return a Markdown table whose source is one too: all but the columns of `words` are to the right.

    `words` counts from the second column on; the first is a number.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = set(range(1, words))
    rule = ["-" * width if at in left else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    lines = [
        [
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rule, *lines[1:]))


def _bullets(lines: Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _holds(held: bool) -> str:
    return "holds" if held else "does not hold"


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _processor() -> str:
    """Return the processor's name; Linux tells it, elsewhere its kind has to do."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
