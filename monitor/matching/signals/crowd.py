"""Measures how crowded it is around the seed: where others came very near, more is asked of what is unlike them."""

from collections.abc import Sequence

from monitor.matching.calibration import logistic
from monitor.matching.pair import Companion, Measured, Pair

_COUNTED = 5  # of the earlier articles nearest to the seed
_QUIET, _CROWDED = 1.0, 1.3  # their mean nearness, up to which nothing more is asked, and from which no more


def measure(pair: Pair) -> Measured:
    """Return how near those came that are nearest to the seed, 0 where none came near, 1 where five nearly repeat it.

    Nearness is the cosine of the vectors and that of the weighed words, added up. It counts as far as the article's own
    nearest is not of the story: a story that many tell at once crowds round its own seed.
    """
    value = crowded(pair.around, pair.company)
    if not value:
        return Measured(value, "few came near to the seed before")
    return Measured(value, "several came near to the seed before: more is asked of what is unlike them")


def crowded(nearness: Sequence[float], company: Sequence[Companion]) -> float:
    """Return the value, 0–1, of how near earlier articles are to the seed; those missing of five count 0.

    `company` are the articles most like this one, the most like first.
    """
    nearest = sorted(nearness, reverse=True)[:_COUNTED]
    crowd = min(1.0, max(0.0, (sum(nearest) / _COUNTED - _QUIET) / (_CROWDED - _QUIET)))
    return crowd * (1.0 - logistic(company[0].total)) if company else crowd
