"""Measures whether the articles most like this one belong to the story: news of another event comes in company too."""

from collections.abc import Sequence

from monitor.matching.pair import Companion, Measured, Pair

WITHIN_REACH = -8.0  # what an article comes to by itself, from which it matters what came before
_MORE = 0.55  # value from which its company fits better than it does
_ALIKE = 0.45  # similarity from which an article is company
_DOUBT = 0.15  # of similarity beyond that: so much company is needed before it counts in full
_SPAN = 20.0  # of the sums' difference, over which the value goes from 0 to 1


def measure(pair: Pair) -> Measured:
    """Return how much better the latest similar articles fit the seed than this one itself; 0.5 is: as well.

    A document's neighbours say what it is about: score regularisation (Diaz, 2005), with earlier articles only.
    """
    alike = len(near(pair.company))
    value = better(pair.own, pair.company)
    if not alike:
        return Measured(value, "nothing like it came before")
    word = "better" if value > _MORE else "worse" if value < 1 - _MORE else "as well"
    return Measured(value, f"{alike} like it came before, which fit the seed {word}")


def better(own: float, company: Sequence[Companion]) -> float:
    """Return the value, 0–1: `own` is what the article comes to by itself."""
    alike = near(company)
    if not alike:
        return 0.5
    difference = sum(weight * (each.total - own) for weight, each in alike)
    return min(1.0, max(0.0, 0.5 + difference / (sum(weight for weight, _ in alike) + _DOUBT) / _SPAN))


def near(company: Sequence[Companion]) -> list[tuple[float, Companion]]:
    """Return those that are company indeed, each with how much it counts: how far beyond that it is like this one."""
    return [(each.similarity - _ALIKE, each) for each in company if each.similarity > _ALIKE]
