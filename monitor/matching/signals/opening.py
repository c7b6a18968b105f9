"""Measures whether the article is about the seed's matter, or only touches it further down."""

from itertools import islice
from math import sqrt

from monitor.matching.pair import Measured, Pair

_DOUBT = 20.0  # rarity of some three rare words: so much more must be seen before a short text counts in full
_NAMED = 5


def measure(pair: Pair) -> Measured:
    """Return the root of the share, by rarity, of the words of title and opening that are the seed's too."""
    return Measured(sqrt(covered(pair) / (pair.article.opening_rarity + _DOUBT)), _named(pair))


def covered(pair: Pair) -> float:
    """Return the summed rarity of the words of title and opening that are the seed's too."""
    rarity, shared = pair.article.rarity, pair.shared
    return sum([rarity[word] for word in pair.article.opening if word in shared])


def _named(pair: Pair) -> str:
    met = [word for word in pair.shared if word in pair.article.opening]
    if not met:
        return "title and opening share no telling word with the seed"
    return "opens with " + ", ".join(pair.profile.spelling[word] for word in islice(met, _NAMED))
