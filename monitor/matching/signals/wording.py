"""Measures how alike article and seed are in all their telling words."""

from monitor.matching.pair import Measured, Pair


def measure(pair: Pair) -> Measured:
    """Return the cosine between the weighed words of article and seed."""
    value = worded(pair)
    return Measured(value, f"its words are {value:.0%} the seed's")


def worded(pair: Pair) -> float:
    """Return the cosine between the weighed words of article and seed, 0–1."""
    weights = pair.article.weights
    return min(1.0, sum([weight * weights[word] for word, weight in pair.shared.items()]) / pair.profile.length)
