"""Measures whether the article's numbers are the seed's: dates, results and sums tell one event from its like."""

from itertools import islice

from monitor.matching.pair import Measured, Pair

_DOUBT = 5.0  # rarity of a year: a single number proves little
_NAMED = 4


def measure(pair: Pair) -> Measured:
    """Return the share, by rarity, of the article's telling numbers that the seed has too."""
    rarity, numbers = pair.article.rarity, pair.article.numbers
    met = [word for word in numbers if word in pair.shared]
    value = sum(rarity[word] for word in met) / (sum(rarity[word] for word in numbers) + _DOUBT)
    if not numbers:
        return Measured(value, "has no number that tells something")
    named = ", ".join(islice(met, _NAMED)) or "none"
    return Measured(value, f"of {len(numbers)} numbers the seed has {named}")
