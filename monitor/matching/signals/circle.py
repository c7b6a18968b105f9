"""Measures how alike the seed and the article's company are in words: a story is told by several at once."""

from monitor.matching.pair import Companion, Measured, Pair
from monitor.matching.signals.company import near
from monitor.matching.signals.wording import worded

_DOUBT = 0.15  # how much the article itself counts beside its company


def measure(pair: Pair) -> Measured:
    """Return the mean cosine, in weighed words, of article and company to the seed."""
    value = circled(worded(pair), pair.company)
    return Measured(value, f"in words it and those like it are {value:.0%} the seed's")


def circled(own: float, company: tuple[Companion, ...]) -> float:
    """Return the mean of the cosines of the article and of its company to the seed, the nearest counting most."""
    counting = near(company)
    total = sum(weight * each.to_seed for weight, each in counting) + _DOUBT * own
    return total / (sum(weight for weight, _ in counting) + _DOUBT)
