"""Measures how crowded it is around the seed: where earlier articles came very near, more is asked of the next one."""

from collections.abc import Sequence

from monitor.matching.pair import Measured, Pair

_COUNTED = 5  # of the earlier articles nearest to the seed
_QUIET, _CROWDED = 1.0, 1.2  # their mean nearness, up to which nothing more is asked, and from which no more


def measure(pair: Pair) -> Measured:
    """Return how near those came that are nearest to the seed, 0 where none came near, 1 where five nearly repeat it.

    Nearness is the cosine of the vectors and that of the weighed words, added up.
    """
    value = crowded(pair.around)
    if not value:
        return Measured(value, "few came near to the seed before")
    return Measured(value, "several came near to the seed before: more is asked")


def crowded(nearness: Sequence[float]) -> float:
    """Return the value, 0–1, of how near earlier articles are to the seed; those missing of five count 0."""
    nearest = sorted(nearness, reverse=True)[:_COUNTED]
    return min(1.0, max(0.0, (sum(nearest) / _COUNTED - _QUIET) / (_CROWDED - _QUIET)))
