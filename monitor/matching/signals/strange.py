"""Measures how much rare matter the article opens with that the seed does not know."""

from math import log1p

from monitor.matching.pair import Measured, Pair

_RARE = 5.0  # weight in the background from which a word is rare: once in some hundred thousand
_MOST = 5.0  # logarithm that an opening full of strange names reaches
_NAMED = 4


def measure(pair: Pair) -> Measured:
    """Return the logarithm of how much rarer than usual the words of title and opening are that the seed lacks."""
    rarity, shared = pair.article.rarity, pair.shared
    strange = [(-rarity[word], word) for word in pair.article.opening if word not in shared and rarity[word] > _RARE]
    value = min(1.0, log1p(sum([-weight - _RARE for weight, _ in strange])) / _MOST)
    if not strange:
        return Measured(value, "opens with no rare word that is new")
    rarest = [word for _, word in sorted(strange)[:_NAMED]]
    return Measured(value, f"opens with {', '.join(rarest)}, which the seed lacks")
