"""Measures how long an article is, because a long one meets more of any seed's terms by chance."""

from math import log

from monitor.matching.article import BODY_WORDS, TITLE_WORDS
from monitor.matching.pair import Measured, Pair

_MOST = log(1 + TITLE_WORDS + BODY_WORDS)
_FEWEST = 6  # a headline's worth: what says less is no surer for it


def measure(pair: Pair) -> Measured:
    """Return the logarithm of the number of different telling words, 1 for the most that are read."""
    different = len(pair.article.rarity)
    return Measured(
        min(1.0, log(1 + max(different, _FEWEST)) / _MOST), f"{different} different telling words were read"
    )
