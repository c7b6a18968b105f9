"""Measures how near the article's meaning is to the seed's, by an encoder that knows many languages."""

from monitor.matching.pair import Measured, Pair
from monitor.matching.vectors import cosine


def measure(pair: Pair) -> Measured:
    """Return the cosine between the vector of the article's gist and the mean of the seed's passages, at least 0."""
    if pair.profile.vector is None:
        return Measured(0.0, "no encoder")
    if pair.article.vector is None:
        return Measured(0.0, "the article has no vector")
    near = meant(pair)
    return Measured(near, f"its gist is {near:.0%} the seed's")


def meant(pair: Pair) -> float:
    """Return the cosine between the vectors of article and seed, at least 0; 0 where one has none."""
    return max(0.0, cosine(pair.article.vector, pair.profile.vector))
