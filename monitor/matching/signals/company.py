"""Measures whether the articles most like this one belong to the story: news of another event comes in company too."""

from collections.abc import Sequence

from monitor.matching.pair import Measured, Pair

WITHIN_REACH = -5.0  # what an article comes to by itself, from which it matters what came before
_MORE = 0.55  # value from which its company fits better than it does
_ALIKE = 0.45  # similarity from which an article is company
_DOUBT = 0.15  # of similarity beyond that: so much company is needed before it counts in full
_SPAN = 20.0  # of the sums' difference, over which the value goes from 0 to 1


def measure(pair: Pair) -> Measured:
    """Return how much better the latest similar articles fit the seed than this one itself; 0.5 is: as well.

    A document's neighbours say what it is about: score regularisation (Diaz, 2005), with earlier articles only.
    """
    alike = sum(similarity > _ALIKE for similarity, _ in pair.company)
    value = better(pair.own, pair.company)
    if not alike:
        return Measured(value, "nothing like it came before")
    word = "better" if value > _MORE else "worse" if value < 1 - _MORE else "as well"
    return Measured(value, f"{alike} like it came before, which fit the seed {word}")


def better(own: float, company: Sequence[tuple[float, float]]) -> float:
    """Return the value, 0–1: `own` is what the article comes to, `company` has similarity and the same of others."""
    alike = [(similarity - _ALIKE, total) for similarity, total in company if similarity > _ALIKE]
    if not alike or own < WITHIN_REACH:
        return 0.5
    difference = sum(weight * (total - own) for weight, total in alike) / (sum(weight for weight, _ in alike) + _DOUBT)
    return min(1.0, max(0.0, 0.5 + difference / _SPAN))
