"""Holds what was measured against the figures that polling is to reach."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.results import Cycle, Section

OURS, ALONE, UNCUT = "monitor", "monitor, polling alone", "same, nothing cut"
DEADLINE_SECONDS = 30.0  # that a host which never answers costs whoever waits for it alone

Value = Callable[[Section], float | None]  # None: not measured there


@dataclass(frozen=True, slots=True)
class Figure:
    """What is to be reached."""

    words: str
    must: float
    aim: float
    unit: str
    value: Value


def table(sections: Sequence[Section]) -> list[tuple[str, ...]]:
    """Return the rows of a table with a column for each section, its head first; what misses its must says so."""
    head = ("figure", "must", "aim", *(section.words for section in sections))
    rows = [(figure.words, _said(figure, figure.must), _said(figure, figure.aim)) for figure in FIGURES]
    measured = [tuple(_measured(figure, section) for section in sections) for figure in FIGURES]
    return [head, *(row + values for row, values in zip(rows, measured, strict=True) if any(values))]


def _measured(figure: Figure, section: Section) -> str:
    value = figure.value(section)
    if value is None:
        return ""
    return _said(figure, value) + (", missed" if value > figure.must else "")


def _said(figure: Figure, value: float) -> str:
    places = 2 if figure.must < 2 else 1 if figure.must < 20 else 0
    return f"{value:.{places}f}{figure.unit}"


# ---------------------------------------------------------------- how each is worked out


def _of(section: Section, name: str, client: str) -> Cycle | None:
    """Return a client's round; of several sizes the largest."""
    found = [cycle for cycle in section.cycles if (cycle.name, cycle.client) == (name, client)]
    return max(found, key=lambda cycle: cycle.feeds, default=None)


def _cpu(name: str, other: str) -> Value:
    """Return what compares the processor time of a round of polling alone with another client's."""

    def value(section: Section) -> float | None:
        mine, theirs = _of(section, name, ALONE), _of(section, name, other)
        return mine.cpu_seconds / theirs.cpu_seconds if mine and theirs and theirs.cpu_seconds else None

    return value


def _wall(section: Section) -> float | None:
    mine = _of(section, "warm", ALONE)
    return mine.wall_seconds / section.floor if mine and section.floor else None


def _unfound(section: Section) -> float | None:
    """Return how many new articles were not found, where it is known how many there were."""
    if not section.counted:
        return None
    return sum(cycle.expected - cycle.new for cycle in _ours(section))


def _stall(section: Section) -> float | None:
    return max((cycle.p99_ms or 0.0 for cycle in _ours(section)), default=None)


def _ours(section: Section) -> Iterator[Cycle]:
    return (cycle for cycle in section.cycles if cycle.client in (OURS, ALONE))


def _sizes(section: Section) -> tuple[Cycle, Cycle] | None:
    """Return the warm rounds over few feeds and over many, where there are both."""
    warm = [cycle for cycle in _ours(section) if cycle.name == "warm"]
    few, many = (which(warm, key=lambda cycle: cycle.feeds, default=None) for which in (min, max))
    return (few, many) if few and many and few.feeds < many.feeds else None


def _memory(section: Section) -> float | None:
    sizes = _sizes(section)
    return sizes[1].peak_mb if sizes else None


def _whole_cpu(section: Section) -> float | None:
    sizes = _sizes(section)
    return sizes[1].cpu_seconds if sizes else None


def _growth(section: Section) -> float | None:
    sizes = _sizes(section)
    if sizes is None:
        return None
    few, many = sizes
    return (many.cpu_seconds / many.feeds) / (few.cpu_seconds / few.feeds)


def _silence(section: Section) -> float | None:
    """Return the wall of a round in which hosts never answer, less one deadline, against the same without."""
    with_silent, sizes = _of(section, "silent", ALONE), _sizes(section)
    if with_silent is None or sizes is None:
        return None
    return (with_silent.wall_seconds - DEADLINE_SECONDS) / sizes[0].wall_seconds


FIGURES = (
    Figure("cold, CPU against the limit", 16, 8, "×", _cpu("cold", "limit")),
    Figure("mixed, CPU against reader", 0.3, 0.15, "×", _cpu("mixed", "reader")),
    Figure("mixed, CPU against newsboat", 0.3, 0.15, "×", _cpu("mixed", "newsboat")),
    Figure("mixed, CPU against the same without cutting", 0.6, 0.45, "×", _cpu("mixed", UNCUT)),
    Figure("warm, CPU against the limit", 14, 10, "×", _cpu("warm", "limit")),
    Figure("warm, wall against what the answers take", 1.8, 1.25, "×", _wall),
    Figure("many feeds warm: peak memory", 300, 180, " MB", _memory),
    Figure("many feeds warm: CPU", 40, 24, " s", _whole_cpu),
    Figure("CPU a feed, of many against few", 1.2, 1.05, "×", _growth),
    Figure("new articles not found", 0, 0, "", _unfound),
    Figure("stall of the loop, p99", 100, 20, " ms", _stall),
    Figure("5 % of hosts mute: wall less a deadline, against none", 1.5, 1.1, "×", _silence),
)
