"""Measures whether the articles most like this one belong to the story: news of another event comes in company too."""

from monitor.matching.pair import Measured, Pair

_ALIKE = 0.45  # similarity from which an article is company
_DOUBT = 0.15  # of similarity beyond that: so much company is needed before it counts in full
_SPAN = 20.0  # of the sums' difference, over which the value goes from 0 to 1


def measure(pair: Pair) -> Measured:
    """Return how much better the latest similar articles fit the seed than this one itself; 0.5 is: as well.

    A document's neighbours say what it is about: score regularisation (Diaz, 2005), with earlier articles only.
    """
    alike = [(similarity - _ALIKE, total) for similarity, total in pair.company if similarity > _ALIKE]
    if not alike:
        return Measured(0.5, "nothing like it came before")
    better = sum(weight * (total - pair.own) for weight, total in alike) / (sum(weight for weight, _ in alike) + _DOUBT)
    word = "better" if better > 1 else "worse" if better < -1 else "as well"
    fits = f"{len(alike)} like it came before, which fit the seed {word}"
    return Measured(min(1.0, max(0.0, 0.5 + better / _SPAN)), fits)
