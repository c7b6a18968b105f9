"""Measures whether the article names the seed's places, whatever language it names them in."""

from itertools import islice
from math import sqrt

from monitor.matching import places
from monitor.matching.pair import Measured, Pair

_NAMED = 4


def measure(pair: Pair) -> Measured:
    """Return the root of the cosine between the places of article and seed, weighed by rarity and use."""
    ours, theirs = pair.profile.places, pair.article.places
    met = sorted(ours.keys() & theirs.keys(), key=lambda id: (-ours[id], id))
    if not met:
        return Measured(0.0, "names none of the seed's places")
    product = sum(ours[id] * theirs[id] for id in met)
    lengths = sqrt(sum(value * value for value in ours.values()) * sum(value * value for value in theirs.values()))
    return Measured(
        sqrt(min(1.0, product / lengths)), "names " + ", ".join(places.names(id) for id in islice(met, _NAMED))
    )
