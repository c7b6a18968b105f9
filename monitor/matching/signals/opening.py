"""Measures whether the article is about the seed's matter, or only touches it further down."""

from math import sqrt

from monitor.matching.pair import Measured, Pair

_DOUBT = 20.0  # rarity of some three rare words: so much more must be seen before a short text counts in full


def measure(pair: Pair) -> Measured:
    """Return the root of the share, by rarity, of the words of title and opening that are the seed's too."""
    article = pair.article
    covered = sum(article.rarity[word] for word in article.opening if word in pair.shared)
    share = covered / (article.opening_rarity + _DOUBT)
    told = covered / (article.opening_rarity or 1.0)
    return Measured(sqrt(share), f"{told:.0%} of what title and opening tell is in the seed's words")
