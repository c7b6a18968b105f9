"""Measures how alike the article and its company are in words: where they are more so than the seed, it is theirs."""

from monitor.matching.pair import Companion, Measured, Pair
from monitor.matching.signals.company import near

_DOUBT = 0.15  # of similarity: so much company is needed before it counts in full


def measure(pair: Pair) -> Measured:
    """Return the mean cosine, in weighed words, of the article to those like it; 0 if nothing like it came before."""
    value = akin(pair.company)
    return Measured(value, f"its words are {value:.0%} those of the articles like it")


def akin(company: tuple[Companion, ...]) -> float:
    """Return the mean of the cosines of the article to its company, the nearest counting most."""
    counting = near(company)
    return sum(weight * each.to_article for weight, each in counting) / (sum(weight for weight, _ in counting) + _DOUBT)
