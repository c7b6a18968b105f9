"""Measures whether an article in another script or spelling names the seed's people."""

from math import sqrt

from monitor.matching.pair import Measured, Pair

_ENOUGH = 2  # people that make sure


def measure(pair: Pair) -> Measured:
    """Return the root of how many of the seed's people the article names, 1 for two or more."""
    met = dict.fromkeys(person.name for person in pair.met)
    said = "names " + ", ".join(met) if met else "names none of the seed's people"
    return Measured(sqrt(min(1.0, len(met) / _ENOUGH)), said)
