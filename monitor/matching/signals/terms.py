"""Measures how far article and seed speak of the same things: the TF-IDF cosine over shipped background counts."""

from itertools import islice
from math import sqrt

from monitor.matching.pair import Measured, Pair

_NAMED = 5


def measure(pair: Pair) -> Measured:
    """Return the root of the cosine between the article's words and the profile's (the root spreads small values)."""
    profile, article = pair.profile, pair.article
    product = sum(weight * article.strength[word] for word, weight in pair.shared.items())
    cosine = min(1.0, product / (profile.norm * article.norm))
    return Measured(sqrt(cosine), _named(pair))


def _named(pair: Pair) -> str:
    if not pair.shared:
        return "shares no telling word with the seed"
    return "shares " + ", ".join(pair.profile.spelling[word] for word in islice(pair.shared, _NAMED))
