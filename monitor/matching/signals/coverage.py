"""Measures how much of what an article opens with is the seed's, short texts counting nearly in full."""

from monitor.matching.pair import Measured, Pair
from monitor.matching.signals.opening import covered

_DOUBT = 5.0  # rarity of half a rare word


def measure(pair: Pair) -> Measured:
    """Return the share, by rarity, of the words of title and opening that are the seed's too."""
    known = covered(pair)
    told = known / (pair.article.opening_rarity or 1.0)
    return Measured(known / (pair.article.opening_rarity + _DOUBT), f"{told:.0%} of what it opens with is known")
