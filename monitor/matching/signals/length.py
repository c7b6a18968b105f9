"""Measures how long an article is, because a long one meets more of any seed's terms by chance."""

from monitor.matching.calibration import length_of
from monitor.matching.pair import Measured, Pair

_FEWEST = 6  # a headline's worth: what says less is no surer for it


def measure(pair: Pair) -> Measured:
    """Return the logarithm of the number of different telling words, 1 for the most that are read."""
    different = len(pair.article.rarity)
    return Measured(length_of(max(different, _FEWEST)), f"{different} different telling words were read")
