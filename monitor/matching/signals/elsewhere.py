"""Measures whether the article opens somewhere else: places of other events of the same kind count against it."""

from itertools import islice
from math import log1p

from monitor.matching import places
from monitor.matching.pair import Measured, Pair

_MOST = 4.0  # logarithm that a handful of strange places reaches
_NAMED = 3


def measure(pair: Pair) -> Measured:
    """Return the logarithm of the weight of the places in title and opening that the seed does not name."""
    article, ours = pair.article, pair.profile.places
    strange = sorted(article.opening_places - ours.keys()) if ours else []
    value = min(1.0, log1p(sum(article.places.get(id, 0.0) for id in strange)) / _MOST)
    if not strange:
        return Measured(value, "opens at no other place")
    return Measured(value, "opens at " + ", ".join(places.names(id) for id in islice(strange, _NAMED)))
