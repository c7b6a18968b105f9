"""Measures whether what is most like the article is of the story: the seed and earlier articles of it, or others."""

from collections.abc import Sequence

from monitor.matching.pair import Companion, Measured, Pair
from monitor.matching.signals.meaning import meant
from monitor.matching.signals.wording import worded

_LEAST = 0.25  # nearness of what is nothing like an article
_SPAN = 4.0  # of two nearnesses' difference, over which the value goes from 0 to 1


def measure(pair: Pair) -> Measured:
    """Return how much nearer the nearest of the story is than the nearest other: a nearest neighbour decides.

    Nearness is the cosine of the vectors and that of the weighed words, added up.
    """
    value = nearer(meant(pair) + worded(pair), pair.company)
    if not pair.company:
        return Measured(value, "nothing came before to hold it against")
    said = "of something else" if value < 0.5 else "of the story"
    return Measured(value, f"what is most like it, of the seed and what came before, tells {said}")


def nearer(own: float, company: Sequence[Companion]) -> float:
    """Return the value, 0–1, 0.5 where both are as near; `own` is the article's nearness to the seed."""
    story = max([own, *(_nearness(each) for each in company if each.total >= 0)])
    other = max([_LEAST, *(_nearness(each) for each in company if each.total < 0)])
    return min(1.0, max(0.0, 0.5 + (story - other) / _SPAN))


def _nearness(companion: Companion) -> float:
    return companion.similarity + companion.to_article
